"""pipeline/saring/extract/flat_text.py: flat text keeps every character but line breaks, trailing white space and NULs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.extract import flat_text

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "extract.toml").read_text(encoding="utf-8"))["flat"]


def normalised(content: str) -> str:
    """Return a text after normalisation of its white space."""
    return str(pl.DataFrame({"text": [content]}).select(flat_text.normalise_text(pl.col("text"))).item())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_line_breaks_become_one_kind(case: dict[str, Any]) -> None:
    """Each case of tests/cases/extract.toml gives the text that it expects."""
    assert case["text"] == normalised(case["content"])


@given(content=st.text(st.sampled_from("ab \t\r\n\0\ufeff\u2028\u00a0\u000b")))
def test_only_white_space_changes(content: str) -> None:
    """Normalisation keeps all characters but white space, and applied again changes nothing."""
    once = normalised(content)

    assert "".join(content.replace("\0", "").removeprefix("\ufeff").split()) == "".join(once.split())
    assert not any(line != line.rstrip() for line in once.split("\n"))
    assert once == normalised(once) or once.startswith("\ufeff")


@given(title=st.text())
def test_a_title_is_one_line(title: str) -> None:
    """White space of any kind becomes a single space, and an empty title null."""
    line = pl.DataFrame({"title": [title]}).select(flat_text.single_line(pl.col("title"))).item()

    assert (" ".join(title.replace("\0", " ").split()) or None) == line or any("\x1c" <= c <= "\x1f" for c in title)
