"""Look up words in the vocabulary of the word vectors: exact forms, longest matches in scripts without spaces, and stems of unlisted forms.

A word is case-folded and stripped of marks, so that `Été` and `ete`, vowelled and plain Arabic have one key. Languages share keys: words that
two languages spell alike mostly mean the same, and the language of a sentence is often not known.
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
    "MAX_COMPOUND",
    "STEM_LENGTHS",
    "FoldedWords",
    "Keys",
    "compound_hashes",
    "find_keys",
    "fold_text",
    "hashes_to_keys",
    "prefix_hashes",
    "split_words",
    "stem_hashes",
]

Keys: TypeAlias = NDArray[np.uint32]

#: Characters of a vocabulary entry in a script without spaces, at most; a judgement.
MAX_COMPOUND = 6

#: Lengths of the prefixes that have keys of their own. Twice as many were worth 0.006 (bench/vectors.py), at 2.5 MB more.
STEM_LENGTHS = (4, 5, 7, 9)

#: An unlisted form is looked up by its longest listed prefix, at most so many characters shorter than itself; a judgement.
_MAX_CUT = 5
#: Such a prefix has at least so many characters, and at least this share of the form; a judgement.
_MIN_STEM, _MIN_STEM_SHARE = 4, 0.55

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_STEM_SALT = np.uint64(0x5851F42D4C957F2D)  # separates the keys of stems from those of whole words


class FoldedWords(NamedTuple):
    """Words of a batch of texts after case folding, concatenated; in a script without spaces each character is a word.

    Attributes:
        texts: the folded texts.
        hashes: hash of each word.
        rows: row of its text.
        starts: offset of its first character in the folded text.
        lengths: its length in code points.
        touches: whether the next word of the text follows without anything between.
    """

    texts: pl.Series
    hashes: HashArray
    rows: IntArray
    starts: IntArray
    lengths: IntArray
    touches: NDArray[np.bool_]


def fold_text(texts: pl.Series) -> pl.Series:
    """Return texts in lower case and Unicode compatibility form, without marks and invisible characters; null stays null."""
    folded = pl.col("text").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"[\p{M}\p{Cf}]+", "")
    return texts.alias("text").to_frame().select(folded)["text"]


def split_words(texts: pl.Series) -> FoldedWords:
    """Fold texts and split them into hashed words."""
    folded = fold_text(texts).fill_null("")
    words = tokens.tokenize(folded, literal=True)  # as the keys of the vocabulary were computed
    rows = np.repeat(np.arange(len(folded)), np.diff(words.offsets))
    touches = np.zeros(len(rows), dtype=bool)
    touches[:-1] = (words.ends[:-1] == words.starts[1:]) & (rows[:-1] == rows[1:])
    return FoldedWords(folded, words.hashes, rows, words.starts, words.ends - words.starts, touches)


def hashes_to_keys(hashes: HashArray) -> Keys:
    """Return vocabulary keys of word hashes: their upper 32 bits. Of unknown words, one in several thousand has a key by chance."""
    return (hashes >> np.uint64(32)).astype(np.uint32)


def compound_hashes(words: FoldedWords) -> list[HashArray]:
    """Return for n = 1, 2, ... `MAX_COMPOUND` the hash of the n touching words from each word on; 0 where fewer touch.

    >>> one, two, *_ = compound_hashes(split_words(pl.Series(["大雨 x"])))
    >>> (two != 0).tolist()  # only 大 and 雨 touch
    [True, False, False]
    """
    hashes_by_length, total = [words.hashes], words.hashes
    touching = np.ones(len(total), dtype=bool)
    for number in range(2, MAX_COMPOUND + 1):
        reach = max(len(total) - number + 1, 0)
        touching, total = touching.copy(), total * _MULTIPLIER
        touching[:reach] &= words.touches[number - 2 : number - 2 + reach]
        touching[reach:] = False
        total[:reach] += words.hashes[number - 1 :]
        hashes_by_length.append(np.where(touching, mix_bits(total + np.uint64(number)), np.uint64(0)))
    return hashes_by_length


def find_keys(texts: pl.Series, keys: Keys) -> tuple[IntArray, IntArray]:
    """Find the vocabulary entries that occur in each text.

    Where words touch (scripts without spaces), the longest match from each word counts, unless it lies inside another one. A word that is
    not listed is looked up by its stem.

    Args:
        texts: any strings; nulls have no words.
        keys: of the vocabulary, sorted.

    Returns:
        The row of each match, and the place of its key in `keys`; rows ascend.

    >>> rain, = hashes_to_keys(compound_hashes(split_words(pl.Series(["大雨"])))[1][:1])
    >>> bread, = hashes_to_keys(split_words(pl.Series(["bread"])).hashes)
    >>> rows, places = find_keys(pl.Series(["no entry", "Bread", "大雨"]), np.sort([rain, bread]))
    >>> rows.tolist(), bool(np.sort([rain, bread])[places[0]] == bread)
    ([1, 2], True)
    """
    words = split_words(texts)
    in_compound = words.touches.copy()
    in_compound[1:] |= words.touches[:-1]
    # Each distinct word once: most occur in a batch more than once, and sorted ones are looked up three times as fast.
    distinct, firsts, back = np.unique(words.hashes, return_index=True, return_inverse=True)
    place = _look_up(distinct, keys)
    unlisted = np.flatnonzero((place < 0) & (words.lengths[firsts] > _MIN_STEM))
    place[unlisted] = _look_up_stems(words, firsts[unlisted], keys)
    place = place[back]
    length = np.ones(len(place), dtype=np.int64)
    if in_compound.any():
        candidates = np.flatnonzero(in_compound)
        for number, hashes in enumerate(compound_hashes(words)[1:], start=2):
            begins = candidates[hashes[candidates] != 0]
            match = _look_up(hashes[begins], keys)
            place[begins[match >= 0]], length[begins[match >= 0]] = match[match >= 0], number
        # Matches of 3, 1 and 2 words from the words 0, 1 and 2 on end at 3, 2 and 4: the second lies inside the first.
        ends = np.arange(len(place)) + length
        covered = np.zeros(len(place), dtype=bool)
        covered[1:] = np.maximum.accumulate(ends)[:-1] >= ends[1:]
        place[covered] = -1
    known = place >= 0
    return words.rows[known], place[known]


def prefix_hashes(words: pl.Series, lengths: list[IntArray]) -> list[HashArray]:
    """Return hashes of prefixes of words, one array for each array of prefix lengths.

    Args:
        words: folded, of letters and digits alone, in a script with spaces.
        lengths: for each word, 1 up to its own length.
    """
    joined = "\n".join(words.to_list()) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    ends = np.flatnonzero(codes == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    return [_hash_slices(codes, starts, prefix_lengths) for prefix_lengths in lengths]


def stem_hashes(hashes: HashArray) -> HashArray:
    """Return the hashes under which prefixes are listed in the vocabulary as stems, from the hashes of the prefixes."""
    return mix_bits(hashes + _STEM_SALT)


def _look_up(hashes: HashArray, keys: Keys) -> IntArray:
    """Return the place of each word hash in the sorted vocabulary keys, -1 where it is not listed."""
    if not len(keys):
        return np.full(len(hashes), -1, dtype=np.int64)
    wanted = hashes_to_keys(hashes)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _look_up_stems(words: FoldedWords, selected: IntArray, keys: Keys) -> IntArray:
    """Return for selected words the place of the vocabulary key of their longest listed prefix, -1 where none is listed."""
    joined = "\n".join(words.texts.to_list()) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    sizes = words.texts.str.len_chars().to_numpy().astype(np.int64) + 1
    starts = (np.cumsum(sizes) - sizes)[words.rows[selected]] + words.starts[selected]
    lengths = words.lengths[selected]
    min_length = np.maximum(_MIN_STEM, np.ceil(_MIN_STEM_SHARE * lengths).astype(np.int64))
    place = np.full(len(selected), -1, dtype=np.int64)
    # `membanjiri` of 10 letters is tried as a stem of 9 (STEM_LENGTHS), as `membanjir` (9 letters), as `membanji`, ... down to 6 letters.
    for cut in range(_MAX_CUT + 1):
        prefix_length = lengths - cut
        pending = np.flatnonzero((place < 0) & (prefix_length >= min_length))
        hashes = _hash_slices(codes, starts[pending], prefix_length[pending])
        if cut:
            place[pending] = _look_up(hashes, keys)
        is_stem = np.isin(prefix_length[pending], STEM_LENGTHS) & (place[pending] < 0)
        place[pending[is_stem]] = _look_up(stem_hashes(hashes[is_stem]), keys)
    return place


def _hash_slices(codes: NDArray[np.uint32], starts: IntArray, lengths: IntArray) -> HashArray:
    """Return the hashes of words given as slices of an array of code points."""
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    # The slices are joined with line breaks and tokenised: starts 0 4, lengths 2 3 take the codes 0 1 _ 4 5 6 _, with breaks at 2 and 6.
    ends = np.cumsum(lengths + 1)
    place = np.arange(ends[-1]) - np.repeat(ends - lengths - 1, lengths + 1)
    index = np.minimum(np.repeat(starts, lengths + 1) + place, len(codes) - 1)
    joined = codes[index]
    joined[ends - 1] = ord("\n")
    return tokens.tokenize(pl.Series([joined.tobytes().decode("utf-32-le")]), literal=True).hashes
