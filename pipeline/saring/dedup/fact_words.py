"""Which words of a text state facts (numbers and names), as boolean columns: features for telling filled templates from duplicates.

A number is a word of digits or Chinese numerals. A name is a word in title case that does not begin a sentence, or a word of letters and
digits. Two names with the same first letters count as spellings of one name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.core.arrays import HashArray, IntArray, mix_bits, repeat_rows

if TYPE_CHECKING:
    from saring.dedup.tokens import Words

__all__ = ["Flags", "Weights", "WordFeatures", "word_features"]

Flags: TypeAlias = NDArray[np.bool_]
Weights: TypeAlias = NDArray[np.float64]

_Value = TypeVar("_Value", bound=np.generic)

#: Code points by which a name is recognised in another spelling; a judgement.
_PREFIX_LENGTH = 4

_SENTENCE_BREAK = r"[\p{Po}\p{Pi}\p{Ps}\p{Zl}\p{Zp}\p{Cc}|]"
_PAUSE = r"[,'’/@&%*#\\،、]"
_NUMERAL = r"[\p{Nd}二三四五六七八九十百千万萬亿億〇零]"
_NUMBER_SEPARATOR = r"[.,:/'’٫٬-]"


class WordFeatures(NamedTuple):
    """Features of words, one array element per word of a `tokens.Words`, filled in for the selected texts and zero elsewhere.

    Attributes:
        is_number: consists of digits or numerals alone.
        is_name: is in title case, or consists of letters and digits.
        opens_sentence: is the first word of a sentence.
        is_cased: begins with a letter that has case.
        token: hash of the word; for the first part of a number with separators, of all its parts; for a number that the text holds more
            than once, also of how often it occurred before.
        is_head: is not a later part of a number with separators.
        prefix: hash of the first `_PREFIX_LENGTH` letters, lower case.
        weight: 1; a half for a character of a script without spaces.
    """

    is_number: Flags
    is_name: Flags
    opens_sentence: Flags
    is_cased: Flags
    token: HashArray
    is_head: Flags
    prefix: HashArray
    weight: Weights


def word_features(texts: pl.Series, words: Words, rows: IntArray) -> WordFeatures:
    """Return number, name and spelling features of the words of selected texts.

    Args:
        texts: none of them null.
        words: words of all these texts.
        rows: the selected texts; ascending, none twice.

    >>> from saring.dedup.tokens import tokenize
    >>> texts = pl.Series(["It rained 1,250 mm in Rome"])
    >>> features = word_features(texts, tokenize(texts), np.array([0]))
    >>> features.is_number.tolist()
    [False, False, True, True, False, False, False]
    >>> features.is_head.tolist()  # 250 is the second part of 1,250
    [True, True, True, False, True, True, True]
    >>> (features.is_name & ~features.opens_sentence).tolist()
    [False, False, False, False, False, False, True]
    """
    selected = texts.gather(rows)
    codes = np.frombuffer(("\n".join(selected.to_list()) + "\n").encode("utf-32-le"), "<u4")
    sizes = selected.str.len_chars().to_numpy().astype(np.int64) + 1
    text, word = repeat_rows(np.diff(words.offsets)[rows])
    first_of_text = word == 0
    word += words.offsets[rows][text]
    # From offsets in each text to offsets in the selected texts joined by line breaks.
    shift = (np.cumsum(sizes) - sizes)[text]
    starts, ends = words.starts[word] + shift, words.ends[word] + shift

    distinct_codes, code_index = np.unique(codes, return_inverse=True)
    character = pl.Series("character", list(distinct_codes.tobytes().decode("utf-32-le")))

    def matches(pattern: str) -> Flags:
        flags: Flags = character.str.contains(pattern).to_numpy()
        return flags[code_index]

    upper, lower = matches(r"[\p{Lu}\p{Lt}]"), matches(r"\p{Ll}")
    numeral = matches(_NUMERAL)
    is_number = ~_any_within(~(numeral | matches(r"\p{M}")), starts, ends)
    title = upper[starts] & (starts + 1 < ends) & lower[np.minimum(starts + 1, len(codes) - 1)]
    is_name = title | (~is_number & _any_within(numeral, starts, ends))
    previous_end = np.concatenate(([0], ends[:-1]))
    previous_end[first_of_text] = starts[first_of_text]
    opens_sentence = first_of_text | _any_within(matches(_SENTENCE_BREAK) & ~matches(_PAUSE), previous_end, starts)
    separator = matches(_NUMBER_SEPARATOR)
    continues_number = np.zeros(len(word), dtype=np.bool_)
    one_apart = starts[1:] - ends[:-1] == 1
    continues_number[1:] = is_number[1:] & is_number[:-1] & ~first_of_text[1:] & one_apart & separator[starts[1:] - 1]
    adjacent = np.zeros(len(word), dtype=np.bool_)
    adjacent[1:] = (starts[1:] == ends[:-1]) & ~first_of_text[1:]
    adjacent[:-1] |= adjacent[1:]

    first_lower = character.str.to_lowercase().str.head(1).cast(pl.String)
    lower_codes = np.frombuffer("".join(first_lower).encode("utf-32-le"), "<u4").astype(np.uint64)[code_index]
    prefix = np.zeros(len(word), dtype=np.uint64)
    for ahead in range(_PREFIX_LENGTH):
        inside = starts + ahead < ends
        prefix = mix_bits(prefix + np.where(inside, lower_codes[np.minimum(starts + ahead, len(lower_codes) - 1)], np.uint64(0)))

    total = len(words.hashes)

    def spread(values: NDArray[_Value]) -> NDArray[_Value]:
        filled: NDArray[_Value] = np.zeros(total, dtype=values.dtype)
        filled[word] = values
        return filled

    return WordFeatures(
        is_number=spread(is_number),
        is_name=spread(is_name),
        opens_sentence=spread(opens_sentence),
        is_cased=spread(upper[starts] | lower[starts]),
        token=spread(_count_repeats(_join_numbers(words.hashes[word], continues_number), text, is_number & ~continues_number)),
        is_head=spread(~continues_number),
        prefix=spread(prefix),
        weight=spread(np.where(adjacent, 0.5, 1.0)),
    )


def _any_within(flags: Flags, low: IntArray, high: IntArray) -> Flags:
    """Return for each range of positions whether a flag is set in it.

    >>> _any_within(np.array([False, True, False]), np.array([0, 1]), np.array([1, 3])).tolist()
    [False, True]
    """
    sums: IntArray = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(flags, dtype=np.int64)))
    any_set: Flags = sums[high] > sums[low]
    return any_set


def _count_repeats(tokens: HashArray, text: IntArray, number: Flags) -> HashArray:
    """Return word hashes in which the hash of a number depends also on how many equal numbers precede it in its text.

    Short numbers occur in any text once; a text that holds one more often than the other has a fact of its own.
    """
    repeats = pl.DataFrame({"text": text[number], "token": tokens[number]}).select(nth=pl.int_range(pl.len()).over("text", "token"))
    tokens = tokens.copy()
    tokens[number] = mix_bits(tokens[number] + repeats["nth"].to_numpy().astype(np.uint64))
    return tokens


def _join_numbers(hashes: HashArray, continues_number: Flags) -> HashArray:
    """Return word hashes in which the first part of a number with separators has the hash of all its parts in order."""
    tokens = hashes.copy()
    # From the last part of each number to the first, one part of all numbers at a time: numbers have few.
    part = np.flatnonzero(continues_number & ~np.concatenate((continues_number[1:], [False])))
    while len(part):
        tokens[part - 1] = mix_bits(tokens[part - 1] + mix_bits(tokens[part]))
        part = part[continues_number[part - 1]] - 1
    return tokens
