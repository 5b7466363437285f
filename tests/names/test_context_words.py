"""pipeline/saring/names/context_words.py: matches that the words around them confirm or exclude."""

from __future__ import annotations

import polars as pl
import pytest

from saring.core.lines import split_lines
from saring.names.context_words import CONTEXT_DISTANCE, in_context, without_common_words


def lines_of(text: str) -> pl.DataFrame:
    """Return the lines of one document."""
    return split_lines(pl.DataFrame({"id": ["a"], "text": [text]}))


@pytest.mark.parametrize(
    ("text", "near", "not_near", "is_kept"),
    [
        ("Rove founded Telegram", ["Telegram"], None, True),
        ("Rove founded\nTELEGRAM-nya", ["Telegram"], None, True),
        ("Rove founded VKTelegram", ["Telegram"], None, False),
        (f"Rove{' ' * CONTEXT_DISTANCE}Telegram", ["Telegram"], None, False),
        ("Rove near Marseille", None, ["Marseille"], False),
        ("Rove near Paris", None, ["Marseille"], True),
        ("Rove, Telegram, Marseille", ["Telegram"], ["Marseille"], False),
        ("Rove", None, None, True),
    ],
)
def test_conditions_are_checked(text: str, near: list[str] | None, not_near: list[str] | None, is_kept: bool) -> None:  # noqa: FBT001 - a case
    """A required word has to begin a word within the distance, in any case and on any line; an excluded word must not."""
    words = pl.List(pl.String)
    schema = pl.Schema({"id": pl.String(), "start": pl.Int32(), "near": words, "not_near": words})
    matches = pl.DataFrame([{"id": "a", "start": 0, "near": near, "not_near": not_near}], schema=schema)

    assert in_context(matches, lines_of(text)).equals(matches if is_kept else matches.clear())


@pytest.mark.parametrize(
    ("text", "preceding", "is_kept"),
    [
        ("Anis merah dan anis kembang.", "", False),
        ("Kata Anis, anis itu burung.", "a ", True),
        ("Anis merah dan @anis", "", True),
        ("Anis merah", "", True),
    ],
    ids=["common word", "inside a sentence", "a handle", "nowhere in lower case"],
)
def test_common_words_are_dropped(text: str, preceding: str, is_kept: bool) -> None:  # noqa: FBT001 - a case
    """Only at the beginning of a sentence, and only where the text has the word in lower case outside protected spans."""
    start = text.index("Anis")
    matches = pl.DataFrame({"id": ["a"], "start": [start], "original": ["Anis"], "replacement": ["Anies"], "preceding": [preceding]})

    assert without_common_words(matches, lines_of(text)).equals(matches if is_kept else matches.clear())
