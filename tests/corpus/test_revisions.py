"""Revisions of a page: verdicts on its scrapes (newest, revision, copy), and overlaps between revisions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.tables import OVERLAP, TIME
from saring.corpus import revisions

SCRAPE = pl.Schema(
    {"id": pl.String(), "source": pl.String(), "sha256": pl.String(), "added": TIME, "addressed": pl.Boolean(), "declared": pl.Int32()}
)


def scrapes(*rows: tuple[str, str, str, int | None], addressed: str = "", declared: dict[str, int] | None = None) -> pl.DataFrame:
    """Return scrapes from rows of working id, source, SHA-256 and day of `added`.

    `addressed` lists the heads that come from URLs, `declared` the number of metadata fields of sources.
    """
    times = [
        (*row[:3], dt.datetime(2024, 1, row[3], tzinfo=dt.UTC) if row[3] else None, row[0][0] in addressed, (declared or {}).get(row[1], 0))
        for row in rows
    ]
    return pl.DataFrame(times, schema=SCRAPE, orient="row")


def test_the_newest_keeps_the_head() -> None:
    """The latest scrape is published under the head, older ones under head and hash; one without a time counts as oldest."""
    resolved = revisions.resolve_revisions(
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
    """Of scrapes with the same bytes the first by source is published; of equal times the greatest source is the newest."""
    resolved = revisions.resolve_revisions(
        scrapes(("p.1", "z", "1" * 64, 3), ("p.2", "b", "1" * 64, 3), ("p.3", "c", "3" * 64, 3), ("q.4", "d", "1" * 64, 3))
    )

    expected = [
        ("p.1", None, "p", "copy", "b"),
        ("p.2", "p.11111111", "p", "revision", None),
        ("p.3", "p", "p", "newest", None),
        ("q.4", "q", "q", "newest", None),
    ]
    assert expected == resolved.rows()


def test_of_the_same_bytes_the_scrape_that_declares_most_is_published() -> None:
    """Of equal bytes, the scrape with the most declared metadata is published, whatever its source; the copies name its source."""
    resolved = revisions.resolve_revisions(
        scrapes(("p.1", "a", "1" * 64, 9), ("p.2", "b", "1" * 64, 1), ("p.3", "c", "1" * 64, None), declared={"b": 2, "c": 2, "a": 1})
    )

    assert resolved.rows() == [("p.1", None, "p", "copy", "b"), ("p.2", "p", "p", "newest", None), ("p.3", None, "p", "copy", "b")]


def test_a_scrape_without_a_url_is_a_copy_of_one_with_a_url() -> None:
    """A scrape without a URL is a copy of the scrape with a URL that declares most; two URLs with the same bytes are two pages."""
    rows = [("n.1", "a", "1" * 64, 9), ("p.2", "b", "1" * 64, 1), ("p.3", "c", "2" * 64, 2), ("q.4", "d", "1" * 64, None)]
    resolved = revisions.resolve_revisions(scrapes(*rows, ("n.5", "e", "1" * 64, 1), addressed="pq", declared={"a": 9, "b": 1, "d": 2}))

    expected = [
        ("n.1", None, "q", "copy", "d"),
        ("n.5", None, "q", "copy", "d"),
        ("p.2", "p.11111111", "p", "revision", None),
        ("p.3", "p", "p", "newest", None),
        ("q.4", "q", "q", "newest", None),
    ]
    assert expected == resolved.rows()


def test_hashes_with_equal_beginnings_give_different_ids() -> None:
    """Two older scrapes whose hashes share eight digits get all 64 digits in their ids."""
    first, second = "ab" * 32, "ab" * 4 + "cd" * 28
    resolved = revisions.resolve_revisions(scrapes(("p.1", "a", first, 1), ("p.2", "b", second, 2), ("p.3", "c", "9" * 64, 3)))

    assert [f"p.{first}", f"p.{second}", "p"] == resolved["published"].to_list()


any_scrapes = st.lists(
    st.tuples(st.sampled_from("pq123"), st.sampled_from("123"), st.one_of(st.none(), st.integers(1, 3)), st.integers(0, 2)), max_size=8
).map(
    # A head that is a digit comes from the bytes, not from a URL.
    lambda rows: scrapes(
        *((f"{head}.{n}", f"s{n}", (head if head in "123" else digit) * 64, day) for n, (head, digit, day, _) in enumerate(rows)),
        addressed="pq",
        declared={f"s{n}": row[3] for n, row in enumerate(rows)},
    )
)


@settings(deadline=None)
@given(any_scrapes, st.randoms(use_true_random=False))
def test_every_scrape_is_resolved_once(rows: pl.DataFrame, random: Any) -> None:  # noqa: ANN401 (hypothesis' own Random)
    """Every scrape has one verdict, published ids are unique, and each page has one newest scrape, in any order of the rows."""
    resolved = revisions.resolve_revisions(rows)
    places = list(range(rows.height))
    random.shuffle(places)

    assert resolved.equals(revisions.resolve_revisions(rows[places] if places else rows))
    assert resolved.schema == revisions.SCRAPE_VERDICTS
    assert sorted(rows["id"]) == resolved["id"].to_list()
    published = resolved["published"].drop_nulls()
    assert published.is_unique().all()
    assert set(resolved["newest"]) <= set(published)
    bytes_of_urls = rows.filter("addressed")["sha256"]
    heads = {id_.split(".")[0] for id_ in rows.filter(pl.col("addressed") | ~pl.col("sha256").is_in(bytes_of_urls.implode()))["id"]}
    assert heads == set(resolved.filter(pl.col("verdict") == "newest")["published"])
    assert (resolved["published"].is_null() == (resolved["verdict"] == "copy")).all()
    both = resolved.join(rows, on="id")
    copies = both.drop_nulls("copy_of").join(both, left_on="copy_of", right_on="source", suffix="_kept")
    assert copies.height == resolved["copy_of"].drop_nulls().len()
    assert copies["published_kept"].is_not_null().all()
    assert (copies["sha256"] == copies["sha256_kept"]).all()
    assert (copies["addressed_kept"] | (~copies["addressed"] & (copies["declared_kept"] >= copies["declared"]))).all()


def test_pairs_with_older_revisions() -> None:
    """The newest document is paired with each older one, and measured, even where they have nothing in common."""
    resolved = revisions.resolve_revisions(scrapes(("p.1", "a", "1" * 64, 1), ("p.2", "b", "2" * 64, 2), ("p.3", "c", "3" * 64, 3)))
    text = "Jadwal kapal malam berubah mulai bulan depan karena dermaga timur diperbaiki."
    documents = pl.DataFrame({"id": ["p", "p.11111111", "p.22222222"], "text": [text, text.upper(), "Halaman tidak ditemukan."]})
    pairs = revisions.revision_pairs(documents, resolved)

    assert pairs.schema == OVERLAP
    assert pairs.drop("passages").rows() == [("p", "p.11111111", "revision", 1.0, 1.0, 1.0), ("p", "p.22222222", "revision", 0.0, 0.0, 0.0)]
    assert pairs["passages"].list.len().to_list() == [1, 0]


def test_a_revision_replaces_a_duplicate_pair() -> None:
    """A pair that is both a duplicate pair and two revisions of a page is in the result once, as a revision."""
    numbers: tuple[object, ...] = (1.0, 1.0, 1.0, [])
    duplicate_pairs = pl.DataFrame([("p", "p.1", "exact", *numbers), ("p", "q", "near", *numbers)], schema=OVERLAP, orient="row")
    revised = pl.DataFrame([("p", "p.1", "revision", *numbers)], schema=OVERLAP, orient="row")

    joined = revisions.replace_by_revisions(duplicate_pairs, revised)

    assert joined.select("a", "b", "kind").rows() == [("p", "p.1", "revision"), ("p", "q", "near")]
