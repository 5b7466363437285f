"""pipeline/saring/names/inflection.py: endings of names, by language and case."""

from __future__ import annotations

import polars as pl
import pytest

from saring.names.inflection import is_inflected, stems


@pytest.mark.parametrize(
    ("original", "following", "language", "rank", "expected"),
    [
        ("DuRove", "nya datang", "id", 0, True),
        ("DUROVE", "NYA", "id", 1, True),
        ("DuRove", "NYA", "id", 0, False),
        ("DuRove", "nya", "en", 0, False),
        ("DuRove", "nya", None, 0, False),
        ("DuRove", "nyak", "id", 0, False),
        ("Ana", "nya", "id", 0, False),
        ("Durov", "a kata", "fr", 0, True),
    ],
)
def test_an_ending_belongs_to_a_language(original: str, following: str, language: str | None, rank: int, expected: bool) -> None:  # noqa: FBT001 - a case
    """An ending is in lower case, or in capitals after a name in capitals; Slavic family names take theirs in every language."""
    columns = {"original": original, "following": following, "rank": rank, "dropped": "", "inflects": True, "language": language}
    frame = pl.DataFrame([columns], schema_overrides={"language": pl.String})

    assert frame.select(is_inflected()).item() is expected


def test_stems_need_a_common_end() -> None:
    """Where variant and canonical spelling end alike, both have a stem; otherwise there is none."""
    assert list(stems("Praga", "Praha")) == [("a", "Prag", "Prah")]
    assert list(stems("Durov", "Durow")) == []
