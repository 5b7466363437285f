"""pipeline/saring/noise/markdown_marks.py: Markdown is judged as plain text is, and what is left is still Markdown."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from saring import noise
from saring.config.rules import Rule
from saring.core import ledger
from saring.noise import markdown_marks

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "markdown.toml").read_text(encoding="utf-8"))["case"]
NOISE = Rule(
    id="noise", kind="ad", reason="test", scope="line", pattern="Buy a boat|- Buy a boat|Buy a boat \\| now|boat\\(\\)|12\\. Buy a boat"
)
INLINE = Rule(id="inline", kind="ad", reason="test", scope="inline", pattern=r"\(ad\)|now \| here")


def page(text: str) -> pl.DataFrame:
    """Return the text of an HTML page as the table that the noise step receives."""
    schema = {"id": pl.String, "text": pl.String, "dropped_share": pl.Float32}
    return pl.DataFrame({"id": ["a"], "text": [text], "dropped_share": [0.0]}, schema=schema)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_noise_leaves_markdown_whole(case: dict[str, str]) -> None:
    """Lines are judged without their marks; code, heads of tables and borders of cells stay; the ledger undoes what it did."""
    texts = page(case["text"])

    edits = noise.find(texts, [NOISE, INLINE], text_format="markdown")
    cleaned = ledger.apply(texts, edits)

    assert cleaned["text"][0] == case["cleaned"]
    assert ledger.undo(cleaned, edits).equals(texts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_hidden_marks_take_no_room(case: dict[str, str]) -> None:
    """Every character stands where it stood."""
    texts = page(case["text"])

    judged, _ = markdown_marks.hide_marks(texts, "markdown")

    assert len(judged["text"][0]) == len(case["text"])
    assert "judged" not in case or judged["text"][0].replace(markdown_marks.HIDDEN, "") == case["judged"]


@pytest.mark.parametrize("text_format", ["text", "markdown"])
def test_flat_text_is_judged_as_it_is(text_format: str) -> None:
    """Without `dropped_share` a text is no HTML page; neither is any text in the format `text`."""
    flat = page("## Buy a boat\n\nThe tide is out.").with_columns(pl.lit(None, pl.Float32).alias("dropped_share"))

    judged, structure = markdown_marks.hide_marks(flat, text_format)

    assert judged.equals(flat)
    assert structure.is_empty()
    assert markdown_marks.hide_marks(page("## Gulls"), "text")[1].is_empty()
