"""Words as keys into the vectors: exact forms, longest matches where nothing stands between words, and stems of forms nobody listed.

A word is folded (no case, no marks, compatibility forms as one), so that `Été` and `ete`, vowelled and plain Arabic are one key. Languages
share keys: what two of them spell alike mostly means the same, and the language of a sentence is often not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.core.arrays import mix_bits
from saring.dedup import tokens

if TYPE_CHECKING:
    from saring.core.arrays import HashArray, IntArray

__all__ = [
    "LONGEST",
    "STEMS",
    "Forms",
    "Keys",
    "find_keys",
    "fold_text",
    "narrow_hashes",
    "prefixes",
    "split_words",
    "stem_keys",
    "touching_runs",
]

Keys: TypeAlias = NDArray[np.uint32]

#: Characters of a word in a script without spaces, at most.
LONGEST = 6

#: Lengths of the prefixes that are keys of their own.
STEMS = (4, 5, 7, 9)

#: A form that nobody listed is looked up by what is left when at most this many characters are cut off its end.
_CUT = 5
#: What is left of it is at least this long, and at least this share of it.
_SHORTEST, _SHARE = 4, 0.55

_STEP = np.uint64(0x9E3779B97F4A7C15)
_STEM = np.uint64(0x5851F42D4C957F2D)  # keeps the keys of stems apart from those of whole words


class Forms(NamedTuple):
    """The words of some texts, in their order; a character is a word where the script has no spaces.

    Attributes:
        texts: the texts, folded.
        hashes, rows, starts, lengths: of each word.
        touches: whether the next word follows with nothing between.
    """

    texts: pl.Series
    hashes: HashArray
    rows: IntArray
    starts: IntArray
    lengths: IntArray
    touches: NDArray[np.bool_]


def fold_text(texts: pl.Series) -> pl.Series:
    """Return texts without case, marks and invisible characters, in compatibility form; null stays null."""
    folded = pl.col("text").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"[\p{M}\p{Cf}]+", "")
    return texts.alias("text").to_frame().select(folded)["text"]


def split_words(texts: pl.Series) -> Forms:
    """Return the words of these texts."""
    folded = fold_text(texts).fill_null("")
    words = tokens.tokenize(folded, literal=True)  # as the keys were made
    rows = np.repeat(np.arange(len(folded)), np.diff(words.offsets))
    touches = np.zeros(len(rows), dtype=bool)
    touches[:-1] = (words.ends[:-1] == words.starts[1:]) & (rows[:-1] == rows[1:])
    return Forms(folded, words.hashes, rows, words.starts, words.ends - words.starts, touches)


def narrow_hashes(hashes: HashArray) -> Keys:
    """Return the keys of hashes: their upper half. Of unknown words, one in several thousand meets a key by chance."""
    return (hashes >> np.uint64(32)).astype(np.uint32)


def touching_runs(found: Forms) -> list[HashArray]:
    """Return for 1, 2, ... `LONGEST` the hash of so many touching words from each word on; 0 where they do not touch."""
    made, total = [found.hashes], found.hashes
    together = np.ones(len(total), dtype=bool)
    for number in range(2, LONGEST + 1):
        reach = max(len(total) - number + 1, 0)
        together, total = together.copy(), total * _STEP
        together[:reach] &= found.touches[number - 2 : number - 2 + reach]
        together[reach:] = False
        total[:reach] += found.hashes[number - 1 :]
        made.append(np.where(together, mix_bits(total + np.uint64(number)), np.uint64(0)))
    return made


def find_keys(texts: pl.Series, keys: Keys) -> tuple[IntArray, IntArray]:
    """Return which keys stand in which text.

    Where words touch, the longest match from each place counts, unless it lies inside another one.

    Args:
        texts: any strings; nulls have no words.
        keys: sorted.

    Returns:
        The row of each match, and the place of its key in `keys`; rows ascend.
    """
    found = split_words(texts)
    tight = found.touches.copy()
    tight[1:] |= found.touches[:-1]
    # Each word once: most stand in a batch more than once, and sorted ones are looked up three times as fast.
    unique, firsts, back = np.unique(found.hashes, return_index=True, return_inverse=True)
    place = _look_up(unique, keys)
    loose = np.flatnonzero((place < 0) & ~tight[firsts] & (found.lengths[firsts] > _SHORTEST))
    place[loose] = _by_stem(found, firsts[loose], keys)
    place = place[back]
    length = np.ones(len(place), dtype=np.int64)
    if tight.any():
        some = np.flatnonzero(tight)
        for number, hashes in enumerate(touching_runs(found)[1:], start=2):
            begins = some[hashes[some] != 0]
            at = _look_up(hashes[begins], keys)
            place[begins[at >= 0]], length[begins[at >= 0]] = at[at >= 0], number
        ends = np.arange(len(place)) + length
        covered = np.zeros(len(place), dtype=bool)
        covered[1:] = np.maximum.accumulate(ends)[:-1] >= ends[1:]
        place[covered] = -1
    known = place >= 0
    return found.rows[known], place[known]


def prefixes(words: pl.Series, lengths: list[IntArray]) -> list[HashArray]:
    """Return the hashes of the words' prefixes, for each array of lengths one array of hashes.

    Args:
        words: folded, of letters and digits alone, in a script with spaces.
        lengths: for each word, 1 up to its own length.
    """
    joined = "\n".join(words.to_list()) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    ends = np.flatnonzero(codes == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    return [_hash_slices(codes, starts, some) for some in lengths]


def stem_keys(hashes: HashArray) -> HashArray:
    """Return the hashes under which prefixes are listed, from the hashes of the prefixes."""
    return mix_bits(hashes + _STEM)


def _look_up(hashes: HashArray, keys: Keys) -> IntArray:
    """Return the place of each hash in the keys; -1 where it is none of them."""
    if not len(keys):
        return np.full(len(hashes), -1, dtype=np.int64)
    wanted = narrow_hashes(hashes)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _by_stem(found: Forms, words: IntArray, keys: Keys) -> IntArray:
    """Return the places of the keys of words by their longest listed prefix; -1 where none is."""
    joined = "\n".join(found.texts.to_list()) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    sizes = found.texts.str.len_chars().to_numpy().astype(np.int64) + 1
    starts = (np.cumsum(sizes) - sizes)[found.rows[words]] + found.starts[words]
    lengths = found.lengths[words]
    least = np.maximum(_SHORTEST, np.ceil(_SHARE * lengths).astype(np.int64))
    place = np.full(len(words), -1, dtype=np.int64)
    for cut in range(_CUT + 1):
        left = lengths - cut
        open_ = np.flatnonzero((place < 0) & (left >= least))
        hashes = _hash_slices(codes, starts[open_], left[open_])
        if cut:
            place[open_] = _look_up(hashes, keys)
        stems = np.isin(left[open_], STEMS) & (place[open_] < 0)
        place[open_[stems]] = _look_up(stem_keys(hashes[stems]), keys)
    return place


def _hash_slices(codes: NDArray[np.uint32], starts: IntArray, lengths: IntArray) -> HashArray:
    """Return the hash of the word that each slice of the code points is."""
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    ends = np.cumsum(lengths + 1)
    within = np.arange(ends[-1]) - np.repeat(ends - lengths - 1, lengths + 1)
    index = np.minimum(np.repeat(starts, lengths + 1) + within, len(codes) - 1)
    taken = codes[index]
    taken[ends - 1] = ord("\n")
    return tokens.tokenize(pl.Series([taken.tobytes().decode("utf-32-le")]), literal=True).hashes
