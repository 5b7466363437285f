"""Counts and examples of a release, as its card shows them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.tables import DOCUMENT, EDIT, OVERLAP, REJECTION
from saring.release.statistics import Statistics, gather_statistics
from saring.release.validation import Tables
from tests.release.conftest import Corpus, document, small


def statistics_of(**rows: list[dict[str, Any]]) -> Statistics:
    """Return the statistics of tables with these rows; columns that a row lacks are null."""
    schemas = {"documents": DOCUMENT, "edits": EDIT, "overlaps": OVERLAP, "rejections": REJECTION}
    tables = (
        pl.DataFrame([dict.fromkeys(schema) | row for row in rows.get(name, [])], schema=schema).lazy() for name, schema in schemas.items()
    )
    return gather_statistics(Tables(*tables))


def edit(id_: str, original: str, replacement: str = "", *, step: str = "noise", kind: str = "ad") -> dict[str, Any]:
    """Return an edit of a document."""
    return {"id": id_, "step": step, "kind": kind, "original": original, "replacement": replacement}


def test_the_small_corpus() -> None:
    """Documents are counted by language and site, characters and words of kept ones only, most documents first."""
    corpus = small()
    statistics = gather_statistics(Tables(*(table.lazy() for table in corpus)))
    kept = corpus.documents.filter(pl.col("role") == "kept")

    assert statistics.languages.select("language", "kept", "duplicates").rows() == [("id", 2, 0), ("fr", 1, 1), ("en", 1, 0)]
    assert statistics.languages["characters"].sum() == kept["characters"].sum()
    assert statistics.languages["words"].sum() == kept["words"].sum()
    assert statistics.sites.rows() == [("warta.example", 2, 0), ("gazette.example", 1, 1), ("courier.example", 1, 0)]
    assert statistics.overlaps.rows() == [("translation", 1, 1)]
    assert statistics.rejections.rows() == [("read", "empty", 1, 0, "The file is empty.")]
    first, last = dt.datetime(2024, 5, 1, tzinfo=dt.UTC), dt.datetime(2024, 5, 5, tzinfo=dt.UTC)
    assert statistics.dates.rows() == [(first, last, 0)]


def test_nothing_is_counted_in_empty_tables() -> None:
    """Empty tables have no rows of statistics, and no range of dates."""
    statistics = gather_statistics(Tables(*(table.clear().lazy() for table in small())))

    assert statistics.dates.rows() == [(None, None, 0)]
    assert [table.height for table in statistics] == [0, 0, 1, 0, 0, 0, 0]


def test_ties_are_in_the_order_of_names() -> None:
    """Languages and sites with equal counts are sorted by name; pages without a site come last among them."""
    rows = [document(f"{site}{language}", "x", site=site, language=language) for site in ("b", None, "a") for language in ("fr", "de")]

    statistics = statistics_of(documents=rows)

    assert statistics.languages["language"].to_list() == ["de", "fr"]
    assert statistics.sites["site"].to_list() == ["a", "b", None]
    assert statistics.dates["undated"].to_list() == [6]


def test_edits_are_counted_by_kind() -> None:
    """Edits, documents and code points of each kind, in the order of the steps; the example is the most frequent edit."""
    edits = [
        edit("1", "Дуров", "Durov", step="names", kind="name"),
        edit("1", "Ads"),
        edit("2", "Buy now"),
        edit("2", "Ads"),
        edit("2", "é", "é", step="repair", kind="mojibake"),
    ]

    statistics = statistics_of(edits=edits)

    assert statistics.edits.rows() == [
        ("repair", "mojibake", 1, 1, 1, "é", "é"),
        ("noise", "ad", 3, 2, 13, "Ads", ""),
        ("names", "name", 1, 1, 5, "Дуров", "Durov"),
    ]
    assert statistics.names.rows() == [("Дуров", "Durov", 1)]


def test_examples_are_short() -> None:
    """An example has at most 120 characters, and edits that are equal that far count as the same."""
    statistics = statistics_of(edits=[edit("1", "広" * 500 + "a"), edit("1", "広" * 500 + "b"), edit("1", "A")])

    assert statistics.edits["original"].to_list() == ["広" * 120]
    assert statistics.edits["characters"].to_list() == [1003]


def test_rejections_are_counted_by_reason() -> None:
    """Inputs and bytes of each step and reason, with the smallest message as the example; unknown sizes count nothing."""
    rows: list[dict[str, Any]] = [
        {"step": "read", "reason": "empty", "message": "b", "bytes": None},
        {"step": "read", "reason": "empty", "message": "a", "bytes": 5},
        {"step": "extract", "reason": "no-text", "message": "c", "bytes": None},
    ]

    assert statistics_of(rejections=rows).rejections.rows() == [("extract", "no-text", 1, 0, "c"), ("read", "empty", 2, 5, "a")]


EDITS = st.lists(
    st.builds(
        edit,
        st.sampled_from("12"),
        st.sampled_from(["", "Ads", "ads", "ä"]),
        st.sampled_from(["", "x"]),
        step=st.sampled_from(["noise", "names"]),
        kind=st.sampled_from(["ad", "name"]),
    ),
    max_size=8,
)


@settings(max_examples=20)
@given(EDITS, st.data())
def test_the_order_of_rows_does_not_matter(edits: list[dict[str, Any]], data: st.DataObject) -> None:
    """Whatever the order of the edits, the counts and examples are the same, and counts add up."""
    shuffled = data.draw(st.permutations(edits))

    statistics = statistics_of(edits=edits)

    assert statistics.edits.equals(statistics_of(edits=shuffled).edits)
    assert statistics.edits["edits"].sum() == len(edits)
    assert statistics.names["edits"].sum() == sum(row["step"] == "names" for row in edits)


def test_a_corpus_is_counted_as_saved() -> None:
    """The same counts come from tables in several chunks."""
    corpus = small()
    chunked = Corpus(*(pl.concat([table[:1], table[1:]], rechunk=False) for table in corpus))

    for table, other in zip(*(gather_statistics(Tables(*(t.lazy() for t in each))) for each in (corpus, chunked)), strict=True):
        assert table.equals(other)
