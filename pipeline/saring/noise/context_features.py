"""Context features of lines for the classifier: the line itself, windows above and below it, its page, and the page's best run of prose.

All features are float32 arrays over all non-blank lines of a batch. Sums over windows are differences of prefix sums, so the width of a
window costs nothing. Lengths count words; in scripts without spaces, characters divided by an average word length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.character_counts import DIGIT, LOWER, UPPER, in_class
from saring.noise.markdown_marks import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Features = npt.NDArray[np.float32]

__all__ = ["WINDOWS", "BestRuns", "best_runs", "context_features"]

#: Widths, in lines, of the windows above and below a line (a judgement; `bench/train_lines.py` trains with them).
WINDOWS = (2, 5, 12)

#: Characters per word in scripts without spaces, roughly the average of Chinese.
_SPACELESS_WORD = 2.0
#: Words that a line of no prose costs a run of prose: a run survives a headline or two, a menu ends it. A line of prose gains its words, at
#: most `_PROSE_CAP`. Both are judgements.
_GAP_COST = 6.0
_PROSE_CAP = 60.0

_BULLETS = "*•·+-–—|>»#▪●►"
_QUOTES = "\"'“‘«„「『"


class BestRuns(NamedTuple):
    """The best run of prose of each line's document (its stretch of consecutive lines that are mostly article text): first and last row.

    Both arrays have one entry per line of the batch, equal for all lines of a document.
    """

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]


def context_features(lines: pl.DataFrame, noisy: pl.DataFrame) -> tuple[npt.NDArray[np.bool_], dict[str, Features]]:
    """Compute the line classifier's features (line, windows around it, page, best run of prose) for all lines of a batch.

    The best run of prose is the stretch of consecutive lines that is most likely the page's article (`best_runs`).

    Args:
        lines: as `line_features.line_features` returns them.
        noisy: column `row` of the lines that rules delete.

    Returns:
        A mask of the lines that rules delete; and float32 arrays by feature name, one entry per line.
    """
    is_deleted = np.zeros(lines.height, dtype=np.bool_)
    is_deleted[noisy["row"].to_numpy()] = True
    repeats = lines.select(pl.len().over("document", "key_hash"))
    return is_deleted, _all_features(lines.with_columns(_indents(lines), repeats.to_series().alias("repeats")), is_deleted)


def _indents(lines: pl.DataFrame) -> pl.Series:
    """Return the indentation of each line in characters; measured only for the few lines that have white space around them."""
    line, text = lines["line"], lines["text"]
    padded_rows = (line.str.len_bytes() > text.str.len_bytes()).arg_true()
    indented = line.gather(padded_rows).str.replace_all(HIDDEN, "", literal=True)
    indents = np.zeros(lines.height, dtype=np.int32)
    indents[padded_rows.to_numpy()] = (indented.str.len_chars() - indented.str.strip_chars_start().str.len_chars()).to_numpy()
    return pl.Series("indent", indents)


def _all_features(lines: pl.DataFrame, noisy: npt.NDArray[np.bool_]) -> dict[str, Features]:
    """Compute all features by name, given the lines with `indent` and `repeats` and the mask of lines that rules delete."""
    page = _PagePositions(lines)
    counts = {name: lines[name].to_numpy().astype(np.float32) for name in ("characters", "words", "spaceless")}
    length = np.where(counts["spaceless"] > counts["words"], counts["spaceless"] / np.float32(_SPACELESS_WORD), counts["words"])
    features = dict(_features_of_line(lines, counts, length))
    blank = np.diff(lines["number"].to_numpy(), prepend=0) - 1
    features["blank_above"] = np.where(page.above > 0, np.minimum(blank, 3), -1).astype(np.float32)
    features["blank_below"] = page.shifted(features["blank_above"], -1)

    prose = lines["prose"].to_numpy()
    features["page_lines"] = np.log1p(page.size).astype(np.float32)
    features["from_start"] = np.log1p(page.above).astype(np.float32)
    features["from_end"] = np.log1p(page.below).astype(np.float32)
    features["place"] = (page.above / page.size).astype(np.float32)

    words = page.prefix_sums(np.where(prose, length, 0))
    total = page.total(words)
    features["page_prose"] = np.log1p(total).astype(np.float32)
    features["prose_place"] = (page.before(words) / np.maximum(total, 1)).astype(np.float32)
    windowed = {
        "words": features["words"],
        "prose": prose,
        "noisy": noisy,
        "ends": features["ends"],
        "titled": features["title_case"],
        "digits": features["digits"],
    }
    for name, values in windowed.items():
        sums = page.prefix_sums(values)
        for width in WINDOWS:
            features[f"{name}_above_{width}"] = page.mean_above(sums, width)
            features[f"{name}_below_{width}"] = page.mean_below(sums, width)
        features[f"{name}_page"] = (page.total(sums) / page.size).astype(np.float32)
    for name in ("words", "ends", "title_case", "repeats", "starts_small"):
        features[f"{name}_before"] = page.shifted(features[name], 1)
        features[f"{name}_after"] = page.shifted(features[name], -1)
    features |= _features_of_run(page, prose, length, noisy)
    return features


def _features_of_line(lines: pl.DataFrame, counts: dict[str, Features], length: Features) -> Iterator[tuple[str, Features]]:
    """Yield the features of a line by itself (length, case, digits, punctuation, first and last character, indent), each with its name."""
    per_word = 1 / np.maximum(counts["words"], 1)
    per_character = 1 / np.maximum(counts["characters"], 1)
    yield "words", np.log1p(length)
    yield "characters", np.log1p(counts["characters"])
    yield "word_length", np.minimum(counts["characters"] * per_word, 40)
    yield "title_case", lines["title_case"].to_numpy()
    yield "ends", lines["sentence_end"].to_numpy().astype(np.float32)
    for name in ("uppers", "digits"):
        yield name, (lines[name].to_numpy() * per_character).astype(np.float32)
    for name in ("pauses", "shorts"):
        yield name, (lines[name].to_numpy() * per_word).astype(np.float32)
    first, last = lines["first"].to_numpy(), lines["last"].to_numpy()
    for name, kind in (("starts_small", LOWER), ("starts_upper", UPPER), ("starts_digit", DIGIT)):
        yield name, in_class(first, kind).astype(np.float32)
    for name, edge, members in (("starts_bullet", first, _BULLETS), ("opens_quote", first, _QUOTES), ("ends_colon", last, ":")):
        yield name, np.isin(edge, [ord(character) for character in members]).astype(np.float32)
    yield "indent", np.minimum(lines["indent"].to_numpy(), 20).astype(np.float32)
    yield "repeats", np.minimum(lines["repeats"].to_numpy(), 8).astype(np.float32)


def _features_of_run(
    page: _PagePositions, prose: npt.NDArray[np.bool_], length: Features, noisy: npt.NDArray[np.bool_]
) -> dict[str, Features]:
    """Compute features of each line's position relative to the best run of prose of its document: inside or not, distance, size.

    Args:
        page: the positions of the lines in their documents.
        prose: mask of the lines that are prose.
        length: the length of each line in words.
        noisy: mask of the lines that rules delete.
    """
    gain = np.where(prose & ~noisy, np.minimum(length, _PROSE_CAP), np.minimum(length, _GAP_COST) * 0.5 - _GAP_COST)
    runs = best_runs(gain, page.first, page.last)
    row = np.arange(len(prose))
    in_run = (row >= runs.first) & (row <= runs.last)
    size = np.maximum(runs.last - runs.first + 1, 1)
    prose_words = page.prefix_sums(np.where(prose, length, 0))
    page_words = np.maximum(page.total(prose_words), 1)
    run_words = prose_words[runs.last + 1] - prose_words[runs.first]
    lines = page.prefix_sums(prose)
    return {
        "in_run": in_run.astype(np.float32),
        "after_run_start": _signed_log(row - runs.first),
        "before_run_end": _signed_log(runs.last - row),
        "run_place": ((row - runs.first) / size).clip(-2, 3).astype(np.float32),
        "run_share": (run_words / page_words).astype(np.float32),
        "run_prose": ((lines[runs.last + 1] - lines[runs.first]) / size).astype(np.float32),
        "run_words": np.log1p(run_words).astype(np.float32),
    }


def _signed_log(distance: npt.NDArray[np.int64]) -> Features:
    """Compress signed distances in lines to sign(d) * log(1 + |d|), as float32."""
    return (np.sign(distance) * np.log1p(np.abs(distance))).astype(np.float32)


def best_runs(gain: npt.NDArray[np.floating], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> BestRuns:
    """Find each document's best run of prose, the consecutive lines with the greatest total gain, for all documents of a batch at once.

    Kadane's maximum subarray, vectorised: the best run that ends at a line begins right after the lowest prefix sum before it. With gains
    [-1, 3, -1, 2, -4] the prefix sums before each line are [0, -1, 2, 1, 3], their running minimum is [0, -1, -1, -1, -1], and the prefix
    sums behind each line [-1, 2, 1, 3, -1] exceed it by [-1, 3, 2, 4, 0]: the best run ends at line 3 and begins at line 1.

    Args:
        gain: what each line adds to a run that contains it; negative where it speaks against the run.
        first: for each line the row of the first line of its document.
        last: for each line the row of the last line of its document.

    >>> runs = best_runs(np.array([-1.0, 3, -1, 2, -4]), np.zeros(5, int), np.full(5, 4))
    >>> runs.first[0], runs.last[0]
    (np.int64(1), np.int64(3))
    """
    if not len(gain):
        return BestRuns(first, last)
    row = np.arange(len(gain))
    sums = np.concatenate(([0.0], np.cumsum(gain, dtype=np.float64)))
    # Shifting each document's sums below those of all documents before it makes the running minimum start afresh with each document.
    starts = row == first
    shift = np.cumsum(starts) * (2 * np.abs(sums).max() + 1)
    lowered = sums[:-1] - shift
    lowest = np.minimum.accumulate(lowered)
    run_start = np.maximum.accumulate(np.where(lowered == lowest, row, 0))
    run_gain = sums[1:] - (lowest + shift)
    heads = np.flatnonzero(starts)
    best = np.repeat(np.maximum.reduceat(run_gain, heads), np.diff(np.append(heads, len(gain))))
    ends = np.where(run_gain == best, row, len(gain))
    end = np.minimum.reduceat(ends, heads).repeat(np.diff(np.append(heads, len(gain))))
    return BestRuns(run_start[end], end)


class _PagePositions:
    """Positions of lines in their documents, and sums and means over windows of lines that stop at the document's edges."""

    def __init__(self, lines: pl.DataFrame) -> None:
        """Take the columns `from_start` and `from_end` of `line_features`: how many lines of the document stand above and below each."""
        self.above = lines["from_start"].to_numpy().astype(np.int64)
        self.below = lines["from_end"].to_numpy().astype(np.int64)
        self.row = np.arange(lines.height)
        self.first, self.last = self.row - self.above, self.row + self.below
        self.size = (self.above + self.below + 1).astype(np.float64)
        above = {(width, True): _Window(np.maximum(self.row - width, self.first), self.row) for width in WINDOWS}
        below = {(width, False): _Window(self.row + 1, np.minimum(self.row + width, self.last) + 1) for width in WINDOWS}
        self._windows = above | below

    @staticmethod
    def prefix_sums(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Return the prefix sums of a value per line, over the batch: one entry more than lines, the first is 0."""
        sums: npt.NDArray[np.float64] = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        return sums

    def total(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return for each line the sum over all lines of its document, from prefix sums."""
        totals: npt.NDArray[np.float64] = sums[self.last + 1] - sums[self.first]
        return totals

    def before(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return for each line the sum over the lines of its document above it, from prefix sums."""
        return sums[:-1] - sums[self.first]

    def mean_above(self, sums: npt.NDArray[np.float64], width: int) -> Features:
        """Return the mean over the `width` lines above each line, from prefix sums; -1 at the top of a document."""
        return self._windows[width, True].mean(sums)

    def mean_below(self, sums: npt.NDArray[np.float64], width: int) -> Features:
        """Return the mean over the `width` lines below each line, from prefix sums; -1 at the bottom of a document."""
        return self._windows[width, False].mean(sums)

    def shifted(self, values: Features, step: int) -> Features:
        """Return each line's value from `step` lines above it (below it where negative); -1 beyond the document's edges."""
        source = self.row - step
        is_inside = (source >= self.first) & (source <= self.last)
        shifted: Features = np.where(is_inside, values[source.clip(0, max(len(values) - 1, 0))], np.float32(-1)) if len(values) else values
        return shifted


class _Window:
    """A window of rows per line (start inclusive, end exclusive), over which means are taken from prefix sums."""

    def __init__(self, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> None:
        """Take the first row of each line's window and the row behind its last."""
        self._start, self._end = start, end
        self._count = np.maximum(end - start, 1)
        self._empty = np.flatnonzero(end == start)

    def mean(self, sums: npt.NDArray[np.float64]) -> Features:
        """Return the mean over each line's window, from prefix sums; -1 for an empty window."""
        means: Features = ((sums.take(self._end) - sums.take(self._start)) / self._count).astype(np.float32)
        means[self._empty] = -1
        return means
