"""Noisy lines and parts of lines as edits, with the white space around them made whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from pipeline.strings import bytes_of, strings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

__all__ = ["edits"]

_SPANS = ("id", "field", "start", "end", "original", "replacement", "kind", "rule", "score")
_SPAN = ("id", "rule", "start", "end", "original", "score")


def edits(
    texts: pl.DataFrame, lines: pl.DataFrame, noisy: pl.DataFrame, glued: pl.DataFrame, names: Sequence[tuple[str, str]]
) -> pl.DataFrame:
    """Return what `pipeline.edits.ledger` needs.

    Args:
        texts: columns `id` and `text`.
        lines: all lines of the texts, as `features.describe` gives them.
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
    is_solid = ~lines["blank"].to_numpy()
    begins, ends = (lines[name].to_numpy()[is_solid] == 0 for name in ("from_start", "from_end"))
    rows = noisy["row"].to_numpy()
    places = (np.cumsum(is_solid) - 1)[rows]
    cut = np.zeros(len(begins), dtype=np.bool_)
    cut[places] = True
    points = _Stretch.of(lines, lines["start"].to_numpy().astype(np.int64), lines["line"].str.len_chars())

    # The first and the last line of the run that each noisy line is in; a run does not cross into another text.
    here = np.arange(len(cut))
    opens = cut & (begins | ~np.append(False, cut[:-1]))
    closes = cut & (ends | ~np.append(cut[1:], False))
    first = np.maximum.accumulate(np.where(opens, here, 0))[places]
    last = np.minimum.accumulate(np.where(closes, here, len(cut) - 1)[::-1])[::-1][places]
    # `rises`: each line of the run goes with the gap above it instead of the one below.
    width = points.below - points.end
    rises = ~begins[first] & (ends[last] | (width[last] > width[first - 1]))
    up, down = rises | begins[places], ~rises | ends[places]

    start, end = points.cut(places, up, down)
    # In bytes of all texts one behind the other, a line break behind each.
    size = lines["line"].str.len_bytes()
    spans = np.stack(_Stretch.of(lines, np.cumsum(size.to_numpy() + np.int64(1)) - size.to_numpy() - 1, size).cut(places, up, down), axis=1)
    data = bytes_of(texts + "\n")
    pieces = strings_of(data, np.diff(spans.ravel(), prepend=0, append=len(data)))
    columns = {"start": start.astype(np.int32), "end": end.astype(np.int32), "original": pieces.gather_every(2, 1)}
    return noisy.with_columns(lines["id"].gather(rows), **columns).select(_SPAN)


class _Stretch(NamedTuple):
    """How far the lines that are not blank reach, and the white space around them.

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
    def of(cls, lines: pl.DataFrame, begin: Places, width: pl.Series) -> _Stretch:
        """Measure lines, blank ones too, that begin at these places."""
        end = begin + width.to_numpy()
        solid = np.flatnonzero(~lines["blank"].to_numpy())
        first = lines["number"].to_numpy() == 0
        text = (np.cumsum(first) - 1)[solid]
        head = np.flatnonzero(first)
        tail = np.append(head[1:], lines.height) - 1
        is_first, is_last = (lines[name].to_numpy()[solid] == 0 for name in ("from_start", "from_end"))
        above = np.where(is_first, begin[head][text], np.roll(end[solid], 1))
        return cls(above, begin[solid], end[solid], np.where(is_last, end[tail][text], np.roll(begin[solid], -1)))

    def cut(self, places: Places, up: npt.NDArray[np.bool_], down: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
        """Return where the edits of some lines start and end: with the white space above them, with that below, with both or neither."""
        return np.where(up, self.above[places], self.begin[places]), np.where(down, self.below[places], self.end[places])
