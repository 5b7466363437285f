"""pipeline/saring/tools/suggest_names/table.py: suggestions on a terminal."""

from __future__ import annotations

from typing import Any

import polars as pl
from rich.console import Console

from saring.tools.suggest_names.suggest import SUGGESTION
from saring.tools.suggest_names.table import suggestion_table

_COUNTS = {
    "documents": 1,
    "sources": 1,
    "languages": ["id"],
    "canonical_documents": 3,
    "canonical_sources": 2,
    "canonical_languages": ["fr"],
}
_PASSAGE = {"a": "a1", "b": "b1", "a_text": "Pendiri Telegram DuRove ditahan.", "b_text": "Durov a été arrêté."}


def output(*rows: dict[str, Any]) -> str:
    """Return what a terminal shows for suggestions."""
    filled = [dict.fromkeys(SUGGESTION) | {"aligned": 0, "beside": 0, "registered": False} | row for row in rows]
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=False, stderr=True)
    with console.capture() as captured:
        for part in suggestion_table(pl.DataFrame(filled, schema=SUGGESTION)):
            console.print(part, soft_wrap=True)
    return captured.get()


def test_the_table_shows_the_evidence() -> None:
    """The number of each proposal, its counts, its passages and its neighbours; then the risks."""
    scores = {"score": 0.9, "spelling": 0.8, "sounding": 1.0, "aligned": 2, "neighbours": ["Paris"], "passages": [_PASSAGE]}
    proposal = {"verdict": "propose", "canonical": "Durov", "variant": "DuRove", **scores, **_COUNTS}
    risk = {"verdict": "risk", "canonical": "Durov", "variant": "du Bourge", "reason": "a particle and a name"}

    lines = [line.rstrip() for line in output(proposal, risk).splitlines()]

    assert "1  DuRove   Durov (new)  0.90   80%      100%    2        0" in " ".join(lines)
    assert lines[-5:] == [
        "  1  DuRove: 1 document, 1 source (id)",
        "     Durov: 3 documents, 2 sources (fr); near both: Paris",
        "     a1: … Pendiri Telegram DuRove ditahan. …",
        "     b1: … Durov a été arrêté. …",
        "not proposed: du Bourge for Durov: a particle and a name",
    ]


def test_control_characters_are_not_printed() -> None:
    """Nothing in a suggestion can steer a terminal."""
    risk = {"verdict": "risk", "canonical": "Durov", "variant": "a\x1b[31mb", "reason": "a common word"}

    assert "\x1b" not in output(risk)
