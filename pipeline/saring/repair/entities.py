"""Resolve HTML entities in text, nested ones (&amp;amp;) included, in linear time."""

from __future__ import annotations

import re

__all__ = ["ENTITY", "MAX_ROUNDS", "NESTED_AMPERSAND", "resolve_entities", "with_entities_resolved"]

#: Rounds in which nested entities (&amp;amp;) are resolved; a line that needs more keeps all its entities. A judgement.
MAX_ROUNDS = 20

#: A named or numeric HTML entity.
ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,24};")
#: An ampersand that was escaped more than once (&amp;amp;...), resolved at once: one level per round took as many rounds as it is long.
NESTED_AMPERSAND = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);){2,}")


def with_entities_resolved(text: str) -> str:
    """Return a text with its entities resolved, or unchanged where they are nested too deeply."""
    resolved = resolve_entities(text)
    return text if resolved is None else resolved


def resolve_entities(text: str) -> str | None:
    """Return a text with all entities resolved, nested ones too; None where some are left after `MAX_ROUNDS` rounds.

    Text without entities is returned unchanged.
    """
    from ftfy.fixes import fix_line_breaks, unescape_html  # noqa: PLC0415 - imported where it is used

    for _ in range(MAX_ROUNDS):
        resolved = str(fix_line_breaks(unescape_html(NESTED_AMPERSAND.sub("&amp;", text))))
        if resolved == text:
            return text
        text = resolved
    return None
