"""pipeline/saring/noise/deletions.py: deletions of lines take one of the gaps around them along, deletions of spans take their offsets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core import ledger
from saring.core.lines import split_lines
from saring.noise.deletions import deletion_edits
from saring.noise.line_features import line_features

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = (("mark", "ad"), ("brand", "spam"))
_LINE_SCHEMA = {"row": pl.UInt32, "rule": pl.UInt32, "score": pl.Float32}
_SPAN_SCHEMA = {"row": pl.UInt32, "rule": pl.UInt32, "from": pl.Int32, "to": pl.Int32, "original": pl.String}


def edits_of(texts: Sequence[str | None], spans: Sequence[tuple[int, str]] = ()) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return texts as a table, and the deletions of their lines that contain "oise" and of these spans (row and string)."""
    frame = pl.DataFrame({"id": [f"t{n}" for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})
    lines = line_features(split_lines(frame))
    noisy_lines = lines.filter(pl.col("line").str.contains("oise")).select("row", pl.lit(0).alias("rule"), pl.lit(None).alias("score"))
    rows = [(row, 1, (start := str(lines["line"][row]).index(string)), start + len(string), string) for row, string in spans]
    noisy_spans = pl.DataFrame(rows, schema=_SPAN_SCHEMA, orient="row")
    shuffled = noisy_lines.cast(_LINE_SCHEMA).reverse()  # type: ignore[arg-type] # a mapping of names to types
    return frame, deletion_edits(frame, lines, shuffled, noisy_spans, LABELS)


def cleaned(*texts: str) -> list[str]:
    """Return texts without their lines that contain "oise", having checked that undoing the edits restores them."""
    frame, deletions = edits_of(texts)
    edits = ledger.number_edits("noise", deletions)
    applied = ledger.apply(frame, edits)
    assert ledger.undo(applied, edits).equals(frame)
    return applied["text"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\nNoise\n\nb", "a\n\nb"),
        ("a\nNoise\nb", "a\nb"),
        ("a\nNoise\n\nb", "a\n\nb"),
        ("a\n\nNoise\nb", "a\n\nb"),
        ("a\nNoise\nnoise\n\nb", "a\n\nb"),
        ("a\n\nNoise\nnoise\nb", "a\n\nb"),
        ("Noise\n\na", "a"),
        ("a\n\nNoise", "a"),
        ("a\n\nNoise\n\n", "a"),
        ("\n\nNoise\n\n", ""),
        ("Noise", ""),
        ("a\n\nNoise\n\n\n\nnoise:\n\nb", "a\n\nb"),
        ("a\n  Noise  \nb", "a\nb"),
        ("市长\n\nNoise 广告\n港口", "市长\n\n港口"),
        ("a\nb", "a\nb"),
        ("", ""),
    ],
)
def test_the_wider_gap_around_a_deleted_line_stays(text: str, expected: str) -> None:
    """Of the gaps above and below a deleted line the wider one remains; at the edges of the text none does."""
    assert cleaned(text) == [expected]


def test_runs_of_noisy_lines_end_with_their_document() -> None:
    """The last line of one text and the first line of the next are separate runs, each at an edge of its own text."""
    assert cleaned("été\n\nNoise", "noise\nb", "", "Noise", "c") == ["été", "b", "", "", "c"]


@settings(max_examples=50)
@given(st.lists(st.lists(st.sampled_from(["noise", "Noise:", "one", "deux étés", "дом", "", "", "  "]), max_size=12), max_size=3))
def test_only_noisy_lines_are_deleted(texts: list[list[str]]) -> None:
    """Kept lines stay in order, gaps never grow, and where a line was deleted no blank lines appear at the edges."""
    for lines, result in zip(texts, cleaned(*("\n".join(lines) for lines in texts)), strict=True):
        assert [line for line in result.split("\n") if line.strip()] == [line for line in lines if line.strip() and "oise" not in line]
        widest = max((len(gap) for gap in re.findall(r"\n(?:[ ]*\n)*", "\n".join(lines))), default=0)
        assert all(len(gap) <= widest for gap in re.findall(r"\n(?:[ ]*\n)*", result))


def test_a_deletion_has_the_columns_of_the_ledger() -> None:
    """Lines and spans name their rule and its kind; offsets are code points of the text, and of two equal gaps the one below goes."""
    _, edits = edits_of([None, "été\nNoise\nL'été (ad) fini"], [(2, "(ad) ")])

    assert edits.rows(named=True) == [
        {
            "id": "t1",
            "field": "text",
            "start": 4,
            "end": 10,
            "original": "Noise\n",
            "replacement": "",
            "kind": "ad",
            "rule": "mark",
            "score": None,
        },
        {
            "id": "t1",
            "field": "text",
            "start": 16,
            "end": 21,
            "original": "(ad) ",
            "replacement": "",
            "kind": "spam",
            "rule": "brand",
            "score": None,
        },
    ]


@pytest.mark.parametrize("texts", [[], [None], [""], ["a\nb"]])
def test_texts_without_noise_have_no_deletions(texts: list[str | None]) -> None:
    """The empty table has all columns."""
    _, edits = edits_of(texts)

    assert edits.is_empty()
    assert edits.columns == ["id", "field", "start", "end", "original", "replacement", "kind", "rule", "score"]
