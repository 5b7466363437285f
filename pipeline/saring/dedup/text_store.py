"""Documents numbered by id with their distinct texts, in memory or in a memory-mapped file: the input of duplicate detection."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.arrays import size_batches
from saring.core.strings import concat_utf8, split_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from saring.compute.disk_arrays import ArrayStore

__all__ = ["NumberedDocuments", "number_documents"]

#: Bytes of signatures and features per byte of text: more at a thousand pages, less at a hundred thousand.
_BYTES_PER_BYTE = 10

_ROWS = 50_000  # of a frame that is read in parts
_PART = 1 << 30  # bytes of text in one array


class NumberedDocuments(NamedTuple):
    """Documents numbered in the order of their ids, one text of each group of identical ones.

    Attributes:
        ids: id of each document.
        distinct: doc, text, characters, language, language_script: the first document with each text; sorted by doc.
        copies: doc, and first: the first document with the same text, character by character.
    """

    ids: pl.Series
    distinct: pl.DataFrame
    copies: pl.DataFrame


def number_documents(texts: pl.DataFrame | pl.LazyFrame | Iterable[pl.DataFrame], store: ArrayStore) -> NumberedDocuments:
    """Number documents in the order of their ids, and separate distinct texts from identical copies.

    Two texts are identical if their lengths and two hashes of 64 bits are: by chance, one pair in 10^38 would be taken for equal.

    Args:
        texts: id and text, which may be null; optionally language and language_script. Texts that do not come as one frame go to a file,
            and those of one frame too, if their signatures and features would not fit into memory.
        store: its `spill` is set if they would not.
    """
    if isinstance(texts, pl.DataFrame):
        store.spill = store.spill or _BYTES_PER_BYTE * int(texts["text"].str.len_bytes().sum() or 0) > store.limit
        summary, text = _write_texts(texts.iter_slices(_ROWS), store) if store.spill else (_summarise(texts), texts["text"].fill_null(""))
    else:
        summary, text = _write_texts(_collect_batches(texts) if isinstance(texts, pl.LazyFrame) else texts, store)
        store.spill = store.spill or _BYTES_PER_BYTE * int(summary["bytes"].sum()) > store.limit
    ordered = summary.with_row_index("row").sort("id").with_row_index("doc")
    grouped = ordered.with_columns(first=pl.col("doc").min().over("bytes", "hash", "hash_2"))
    distinct = grouped.filter(pl.col("doc") == pl.col("first"))
    return NumberedDocuments(
        ordered["id"],
        distinct.select("doc", text.gather(distinct["row"]).alias("text"), "characters", "language", "language_script"),
        grouped.filter(pl.col("doc") != pl.col("first")).select("first", "doc"),
    )


def _collect_batches(texts: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield the id, text and language columns of a lazy frame in batches of rows."""
    names = texts.collect_schema().names()
    language_columns = [name for name in ("language", "language_script") if name in names]
    yield from texts.select("id", "text", *language_columns).collect_batches(chunk_size=_ROWS)


def _write_texts(parts: Iterable[pl.DataFrame], store: ArrayStore) -> tuple[pl.DataFrame, pl.Series]:
    """Write texts to a temporary file; return a summary row per text, and the texts as views of the memory-mapped file."""
    file = store.new_disk_array(np.uint8)
    summaries = [_summarise(pl.DataFrame(schema={"id": pl.String, "text": pl.String}))]
    for part in parts:
        summaries.append(_summarise(part))
        file.add(concat_utf8(part["text"].fill_null("")))
    summary = pl.concat(summaries)
    text = _text_views(file.to_array(), summary["bytes"])
    store.release_memory()
    return summary, text


def _summarise(texts: pl.DataFrame) -> pl.DataFrame:
    """Return id, language, script, length in bytes and characters, and two hashes of each text; a null counts as empty."""
    text = pl.col("text").fill_null("")
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("language", "language_script") if name not in texts.columns]
    return texts.with_columns(missing).select(
        "id",
        "language",
        "language_script",
        bytes=text.str.len_bytes().cast(pl.Int64),
        characters=text.str.len_chars(),
        hash=text.hash(1),
        hash_2=text.hash(2),
    )


def _text_views(data: NDArray[np.uint8], sizes: pl.Series) -> pl.Series:
    """Return texts as views of a memory-mapped file: a text takes no memory until it is read, and then only while it is.

    Args:
        data: UTF-8 of all texts, concatenated.
        sizes: bytes of each text.
    """
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes.to_numpy())))
    parts = size_batches(sizes, _PART)
    texts = (split_utf8(data[ends[part.start] : ends[part.stop]], sizes[part].to_numpy().astype(np.int64)) for part in parts)
    return pl.concat([pl.Series("text", [], dtype=pl.String), *(part.alias("text") for part in texts)], rechunk=False)
