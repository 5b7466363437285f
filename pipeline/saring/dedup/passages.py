"""Matching passages of two texts: runs of equal shingles, joined over small gaps, and the coverage of each text by them.

A *run* is a maximal stretch of equal words in both texts: shingles that occur once in each text fix how the texts are aligned, and the
shingles around them (also those that occur more than once) are added as long as they agree. A *passage* is one run, or several in the same
order in both texts with at most `MAX_GAP` words between them in either, so that a changed word does not split it. A passage with fewer
than `MIN_WORDS` matching words (or than the shorter text has) is chance and is dropped.

In columns and names, `l` is the shorter text of a pair, the one with fewer words, and `g` the longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core import tables
from saring.core.arrays import HashArray, IntArray, mix_bits, repeat_rows
from saring.dedup.tokens import SHINGLE_WIDTH, Words, salt_by_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MAX_GAP", "MIN_WORDS", "PASSAGES", "PASSAGE_SUMMARY", "identical_passages", "matching_runs", "summarise_runs"]

#: Words that may stand between two runs of one passage; a judgement.
MAX_GAP = 4

#: Matching words that make a passage; a judgement.
MIN_WORDS = 6

#: Data type of the column `passages`.
PASSAGES = tables.OVERLAP["passages"]

#: Coverage of both texts of a pair, and its passages.
PASSAGE_SUMMARY = pl.Schema(
    {"pair": pl.Int64(), "coverage_shorter": pl.Float64(), "coverage_longer": pl.Float64(), "passages": PASSAGES},
)

_RUN = pl.Schema({"pair": pl.Int64, "from_l": pl.Int64, "to_l": pl.Int64, "from_g": pl.Int64, "to_g": pl.Int64})


def matching_runs(words: Words, hashes: HashArray, shorter: IntArray, longer: IntArray) -> pl.DataFrame:
    """Return the maximal runs of equal words of each pair of texts.

    Linear in the words of the shorter texts: a shingle that occurs often in both is tried at a few positions only.

    Args:
        words: words of all texts.
        hashes: their shingles.
        shorter: for each pair, the row of the text with fewer words.
        longer: the row of the other text.

    Returns:
        Columns pair (row of the pair), from_l, to_l, from_g, to_g: words, counted through all texts, ends exclusive. In the order of the
        shorter text, in which they do not overlap.

    >>> from saring.dedup.tokens import shingles, tokenize
    >>> words = tokenize(pl.Series(["a b c d e", "x a b c d y"]))  # words 0 to 4, and 5 to 10
    >>> matching_runs(words, shingles(words), np.array([0]), np.array([1])).rows()
    [(0, 0, 4, 6, 10)]
    """
    counts = np.maximum(np.diff(words.offsets) - SHINGLE_WIDTH + 1, 0)
    index = _ShingleIndex(words, hashes, counts, np.unique(np.concatenate((shorter, longer))))
    pair, place = repeat_rows(counts[shorter])
    place += words.offsets[shorter][pair]
    # partner: for each shingle of the shorter texts, where the corresponding one of the longer text is; -1 for none.
    key = salt_by_row(hashes[place], longer[pair])
    partner = index.lookup(key, index.nth[place])
    repeated = np.flatnonzero((partner < 0) & (index.nth[place] > 0))  # occurs more often than in the longer text: matches the first there
    partner[repeated] = index.lookup(key[repeated], np.zeros(len(repeated), dtype=np.int64))

    unique_match = (partner >= 0) & (index.times[place] == 1) & (index.times[partner] == 1)
    low, high = words.offsets[longer][pair], (words.offsets[longer] + counts[longer])[pair]
    for backwards in (True, False):  # the alignment that goes on from before takes precedence over the one that leads up to what follows
        candidate = place + _nearest_shift(pair, partner - place, unique_match, backwards=backwards)
        agrees = ~unique_match & (candidate >= low) & (candidate < high)
        agrees[agrees] = hashes[candidate[agrees]] == hashes[place[agrees]]
        partner = np.where(agrees, candidate, partner)

    matched = partner >= 0
    pair, place, partner = pair[matched], place[matched], partner[matched]
    breaks = np.ones(len(pair), dtype=np.bool_)
    breaks[1:] = (np.diff(pair) != 0) | (np.diff(place) != 1) | (np.diff(partner) != 1)
    first = np.flatnonzero(breaks)
    length = np.diff(first, append=len(pair)) + SHINGLE_WIDTH - 1
    columns = (pair[first], place[first], place[first] + length, partner[first], partner[first] + length)
    return _trim_overlaps(pl.DataFrame(dict(zip(_RUN, columns, strict=True)), schema=_RUN), "l")


def summarise_runs(words: Words, runs: pl.DataFrame, shorter: IntArray, longer: IntArray, *, swapped: NDArray[np.bool_]) -> pl.DataFrame:
    """Join the runs of each pair to passages, and measure the coverage of both texts by them.

    A coverage is the share of a text's word characters that are in words of the passages; the words in the gaps of a passage do not
    count, and words that a text repeats do not count twice.

    Args:
        words: words of all texts.
        runs: result of `matching_runs`.
        shorter: for each pair, the row of the text with fewer words.
        longer: the row of the other text.
        swapped: for each pair, whether the longer text is a; passages are in the order of a and do not overlap there.

    Returns:
        Columns of `PASSAGE_SUMMARY`; a pair without a passage has no row.

    >>> from saring.dedup.tokens import shingles, tokenize
    >>> words = tokenize(pl.Series(["a b c d e f g h", "a b c d e f X h"]))
    >>> first, second = np.array([0]), np.array([1])
    >>> runs = matching_runs(words, shingles(words), first, second)  # "a b c d e f"; the last two words are in no common shingle
    >>> summarise_runs(words, runs, first, second, swapped=np.array([False])).select(pl.exclude("passages")).rows()
    [(0, 0.75, 0.75)]
    """
    characters = np.concatenate(([0], np.cumsum(words.ends - words.starts)))
    counts = np.diff(words.offsets)
    narrowest_gap = pl.min_horizontal(pl.col(f"from_{side}") - pl.col(f"to_{side}").shift(1).over("pair") for side in "lg")
    widest_gap = pl.max_horizontal(pl.col(f"from_{side}") - pl.col(f"to_{side}").shift(1).over("pair") for side in "lg")
    joined = runs.with_columns(
        pl.Series("min_words", np.minimum(MIN_WORDS, counts[shorter])[runs["pair"]]),
        pl.Series("swapped", swapped[runs["pair"]]),
        ((narrowest_gap >= 0) & (widest_gap <= MAX_GAP)).fill_null(value=False).not_().cum_sum().alias("passage"),
    )
    joined = _drop_short_passages(joined)
    coverages = [_coverage(words, joined, rows, characters, side) for rows, side in ((shorter, "l"), (longer, "g"))]
    in_a = _drop_short_passages(pl.concat([joined.filter(~pl.col("swapped")), _trim_overlaps(joined.filter("swapped"), "g")]))
    return (
        _passage_spans(words, in_a)
        .group_by("pair", maintain_order=True)
        .agg(pl.struct("a_start", "a_end", "b_start", "b_end", "score").alias("passages"))
        .join(coverages[0], on="pair")
        .join(coverages[1], on="pair")
        .select(pl.col(name).cast(dtype) for name, dtype in PASSAGE_SUMMARY.items())
    )


def identical_passages(words: Words, pair: IntArray, a: IntArray, b: IntArray) -> pl.DataFrame:
    """Return the passage summary of pairs of texts with equal words: one passage from first word to last, and full coverage.

    Args:
        words: words of all texts.
        pair: number of each pair, for the column `pair`.
        a: the row of each pair's first text.
        b: the row of its second.

    Returns:
        Columns of `PASSAGE_SUMMARY`.
    """
    first, last = words.offsets[:-1], words.offsets[1:] - 1
    spans = {
        "a_start": words.starts[first[a]],
        "a_end": words.ends[last[a]],
        "b_start": words.starts[first[b]],
        "b_end": words.ends[last[b]],
        "score": np.ones(len(pair)),
    }
    return (
        pl.DataFrame({"pair": pair, "coverage_shorter": np.ones(len(pair)), "coverage_longer": np.ones(len(pair)), **spans})
        .with_columns(pl.concat_list(pl.struct(*spans)).alias("passages"))
        .select(pl.col(name).cast(dtype) for name, dtype in PASSAGE_SUMMARY.items())
    )


class _ShingleIndex:
    """Hash index from a shingle and its text to its positions.

    Attributes:
        nth: for each shingle, how many equal ones precede it in its text.
        times: how many equal ones its text holds.
    """

    def __init__(self, words: Words, hashes: HashArray, counts: IntArray, rows: IntArray) -> None:
        # A text with the shingles x y x has nth 0 0 1 and times 2 1 2; the table leads from (text, x, 1) to the position 2.
        row, place = repeat_rows(counts[rows])
        place += words.offsets[rows][row]
        key = salt_by_row(hashes[place], rows[row])
        repeats = pl.DataFrame({"key": key}).select(pl.int_range(pl.len()).over("key").alias("nth"), pl.len().over("key").alias("times"))
        self.nth, self.times = np.zeros(len(hashes), dtype=np.int64), np.zeros(len(hashes), dtype=np.int64)
        self.nth[place], self.times[place] = repeats["nth"], repeats["times"]
        self._table = pl.DataFrame({"key": _salt_by_count(key, self.nth[place]), "place": place})

    def lookup(self, key: HashArray, nth: IntArray) -> IntArray:
        """Return the position of the `nth` shingle with each key (a hash salted by text), -1 where there is none."""
        salted = pl.DataFrame({"key": _salt_by_count(key, nth)})
        return salted.join(self._table, on="key", how="left", maintain_order="left")["place"].fill_null(-1).to_numpy().astype(np.int64)


def _salt_by_count(key: HashArray, nth: IntArray) -> HashArray:
    """Return shingle hashes salted with how many equal shingles precede each in its text."""
    return mix_bits(key + nth.astype(np.uint64))


def _nearest_shift(pair: IntArray, shift: IntArray, unique_match: NDArray[np.bool_], *, backwards: bool) -> IntArray:
    """Return for each shingle the alignment shift of the nearest uniquely matched shingle at or before it in its pair.

    A shift is the position in the longer text less that in the shorter. Where there is no such shingle, it is
    a number that leads outside of every text.

    Args:
        pair: for each shingle of the shorter texts, its pair.
        shift: its own shift.
        unique_match: whether it is matched uniquely.
        backwards: take the nearest one at or after it instead.

    >>> pair, shift = np.array([0, 0, 0, 1]), np.array([5, 9, 9, 9])
    >>> _nearest_shift(pair, shift, np.array([True, False, False, False]), backwards=False).tolist()
    [5, 5, 5, -2147483648]
    """
    if backwards:
        return _nearest_shift(pair[::-1], shift[::-1], unique_match[::-1], backwards=False)[::-1]
    nearest = np.maximum.accumulate(np.where(unique_match, np.arange(len(pair)), -1))
    known = (nearest >= 0) & (pair[nearest] == pair)
    return np.where(known, shift[nearest], np.iinfo(np.int32).min)


def _trim_overlaps(runs: pl.DataFrame, side: str) -> pl.DataFrame:
    """Sort runs along one text, and cut from the start of each what earlier runs of the pair cover; both texts lose as many words."""
    over = (pl.col(f"to_{side}").cum_max().shift(1).over("pair") - pl.col(f"from_{side}")).fill_null(0).clip(0)
    return (
        runs.sort("pair", f"from_{side}", f"to_{side}", "from_l", "from_g")
        .with_columns(over.alias("over"))
        .with_columns(pl.col("from_l") + pl.col("over"), pl.col("from_g") + pl.col("over"))
        .filter(pl.col("from_l") < pl.col("to_l"))
        .drop("over")
    )


def _drop_short_passages(runs: pl.DataFrame) -> pl.DataFrame:
    """Drop the runs of passages with fewer than `min_words` matching words."""
    return runs.filter((pl.col("to_l") - pl.col("from_l")).sum().over("pair", "passage") >= pl.col("min_words"))


def _coverage(words: Words, runs: pl.DataFrame, rows: IntArray, characters: IntArray, side: str) -> pl.DataFrame:
    """Return the coverage of one text of each pair: columns pair, and coverage_shorter or coverage_longer."""
    disjoint = _trim_overlaps(runs, side)
    width = characters[disjoint[f"to_{side}"]] - characters[disjoint[f"from_{side}"]]
    totals = np.diff(characters[words.offsets])
    covered = disjoint.select("pair", pl.Series("width", width)).group_by("pair").agg(pl.col("width").sum())
    name = "coverage_shorter" if side == "l" else "coverage_longer"
    return covered.select("pair", (covered["width"] / pl.Series(totals[rows[covered["pair"]]])).alias(name))


def _passage_spans(words: Words, runs: pl.DataFrame) -> pl.DataFrame:
    """Return one row per passage: its spans in code points in both texts and its score, sorted along a."""
    # Two runs of a passage, words 0 to 5 and 6 to 10 of a and the same words of b, make one row: words 0 to 10, with 9 matching words over
    # 10 words from first to last, a score of 0.9.
    spans = (
        runs.with_columns(
            pl.when("swapped").then(f"{edge}_{g}").otherwise(f"{edge}_{side}").alias(f"{edge}_{name}")
            for side, g, name in (("l", "g", "a"), ("g", "l", "b"))
            for edge in ("from", "to")
        )
        .group_by("pair", "passage")
        .agg(
            pl.col("from_a", "from_b").min(),
            pl.col("to_a", "to_b").max(),
            (pl.col("to_a") - pl.col("from_a")).sum().alias("words"),
        )
        .sort("pair", "from_a", "from_b")
        # A passage can lie in the gap of another where gaps are wide for so short a text: the first one is kept.
        .filter((pl.col("from_a") >= pl.col("to_a").cum_max().shift(1).over("pair")).fill_null(value=True))
    )
    longest = pl.max_horizontal(pl.col("to_a") - pl.col("from_a"), pl.col("to_b") - pl.col("from_b"))
    return spans.select(
        "pair",
        pl.Series("a_start", words.starts[spans["from_a"]] if spans.height else [], dtype=pl.Int64),
        pl.Series("a_end", words.ends[spans["to_a"] - 1] if spans.height else [], dtype=pl.Int64),
        pl.Series("b_start", words.starts[spans["from_b"]] if spans.height else [], dtype=pl.Int64),
        pl.Series("b_end", words.ends[spans["to_b"] - 1] if spans.height else [], dtype=pl.Int64),
        (pl.col("words") / longest).alias("score"),
    )
