"""Noisy lines and parts of lines as edits, with the white space around them made whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.strings import concat_utf8, split_utf8

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

__all__ = ["deletion_edits"]

_SPANS = ("id", "field", "start", "end", "original", "replacement", "kind", "rule", "score")
_SPAN = ("id", "rule", "start", "end", "original", "score")


def deletion_edits(
    texts: pl.DataFrame, lines: pl.DataFrame, noisy: pl.DataFrame, glued: pl.DataFrame, names: Sequence[tuple[str, str]]
) -> pl.DataFrame:
    """Return what `saring.core.ledger.ledger` needs.

    Args:
        texts: columns `id` and `text`.
        lines: their lines, as `features.describe` gives them.
        noisy: columns `row`, `rule`, `score` (or null): lines that go as a whole.
        glued: columns `row`, `rule`, `from`, `to`, `original`: parts that go.
        names: the name and the kind of what `rule` is an index into.
    """
    found = pl.concat([_of_lines(texts["text"].drop_nulls(), lines, noisy.sort("row")), _of_parts(lines, glued)])
    named = (pl.Series(column, values, dtype=pl.String) for column, values in zip(("name", "kind"), zip(*names, strict=True), strict=True))
    return found.with_columns(
        pl.lit("text").alias("field"), pl.lit("").alias("replacement"), *(column.gather(found["rule"]) for column in named)
    ).select(pl.col("name").alias("rule") if column == "rule" else column for column in _SPANS)


def _of_parts(lines: pl.DataFrame, glued: pl.DataFrame) -> pl.DataFrame:
    return (
        glued.join(lines.select("row", "id", pl.col("start").alias("line_start")), on="row")
        .with_columns((pl.col("line_start") + pl.col("from")).alias("start"), (pl.col("line_start") + pl.col("to")).alias("end"))
        .with_columns(pl.lit(None, dtype=pl.Float32).alias("score"))
        .select(_SPAN)
    )


def _of_lines(texts: pl.Series, lines: pl.DataFrame, noisy: pl.DataFrame) -> pl.DataFrame:
    """Return one edit a noisy line, in order; blank lines that would be left over go with it.

    A run of noisy lines has a gap (line breaks and blank lines) above and one below; the wider one stays, so that what stood apart still
    does. A run that begins the text takes the gap below with it, one that ends the text the gap above.
    """
    rows = noisy["row"].to_numpy()
    cut = np.zeros(lines.height, dtype=np.bool_)
    cut[rows] = True
    begins, ends = (lines[name].to_numpy() == 0 for name in ("from_start", "from_end"))
    long = _numbers(texts.str.len_chars())
    points = _Stretch.of(lines, "start", _numbers(lines["line"].str.len_chars()), np.zeros_like(long), long)

    # The first and the last line of the run that each noisy line is in; a run does not cross into another text.
    here = np.arange(len(cut))
    opens = cut & (begins | ~np.append(False, cut[:-1]))
    closes = cut & (ends | ~np.append(cut[1:], False))
    first = np.maximum.accumulate(np.where(opens, here, 0))[rows]
    last = np.minimum.accumulate(np.where(closes, here, len(cut) - 1)[::-1])[::-1][rows]
    # `rises`: each line of the run goes with the gap above it instead of the one below.
    width = points.below - points.end
    rises = ~begins[first] & (ends[last] | (width[last] > width[first - 1]))
    up, down = rises | begins[rows], ~rises | ends[rows]

    start, end = points.cut(rows, up, down)
    # In bytes of all texts one behind the other, a line break behind each.
    data = concat_utf8(texts + "\n")
    wide = _numbers(texts.str.len_bytes())
    text_end = np.cumsum(wide + 1) - 1
    spans = _Stretch.of(lines, "at", _numbers(lines["line"].str.len_bytes()), text_end - wide, text_end).cut(rows, up, down)
    pieces = split_utf8(data, np.diff(np.stack(spans, axis=1).ravel(), prepend=0, append=len(data)))
    return noisy.with_columns(
        lines["id"].gather(rows), start=start.astype(np.int32), end=end.astype(np.int32), original=pieces.gather_every(2, 1)
    ).select(_SPAN)


def _numbers(column: pl.Series) -> Places:
    return column.to_numpy().astype(np.int64)


class _Stretch(NamedTuple):
    """How far lines reach, and the white space around them.

    Attributes:
        above: where the line above ends; for the first one of a text, where the text begins.
        begin, end: of the line.
        below: where the line below begins; for the last one of a text, where the text ends.
    """

    above: Places
    begin: Places
    end: Places
    below: Places

    @classmethod
    def of(cls, lines: pl.DataFrame, place: str, width: Places, text_begin: Places, text_end: Places) -> _Stretch:
        """Measure lines by the column that says where they begin; `text_begin` and `text_end` say the same of each document."""
        begin, document = _numbers(lines[place]), lines["document"].to_numpy()
        end = begin + width
        is_first, is_last = (lines[name].to_numpy() == 0 for name in ("from_start", "from_end"))
        above = np.where(is_first, text_begin[document], np.roll(end, 1))
        return cls(above, begin, end, np.where(is_last, text_end[document], np.roll(begin, -1)))

    def cut(self, rows: npt.NDArray[np.uint32], up: npt.NDArray[np.bool_], down: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
        """Return where cuts of some lines start and end: with the white space above them, with that below, with both or neither."""
        return np.where(up, self.above[rows], self.begin[rows]), np.where(down, self.below[rows], self.end[rows])
