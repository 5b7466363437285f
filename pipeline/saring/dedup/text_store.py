"""Documents by number, each text once: what all that follows looks at."""

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

#: What is remembered of a text takes so many times the bytes that the text does: more at a thousand pages, less at a hundred thousand.
_TIMES = 10

_ROWS = 50_000  # of a frame that is read in parts
_PART = 1 << 30  # bytes of text in one array


class NumberedDocuments(NamedTuple):
    """Documents by number, in the order of their ids.

    Attributes:
        ids: of all.
        unlike: doc, text, characters, language, language_script: the first document of each text; sorted by doc.
        copies: doc, and first: the first document with the same text.
    """

    ids: pl.Series
    unlike: pl.DataFrame
    copies: pl.DataFrame


def number_documents(texts: pl.DataFrame | pl.LazyFrame | Iterable[pl.DataFrame], store: ArrayStore) -> NumberedDocuments:
    """Return documents by number.

    Two texts are the same where their lengths and two hashes of 64 bits are: by chance, one pair in 10^38 would be taken for the same.

    Args:
        texts: id and text, which may be null; perhaps language and language_script. The texts of what is not one frame go to a file, and
            those of one frame too, if what is remembered of them would not fit into memory.
        store: learns whether it does.
    """
    if isinstance(texts, pl.DataFrame):
        store.spill = store.spill or _TIMES * int(texts["text"].str.len_bytes().sum() or 0) > store.limit
        about, text = _filed(texts.iter_slices(_ROWS), store) if store.spill else (_about(texts), texts["text"].fill_null(""))
    else:
        about, text = _filed(_parts(texts) if isinstance(texts, pl.LazyFrame) else texts, store)
        store.spill = store.spill or _TIMES * int(about["bytes"].sum()) > store.limit
    ordered = about.with_row_index("row").sort("id").with_row_index("doc")
    first = ordered.with_columns(first=pl.col("doc").min().over("bytes", "hash", "hash_2"))
    unlike = first.filter(pl.col("doc") == pl.col("first"))
    return NumberedDocuments(
        ordered["id"],
        unlike.select("doc", text.gather(unlike["row"]).alias("text"), "characters", "language", "language_script"),
        first.filter(pl.col("doc") != pl.col("first")).select("first", "doc"),
    )


def _parts(texts: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    names = texts.collect_schema().names()
    spoken = [name for name in ("language", "language_script") if name in names]
    yield from texts.select("id", "text", *spoken).collect_batches(chunk_size=_ROWS)


def _filed(parts: Iterable[pl.DataFrame], store: ArrayStore) -> tuple[pl.DataFrame, pl.Series]:
    """Return what is known of each text, and the texts, in the order in which they come; these stand in a file."""
    file = store.filed(np.uint8)
    known = [_about(pl.DataFrame(schema={"id": pl.String, "text": pl.String}))]
    for part in parts:
        known.append(_about(part))
        file.add(concat_utf8(part["text"].fill_null("")))
    about = pl.concat(known)
    text = _mapped(file.whole(), about["bytes"])
    store.release_memory()
    return about, text


def _about(texts: pl.DataFrame) -> pl.DataFrame:
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


def _mapped(data: NDArray[np.uint8], sizes: pl.Series) -> pl.Series:
    """Return texts that refer to a file: one takes no memory until it is looked at, and then only while it is.

    Args:
        data: their UTF-8, one behind the other.
        sizes: the bytes of each.
    """
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes.to_numpy())))
    parts = size_batches(sizes, _PART)
    texts = (split_utf8(data[ends[part.start] : ends[part.stop]], sizes[part].to_numpy().astype(np.int64)) for part in parts)
    return pl.concat([pl.Series("text", [], dtype=pl.String), *(part.alias("text") for part in texts)], rechunk=False)
