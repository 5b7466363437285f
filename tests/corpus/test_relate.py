"""The corpus step relates all documents: revisions, copies, overlaps, kept documents and splits."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import polars as pl

from saring.config import Config, Dataset
from saring.core.tables import OVERLAP, REJECTION, ROLE, TIME
from saring.corpus.relate import RelatedCorpus, relate_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polars._typing import PolarsDataType

FERRY = "The ferry to the northern bank runs again from Monday, four months after its engine room was flooded in a storm."
LIBRARY = "The library opens on Sundays from next week, and the children of the quarter will hear stories there in the morning."

#: Working id, source, day of the scrape, text. Scrapes of one page share the head of their id.
Scrape = tuple[str, str, int, str]


def related(*scrapes: Scrape, batch: int = 2) -> RelatedCorpus:
    """Return the relations of a corpus whose texts come in batches of so many rows; scrapes with equal text have equal bytes."""
    text_of = {id_: text for id_, _, _, text in scrapes}
    columns: dict[str, PolarsDataType] = {
        "id": pl.String,
        "source": pl.String,
        "added": TIME,
        "scrape_sha256": pl.String,
        "language": pl.String,
        "language_script": pl.String,
        "characters": pl.Int64,
        "edits": pl.Int64,
        "addressed": pl.Boolean,
        "declared": pl.Int32,
    }
    rows = [
        (
            id_,
            source,
            dt.datetime(2024, 1, day, tzinfo=dt.UTC),
            hashlib.sha256(text.encode()).hexdigest(),
            "en",
            "Latn",
            len(text),
            0,
            True,
            0,
        )
        for id_, source, day, text in scrapes
    ]

    def texts(selected: pl.DataFrame) -> Iterator[pl.DataFrame]:
        with_text = selected.with_columns(text=pl.col("id").replace_strict(text_of, return_dtype=pl.String))
        yield from (with_text[low : low + batch] for low in range(0, max(with_text.height, 1), batch))

    return relate_corpus(pl.DataFrame(rows, schema=columns, orient="row"), texts, Config(dataset=Dataset(name="harbour")))


def roles(corpus: RelatedCorpus) -> dict[str, tuple[str, str]]:
    """Return role and kept document of each published id."""
    return {id_: (role, kept_id) for id_, role, kept_id in corpus.roles.select("id", "role", "kept_id").iter_rows()}


def test_a_duplicate_is_found_by_its_published_id() -> None:
    """Of two pages of which one holds the other, the longer is kept; ids are those that are published, without a scrape's suffix."""
    corpus = related(("p.1", "p.txt", 1, FERRY), ("q.1", "q.txt", 1, f"{FERRY} {LIBRARY}"), ("r.1", "r.txt", 1, LIBRARY[::-1]))

    assert dict(corpus.published.iter_rows()) == {"p.1": "p", "q.1": "q", "r.1": "r"}
    assert corpus.overlaps.select("a", "b", "kind").rows() == [("p", "q", "contained")]
    assert roles(corpus) == {"p": ("duplicate", "q"), "q": ("kept", "q"), "r": ("kept", "r")}


def test_an_older_scrape_is_a_revision() -> None:
    """The older scrape of a page is a revision, a duplicate of the newer; it is compared with no other document."""
    corpus = related(("p.1", "p1.txt", 1, FERRY), ("p.2", "p2.txt", 2, f"{FERRY} It is full."), ("q.1", "q.txt", 1, FERRY[:-1]))

    older = corpus.published.filter(pl.col("id") == "p.1")["published"][0]
    assert older.startswith("p.")
    assert ("p", older, "revision") in corpus.overlaps.select("a", "b", "kind").rows()
    assert {kind for a, b, kind in corpus.overlaps.select("a", "b", "kind").iter_rows() if older in (a, b)} == {"revision"}
    assert roles(corpus)[older] == ("duplicate", roles(corpus)["p"][1])


def test_a_copy_of_a_scrape_is_rejected() -> None:
    """The same bytes of one page, scraped twice, are published once; the rejection names the source of the other."""
    corpus = related(("p.1", "a.txt", 1, FERRY), ("p.2", "b.txt", 1, FERRY))

    assert corpus.rejections.schema == REJECTION
    assert corpus.rejections.select("source", "id", "step", "reason", "message").rows() == [
        ("b.txt", "p.2", "overlap", "copy", "byte for byte the same scrape as a.txt, which is published")
    ]
    assert corpus.published.rows() == [("p.1", "p")]
    assert roles(corpus) == {"p": ("kept", "p")}


def test_batches_change_nothing() -> None:
    """Texts in batches of one row or of many give the same tables."""
    scrapes = [("p.1", "p1", 1, FERRY), ("p.2", "p2", 2, LIBRARY), ("q.1", "q", 1, f"{FERRY} {LIBRARY}"), ("r.1", "r", 1, LIBRARY)]

    for one, many in zip(related(*scrapes, batch=1), related(*scrapes, batch=10), strict=True):
        assert one.equals(many)


def test_a_corpus_of_one_and_of_no_document() -> None:
    """A single document is kept and overlaps nothing; a corpus without documents gives empty tables."""
    alone, empty = related(("p.1", "p.txt", 1, FERRY)), related()

    assert roles(alone) == {"p": ("kept", "p")}
    assert alone.overlaps.equals(pl.DataFrame(schema=OVERLAP))
    assert [table.height for table in empty] == [0, 0, 0, 0]
    assert (empty.roles.schema, empty.overlaps.schema, empty.rejections.schema) == (ROLE, OVERLAP, REJECTION)
