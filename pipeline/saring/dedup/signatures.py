"""What is remembered of each text, so that texts which may say the same are found without comparing each with each.

One pass over the texts, in batches, keeps three things of each: a key of all its words (for exact copies), its MinHash in bands (for
near duplicates) and its anchors (for a text that stands inside another).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from rensa import RMinHash

from saring.compute.disk_arrays import ArrayStore
from saring.core.arrays import HashArray, mix_bits, size_batches
from saring.dedup.tokens import NEVER, Words, hash_texts, shingles, tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ANCHOR", "WINDOW", "Postings", "Signatures", "anchor_hashes", "bands_for", "compute_signatures"]

#: Words to an anchor. Long enough that two texts seldom share one by chance: with three, every pair of long texts would be a candidate.
ANCHOR = 6

#: Of so many anchors in a row, the one with the least hash is kept: winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003). Two texts
#: that share `ANCHOR` + `WINDOW` - 1 = 13 words in a row share a kept anchor for certain, which sampling by hash does not promise; two in
#: nine anchors are kept.
WINDOW = 8

_PERMUTATIONS = 128
_SEED = 42
_MISS = 1e-3
_BATCH = 500_000  # code points: what is made of them stays near the processor, which takes half the time of ten times as many
_ROWS = 1_000_000  # of what is remembered, copied at a time


class Postings(NamedTuple):
    """What documents hold: one of each and one of its keys, no two alike; in the order of the documents."""

    doc: NDArray[np.uint32]
    key: HashArray


class Signatures(NamedTuple):
    """What is remembered of some texts.

    Attributes:
        texts: doc, words, key; `start` and `end` of all the words together, in code points. In the order of the texts.
        banded: the documents that `bands` is about: those with a shingle at least.
        bands: a row for each of `banded`, a column a band; two texts with a hash in common are candidates.
        anchors: of all documents.
    """

    texts: pl.DataFrame
    banded: NDArray[np.uint32]
    bands: HashArray
    anchors: Postings

    def without(self, docs: pl.Series, store: ArrayStore | None = None) -> Signatures:
        """Return these sketches without those of some documents."""
        if not len(docs):
            return self
        store = store or ArrayStore()
        gone = np.zeros(int(self.texts["doc"].max() or 0) + 1, dtype=np.bool_)  # type: ignore[arg-type]  # a column of numbers
        gone[docs.to_numpy()] = True
        bands, held, keys = store.growing(np.uint64), store.growing(np.uint32), store.growing(np.uint64)
        for low in range(0, max(len(self.banded), 1), _ROWS):
            part = slice(low, low + _ROWS)
            bands.add(self.bands[part][~gone[self.banded[part]]])
        for low in range(0, len(self.anchors.doc), _ROWS):
            part = slice(low, low + _ROWS)
            left = ~gone[self.anchors.doc[part]]
            held.add(self.anchors.doc[part][left])
            keys.add(self.anchors.key[part][left])
            store.release_memory()
        about = self.texts.filter(pl.Series(~gone[self.texts["doc"].to_numpy()]))
        return Signatures(about, self.banded[~gone[self.banded]], bands.whole(), Postings(held.whole(), keys.whole()))


def compute_signatures(texts: pl.DataFrame, near_at: float, store: ArrayStore | None = None) -> Signatures:
    """Return the sketches of these texts.

    Args:
        texts: doc (UInt32), text; and characters, how many it has, where that is known.
        near_at: the Jaccard similarity from which on two texts are to meet in a band.
        store: where the sketches may stand.
    """
    store = store or ArrayStore()
    sizes = texts["characters"] if "characters" in texts.columns else texts["text"].str.len_chars().fill_null(0)
    about, banded = [], []
    bands, docs, keys = store.growing(np.uint64), store.growing(np.uint32), store.growing(np.uint64)
    for part in [*size_batches(sizes, _BATCH)] or [slice(0)]:
        made = _sketch(texts[part], near_at)
        about.append(made.texts)
        banded.append(made.banded)
        bands.add(made.bands)
        docs.add(made.anchors.doc)
        keys.add(made.anchors.key)
        store.release_memory()
    return Signatures(pl.concat(about), np.concatenate(banded), bands.whole(), Postings(docs.whole(), keys.whole()))


def anchor_hashes(texts: pl.DataFrame, *, literal: bool = False) -> pl.DataFrame:
    """Return the anchors of texts; of one with too few words for an anchor, the hash of all its words.

    Args:
        texts: doc (UInt32), text.
        literal: as for `word_list`.

    Returns:
        Columns doc and key; no row twice. A text without words has none.
    """
    parts = [pl.DataFrame(schema={"doc": pl.UInt32, "key": pl.UInt64})]
    for part in size_batches(texts["text"].str.len_chars().fill_null(0), _BATCH):
        found = tokenize(texts["text"][part], literal=literal)
        docs, counts = texts["doc"][part], np.diff(found.offsets)
        short = (counts > 0) & (counts < ANCHOR)
        whole = pl.DataFrame({"doc": docs.filter(pl.Series(short)), "key": hash_texts(found)[short]})
        parts += [pl.DataFrame(_anchors(found, docs)._asdict()), whole]
    return pl.concat(parts)


def bands_for(near_at: float) -> tuple[int, int]:
    """Return how many bands of how many rows each: as many rows as miss one pair in a thousand of just this similarity.

    >>> bands_for(0.7)
    (32, 4)
    """
    fits = [rows for rows in range(1, _PERMUTATIONS + 1) if (1 - near_at**rows) ** (_PERMUTATIONS // rows) <= _MISS]
    rows = max(fits, default=1)
    return _PERMUTATIONS // rows, rows


def _sketch(texts: pl.DataFrame, near_at: float) -> Signatures:
    found = tokenize(texts["text"])
    counts = np.diff(found.offsets)
    filled = counts > 0
    start, end = np.zeros(len(counts), np.int64), np.zeros(len(counts), np.int64)
    start[filled], end[filled] = found.starts[found.offsets[:-1][filled]], found.ends[found.offsets[1:][filled] - 1]
    about = {"words": counts, "key": hash_texts(found), "start": start, "end": end}
    banded, bands = _bands(found, near_at)
    return Signatures(
        texts.select("doc").with_columns(pl.Series(name, values) for name, values in about.items()),
        texts["doc"].to_numpy()[banded],
        bands,
        _anchors(found, texts["doc"]),
    )


def _bands(found: Words, near_at: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], HashArray]:
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
        bands = mix_bits(bands + digests[:, :, row])
    return banded, bands


def _anchors(found: Words, docs: pl.Series) -> Postings:
    least = shingles(found, ANCHOR)
    real = least != NEVER
    doc = np.repeat(docs.to_numpy(), np.diff(found.offsets))
    step = 1
    while step < WINDOW:  # the least of 2, of 4, of 8: never beyond the end of the text
        same = doc[step:] == doc[:-step]
        least[:-step] = np.where(same, np.minimum(least[:-step], least[step:]), least[:-step])
        step *= 2
    # Windows beside each other keep the same one, mostly; the rest is what a text says twice.
    least[~real] = NEVER
    real[1:] &= (least[1:] != least[:-1]) | (doc[1:] != doc[:-1])
    held = pl.DataFrame({"doc": doc[real], "key": least[real]}, schema={"doc": pl.UInt32, "key": pl.UInt64}).unique(maintain_order=True)
    return Postings(held["doc"].to_numpy(), held["key"].to_numpy())
