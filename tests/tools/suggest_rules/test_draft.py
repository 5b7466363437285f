"""pipeline/saring/tools/suggest_rules/draft.py: drafted rules are valid TOML and pass their own cases."""

from __future__ import annotations

import tomllib

import polars as pl
import pytest

from saring.tools.suggest_rules.draft import draft_rules
from saring.tools.suggest_rules.repeated_lines import CANDIDATE


@pytest.mark.parametrize("text", ["a ''' b", 'say "no" (now) [x] {y} ^$ .*+?| \\ & ~ #', "ligne\tcoupée", "e\u0301", "⟦x⟧"])
def test_any_string_gives_a_valid_rule_or_none(text: str) -> None:
    """Characters with a meaning in TOML or in patterns are escaped; strings that no rule can match are left out."""
    columns = {"group": "g", "site": None, "text": text, "pages": 3, "places": 3}
    contexts = {
        "prefix": f"⟦{text} - ⟧Kami pulang.",
        "suffix": f"Kami pulang.⟦ - {text}⟧",
        "inline": f"Kami. ⟦{text}⟧ Pulang.",
        "line": f"⟦{text}⟧\nKami.",
    }
    table = pl.DataFrame(
        [{"candidate_type": name, **columns, "contexts": [context]} for name, context in contexts.items()], schema=CANDIDATE
    )

    for suggestion in draft_rules(table):
        assert tomllib.loads(suggestion.toml)["rule"][0]["fires"]
