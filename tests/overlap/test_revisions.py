"""The scrapes of one page: newest, revisions, copies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.overlap import revisions
from pipeline.records import OVERLAP, TIME

SCRAPE = pl.Schema({"id": pl.String(), "source": pl.String(), "sha256": pl.String(), "added": TIME})


def scrapes(*rows: tuple[str, str, str, int | None]) -> pl.DataFrame:
    """Return scrapes from working id, source, SHA-256 and day of `added`."""
    times = [(*row[:3], dt.datetime(2024, 1, row[3], tzinfo=dt.UTC) if row[3] else None) for row in rows]
    return pl.DataFrame(times, schema=SCRAPE, orient="row")


def test_the_newest_keeps_the_head() -> None:
    """The latest scrape is published under the head, older ones under head and hash, one without a time counts as oldest."""
    resolved = revisions.resolve(
        scrapes(("p.1", "a", "1" * 64, 3), ("p.2", "b", "2" * 64, 9), ("p.3", "c", "3" * 64, None), ("q.1", "d", "4" * 64, None))
    )

    expected = [
        ("p.1", "p.11111111", "p", "revision", None),
        ("p.2", "p", "p", "newest", None),
        ("p.3", "p.33333333", "p", "revision", None),
        ("q.1", "q", "q", "newest", None),
    ]
    assert expected == resolved.rows()


def test_the_same_bytes_are_a_copy() -> None:
    """Of scrapes with the same bytes the first by source stays; equal times are decided by the greatest source."""
    resolved = revisions.resolve(
        scrapes(("p.1", "z", "1" * 64, 3), ("p.2", "b", "1" * 64, 3), ("p.3", "c", "3" * 64, 3), ("q.4", "d", "1" * 64, 3))
    )

    expected = [
        ("p.1", None, "p", "copy", "b"),
        ("p.2", "p.11111111", "p", "revision", None),
        ("p.3", "p", "p", "newest", None),
        ("q.4", "q", "q", "newest", None),
    ]
    assert expected == resolved.rows()


def test_hashes_that_begin_alike_stay_apart() -> None:
    """Two older scrapes whose hashes share eight digits get all of them."""
    first, second = "ab" * 32, "ab" * 4 + "cd" * 28
    resolved = revisions.resolve(scrapes(("p.1", "a", first, 1), ("p.2", "b", second, 2), ("p.3", "c", "9" * 64, 3)))

    assert [f"p.{first}", f"p.{second}", "p"] == resolved["published"].to_list()


any_scrapes = st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from("123"), st.one_of(st.none(), st.integers(1, 3))), max_size=8).map(
    lambda rows: scrapes(*((f"{head}.{n}", f"s{n}", digit * 64, day) for n, (head, digit, day) in enumerate(rows)))
)


@settings(deadline=None)
@given(any_scrapes, st.randoms(use_true_random=False))
def test_every_scrape_is_resolved_once(rows: pl.DataFrame, random: Any) -> None:  # noqa: ANN401 (hypothesis' own Random)
    """Ids are conserved, published ids unique, each page has one newest, in whatever order the rows come."""
    resolved = revisions.resolve(rows)
    places = list(range(rows.height))
    random.shuffle(places)

    assert resolved.equals(revisions.resolve(rows[places] if places else rows))
    assert resolved.schema == revisions.RESOLVED
    assert sorted(rows["id"]) == resolved["id"].to_list()
    published = resolved["published"].drop_nulls()
    assert published.is_unique().all()
    assert set(resolved["newest"]) <= set(published)
    assert {head.split(".")[0] for head in rows["id"]} == set(resolved.filter(pl.col("verdict") == "newest")["published"])
    assert (resolved["published"].is_null() == (resolved["verdict"] == "copy")).all()
    assert set(resolved["copy_of"].drop_nulls()) <= set(rows["source"])


def test_links_to_older_revisions() -> None:
    """The newest is linked to each older one, measured like any pair, even where nothing is left of it."""
    resolved = revisions.resolve(scrapes(("p.1", "a", "1" * 64, 1), ("p.2", "b", "2" * 64, 2), ("p.3", "c", "3" * 64, 3)))
    text = "Jadwal kapal malam berubah mulai bulan depan karena dermaga timur diperbaiki."
    documents = pl.DataFrame({"id": ["p", "p.11111111", "p.22222222"], "text": [text, text.upper(), "Halaman tidak ditemukan."]})
    links = revisions.links(documents, resolved)

    assert links.schema == OVERLAP
    assert links.drop("passages").rows() == [("p", "p.11111111", "revision", 1.0, 1.0, 1.0), ("p", "p.22222222", "revision", 0.0, 0.0, 0.0)]
    assert links["passages"].list.len().to_list() == [1, 0]


def test_a_revision_replaces_the_link_that_was_found() -> None:
    """A pair that is both like each other and revisions of one page is in the result once, as a revision."""
    numbers: tuple[object, ...] = (1.0, 1.0, 1.0, [])
    found = pl.DataFrame([("p", "p.1", "exact", *numbers), ("p", "q", "near", *numbers)], schema=OVERLAP, orient="row")
    revised = pl.DataFrame([("p", "p.1", "revision", *numbers)], schema=OVERLAP, orient="row")

    joined = revisions.replace(found, revised)

    assert joined.select("a", "b", "kind").rows() == [("p", "p.1", "revision"), ("p", "q", "near")]
