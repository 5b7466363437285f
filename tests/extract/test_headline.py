"""pipeline/saring/extract/headline.py: the headline becomes the title; no other line leaves the text."""

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
    """Return the page of a case after its headline was lifted, as a dict of columns."""
    row = {
        "text": case["text"],
        "title": case.get("stated"),
        "site": case.get("site"),
        "source": case.get("source", "a/b.txt"),
        "media_type": "text/plain",
        "is_title_declared": "stated" in case,
    }
    columns = {
        "text": pl.String,
        "title": pl.String,
        "site": pl.String,
        "source": pl.String,
        "media_type": pl.String,
        "is_title_declared": pl.Boolean,
    }
    return headline.lift_headlines(pl.DataFrame([row], schema=columns)).row(0, named=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_headline_is_lifted_and_nothing_else(case: dict[str, Any]) -> None:
    """Each case comes out with the expected title and remaining text; a case whose text stays as it is says why."""
    assert "rest" in case or case["why"]
    page = lifted(case)

    assert case.get("title") == page["title"]
    assert case.get("rest", case["text"]) == page["text"]


@pytest.mark.parametrize(
    "first", ["# A new quay", "- ### A new quay", "\\# A new quay", "4. A new quay", "## A new quay \\#", "12\\. A new quay"]
)
def test_marks_of_markdown_are_no_part_of_a_title(first: str) -> None:
    """A heading that repeats the title of an HTML page leaves its text, and the title has no mark."""
    title = {"\\": "# A new quay", "1": "12. A new quay"}.get(first[0], "A new quay #" if first.endswith("#") else "A new quay")
    columns = {"text": f"{first}\n\nIt is long.", "title": title, "site": None, "source": "a.html", "media_type": "text/html"}
    page = pl.DataFrame({name: [value] for name, value in columns.items()}, schema_overrides={"site": pl.String})
    page = page.with_columns(pl.lit(value=False).alias("is_title_declared"))

    lifted_page = headline.lift_headlines(page, text_format="markdown").row(0, named=True)

    assert (lifted_page["title"], lifted_page["text"]) == (title, "It is long.")


TEXTS = st.text(st.sampled_from('abc ABC.:?"-#\n\n\n2024'), max_size=80).map(str.strip)


@given(text=TEXTS, declared=st.none() | st.sampled_from(["a b c", "abc"]), source=st.sampled_from(["x.md", "x.txt"]))
def test_no_word_is_lost(text: str, declared: str | None, source: str) -> None:
    """The words that leave the text stand in the title; marks of a Markdown heading, case and punctuation do not count."""
    page = lifted({"text": text, "source": source} | ({"stated": declared} if declared else {}))
    lifted_text = text.removesuffix(page["text"])

    assert text.endswith(page["text"])
    assert "".join(c for c in lifted_text if c.isalnum()).lower() in "".join(c for c in page["title"] or "" if c.isalnum()).lower()
