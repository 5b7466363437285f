"""Multilingual sentence embeddings as sums of word vectors weighted by rarity.

A word vector is a weighted mean of *senses*, points of the space that words of all languages share. `bench/train_vectors.py` learned both from
wordnets and sentence pairs; sources and licences are listed in `word_vectors.md` beside this module. No statistics of the corpus are needed:
two sentences are enough.
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

__all__ = ["QUANTISATION_LEVELS", "VECTORS_FILE", "Matrix", "WordVectors", "load_vectors", "unit_rows"]

Matrix: TypeAlias = NDArray[np.float32]

#: The word vectors that come with saring.
VECTORS_FILE = Path(__file__).with_name("word_vectors.npz")

#: Values of a coordinate of a sense, quantised to two bits: the four levels with the least error for normally distributed values have this
#: proportion (Max, 1960). Two bits lose one sentence of a hundred that 32 bits find; a file of the same size with half as many coordinates
#: of four bits loses ten (bench/vectors.py).
QUANTISATION_LEVELS = np.array([-10, -3, 3, 10], dtype=np.int8)

#: Rows summed at a time: their vectors stay in the processor's cache.
_ROWS = 1024
#: A row of more words than this is summed by itself.
_LONG_ROW = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class WordVectors:
    """Word vectors in compressed form, each a weighted mean of a few shared senses.

    Attributes:
        keys: vocabulary keys of the words, sorted.
        offsets: the senses of word `i` are those from `offsets[i]` to `offsets[i + 1]`.
        senses: rows of `points`.
        shares: weight of each sense in its word.
        weights: weight of each word in a sentence, 0 to 255: low where the word is frequent.
        points: the senses, [senses, dimensions], about equally long; each coordinate is one of `QUANTISATION_LEVELS`.
    """

    keys: Keys
    offsets: IntArray
    senses: NDArray[np.uint16]
    shares: NDArray[np.uint8]
    weights: NDArray[np.uint8]
    points: NDArray[np.int8]

    @property
    def dimensions(self) -> int:
        """Number of coordinates of a vector."""
        return int(self.points.shape[1])

    def embed(self, sentences: pl.DataFrame) -> Matrix:
        """Return a sentence embedding of unit length for each row; zeros for a sentence without a known word.

        Args:
            sentences: a column text; others are ignored.

        Returns:
            [sentences, dimensions]. The dot product of two rows is their cosine similarity.
        """
        return unit_rows(self.sums(sentences))

    def sums(self, sentences: pl.DataFrame) -> Matrix:
        """Return sentence embeddings before normalisation: longer the more words are known, so that those of neighbours may be added."""
        rows, words = word_forms.find_keys(sentences["text"], self.keys)
        # A word counts once a sentence, however often it occurs there: a sentence of a million words costs no more than its vocabulary. It is
        # better too: counted as often as they occur, 59 sentences of a hundred were found in place of 61 (bench/vectors.py).
        # Example with a vocabulary of 10: rows 0 0 1 and words 7 7 2 are packed into 7 7 12, and unpacked again without the repetition.
        packed = np.sort(rows * np.int64(len(self.keys) or 1) + words)
        packed = packed[np.diff(packed, prepend=-1) > 0]  # `np.unique` counts in a hash table here, and takes ten times as long
        rows, words = np.divmod(packed, np.int64(len(self.keys) or 1))
        distinct, back = np.unique(words, return_inverse=True)
        vectors = self.words(distinct) * (self.weights[distinct, None].astype(np.float32) / np.float32(255))
        return _sum_by_row(vectors, back, np.ones(len(back), dtype=np.float32), rows, sentences.height)

    def words(self, places: IntArray) -> Matrix:
        """Return word vectors of unit length, by the places of the words in `keys`."""
        # Words 0 and 2 with the offsets 0 2 3 6: counts 2 3 give places 0 1 0 1 2 in the word, entries 0 1 3 4 5, and rows 0 0 1 1 1.
        counts = self.offsets[places + 1] - self.offsets[places]
        ends = np.cumsum(counts)
        place_in_word = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
        entries = np.repeat(self.offsets[places], counts) + place_in_word
        rows = np.repeat(np.arange(len(places)), counts)
        senses, shares = self.senses[entries].astype(np.int64), self.shares[entries].astype(np.float32)
        return unit_rows(_sum_by_row(self.points, senses, shares, rows, len(places)))


def unit_rows(matrix: Matrix) -> Matrix:
    """Scale the rows of a matrix to unit length; zeros stay zeros.

    >>> unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32)).round(2).tolist() == [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    True
    """
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    lengths[lengths == 0] = 1
    scaled: Matrix = matrix / lengths[:, None]
    return scaled


@functools.cache
def load_vectors(file: Path = VECTORS_FILE) -> WordVectors:
    """Read word vectors from a file, once per process.

    Raises:
        ConfigError: the file is missing or does not hold word vectors of this version.
    """
    try:
        with file.open("rb") as source, np.load(source, allow_pickle=False) as arrays:
            return _unpack_vectors(dict(arrays))
    except OSError as error:
        raise _vectors_error(file, f"a file that cannot be read ({error})") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _vectors_error(file, f"something else ({type(error).__name__}: {error})") from error


def _unpack_vectors(arrays: dict[str, NDArray[np.generic]]) -> WordVectors:
    """Return word vectors from the arrays of their file: keys stored as differences, four coordinates to a byte."""
    # Byte 0b00011011 holds the levels 0, 1, 2 and 3: a table of all 256 bytes gives four coordinates at once, viewed as 32 bits.
    levels = np.arange(256)[:, None] >> np.array([6, 4, 2, 0]) & 3
    points = QUANTISATION_LEVELS[levels].view(np.uint32)[:, 0][arrays["points"].view(np.uint8)].view(np.int8)
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
    """Return for each row the weighted sum of its vectors, each in a fixed order, so that a sum does not depend on other rows.

    Args:
        vectors: [vectors, dimensions].
        places: the vector of each term.
        factors: its weight.
        rows: the row that it is added to; ascending.
        number: how many rows there are.

    >>> vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    >>> _sum_by_row(vectors, np.array([0, 1, 1]), np.array([1, 2, 3], dtype=np.float32), np.array([0, 0, 2]), 3).tolist()
    [[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]]
    """
    total = np.zeros((number, vectors.shape[1]), dtype=np.float32)
    filled, starts, counts = np.unique(rows, return_index=True, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    filled, starts, counts = filled[by_count], starts[by_count], counts[by_count]
    # The first term of every row, then the second...: three times as fast as `np.add.reduceat`, and a row's sum depends on nothing else.
    for begin in range(int(np.count_nonzero(counts > _LONG_ROW)), len(filled), _ROWS):
        block = slice(begin, begin + _ROWS)
        sums = np.zeros((len(filled[block]), vectors.shape[1]), dtype=np.float32)
        for place in range(counts[begin]):
            longer = int(np.count_nonzero(counts[block] > place))
            term = starts[block][:longer] + place
            sums[:longer] += vectors[places[term]] * factors[term, None]
        total[filled[block]] = sums
    # Long ones are few.
    for row, start, count in zip(filled, starts, counts, strict=True):
        if count <= _LONG_ROW:
            break
        total[row] = factors[start : start + count] @ vectors[places[start : start + count]]
    return total


def _vectors_error(file: Path, actual: str) -> ConfigError:
    """Return an error about a file that does not hold word vectors."""
    hint = "Install saring again, or make the file with bench/train_vectors.py."
    return ConfigError(file=str(file), path="", expected="word vectors", found=actual, hint=hint)
