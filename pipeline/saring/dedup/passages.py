"""Which passages of two texts correspond.

A *run* is a stretch of the same words in both texts, as long as it can be: shingles that stand once in each text say where the texts
run side by side, and the shingles around them (those that stand more than once too) are taken along as long as they agree. A *passage*
is a run, or several in the same order in both texts with no more than `GAP` words between them in either: a changed word does not cut
it. A passage with fewer than `LEAST` matching words (or than the shorter text has) is chance and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core import tables
from saring.core.arrays import HashArray, IntArray, mix_bits, repeat_rows
from saring.dedup.tokens import WIDTH, Words, salt_by_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GAP", "LEAST", "LIST", "SUMMARY", "identical_passages", "matching_runs", "summarise_runs"]

#: Words that may stand between two runs of one passage.
GAP = 4

#: Matching words that make a passage.
LEAST = 6

LIST = tables.OVERLAP["passages"]

SUMMARY = pl.Schema({"pair": pl.Int64(), "coverage_lesser": pl.Float64(), "coverage_greater": pl.Float64(), "passages": LIST})

_RUN = pl.Schema({"pair": pl.Int64, "from_l": pl.Int64, "to_l": pl.Int64, "from_g": pl.Int64, "to_g": pl.Int64})


def matching_runs(words: Words, hashes: HashArray, lesser: IntArray, greater: IntArray) -> pl.DataFrame:
    """Return the runs of each pair of texts.

    Linear in the words of the lesser texts: a shingle that stands often in both is tried at a few places only.

    Args:
        words: of the texts.
        hashes: their shingles.
        lesser: for each pair, the place among the texts of the one with fewer words.
        greater: that of the other.

    Returns:
        Columns pair (place of the pair), from_l, to_l, from_g, to_g: words, counted through all texts. In order of the lesser text, in
        which they do not overlap.
    """
    counts = np.maximum(np.diff(words.offsets) - WIDTH + 1, 0)
    at = _Index(words, hashes, counts, np.unique(np.concatenate((lesser, greater))))
    pair, place = repeat_rows(counts[lesser])
    place += words.offsets[lesser][pair]
    key = salt_by_row(hashes[place], greater[pair])
    partner = at.find(key, at.nth[place])
    again = np.flatnonzero((partner < 0) & (at.nth[place] > 0))  # said once more than there: it corresponds to the first
    partner[again] = at.find(key[again], np.zeros(len(again), dtype=np.int64))

    sure = (partner >= 0) & (at.times[place] == 1) & (at.times[partner] == 1)
    low, high = words.offsets[greater][pair], (words.offsets[greater] + counts[greater])[pair]
    for backwards in (True, False):  # what runs on from before counts more than what leads up to what follows
        guess = place + _shift(pair, partner - place, sure, backwards=backwards)
        fits = ~sure & (guess >= low) & (guess < high)
        fits[fits] = hashes[guess[fits]] == hashes[place[fits]]
        partner = np.where(fits, guess, partner)

    matched = partner >= 0
    pair, place, partner = pair[matched], place[matched], partner[matched]
    breaks = np.ones(len(pair), dtype=np.bool_)
    breaks[1:] = (np.diff(pair) != 0) | (np.diff(place) != 1) | (np.diff(partner) != 1)
    first = np.flatnonzero(breaks)
    length = np.diff(first, append=len(pair)) + WIDTH - 1
    columns = (pair[first], place[first], place[first] + length, partner[first], partner[first] + length)
    return _trim(pl.DataFrame(dict(zip(_RUN, columns, strict=True)), schema=_RUN), "l")


def summarise_runs(words: Words, runs: pl.DataFrame, lesser: IntArray, greater: IntArray, *, swapped: NDArray[np.bool_]) -> pl.DataFrame:
    """Return what the runs of each pair say, in columns `SUMMARY`; a pair without a passage has no row.

    A coverage is the share of a text's characters in words that stand in words of the passages; what lies between the runs of a passage
    does not count, nor does what a text says twice count twice.

    Args:
        words: of the texts.
        runs: as from `matching_runs`.
        lesser: for each pair, the place among the texts of the one with fewer words.
        greater: that of the other.
        swapped: for each pair, whether the greater text is a; passages are in order of a and do not overlap there.
    """
    characters = np.concatenate(([0], np.cumsum(words.ends - words.starts)))
    counts = np.diff(words.offsets)
    gaps = pl.min_horizontal(pl.col(f"from_{side}") - pl.col(f"to_{side}").shift(1).over("pair") for side in "lg")
    wide = pl.max_horizontal(pl.col(f"from_{side}") - pl.col(f"to_{side}").shift(1).over("pair") for side in "lg")
    found = runs.with_columns(
        pl.Series("least", np.minimum(LEAST, counts[lesser])[runs["pair"]]),
        pl.Series("swapped", swapped[runs["pair"]]),
        ((gaps >= 0) & (wide <= GAP)).fill_null(value=False).not_().cum_sum().alias("passage"),
    )
    found = _enough(found)
    covered = [_covered(words, found, rows, characters, side) for rows, side in ((lesser, "l"), (greater, "g"))]
    in_a = _enough(pl.concat([found.filter(~pl.col("swapped")), _trim(found.filter("swapped"), "g")]))
    return (
        _passages(words, in_a)
        .group_by("pair", maintain_order=True)
        .agg(pl.struct("a_start", "a_end", "b_start", "b_end", "score").alias("passages"))
        .join(covered[0], on="pair")
        .join(covered[1], on="pair")
        .select(pl.col(name).cast(dtype) for name, dtype in SUMMARY.items())
    )


def identical_passages(words: Words, pair: IntArray, a: IntArray, b: IntArray) -> pl.DataFrame:
    """Return what is to be said of pairs of texts with the same words, in columns `SUMMARY`: one passage, from first word to last."""
    first, last = words.offsets[:-1], words.offsets[1:] - 1
    spans = {
        "a_start": words.starts[first[a]],
        "a_end": words.ends[last[a]],
        "b_start": words.starts[first[b]],
        "b_end": words.ends[last[b]],
        "score": np.ones(len(pair)),
    }
    return (
        pl.DataFrame({"pair": pair, "coverage_lesser": np.ones(len(pair)), "coverage_greater": np.ones(len(pair)), **spans})
        .with_columns(pl.concat_list(pl.struct(*spans)).alias("passages"))
        .select(pl.col(name).cast(dtype) for name, dtype in SUMMARY.items())
    )


class _Index:
    """Where the shingles of some texts stand.

    Attributes:
        nth: for each shingle, how many of the same stand before it in its text.
        times: how many of the same stand in its text.
    """

    def __init__(self, words: Words, hashes: HashArray, counts: IntArray, rows: IntArray) -> None:
        of, place = repeat_rows(counts[rows])
        place += words.offsets[rows][of]
        key = salt_by_row(hashes[place], rows[of])
        seen = pl.DataFrame({"key": key}).select(pl.int_range(pl.len()).over("key").alias("nth"), pl.len().over("key").alias("times"))
        self.nth, self.times = np.zeros(len(hashes), dtype=np.int64), np.zeros(len(hashes), dtype=np.int64)
        self.nth[place], self.times[place] = seen["nth"], seen["times"]
        self._table = pl.DataFrame({"key": _numbered(key, self.nth[place]), "place": place})

    def find(self, key: HashArray, nth: IntArray) -> IntArray:
        """Return where the `nth` shingle of this key stands, or -1."""
        wanted = pl.DataFrame({"key": _numbered(key, nth)})
        return wanted.join(self._table, on="key", how="left", maintain_order="left")["place"].fill_null(-1).to_numpy().astype(np.int64)


def _numbered(key: HashArray, nth: IntArray) -> HashArray:
    return mix_bits(key + nth.astype(np.uint64))


def _shift(pair: IntArray, shift: IntArray, sure: NDArray[np.bool_], *, backwards: bool) -> IntArray:
    """Return the shift of the nearest sure shingle of the pair before each, or after; where there is none, one that leads nowhere."""
    if backwards:
        return _shift(pair[::-1], shift[::-1], sure[::-1], backwards=False)[::-1]
    nearest = np.maximum.accumulate(np.where(sure, np.arange(len(pair)), -1))
    known = (nearest >= 0) & (pair[nearest] == pair)
    return np.where(known, shift[nearest], np.iinfo(np.int32).min)


def _trim(found: pl.DataFrame, side: str) -> pl.DataFrame:
    """Sort the runs along one side, and cut from the start of each what the runs before it reach over; both sides lose as much."""
    over = (pl.col(f"to_{side}").cum_max().shift(1).over("pair") - pl.col(f"from_{side}")).fill_null(0).clip(0)
    return (
        found.sort("pair", f"from_{side}", f"to_{side}", "from_l", "from_g")
        .with_columns(over.alias("over"))
        .with_columns(pl.col("from_l") + pl.col("over"), pl.col("from_g") + pl.col("over"))
        .filter(pl.col("from_l") < pl.col("to_l"))
        .drop("over")
    )


def _enough(found: pl.DataFrame) -> pl.DataFrame:
    """Leave out the runs of passages that match too little."""
    return found.filter((pl.col("to_l") - pl.col("from_l")).sum().over("pair", "passage") >= pl.col("least"))


def _covered(words: Words, found: pl.DataFrame, rows: IntArray, characters: IntArray, side: str) -> pl.DataFrame:
    once = _trim(found, side)
    width = characters[once[f"to_{side}"]] - characters[once[f"from_{side}"]]
    totals = np.diff(characters[words.offsets])
    covered = once.select("pair", pl.Series("width", width)).group_by("pair").agg(pl.col("width").sum())
    name = "coverage_lesser" if side == "l" else "coverage_greater"
    return covered.select("pair", (covered["width"] / pl.Series(totals[rows[covered["pair"]]])).alias(name))


def _passages(words: Words, found: pl.DataFrame) -> pl.DataFrame:
    """Return one row a passage, in code points, sorted along a."""
    spans = (
        found.with_columns(
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
        # A passage can stand in the gap of another where gaps are wide for so short a text: the first one is told.
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
