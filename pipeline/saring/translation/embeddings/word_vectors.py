"""Sentences as vectors that are near where the sentences mean the same, in whatever language: word senses, weighted by rarity, summed.

A word is a mix of some *senses*, a sense a point of the space; words of all languages share senses. `bench/train_vectors.py` learned
both, from wordnets and sentence pairs; where from and under which licences is written in `word_vectors.md` beside this module. Needs no
statistics of the corpus: two sentences are enough.
"""

from __future__ import annotations

import functools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saring.core.errors import ConfigError
from saring.translation.embeddings import word_forms

if TYPE_CHECKING:
    import polars as pl

    from saring.core.arrays import IntArray
    from saring.translation.embeddings.word_forms import Keys

__all__ = ["LEVELS", "VECTORS", "Matrix", "WordVectors", "load_vectors", "unit_rows"]

Matrix: TypeAlias = NDArray[np.float32]

#: The vectors that come with saring.
VECTORS = Path(__file__).with_name("word_vectors.npz")

#: What a coordinate of a sense can be: the four steps that lose the least of normal numbers are in this proportion (Max, 1960). Two bits
#: lose one sentence of a hundred that whole numbers find; as large a file of half as many coordinates of four bits loses ten.
LEVELS = np.array([-10, -3, 3, 10], dtype=np.int8)

#: Rows summed at a time: their vectors stay in the processor's cache.
_ROWS = 1024
#: A row of more words than this is summed by itself.
_LONG = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class WordVectors:
    """Word vectors.

    Attributes:
        keys: of the words, sorted.
        offsets: the senses of word `i` are those from `offsets[i]` to `offsets[i + 1]`.
        senses: rows of `points`.
        shares: how much of the word each sense is.
        weights: how much a word says, 0 to 1: little where it is frequent.
        points: the senses, [senses, dimensions], about equally long; each coordinate is one of `LEVELS`.
    """

    keys: Keys
    offsets: IntArray
    senses: NDArray[np.uint16]
    shares: NDArray[np.uint8]
    weights: NDArray[np.uint8]
    points: NDArray[np.int8]

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self.points.shape[1])

    def embed(self, sentences: pl.DataFrame) -> Matrix:
        """Return a vector for each sentence, of unit length; zeros where no word of it is known.

        Args:
            sentences: a column text. Others are ignored.

        Returns:
            [sentences, dimensions]. The product of two rows is their similarity.
        """
        return unit_rows(self.sums(sentences))

    def sums(self, sentences: pl.DataFrame) -> Matrix:
        """Return what `embed` returns before it is scaled: longer where more was understood, so that rows of neighbours may be added."""
        rows, words = word_forms.find_keys(sentences["text"], self.keys)
        # Once for each word of a sentence, however often it stands there: a sentence of a million words is no larger than its vocabulary.
        # It is better too: counted as often as it stands, 59 sentences of a hundred were found in place of 61.
        cells = np.sort(rows * np.int64(len(self.keys) or 1) + words)
        cells = cells[np.diff(cells, prepend=-1) > 0]  # `np.unique` counts in a hash table here, and takes ten times as long
        rows, words = np.divmod(cells, np.int64(len(self.keys) or 1))
        used, back = np.unique(words, return_inverse=True)
        vectors = self.words(used) * (self.weights[used, None].astype(np.float32) / np.float32(255))
        return _sum_by_row(vectors, back, np.ones(len(back), dtype=np.float32), rows, sentences.height)

    def words(self, places: IntArray) -> Matrix:
        """Return the vectors of words by their places in `keys`, unit length."""
        counts = self.offsets[places + 1] - self.offsets[places]
        ends = np.cumsum(counts)
        within = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
        entries = np.repeat(self.offsets[places], counts) + within
        rows = np.repeat(np.arange(len(places)), counts)
        return unit_rows(
            _sum_by_row(self.points, self.senses[entries].astype(np.int64), self.shares[entries].astype(np.float32), rows, len(places))
        )


def unit_rows(matrix: Matrix) -> Matrix:
    """Return the rows scaled to unit length; zeros stay zeros."""
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    lengths[lengths == 0] = 1
    scaled: Matrix = matrix / lengths[:, None]
    return scaled


@functools.cache
def load_vectors(file: Path = VECTORS) -> WordVectors:
    """Read vectors.

    Raises:
        ConfigError: the file is missing or does not hold vectors of this version.
    """
    try:
        with file.open("rb") as source, np.load(source, allow_pickle=False) as arrays:
            return _vectors(dict(arrays))
    except OSError as error:
        raise _wrong(file, f"none that can be read ({error})") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _wrong(file, f"something else ({type(error).__name__}: {error})") from error


def _vectors(arrays: dict[str, NDArray[np.generic]]) -> WordVectors:
    # Four coordinates of two bits to a byte.
    steps = np.arange(256)[:, None] >> np.array([6, 4, 2, 0]) & 3
    points = LEVELS[steps].view(np.uint32)[:, 0][arrays["points"].view(np.uint8)].view(np.int8)
    counts = arrays["counts"].astype(np.int64)
    return WordVectors(
        keys=np.cumsum(arrays["gaps"], dtype=np.uint32),
        offsets=np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts))),
        senses=arrays["senses"].astype(np.uint16),
        shares=arrays["shares"].astype(np.uint8),
        weights=arrays["weights"].astype(np.uint8),
        points=points,
    )


def _sum_by_row(vectors: Matrix | NDArray[np.int8], places: IntArray, factors: Matrix, rows: IntArray, number: int) -> Matrix:
    """Return for each row the sum of its vectors times their factors; rows ascend, and each is summed in its own order."""
    total = np.zeros((number, vectors.shape[1]), dtype=np.float32)
    filled, starts, counts = np.unique(rows, return_index=True, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    filled, starts, counts = filled[by_count], starts[by_count], counts[by_count]
    # The first word of every row, then the second...: three times as fast as `np.add.reduceat`, and a row's sum depends on nothing else.
    for begin in range(int(np.count_nonzero(counts > _LONG)), len(filled), _ROWS):
        these = slice(begin, begin + _ROWS)
        part = np.zeros((len(filled[these]), vectors.shape[1]), dtype=np.float32)
        for place in range(counts[begin]):
            more = int(np.count_nonzero(counts[these] > place))
            at = starts[these][:more] + place
            part[:more] += vectors[places[at]] * factors[at, None]
        total[filled[these]] = part
    # Long ones are few.
    for row, start, count in zip(filled, starts, counts, strict=True):
        if count <= _LONG:
            break
        total[row] = factors[start : start + count] @ vectors[places[start : start + count]]
    return total


def _wrong(file: Path, found: str) -> ConfigError:
    hint = "Install saring again, or make the file with bench/train_vectors.py."
    return ConfigError(file=str(file), path="", expected="word vectors", found=found, hint=hint)
