"""Words of lines as evidence: "cookies" and "newsletter" are rare in a page's text, "Add to cart" never is in it.

Each word, pair of words and short line is hashed into one of `BUCKETS` buckets, and a table has for each bucket the log-odds of text against
noise, as counted on labelled pages. The table holds no words, and knows the languages of its pages alone: elsewhere most buckets say nothing.
"""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from saring.noise.page_positions import PagePositions

    Float32Array = npt.NDArray[np.float32]
    Indices = npt.NDArray[np.intp]

__all__ = ["BUCKETS", "LOG_ODDS_STEPS", "LineTokens", "distinct_tokens", "line_tokens", "load_log_odds", "word_features"]

_BITS = 15
#: The number of buckets: about as many as there are words that stand on several pages (a judgement).
BUCKETS = 1 << _BITS
#: Steps of the table's log-odds per unit; in bytes, they reach from -6.4 to 6.4.
LOG_ODDS_STEPS = 20

#: Characters of a line that are looked at, from its first on, and words of it that count; words up to which pairs of a line's words count, too; and up to which the line as a whole.
_MOST_CHARACTERS, _MOST_WORDS, _PAIR_WORDS, _LINE_WORDS = 100, 16, 12, 6
#: Bounds of the sum of log-odds of a line, by itself and in windows: one long line must not outweigh all others.
_CAP, _WINDOW_CAP = 30.0, 6.0

#: Lines hashed at a time, so that the arrays fit the processor's cache (a judgement, not measured).
_LINES_PER_CHUNK = 4_096

#: Odd multipliers of 64 bits: of bytes by their place, of words in pairs and lines, and of the hash (from the fraction of the golden ratio
#: and of square roots).
_PLACE, _FIRST, _SECOND, _LINE, _SPREAD = (
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xB7E151628AED2A6B, 0x3243F6A8885A308D, 0x6A09E667F3BCC909, 0xBB67AE8584CAA73B)
)
_EDGE_OF_LINE = np.uint64(0x5BE0CD19137E2179)
_EDGE_BEHIND = np.uint64(0x3243F6A8885A308D * 0x5BE0CD19137E2179 % (1 << 64))

#: Bytes of UTF-8: the first of general punctuation and of Latin-1, the second of the quotes and the space of Latin-1, and the first from which
#: on a character is a word by itself: ideographs, kana, syllables of Korean.
_PUNCTUATION, _LATIN, _LATIN_QUOTES, _IDEOGRAPHS = 0xE2, 0xC2, (0xA0, 0xAB, 0xBB), 0xE3

_CONTINUATION = 0x80
_SEPARATOR, _WORD, _SIGN = 0, 1, 2


class LineTokens(NamedTuple):
    """The words, pairs of words and short lines of a batch of texts, as buckets.

    Attributes:
        words: the bucket of each word that counts, text after text.
        begins: where the words of each text begin in `words`; one entry more than texts.
        line: the index of the text of each token, the words first.
        bucket: the bucket of each token.
    """

    words: npt.NDArray[np.int32]
    begins: npt.NDArray[np.int64]
    line: Indices
    bucket: npt.NDArray[np.int32]

    def scores(self, log_odds: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Return the sum and the mean of the log-odds of each text, given those of each bucket."""
        texts = len(self.begins) - 1
        sums = np.bincount(self.line, log_odds.take(self.bucket), texts)
        counts = np.bincount(self.line, minlength=texts)
        # Rounded, since the order of a sum differs from batch to batch.
        return np.round(sums, 3).astype(np.float32), np.round(sums / np.maximum(counts, 1), 3).astype(np.float32)


def line_tokens(folded: pl.Series) -> LineTokens:
    """Hash the words, pairs of words and short lines of texts in lower case, without line breaks."""
    parts = [_tokens_of_chunk(folded[begin : begin + _LINES_PER_CHUNK], begin) for begin in range(0, len(folded), _LINES_PER_CHUNK)]
    word_line, words, other_line, others = (
        np.concatenate([np.zeros(0, dtype=dtype), *(part[index] for part in parts)])
        for index, dtype in enumerate((np.intp, np.int32, np.intp, np.int32))
    )
    begins = np.append(0, np.cumsum(np.bincount(word_line, minlength=len(folded))))
    return LineTokens(words, begins, np.concatenate([word_line, other_line]), np.concatenate([words, others]))


def distinct_tokens(lines: pl.DataFrame) -> LineTokens:
    """Return the tokens of the distinct texts of lines, by their `spelling` (`line_features.line_features`)."""
    spelling = lines["spelling"].to_numpy().astype(np.int64)
    is_first = spelling > np.append(-1, np.maximum.accumulate(spelling))[: len(spelling)]
    return line_tokens(lines["folded"].filter(pl.Series(is_first)))


def _tokens_of_chunk(folded: pl.Series, first: int) -> tuple[Indices, npt.NDArray[np.int32], Indices, npt.NDArray[np.int32]]:
    """Return the lines and buckets of the words of a chunk of lines, then those of pairs and whole lines; `first` is the index of its first line.

    The hash of the bytes from i to j is the difference of two prefix sums of bytes times powers of a number, divided by the power of i:
    the same for the same bytes wherever they stand, in arithmetic modulo 2 ** 64, where an odd number has an inverse.
    """
    joined = b"\n" + folded.str.head(_MOST_CHARACTERS).str.join("\n").cast(pl.Binary).item() + b"\n"
    data = np.frombuffer(joined, dtype=np.uint8)
    powers, inverses = _powers(len(data))
    sums = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum(data.astype(np.uint64) * powers, out=sums[1:])

    begin, end = _words(data)
    breaks = np.flatnonzero(data == ord("\n"))
    line = np.cumsum(data == ord("\n"))[begin] - 1
    words = np.bincount(line, minlength=len(folded))
    place = np.arange(len(line)) - (np.cumsum(words) - words)[line]
    counts = place < _MOST_WORDS
    begin, end, line, place = begin[counts], end[counts], line[counts], place[counts]
    hashes = (sums[end] - sums[begin]) * inverses[begin]

    # Each word with the one before it, the first with the edge of its line; the last word of a line with the edge behind it.
    short = words[line] <= _PAIR_WORDS
    before = np.where(place == 0, _EDGE_OF_LINE, np.append(_EDGE_OF_LINE, hashes[:-1])[: len(hashes)])
    is_pair = short | (place == 0)
    is_last = short & (place == words[line] - 1)
    whole = np.flatnonzero((words > 0) & (words <= _LINE_WORDS))
    line_hashes = (sums[breaks[whole + 1]] - sums[breaks[whole] + 1]) * inverses[breaks[whole] + 1]
    others = [before[is_pair] * _FIRST + hashes[is_pair] * _SECOND, hashes[is_last] * _FIRST + _EDGE_BEHIND, line_hashes * _LINE]
    other_lines = np.concatenate([line[is_pair], line[is_last], whole])
    return line + first, _buckets(hashes), other_lines + first, _buckets(np.concatenate(others))


def _buckets(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """Return the bucket of each hash: its highest bits, after a multiplication that spreads them."""
    buckets: npt.NDArray[np.int32] = ((hashes * _SPREAD) >> np.uint64(64 - _BITS)).astype(np.int32)
    return buckets


def _words(data: npt.NDArray[np.uint8]) -> tuple[Indices, Indices]:
    """Return where the words of UTF-8 text begin and end: runs of letters and digits, single signs, and single ideographs.

    Bytes of other scripts than ASCII count as letters, but for general punctuation (E2 80 and E2 81) and the quotes and spaces of Latin-1.
    """
    kinds = _KINDS.take(data)
    wide = np.flatnonzero(data[:-1] == _PUNCTUATION)
    punctuation = wide[(data[wide + 1] & 0xFE) == _CONTINUATION]
    for offset in range(3):
        kinds[punctuation + offset] = _SEPARATOR
    latin = np.flatnonzero(data[:-1] == _LATIN)
    quotes = latin[np.isin(data[latin + 1], _LATIN_QUOTES)]
    kinds[quotes], kinds[quotes + 1] = _SEPARATOR, _SEPARATOR
    begins = (kinds == _SIGN) | ((kinds == _WORD) & ((data >= _IDEOGRAPHS) | np.append(True, kinds[:-1] != _WORD)))
    edges = np.flatnonzero(begins | (kinds == _SEPARATOR))
    is_word = begins[edges]
    return edges[is_word], np.append(edges[1:], len(data))[is_word]


def _kinds() -> npt.NDArray[np.uint8]:
    """Return what each byte is: a separator, part of a word, or a sign that is a word by itself."""
    kinds = np.full(256, _WORD, dtype=np.uint8)
    for byte in range(128):
        character = chr(byte)
        kinds[byte] = _WORD if character.isalnum() or character == "_" else _SIGN if "!" <= character <= "~" else _SEPARATOR
    return kinds


_KINDS = _kinds()
_power_cache: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]] = []


def _powers(size: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the powers of `_PLACE` and of its inverse modulo 2 ** 64, from the zeroth on."""
    if not _power_cache or len(_power_cache[0][0]) < size:
        inverse = np.uint64(pow(int(_PLACE), -1, 1 << 64))
        bases = np.ones((2, max(size, 1 << 18)), dtype=np.uint64)
        bases[0, 1:], bases[1, 1:] = _PLACE, inverse
        powers = np.multiply.accumulate(bases, axis=1)
        _power_cache[:] = [(powers[0], powers[1])]
    powers, inverses = _power_cache[0]
    return powers[:size], inverses


@functools.cache
def load_log_odds(file: Path) -> Float32Array:
    """Read the log-odds of each bucket from a file of weights: `words`, bytes in base64, in steps of 1 / `LOG_ODDS_STEPS`.

    Raises:
        ConfigError: the file holds something else.
    """
    try:
        steps = np.frombuffer(base64.b64decode(json.loads(file.read_bytes())["words"], validate=True), dtype=np.int8)
    except (OSError, ValueError, KeyError, TypeError) as error:
        steps, content = np.zeros(0, dtype=np.int8), f"something else ({type(error).__name__}: {error})"
    else:
        content = f"log-odds of {len(steps)} buckets"
    if len(steps) != BUCKETS:
        hint = "Make weights with bench/train_lines.py, or leave [noise] weights out."
        raise ConfigError(file=str(file), path="words", expected=f"log-odds of {BUCKETS} buckets in base64", found=content, hint=hint)
    return steps.astype(np.float32) / np.float32(LOG_ODDS_STEPS)


def word_features(page: PagePositions, sums: Float32Array, means: Float32Array) -> dict[str, Float32Array]:
    """Compute features from the log-odds of the words of lines: of the line, of windows around it, and of its page.

    Args:
        page: the positions of the lines in their documents.
        sums: of the log-odds of each line, as `LineTokens.scores` returns them.
        means: the same divided by the number of tokens.
    """
    capped = np.clip(sums, -_CAP, _CAP)
    features = {"odds": capped, "odds_mean": means, "odds_before": page.shifted(capped, 1), "odds_after": page.shifted(capped, -1)}
    window = page.prefix_sums(np.clip(sums, -_WINDOW_CAP, _WINDOW_CAP))
    for width in (2, 5, 12):
        features[f"odds_above_{width}"] = page.mean_above(window, width)
        features[f"odds_below_{width}"] = page.mean_below(window, width)
    features["odds_page"] = (page.total(window) / page.size).astype(np.float32)
    return features
