"""Words that state facts, in columns: numbers and names.

Numbers are words of digits or Chinese numerals; names are words in title case that begin no sentence, and words of letters and digits. Two
names that begin alike are spellings of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.core.arrays import HashArray, IntArray, mix_bits, repeat_rows

if TYPE_CHECKING:
    from saring.dedup.tokens import Words

__all__ = ["Flags", "Weights", "WordForms", "describe_words"]

Flags: TypeAlias = NDArray[np.bool_]
Weights: TypeAlias = NDArray[np.float64]

_Value = TypeVar("_Value", bound=np.generic)

#: Code points by which a name is known in another spelling.
_PREFIX = 4

_ENDS_SENTENCE = r"[\p{Po}\p{Pi}\p{Ps}\p{Zl}\p{Zp}\p{Cc}|]"
_SMALL_PAUSE = r"[,'’/@&%*#\\،、]"
_NUMERAL = r"[\p{Nd}二三四五六七八九十百千万萬亿億〇零]"
_JOINS_NUMBERS = r"[.,:/'’٫٬-]"


class WordForms(NamedTuple):
    """What each word of some texts is; arrays as long as those of `shingles.Words`, filled in for these texts alone.

    Attributes:
        number, name, opens, cased: is of digits alone; is in title case, or of letters and digits; begins a sentence; begins with a letter
            that has case.
        token: the hash of the word; of a number with separators that of all its parts, and of one that stands in the text a second time
            another than of the first.
        head: whether it is no further part of a number.
        prefix: of its first letters.
        weight: 1; a half for a character of a script without spaces.
    """

    number: Flags
    name: Flags
    opens: Flags
    cased: Flags
    token: HashArray
    head: Flags
    prefix: HashArray
    weight: Weights


def describe_words(texts: pl.Series, words: Words, rows: IntArray) -> WordForms:
    """Return what the words of some texts are.

    Args:
        texts: none of them null.
        words: of the texts.
        rows: places among the texts; ascending, none twice.
    """
    some = texts.gather(rows)
    codes = np.frombuffer(("\n".join(some.to_list()) + "\n").encode("utf-32-le"), "<u4")
    sizes = some.str.len_chars().to_numpy().astype(np.int64) + 1
    of, word = repeat_rows(np.diff(words.offsets)[rows])
    first_of_text = word == 0
    word += words.offsets[rows][of]
    shift = (np.cumsum(sizes) - sizes)[of]
    starts, ends = words.starts[word] + shift, words.ends[word] + shift

    unique, back = np.unique(codes, return_inverse=True)
    character = pl.Series("character", list(unique.tobytes().decode("utf-32-le")))

    def is_(pattern: str) -> Flags:
        flags: Flags = character.str.contains(pattern).to_numpy()
        return flags[back]

    upper, lower = is_(r"[\p{Lu}\p{Lt}]"), is_(r"\p{Ll}")
    numeral = is_(_NUMERAL)
    number = ~_within(~(numeral | is_(r"\p{M}")), starts, ends)
    title = upper[starts] & (starts + 1 < ends) & lower[np.minimum(starts + 1, len(codes) - 1)]
    name = title | (~number & _within(numeral, starts, ends))
    before = np.concatenate(([0], ends[:-1]))
    before[first_of_text] = starts[first_of_text]
    opens = first_of_text | _within(is_(_ENDS_SENTENCE) & ~is_(_SMALL_PAUSE), before, starts)
    joins = is_(_JOINS_NUMBERS)
    further = np.zeros(len(word), dtype=np.bool_)
    further[1:] = number[1:] & number[:-1] & ~first_of_text[1:] & (starts[1:] - ends[:-1] == 1) & joins[starts[1:] - 1]
    touching = np.zeros(len(word), dtype=np.bool_)
    touching[1:] = (starts[1:] == ends[:-1]) & ~first_of_text[1:]
    touching[:-1] |= touching[1:]

    letters = character.str.to_lowercase().str.head(1).cast(pl.String)
    small = np.frombuffer("".join(letters).encode("utf-32-le"), "<u4").astype(np.uint64)[back]
    prefix = np.zeros(len(word), dtype=np.uint64)
    for ahead in range(_PREFIX):
        inside = starts + ahead < ends
        prefix = mix_bits(prefix + np.where(inside, small[np.minimum(starts + ahead, len(small) - 1)], np.uint64(0)))

    total = len(words.hashes)

    def spread(values: NDArray[_Value]) -> NDArray[_Value]:
        filled: NDArray[_Value] = np.zeros(total, dtype=values.dtype)
        filled[word] = values
        return filled

    return WordForms(
        number=spread(number),
        name=spread(name),
        opens=spread(opens),
        cased=spread(upper[starts] | lower[starts]),
        token=spread(_numbered(_tokens(words.hashes[word], further), of, number & ~further)),
        head=spread(~further),
        prefix=spread(prefix),
        weight=spread(np.where(touching, 0.5, 1.0)),
    )


def _within(flags: Flags, low: IntArray, high: IntArray) -> Flags:
    """Return whether a flag is set between two places of each row."""
    sums: IntArray = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(flags, dtype=np.int64)))
    found: Flags = sums[high] > sums[low]
    return found


def _numbered(tokens: HashArray, text: IntArray, number: Flags) -> HashArray:
    """Return tokens of which those of numbers differ by how many of the same stand before them: short numbers stand in any text once."""
    seen = pl.DataFrame({"text": text[number], "token": tokens[number]}).select(nth=pl.int_range(pl.len()).over("text", "token"))
    tokens = tokens.copy()
    tokens[number] = mix_bits(tokens[number] + seen["nth"].to_numpy().astype(np.uint64))
    return tokens


def _tokens(hashes: HashArray, further: Flags) -> HashArray:
    """Return the hash of each word, for the first part of a number that of all its parts in order."""
    tokens = hashes.copy()
    start = np.flatnonzero(further & ~np.concatenate((further[1:], [False])))  # the last part of each number
    while len(start):
        # From the end to the beginning, a part at a time: numbers have few.
        tokens[start - 1] = mix_bits(tokens[start - 1] + mix_bits(tokens[start]))
        start = start[further[start - 1]] - 1
    return tokens
