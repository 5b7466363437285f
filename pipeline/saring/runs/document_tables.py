"""All documents of a build without their texts in memory: what is known of each, texts for those who ask, rows in the order of the tables.

What is known takes some 250 bytes a document; everything else is read from the cache an entry at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.tables import CLEANED, DOCUMENT, EDIT, REJECTION, empty_table
from saring.storage.external_sort import PARTITION, ExternalSort, partitions
from saring.storage.files import write_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saring.storage.cache import Cache

__all__ = ["INDEX", "cached_rejections", "document_index", "texts_of", "write_documents"]

_CLEANED = ["id", "source", "added", "scrape_sha256", "language", "language_script", "characters"]

#: What is known of a document: columns of `tables.CLEANED`, the entry that it is in, how many edits it has and their bytes.
INDEX = pl.Schema(
    {
        **{name: CLEANED[name] for name in _CLEANED},
        "entry": pl.String(),
        "edits": pl.UInt32(),
        "edit_bytes": pl.Int64(),
    }
)

#: Bytes of a row besides its texts, nearly: for the size of partitions.
_ROW = 400
_BYTES_A_CHARACTER = 2


def document_index(cache: Cache, places: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of the documents at some places (`cache.HELD`), columns of `INDEX`; pages that became none are left out."""
    found = [pl.DataFrame(schema=INDEX)]
    size = (pl.col("original").str.len_bytes().cast(pl.Int64) + pl.col("replacement").str.len_bytes() + _ROW).sum()
    ledgers = cache.each(places.select("id", "entry"), "edits", ["id", "original", "replacement"])
    for documents, ledger in zip(cache.each(places.select("id", "entry"), "documents", _CLEANED), ledgers, strict=True):
        counts = ledger.group_by("id").agg(edits=pl.len(), edit_bytes=size)
        rows = documents.join(counts, on="id", how="left", maintain_order="left").with_columns(pl.col("edits", "edit_bytes").fill_null(0))
        found.append(rows.select(pl.col(name).cast(dtype) for name, dtype in INDEX.items()))
    return pl.concat(found)


def texts_of(cache: Cache, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield rows of documents (id and entry, and whatever else) with a column `text` more, those of an entry at a time."""
    yield pl.DataFrame(schema={**rows.schema, "text": pl.String})
    for found in cache.each(rows, "documents", ["id", "text"]):
        yield found.select(*rows.columns, "text")


def cached_rejections(cache: Cache, places: pl.DataFrame) -> pl.DataFrame:
    """Return what extraction and cleaning rejected of the scrapes at some places."""
    columns = REJECTION.names()
    found = (rows.select(columns) for rows in cache.each(places.select("id", "entry"), "rejections", columns))
    return pl.concat([empty_table(REJECTION), *found])


def write_documents(cache: Cache, placed: pl.DataFrame, folder: Path) -> None:
    """Write documents.parquet, sorted by source and id, and edits.parquet, sorted by id, step, field and seq.

    Args:
        cache: where the documents are.
        placed: for each document that is published id, entry, source, characters and edit_bytes as in `INDEX`, `published`, and the columns
            of `tables.ROLE` but its id.
        folder: where the tables go.

    Raises:
        SaringError: the disk is full.
    """
    sizes = {"documents": pl.col("characters") * _BYTES_A_CHARACTER + _ROW, "edits": pl.col("edit_bytes")}
    for name, keys in {"documents": ("source", "published"), "edits": ("published",)}.items():
        columns, by = (DOCUMENT, ["source", "id"]) if name == "documents" else (EDIT, ["id", "step", "field", "seq"])
        asked = placed if name == "documents" else placed.filter(pl.col("edit_bytes") > 0).select("id", "entry", "published", "edit_bytes")
        ordered = asked.sort(keys).with_columns(partitions(sizes[name])).drop("source", "characters", "edit_bytes", strict=False)
        with ExternalSort(folder / f".{name}") as spill:
            for rows in cache.each(ordered, name):
                public = rows.with_columns(pl.col("published").alias("id"))
                spill.add(public.select(*(pl.col(column).cast(dtype) for column, dtype in columns.items()), PARTITION))
            write_parts(folder / f"{name}.parquet", (part.sort(by) for part in spill.parts()), columns)
