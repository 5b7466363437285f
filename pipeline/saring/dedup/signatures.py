"""Per-document MinHash signatures and winnowed fingerprints for candidate generation.

One pass over the texts, in batches, computes three things per document: a hash of all its words (exact copies), its MinHash signature
folded into LSH bands (near duplicates), and its fingerprints (a text contained in another). Candidate pairs are found from these alone,
without comparing each text with each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from rensa import RMinHash

from saring.compute.disk_arrays import ArrayStore
from saring.core.arrays import HashArray, mix_bits, size_batches
from saring.dedup.tokens import NO_SHINGLE, Words, hash_texts, shingles, tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FINGERPRINT_WORDS", "WINDOW", "Postings", "Signatures", "bands_for", "compute_signatures", "fingerprint_hashes"]

#: Words per fingerprint; a judgement. Long enough that two texts seldom share one by chance: with three, every pair of long texts would be
#: a candidate.
FINGERPRINT_WORDS = 6

#: Of so many consecutive fingerprints, the one with the least hash is kept: winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003). Two
#: texts that share `FINGERPRINT_WORDS` + `WINDOW` - 1 = 13 consecutive words certainly share a kept fingerprint, which sampling by hash does
#: not promise; two in nine fingerprints are kept.
WINDOW = 8

_PERMUTATIONS = 128
_SEED = 42
_MISS_RATE = 1e-3
_BATCH = 500_000  # code points: the intermediate arrays stay in the processor's cache, which takes half the time of ten times as many
_ROWS = 1_000_000  # of signatures, copied at a time


class Postings(NamedTuple):
    """Pairs of a document and a fingerprint of it, none twice; in the order of the documents."""

    doc: NDArray[np.uint32]
    key: HashArray


class Signatures(NamedTuple):
    """MinHash bands, fingerprints and word hashes of a set of documents.

    Attributes:
        texts: doc, words (how many), key (hash of all words), and `start` and `end` of the span from the first word to the last, in code
            points. In the order of the texts.
        banded: the documents of `bands`: those with at least one shingle.
        bands: hashes [banded, bands]; two documents with a hash in common are a candidate pair.
        fingerprints: of all documents.
    """

    texts: pl.DataFrame
    banded: NDArray[np.uint32]
    bands: HashArray
    fingerprints: Postings

    def without(self, docs: pl.Series, store: ArrayStore | None = None) -> Signatures:
        """Return these signatures without those of the given documents."""
        if not len(docs):
            return self
        store = store or ArrayStore()
        excluded = np.zeros(int(self.texts["doc"].max() or 0) + 1, dtype=np.bool_)  # type: ignore[arg-type]  # a column of numbers
        excluded[docs.to_numpy()] = True
        bands, fingerprint_docs, keys = store.new_array(np.uint64), store.new_array(np.uint32), store.new_array(np.uint64)
        for low in range(0, max(len(self.banded), 1), _ROWS):
            part = slice(low, low + _ROWS)
            bands.add(self.bands[part][~excluded[self.banded[part]]])
        for low in range(0, len(self.fingerprints.doc), _ROWS):
            part = slice(low, low + _ROWS)
            kept = ~excluded[self.fingerprints.doc[part]]
            fingerprint_docs.add(self.fingerprints.doc[part][kept])
            keys.add(self.fingerprints.key[part][kept])
            store.release_memory()
        texts = self.texts.filter(pl.Series(~excluded[self.texts["doc"].to_numpy()]))
        return Signatures(
            texts, self.banded[~excluded[self.banded]], bands.to_array(), Postings(fingerprint_docs.to_array(), keys.to_array())
        )


def compute_signatures(texts: pl.DataFrame, near_at: float, store: ArrayStore | None = None) -> Signatures:
    """Compute the signatures of all texts, in batches.

    Args:
        texts: doc (UInt32), text; and characters, the length of the text, where known.
        near_at: the Jaccard similarity from which two texts should share a band.
        store: where the arrays are allocated, in memory or on disk.
    """
    store = store or ArrayStore()
    sizes = texts["characters"] if "characters" in texts.columns else texts["text"].str.len_chars().fill_null(0)
    summaries, banded = [], []
    bands, docs, keys = store.new_array(np.uint64), store.new_array(np.uint32), store.new_array(np.uint64)
    for part in [*size_batches(sizes, _BATCH)] or [slice(0)]:
        batch = _batch_signatures(texts[part], near_at)
        summaries.append(batch.texts)
        banded.append(batch.banded)
        bands.add(batch.bands)
        docs.add(batch.fingerprints.doc)
        keys.add(batch.fingerprints.key)
        store.release_memory()
    return Signatures(pl.concat(summaries), np.concatenate(banded), bands.to_array(), Postings(docs.to_array(), keys.to_array()))


def fingerprint_hashes(texts: pl.DataFrame, *, literal: bool = False) -> pl.DataFrame:
    """Return the winnowed fingerprints of texts; for a text too short to have one, the hash of all its words.

    Args:
        texts: doc (UInt32), text.
        literal: as for `tokenize`.

    Returns:
        Columns doc and key; no row twice. A text without words has none.
    """
    parts = [pl.DataFrame(schema={"doc": pl.UInt32, "key": pl.UInt64})]
    for part in size_batches(texts["text"].str.len_chars().fill_null(0), _BATCH):
        words = tokenize(texts["text"][part], literal=literal)
        docs, counts = texts["doc"][part], np.diff(words.offsets)
        short = (counts > 0) & (counts < FINGERPRINT_WORDS)
        short_texts = pl.DataFrame({"doc": docs.filter(pl.Series(short)), "key": hash_texts(words)[short]})
        parts += [pl.DataFrame(_winnow(words, docs)._asdict()), short_texts]
    return pl.concat(parts)


def bands_for(near_at: float) -> tuple[int, int]:
    """Return how many LSH bands of how many rows to use so that pairs of this Jaccard similarity are missed at most once in a thousand.

    As many rows as that allows: more rows make fewer candidate pairs.

    >>> bands_for(0.7)
    (32, 4)
    """
    fits = [rows for rows in range(1, _PERMUTATIONS + 1) if (1 - near_at**rows) ** (_PERMUTATIONS // rows) <= _MISS_RATE]
    rows = max(fits, default=1)
    return _PERMUTATIONS // rows, rows


def _batch_signatures(texts: pl.DataFrame, near_at: float) -> Signatures:
    """Compute the signatures of one batch of texts (doc, text)."""
    words = tokenize(texts["text"])
    counts = np.diff(words.offsets)
    filled = counts > 0
    start, end = np.zeros(len(counts), np.int64), np.zeros(len(counts), np.int64)
    start[filled], end[filled] = words.starts[words.offsets[:-1][filled]], words.ends[words.offsets[1:][filled] - 1]
    summary = {"words": counts, "key": hash_texts(words), "start": start, "end": end}
    banded, bands = _minhash_bands(words, near_at)
    return Signatures(
        texts.select("doc").with_columns(pl.Series(name, values) for name, values in summary.items()),
        texts["doc"].to_numpy()[banded],
        bands,
        _winnow(words, texts["doc"]),
    )


def _minhash_bands(words: Words, near_at: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], HashArray]:
    """Return which texts have shingles, and for these the hashes of their MinHash bands, [texts, bands]."""
    hashes = shingles(words)
    valid = hashes != NO_SHINGLE
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(valid)))
    offsets = before[words.offsets]
    banded = np.diff(offsets) > 0
    number, rows = bands_for(near_at)
    if not banded.any():
        return banded, np.zeros((0, number), dtype=np.uint64)
    # The offsets of texts with shingles, as rensa wants them: with 2, 0 and 3 shingles, offsets are 0 2 2 5, and starts are 0 2 5.
    starts = np.concatenate((offsets[:-1][banded], offsets[-1:])).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes[valid], starts, _PERMUTATIONS, _SEED)
    digests = np.array(matrix.to_rows(), dtype=np.uint64)[:, : number * rows].reshape(-1, number, rows)
    bands = np.broadcast_to(np.arange(number, dtype=np.uint64), digests.shape[:2])  # a salt per band, so that no two bands share a hash
    for row in range(rows):
        bands = mix_bits(bands + digests[:, :, row])
    return banded, bands


def _winnow(words: Words, docs: pl.Series) -> Postings:
    """Return the fingerprints of texts by winnowing: the least hash of each window of `WINDOW` consecutive ones."""
    # Example with a window of 4, which takes two of the three steps:
    #   hashes        7 2 9 4
    #   least of 2    2 2 4 4
    #   least of 4    2 2 4 4    and of each run of equal hashes the first is kept: 2, 4
    least = shingles(words, FINGERPRINT_WORDS)
    valid = least != NO_SHINGLE
    doc = np.repeat(docs.to_numpy(), np.diff(words.offsets))
    step = 1
    while step < WINDOW:  # the least of 2, of 4, of 8: never beyond the end of the text
        same_doc = doc[step:] == doc[:-step]
        least[:-step] = np.where(same_doc, np.minimum(least[:-step], least[step:]), least[:-step])
        step *= 2
    # Neighbouring windows mostly keep the same fingerprint; `unique` drops those of passages that a text repeats.
    least[~valid] = NO_SHINGLE
    valid[1:] &= (least[1:] != least[:-1]) | (doc[1:] != doc[:-1])
    postings = pl.DataFrame({"doc": doc[valid], "key": least[valid]}, schema={"doc": pl.UInt32, "key": pl.UInt64})
    postings = postings.unique(maintain_order=True)
    return Postings(postings["doc"].to_numpy(), postings["key"].to_numpy())
