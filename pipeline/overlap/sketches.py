"""What is remembered of each text, so that texts which may say the same are found without comparing each with each.

One pass over the texts, in batches, keeps three things of each: a key of all its words (for exact copies), its MinHash in bands (for
near duplicates) and its anchors (for a text that stands inside another).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from rensa import RMinHash

from pipeline.overlap.shingles import NEVER, Hashes, Words, batches, mix, shingles, sum_by_text, words

__all__ = ["ANCHOR", "WINDOW", "Sketches", "bands_for", "fingerprints", "sketch"]

#: Words to an anchor. Long enough that two texts seldom share one by chance: with three, every pair of long texts would be a candidate.
ANCHOR = 6

#: Of so many anchors in a row, the one with the least hash is kept: winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003). Two texts
#: that share `ANCHOR` + `WINDOW` - 1 = 13 words in a row share a kept anchor for certain, which sampling by hash does not promise; two in
#: nine anchors are kept.
WINDOW = 8

_PERMUTATIONS = 128
_SEED = 42
_MISS = 1e-3
_BATCH = 4_000_000  # code points


class Sketches(NamedTuple):
    """What is remembered of some texts.

    Attributes:
        texts: doc, words, key; `start` and `end` of all the words together, in code points. In the order of the texts.
        banded: the documents that `bands` is about: those with a shingle at least.
        bands: a row for each of `banded`, a column a band; two texts with a hash in common are candidates.
        anchors: doc, key; no row twice.
    """

    texts: pl.DataFrame
    banded: pl.Series
    bands: Hashes
    anchors: pl.DataFrame

    def without(self, docs: pl.Series) -> Sketches:
        """Return these sketches without those of some documents."""
        left = pl.col("doc").is_in(docs.implode()).not_()
        banded = self.banded.alias("doc").to_frame().select(left).to_series()
        return Sketches(self.texts.filter(left), self.banded.filter(banded), self.bands[banded.to_numpy()], self.anchors.filter(left))


def sketch(texts: pl.DataFrame, near_at: float) -> Sketches:
    """Return the sketches of these texts.

    Args:
        texts: doc (UInt32), text.
        near_at: the Jaccard similarity from which on two texts are to meet in a band.
    """
    parts = [_sketch(texts[part], near_at) for part in batches(texts["text"].str.len_chars().fill_null(0), _BATCH)]
    if not parts:
        parts = [_sketch(texts, near_at)]
    return Sketches(
        pl.concat([part.texts for part in parts]),
        pl.concat([part.banded for part in parts]),
        np.concatenate([part.bands for part in parts]),
        pl.concat([part.anchors for part in parts]),
    )


def fingerprints(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the anchors of texts; of one with too few words for an anchor, the hash of all its words.

    Args:
        texts: doc (UInt32), text.

    Returns:
        Columns doc and key; no row twice. A text without words has none.
    """
    parts = [pl.DataFrame(schema={"doc": pl.UInt32, "key": pl.UInt64})]
    for part in batches(texts["text"].str.len_chars().fill_null(0), _BATCH):
        found = words(texts["text"][part])
        docs, counts = texts["doc"][part], np.diff(found.offsets)
        short = (counts > 0) & (counts < ANCHOR)
        parts += [_anchors(found, docs), pl.DataFrame({"doc": docs.filter(pl.Series(short)), "key": sum_by_text(found)[short]})]
    return pl.concat(parts)


def bands_for(near_at: float) -> tuple[int, int]:
    """Return how many bands of how many rows each: as many rows as miss one pair in a thousand of just this similarity.

    >>> bands_for(0.7)
    (32, 4)
    """
    fits = [rows for rows in range(1, _PERMUTATIONS + 1) if (1 - near_at**rows) ** (_PERMUTATIONS // rows) <= _MISS]
    rows = max(fits, default=1)
    return _PERMUTATIONS // rows, rows


def _sketch(texts: pl.DataFrame, near_at: float) -> Sketches:
    found = words(texts["text"])
    counts = np.diff(found.offsets)
    filled = counts > 0
    start, end = np.zeros(len(counts), np.int64), np.zeros(len(counts), np.int64)
    start[filled], end[filled] = found.starts[found.offsets[:-1][filled]], found.ends[found.offsets[1:][filled] - 1]
    about = {"words": counts, "key": sum_by_text(found), "start": start, "end": end}
    banded, bands = _bands(found, near_at)
    return Sketches(
        texts.select("doc").with_columns(pl.Series(name, values) for name, values in about.items()),
        texts["doc"].filter(pl.Series(banded)),
        bands,
        _anchors(found, texts["doc"]),
    )


def _bands(found: Words, near_at: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Hashes]:
    hashes = shingles(found)
    real = hashes != NEVER
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(real)))
    offsets = before[found.offsets]
    banded = np.diff(offsets) > 0
    number, rows = bands_for(near_at)
    if not banded.any():
        return banded, np.zeros((0, number), dtype=np.uint64)
    starts = np.concatenate((offsets[:-1][banded], offsets[-1:])).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes[real], starts, _PERMUTATIONS, _SEED)
    digests = np.array(matrix.to_rows(), dtype=np.uint64)[:, : number * rows].reshape(-1, number, rows)
    bands = np.broadcast_to(np.arange(number, dtype=np.uint64), digests.shape[:2])  # so that no two bands share a hash
    for row in range(rows):
        bands = mix(bands + digests[:, :, row])
    return banded, bands


def _anchors(found: Words, docs: pl.Series) -> pl.DataFrame:
    least = shingles(found, ANCHOR)
    real = least != NEVER
    doc = np.repeat(docs.to_numpy(), np.diff(found.offsets))
    step = 1
    while step < WINDOW:  # the least of 2, of 4, of 8: never beyond the end of the text
        same = doc[step:] == doc[:-step]
        least[:-step] = np.where(same, np.minimum(least[:-step], least[step:]), least[:-step])
        step *= 2
    return pl.DataFrame({"doc": doc[real], "key": least[real]}, schema={"doc": pl.UInt32, "key": pl.UInt64}).unique(maintain_order=True)
