"""Words of lines: the same words have the same buckets wherever they stand, and tables are read back."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core.errors import ConfigError
from saring.noise.line_words import BUCKETS, LOG_ODDS_STEPS, line_tokens, load_log_odds

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40), max_size=6)


def buckets_of(texts: list[str]) -> list[list[int]]:
    """Return the sorted buckets of each text of a batch."""
    tokens = line_tokens(pl.Series(texts, dtype=pl.String))
    return [sorted(tokens.bucket[tokens.line == index].tolist()) for index in range(len(texts))]


@given(TEXTS)
def test_tokens_do_not_depend_on_the_batch(texts: list[str]) -> None:
    """A text has the same buckets alone and among others."""
    assert buckets_of(texts) == [buckets_of([text])[0] for text in texts]


def test_words_are_found_whatever_surrounds_them() -> None:
    """Quotes, brackets and full stops are no part of a word; an ideograph is a word."""
    tokens = line_tokens(pl.Series(["add to cart", "“cart”", "(cart)", "港口", "港"]))
    words = [set(tokens.words[begin:end].tolist()) for begin, end in zip(tokens.begins, tokens.begins[1:], strict=False)]

    assert words[1] < words[0]
    assert words[1] < words[2]
    assert words[4] < words[3]


def test_a_line_adds_up_its_words() -> None:
    """The sum is that of the tokens' log-odds, the mean is per token; a line without words has neither."""
    tokens = line_tokens(pl.Series(["cart", ""]))
    odds = np.zeros(BUCKETS, dtype=np.float32)
    odds[tokens.bucket] = -1

    sums, means = tokens.scores(odds)

    assert sums.tolist() == [-len(tokens.bucket), 0]
    assert means.tolist() == [-1, 0]


def test_tables_are_read_back(tmp_path: Path) -> None:
    """A table is kept in steps, one byte for each bucket."""
    steps = np.arange(BUCKETS).astype(np.int8)
    file = tmp_path / "weights.json"
    file.write_text(json.dumps({"words": base64.b64encode(steps.tobytes()).decode()}), encoding="utf-8")

    assert np.allclose(load_log_odds(file) * LOG_ODDS_STEPS, steps)


@pytest.mark.parametrize("content", [None, "{}", '{"words": "AAAA"}', '{"words": "?"}', "[]"])
def test_other_files_are_reported(content: str | None, tmp_path: Path) -> None:
    """A file without such a table is an error that names it."""
    file = tmp_path / "other.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match="log-odds"):
        load_log_odds(file)
