"""What stands around a line, as numbers: the measures by which the classifier judges it.

All are computed for all lines of a batch at once; windows are differences of running sums, so their width costs nothing. Lines are those
that are not blank. Lengths count words, or characters divided by the length of a word where a script puts no spaces between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.noise.character_counts import DIGIT, SMALL, UPPER, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

__all__ = ["WINDOWS", "Runs", "best_runs", "context_features"]

WINDOWS = (2, 5, 12)

#: Code points that stand for one word where words have no spaces between them, about that of Chinese.
_SPACELESS_WORD = 2.0
#: What a line that is not prose takes from a run of prose, in words: a headline or two may stand in a run, a menu ends it.
_GAP = 6.0
_PROSE_MOST = 60.0

_BULLETS = "*•·+-–—|>»#▪●►"
_QUOTES = "\"'“‘«„「『"


class Runs(NamedTuple):
    """For each line, the first and the last line of its text's best run."""

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]


def context_features(lines: pl.DataFrame, noisy: pl.DataFrame) -> tuple[npt.NDArray[np.bool_], dict[str, Array]]:
    """Return the measures of each line.

    Args:
        lines: as `features.describe` gives them.
        noisy: `row` of the lines that a rule cuts.

    Returns:
        Which of the lines a rule cuts; and for each measure its value for each of them.
    """
    cut = np.zeros(lines.height, dtype=np.bool_)
    cut[noisy["row"].to_numpy()] = True
    repeats = lines.select(pl.len().over("document", "key_hash"))
    return cut, _measures(lines.with_columns(_indents(lines), repeats.to_series().alias("repeats")), cut)


def _indents(lines: pl.DataFrame) -> pl.Series:
    """Return how many characters of white space stand before each line: few lines have any around them."""
    line, text = lines["line"], lines["text"]
    wider = (line.str.len_bytes() > text.str.len_bytes()).arg_true()
    some = line.gather(wider)
    indents = np.zeros(lines.height, dtype=np.int32)
    indents[wider.to_numpy()] = (some.str.len_chars() - some.str.strip_chars_start().str.len_chars()).to_numpy()
    return pl.Series("indent", indents)


def _measures(lines: pl.DataFrame, noisy: npt.NDArray[np.bool_]) -> dict[str, Array]:
    page = _Pages(lines)
    count = {name: lines[name].to_numpy().astype(np.float32) for name in ("characters", "words", "spaceless")}
    length = np.where(count["spaceless"] > count["words"], count["spaceless"] / np.float32(_SPACELESS_WORD), count["words"])
    found = dict(_own(lines, count, length))
    blank = np.diff(lines["number"].to_numpy(), prepend=0) - 1
    found["blank_above"] = np.where(page.above > 0, np.minimum(blank, 3), -1).astype(np.float32)
    found["blank_below"] = page.shifted(found["blank_above"], -1)

    prose = lines["prose"].to_numpy()
    found["page_lines"] = np.log1p(page.size).astype(np.float32)
    found["from_start"] = np.log1p(page.above).astype(np.float32)
    found["from_end"] = np.log1p(page.below).astype(np.float32)
    found["place"] = (page.above / page.size).astype(np.float32)

    words = page.running(np.where(prose, length, 0))
    total = page.total(words)
    found["page_prose"] = np.log1p(total).astype(np.float32)
    found["prose_place"] = (page.before(words) / np.maximum(total, 1)).astype(np.float32)
    windowed = {
        "words": found["words"],
        "prose": prose,
        "noisy": noisy,
        "ends": found["ends"],
        "titled": found["title_case"],
        "digits": found["digits"],
    }
    for name, values in windowed.items():
        sums = page.running(values)
        for width in WINDOWS:
            found[f"{name}_above_{width}"] = page.mean_above(sums, width)
            found[f"{name}_below_{width}"] = page.mean_below(sums, width)
        found[f"{name}_page"] = (page.total(sums) / page.size).astype(np.float32)
    for name in ("words", "ends", "title_case", "repeats", "starts_small"):
        found[f"{name}_before"] = page.shifted(found[name], 1)
        found[f"{name}_after"] = page.shifted(found[name], -1)
    found |= _runs(page, prose, length, noisy)
    return found


def _own(lines: pl.DataFrame, count: dict[str, Array], length: Array) -> Iterator[tuple[str, Array]]:
    """Yield what the line itself says."""
    per_word = 1 / np.maximum(count["words"], 1)
    per_character = 1 / np.maximum(count["characters"], 1)
    yield "words", np.log1p(length)
    yield "characters", np.log1p(count["characters"])
    yield "word_length", np.minimum(count["characters"] * per_word, 40)
    yield "title_case", lines["title_case"].to_numpy()
    yield "ends", lines["sentence_end"].to_numpy().astype(np.float32)
    for name in ("uppers", "digits"):
        yield name, (lines[name].to_numpy() * per_character).astype(np.float32)
    for name in ("pauses", "shorts"):
        yield name, (lines[name].to_numpy() * per_word).astype(np.float32)
    first, last = lines["first"].to_numpy(), lines["last"].to_numpy()
    for name, kind in (("starts_small", SMALL), ("starts_upper", UPPER), ("starts_digit", DIGIT)):
        yield name, is_kind(first, kind).astype(np.float32)
    for name, edge, among in (("starts_bullet", first, _BULLETS), ("opens_quote", first, _QUOTES), ("ends_colon", last, ":")):
        yield name, np.isin(edge, [ord(character) for character in among]).astype(np.float32)
    yield "indent", np.minimum(lines["indent"].to_numpy(), 20).astype(np.float32)
    yield "repeats", np.minimum(lines["repeats"].to_numpy(), 8).astype(np.float32)


def _runs(page: _Pages, prose: npt.NDArray[np.bool_], length: Array, noisy: npt.NDArray[np.bool_]) -> dict[str, Array]:
    """Return where a line stands to the text's best run of prose."""
    gain = np.where(prose & ~noisy, np.minimum(length, _PROSE_MOST), np.minimum(length, _GAP) * 0.5 - _GAP)
    runs = best_runs(gain, page.first, page.last)
    here = np.arange(len(prose))
    within = (here >= runs.first) & (here <= runs.last)
    size = np.maximum(runs.last - runs.first + 1, 1)
    solid = page.running(np.where(prose, length, 0))
    whole = np.maximum(page.total(solid), 1)
    inside = solid[runs.last + 1] - solid[runs.first]
    lines = page.running(prose)
    return {
        "in_run": within.astype(np.float32),
        "after_run_start": _signed(here - runs.first),
        "before_run_end": _signed(runs.last - here),
        "run_place": ((here - runs.first) / size).clip(-2, 3).astype(np.float32),
        "run_share": (inside / whole).astype(np.float32),
        "run_prose": ((lines[runs.last + 1] - lines[runs.first]) / size).astype(np.float32),
        "run_words": np.log1p(inside).astype(np.float32),
    }


def _signed(distance: npt.NDArray[np.int64]) -> Array:
    return (np.sign(distance) * np.log1p(np.abs(distance))).astype(np.float32)


def best_runs(gain: npt.NDArray[np.floating], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Runs:
    """Return for each line the run of lines of its text that gains most.

    Kadane's maximum subarray, for all texts at once: the best run that ends at a line begins after the least running sum before it.

    Args:
        gain: what each line adds to a run.
        first: for each line the first line of its text.
        last: for each line the last line of its text.

    >>> best_runs(np.array([-1.0, 3, -1, 2, -4]), np.zeros(5, int), np.full(5, 4)).last
    array([3, 3, 3, 3, 3])
    """
    if not len(gain):
        return Runs(first, last)
    here = np.arange(len(gain))
    sums = np.concatenate(([0.0], np.cumsum(gain, dtype=np.float64)))
    # Each text is moved below all before it, so that a running minimum begins anew with it.
    starts = here == first
    drop = np.cumsum(starts) * (2 * np.abs(sums).max() + 1)
    lowered = sums[:-1] - drop
    least = np.minimum.accumulate(lowered)
    begun = np.maximum.accumulate(np.where(lowered == least, here, 0))
    reached = sums[1:] - (least + drop)
    heads = np.flatnonzero(starts)
    best = np.repeat(np.maximum.reduceat(reached, heads), np.diff(np.append(heads, len(gain))))
    ends = np.where(reached == best, here, len(gain))
    end = np.minimum.reduceat(ends, heads).repeat(np.diff(np.append(heads, len(gain))))
    return Runs(begun[end], end)


class _Pages:
    """Where each line stands in its text, and sums over the lines around it that do not cross into another text."""

    def __init__(self, lines: pl.DataFrame) -> None:
        self.above = lines["from_start"].to_numpy().astype(np.int64)
        self.below = lines["from_end"].to_numpy().astype(np.int64)
        self.here = np.arange(lines.height)
        self.first, self.last = self.here - self.above, self.here + self.below
        self.size = (self.above + self.below + 1).astype(np.float64)
        above = {(width, True): _Window(np.maximum(self.here - width, self.first), self.here) for width in WINDOWS}
        below = {(width, False): _Window(self.here + 1, np.minimum(self.here + width, self.last) + 1) for width in WINDOWS}
        self._windows = above | below

    @staticmethod
    def running(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        return found

    def total(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = sums[self.last + 1] - sums[self.first]
        return found

    def before(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return sums[:-1] - sums[self.first]

    def mean_above(self, sums: npt.NDArray[np.float64], width: int) -> Array:
        """Return means over the lines above, -1 where there are none: the edge of a text is a sign of its own."""
        return self._windows[width, True].mean(sums)

    def mean_below(self, sums: npt.NDArray[np.float64], width: int) -> Array:
        return self._windows[width, False].mean(sums)

    def shifted(self, values: Array, step: int) -> Array:
        """Return the value of the line `step` lines above (or, where negative, below), -1 beyond the text."""
        source = self.here - step
        held = (source >= self.first) & (source <= self.last)
        found: Array = np.where(held, values[source.clip(0, max(len(values) - 1, 0))], np.float32(-1)) if len(values) else values
        return found


class _Window:
    """The lines from one place to another, for each line."""

    def __init__(self, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> None:
        self._start, self._end = start, end
        self._count = np.maximum(end - start, 1)
        self._none = np.flatnonzero(end == start)

    def mean(self, sums: npt.NDArray[np.float64]) -> Array:
        """Return the mean of what running sums are of, -1 of no lines."""
        found: Array = ((sums.take(self._end) - sums.take(self._start)) / self._count).astype(np.float32)
        found[self._none] = -1
        return found
