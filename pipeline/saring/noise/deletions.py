"""Turn noisy lines and spans into deletions: rows of the ledger that also remove the line breaks and blank lines left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.strings import concat_utf8, split_utf8

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Offsets = npt.NDArray[np.int64]

__all__ = ["deletion_edits"]

_EDIT_COLUMNS = ("id", "field", "start", "end", "original", "replacement", "kind", "rule", "score")
_DELETION_COLUMNS = ("id", "rule", "start", "end", "original", "score")


def deletion_edits(
    texts: pl.DataFrame, lines: pl.DataFrame, noisy_lines: pl.DataFrame, noisy_spans: pl.DataFrame, rule_labels: Sequence[tuple[str, str]]
) -> pl.DataFrame:
    """Convert noisy lines and spans to deletions: edits of the ledger, for `ledger.number_edits` to number.

    Args:
        texts: columns `id` and `text`.
        lines: their lines, as `line_features.line_features` returns them.
        noisy_lines: columns `row`, `rule` and `score` (or null): lines to delete.
        noisy_spans: columns `row`, `rule`, `from`, `to`, `original`: spans of lines to delete.
        rule_labels: the id and the kind of each rule; the column `rule` is an index into it.
    """
    edits = pl.concat([_line_deletions(texts["text"].drop_nulls(), lines, noisy_lines.sort("row")), _span_deletions(lines, noisy_spans)])
    labels = (
        pl.Series(column, values, dtype=pl.String) for column, values in zip(("name", "kind"), zip(*rule_labels, strict=True), strict=True)
    )
    return edits.with_columns(
        pl.lit("text").alias("field"), pl.lit("").alias("replacement"), *(column.gather(edits["rule"]) for column in labels)
    ).select(pl.col("name").alias("rule") if column == "rule" else column for column in _EDIT_COLUMNS)


def _span_deletions(lines: pl.DataFrame, noisy_spans: pl.DataFrame) -> pl.DataFrame:
    """Return one deletion per noisy span, with its offsets in the line turned into offsets in the text."""
    return (
        noisy_spans.join(lines.select("row", "id", pl.col("start").alias("line_start")), on="row")
        .with_columns((pl.col("line_start") + pl.col("from")).alias("start"), (pl.col("line_start") + pl.col("to")).alias("end"))
        .with_columns(pl.lit(None, dtype=pl.Float32).alias("score"))
        .select(_DELETION_COLUMNS)
    )


def _line_deletions(texts: pl.Series, lines: pl.DataFrame, noisy_lines: pl.DataFrame) -> pl.DataFrame:
    r"""Return one deletion per noisy line, in order, each with the gap above or below the line so that no blank lines are left over.

    A run of noisy lines has a gap (line breaks and blank lines) above and one below. The wider one stays, so that paragraphs stay
    separated; a run at the start of the text takes the gap below with it, one at its end the gap above.

    In "a\nX\nY\n\nb" the run X, Y has the gap "\n" above and "\n\n" below. The lower gap is wider, so it stays: each line goes with the gap
    above it, "\nX" and "\nY", and "a\n\nb" remains. In "a\n\nX\nb" the upper gap stays: "X\n" goes, and "a\n\nb" remains.
    """
    rows = noisy_lines["row"].to_numpy()
    is_noisy = np.zeros(lines.height, dtype=np.bool_)
    is_noisy[rows] = True
    begins, ends = (lines[name].to_numpy() == 0 for name in ("from_start", "from_end"))
    text_length = _int64_array(texts.str.len_chars())
    extents = _LineExtents.of(lines, "start", _int64_array(lines["line"].str.len_chars()), np.zeros_like(text_length), text_length)

    # The first and the last row of the run that each noisy line is in; a run does not cross into another document. With noisy rows 1, 2 and
    # 4, first = [1, 1, 4] and last = [2, 2, 4].
    row = np.arange(len(is_noisy))
    opens = is_noisy & (begins | ~np.append(False, is_noisy[:-1]))
    closes = is_noisy & (ends | ~np.append(is_noisy[1:], False))
    first = np.maximum.accumulate(np.where(opens, row, 0))[rows]
    last = np.minimum.accumulate(np.where(closes, row, len(is_noisy) - 1)[::-1])[::-1][rows]
    # `rises`: each line of the run is deleted with the gap above it instead of the one below.
    width = extents.below - extents.end
    rises = ~begins[first] & (ends[last] | (width[last] > width[first - 1]))
    up, down = rises | begins[rows], ~rises | ends[rows]

    start, end = extents.deletion_offsets(rows, up, down)
    # The same deletions in bytes of all texts joined, each followed by a line break: so the deleted strings are cut out without a Python
    # loop.
    data = concat_utf8(texts + "\n")
    text_bytes = _int64_array(texts.str.len_bytes())
    text_end = np.cumsum(text_bytes + 1) - 1
    spans = _LineExtents.of(lines, "at", _int64_array(lines["line"].str.len_bytes()), text_end - text_bytes, text_end).deletion_offsets(
        rows, up, down
    )
    strings = split_utf8(data, np.diff(np.stack(spans, axis=1).ravel(), prepend=0, append=len(data)))
    return noisy_lines.with_columns(
        lines["id"].gather(rows), start=start.astype(np.int32), end=end.astype(np.int32), original=strings.gather_every(2, 1)
    ).select(_DELETION_COLUMNS)


def _int64_array(column: pl.Series) -> Offsets:
    """Return an integer column as an int64 array."""
    return column.to_numpy().astype(np.int64)


class _LineExtents(NamedTuple):
    """Start and end offsets of each line and of the gaps around it, in code points of its text or in bytes of all texts joined.

    Attributes:
        above: where the line above ends; for the first line of a text, where the text begins.
        begin, end: of the line.
        below: where the line below begins; for the last line of a text, where the text ends.
    """

    above: Offsets
    begin: Offsets
    end: Offsets
    below: Offsets

    @classmethod
    def of(cls, lines: pl.DataFrame, start_column: str, width: Offsets, text_begin: Offsets, text_end: Offsets) -> _LineExtents:
        """Build line extents from the column with the lines' start offsets, their widths, and the start and end offset of each document."""
        begin, document = _int64_array(lines[start_column]), lines["document"].to_numpy()
        end = begin + width
        is_first, is_last = (lines[name].to_numpy() == 0 for name in ("from_start", "from_end"))
        above = np.where(is_first, text_begin[document], np.roll(end, 1))
        return cls(above, begin, end, np.where(is_last, text_end[document], np.roll(begin, -1)))

    def deletion_offsets(
        self, rows: npt.NDArray[np.uint32], up: npt.NDArray[np.bool_], down: npt.NDArray[np.bool_]
    ) -> tuple[Offsets, Offsets]:
        """Return start and end offsets of the deletions of some rows, each with or without the gap above (`up`) and below (`down`) it."""
        return np.where(up, self.above[rows], self.begin[rows]), np.where(down, self.below[rows], self.end[rows])
