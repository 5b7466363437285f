"""The headline becomes the title; no other line leaves the text."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.extract import headline

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "extract.toml").read_text(encoding="utf-8"))["headline"]


def lifted(case: dict[str, Any]) -> dict[str, Any]:
    """Return the page of a case after its headline was lifted."""
    row = {
        "text": case["text"],
        "title": case.get("stated"),
        "site": case.get("site"),
        "source": case.get("source", "a/b.txt"),
        "media_type": "text/plain",
        "is_title_stated": "stated" in case,
    }
    columns = {
        "text": pl.String,
        "title": pl.String,
        "site": pl.String,
        "source": pl.String,
        "media_type": pl.String,
        "is_title_stated": pl.Boolean,
    }
    return headline.lift_headlines(pl.DataFrame([row], schema=columns)).row(0, named=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_headline_is_lifted_and_nothing_else(case: dict[str, Any]) -> None:
    """Each case has its title and what stays of its text; where all stays, it says why."""
    assert "rest" in case or case["why"]
    page = lifted(case)

    assert case.get("title") == page["title"]
    assert case.get("rest", case["text"]) == page["text"]


LINES = st.text(st.sampled_from('abc ABC.:?"-#\n\n\n2024'), max_size=80).map(str.strip)


@given(text=LINES, stated=st.none() | st.sampled_from(["a b c", "abc"]), source=st.sampled_from(["x.md", "x.txt"]))
def test_no_word_is_lost(text: str, stated: str | None, source: str) -> None:
    """Whatever leaves the text stands in the title, but for the marks of a Markdown heading, case and punctuation."""
    page = lifted({"text": text, "source": source} | ({"stated": stated} if stated else {}))
    gone = text.removesuffix(page["text"])

    assert text.endswith(page["text"])
    assert "".join(c for c in gone if c.isalnum()).lower() in "".join(c for c in page["title"] or "" if c.isalnum()).lower()
