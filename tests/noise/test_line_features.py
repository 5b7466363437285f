"""`noise.could_match`: no text that a rule matches is left out, and most other texts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import noise
from saring.config import default_config

if TYPE_CHECKING:
    from saring.config.rules import Rule

RULES = default_config().rules
PLAIN = "The ferry leaves at nine from the northern bank, and nobody waits for it.\nIt is back at noon."


def pages_of(*texts: str) -> pl.DataFrame:
    """Return texts as a table of pages."""
    return pl.DataFrame(
        {"id": [str(number) for number in range(len(texts))], "text": list(texts)}, schema=dict.fromkeys(("id", "text"), pl.String)
    )


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_no_match_is_left_out(rule: Rule) -> None:
    """Variants of a rule's own `fires` cases (capitals, other spaces, other lines around) that the rule deletes from are kept."""
    spelled = [
        text
        for example in (case.text for case in rule.fires)
        for text in (example, example.upper(), example.replace(" ", "\N{NO-BREAK SPACE}"), f"{PLAIN}\n{example}")
    ]
    pages = pages_of(*spelled, *(text.replace(" ", "  ") for text in spelled), PLAIN)

    kept = noise.could_match(pages, [rule])["id"]

    assert set(noise.find(pages, [rule])["id"]) <= set(kept)


def test_pages_without_required_words_are_left_out() -> None:
    """A page without any required word is left out, unless one of the rules has no required words."""
    known = [rule for rule in RULES if rule.needs and not any(word in PLAIN.lower() for need in rule.needs for word in need.split())]
    free = next(rule for rule in RULES if not rule.needs and not rule.literals)

    assert len(known) > 20
    assert noise.could_match(pages_of(PLAIN), known).is_empty()
    assert noise.could_match(pages_of(PLAIN), [*known, free]).height == 1
    assert noise.could_match(pages_of(PLAIN), []).is_empty()
