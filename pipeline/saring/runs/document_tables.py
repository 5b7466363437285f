"""The documents and edits of a build as sorted tables, without all texts in memory at once.

An index of about 250 bytes a document is held in memory; texts and edits are read from the cache one entry at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.tables import CLEANED, DOCUMENT, EDIT, REJECTION, empty_table
from saring.storage.external_sort import PARTITION, ExternalSort, partition_numbers
from saring.storage.files import write_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saring.storage.cache import Cache

__all__ = ["INDEX", "cached_rejections", "document_index", "texts_of", "write_documents"]

_CLEANED = ["id", "source", "added", "scrape_sha256", "language", "language_script", "characters"]

#: A row of the document index: columns of `tables.CLEANED`, the cache entry of the document, the number of its edits and their bytes.
INDEX = pl.Schema(
    {
        **{name: CLEANED[name] for name in _CLEANED},
        "entry": pl.String(),
        "edits": pl.UInt32(),
        "edit_bytes": pl.Int64(),
    }
)

#: Estimates for the size of sort partitions: bytes of a row besides its texts, and bytes of a character.
_ROW_BYTES = 400
_CHARACTER_BYTES = 2


def document_index(cache: Cache, places: pl.DataFrame) -> pl.DataFrame:
    """Return the metadata (`INDEX`) of the documents that `places` locates in a cache (`CACHE_INDEX`); pages that became rejections have no row."""
    index_parts = [pl.DataFrame(schema=INDEX)]
    size = (pl.col("original").str.len_bytes().cast(pl.Int64) + pl.col("replacement").str.len_bytes() + _ROW_BYTES).sum()
    ledgers = cache.each(places.select("id", "entry"), "edits", ["id", "original", "replacement"])
    for documents, ledger in zip(cache.each(places.select("id", "entry"), "documents", _CLEANED), ledgers, strict=True):
        counts = ledger.group_by("id").agg(edits=pl.len(), edit_bytes=size)
        rows = documents.join(counts, on="id", how="left", maintain_order="left").with_columns(pl.col("edits", "edit_bytes").fill_null(0))
        index_parts.append(rows.select(pl.col(name).cast(dtype) for name, dtype in INDEX.items()))
    return pl.concat(index_parts)


def texts_of(cache: Cache, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield rows of documents with their texts from the cache, those of one cache entry at a time.

    Args:
        cache: the cache of documents.
        rows: columns id and entry, and any others; the column `text` is added to them.
    """
    yield pl.DataFrame(schema={**rows.schema, "text": pl.String})
    for texts in cache.each(rows, "documents", ["id", "text"]):
        yield texts.select(*rows.columns, "text")


def cached_rejections(cache: Cache, places: pl.DataFrame) -> pl.DataFrame:
    """Return the rejections that extraction and cleaning recorded for the pages that `places` locates in the document cache (`CACHE_INDEX`)."""
    columns = REJECTION.names()
    rejections = (rows.select(columns) for rows in cache.each(places.select("id", "entry"), "rejections", columns))
    return pl.concat([empty_table(REJECTION), *rejections])


def write_documents(cache: Cache, placed: pl.DataFrame, folder: Path) -> None:
    """Write documents.parquet, sorted by source and id, and edits.parquet, sorted by id, step, field and seq.

    Args:
        cache: the cache of documents.
        placed: a row for each published document: id, entry, source, characters and edit_bytes as in `INDEX`; `published`, its id in the
            release; and the columns of `tables.ROLE` but its id.
        folder: the folder that the tables are written to.

    Raises:
        SaringError: the disk is full.
    """
    sizes = {"documents": pl.col("characters") * _CHARACTER_BYTES + _ROW_BYTES, "edits": pl.col("edit_bytes")}
    for name, keys in {"documents": ("source", "published"), "edits": ("published",)}.items():
        columns, by = (DOCUMENT, ["source", "id"]) if name == "documents" else (EDIT, ["id", "step", "field", "seq"])
        wanted = placed if name == "documents" else placed.filter(pl.col("edit_bytes") > 0).select("id", "entry", "published", "edit_bytes")
        ordered = wanted.sort(keys).with_columns(partition_numbers(sizes[name])).drop("source", "characters", "edit_bytes", strict=False)
        with ExternalSort(folder / f".{name}") as spill:
            for rows in cache.each(ordered, name):
                public = rows.with_columns(pl.col("published").alias("id"))
                spill.add(public.select(*(pl.col(column).cast(dtype) for column, dtype in columns.items()), PARTITION))
            write_parts(folder / f"{name}.parquet", (part.sort(by) for part in spill.parts()), columns)
