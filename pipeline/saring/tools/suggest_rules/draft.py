"""Draft noise rules in TOML from repeated strings, each with cases made from the contexts in which the string occurs."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.config.rules import parse_rule
from saring.config.toml_table import Table, toml_string
from saring.core.errors import ConfigError
from saring.noise.rule_cases import failing_cases

if TYPE_CHECKING:
    from saring.config.rules import Rule

__all__ = ["Suggestion", "draft_rules"]

_KINDS = {"line": "navigation", "headline": "related", "prefix": "spam", "suffix": "spam", "inline": "spam"}
_REASONS = {
    "line": "repeated on {pages} pages of {group}",
    "headline": "the title of another page of {group}",
    "prefix": "glued to the beginning of sentences on {pages} pages of {group}",
    "suffix": "glued to the end of sentences on {pages} pages of {group}",
    "inline": "inserted between unrelated sentences on {pages} pages of {group}",
}
#: How many rules of each type are drafted: nobody reads more. A judgement.
MAX_DRAFTS = 200

_ORDER = ("prefix", "suffix", "inline", "headline", "line")


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A suggested noise rule, with the repeated string for which it was drafted.

    Attributes:
        candidate_type: the type of the string: a `line` that pages repeat, a `headline` of another page, a `prefix` or `suffix` glued to
            sentences, or an `inline` string.
        group: the site, or the host or folder of pages without a known site.
        text: the string.
        pages: the number of pages of the group with the string, copies of a page counted once.
        places: the number of its occurrences.
        contexts: some of its occurrences, with the string between ⟦ and ⟧.
        toml: a rule that deletes it, ready for corpus.toml or a pack.
    """

    candidate_type: str
    group: str
    text: str
    pages: int
    places: int
    contexts: tuple[str, ...]
    toml: str


def draft_rules(candidates: pl.DataFrame) -> list[Suggestion]:
    """Draft a noise rule for each candidate string: glued and injected strings first, then headlines and lines, by the number of pages.

    Args:
        candidates: columns of `CANDIDATE`.

    Returns:
        The rules that pass their own cases; at most 200 of each type.
    """
    # Cases use these brackets as marks, and `literals` are compared in NFC.
    has_no_brackets = ~pl.col("text").str.contains_any(["⟦", "⟧"])
    is_composed = pl.col("text") == pl.col("text").str.normalize("NFC")
    eligible = candidates.filter(is_composed & has_no_brackets)
    best = (
        eligible.sort("pages", "places", "text", descending=[True, True, False])
        .group_by("candidate_type", maintain_order=True)
        .head(MAX_DRAFTS)
    )
    drafts = map(_suggestion, best.iter_rows(named=True))
    pairs = [(suggestion, rule) for suggestion in drafts if (rule := _parsed(suggestion)) is not None]
    rules = [rule for _, rule in pairs]
    # All rules are tested together first, in one query. A rule that fails because another one deletes part of its cases is tested again
    # alone.
    doubtful = {failure.rule for failure in failing_cases(rules)} if rules else set()
    passing = [suggestion for suggestion, rule in pairs if rule.id not in doubtful or not failing_cases([rule])]
    return sorted(passing, key=lambda rule: (_ORDER.index(rule.candidate_type), -rule.pages, -rule.places, rule.group, rule.text))


def _parsed(suggestion: Suggestion) -> Rule | None:
    """Parse the TOML of a suggested rule; returns None where no valid rule can be written for its string."""
    try:
        return parse_rule(Table(tomllib.loads(suggestion.toml)["rule"][0], file="suggested"))
    except ConfigError:
        return None


def _suggestion(row: dict[str, Any]) -> Suggestion:
    """Return the suggestion for a row of `CANDIDATE`, with its rule in TOML."""
    site = row.pop("site")
    named = {**row, "contexts": tuple(row["contexts"]), "group": row["group"] or "this folder"}
    return Suggestion(**named, toml=_toml(named, site))


def _toml(row: dict[str, Any], site: str | None) -> str:
    """Return the [[rule]] table of a candidate, restricted to its site where that is known."""
    candidate_type, text = row["candidate_type"], row["text"]
    # A brand is glued before sentences in the middle of lines too.
    scope = {"headline": "line", "prefix": "inline"}.get(candidate_type, candidate_type)
    tail = hashlib.sha256(f"{candidate_type} {row['group']} {text}".encode()).hexdigest()[:6]  # two strings may have one slug
    entries = {
        "id": f"{_slug(text)}-{tail}",
        "kind": _KINDS[candidate_type],
        "reason": _REASONS[candidate_type].format(**row),
        "scope": scope,
        **_condition(candidate_type, text),
        **({"sites": [site]} if site else {}),
        "fires": list(row["contexts"]),
        "spares": [_near_miss(candidate_type, text, row["contexts"][0])],
    }
    return "[[rule]]\n" + "".join(f"{key} = {_value(value, raw=key == 'pattern')}\n" for key, value in entries.items())


def _condition(candidate_type: str, text: str) -> dict[str, Any]:
    """Return the keys of a rule that match the string: `literals`, or `pattern` with `needs` for a string glued by a dash."""
    escaped = re.sub(r"([\\.+*?()|\[\]{}^$#&~-])", r"\\\1", text)
    if candidate_type == "prefix":
        return {
            "exact": True,
            "needs": [text.lower()],
            "pattern": rf"""(?P<before>^|[.!?…]["”’»)]?\s+)(?P<cut>{escaped}\s*[-–—|]+\s+)(?P<after>["“«„‘(]?\s?\p{{Lu}})""",
        }
    if candidate_type == "suffix":
        return {
            "exact": True,
            "needs": [text.lower()],
            "pattern": rf"""(?P<before>[.!?…](?:\s?["”’»)])?)(?P<cut>\s+[-–—|]+\s*{escaped}\.?)""",
        }
    return {"literals": [text]}


def _near_miss(candidate_type: str, text: str, context: str) -> str:
    """Return a case that the rule must not change: the string in a context where it is part of the text."""
    around = re.sub(r"⟦[^⟦⟧]*⟧", " ", context)
    words = " ".join(around.split()).split(" ")
    if candidate_type == "prefix":  # in the sentence instead of before it
        return f"{text} {' '.join(words)[:1].lower()}{' '.join(words)[1:]}"
    if candidate_type == "suffix":  # after a word instead of a sentence
        return f"{words[0].strip('.!?…')} - {text}"
    if candidate_type == "inline":  # without its last word
        return f"{text.rsplit(' ', 1)[0]} {words[0]}"
    return f"{text} {words[0]}".strip() if words[0] else f"{text} x"


def _slug(text: str) -> str:
    """Return a string as part of a rule id: at most 30 small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:30].strip("-") or "string"


def _value(value: object, *, raw: bool = False) -> str:
    """Format a value as TOML; a printable string with `raw` as a multi-line literal string, which keeps a pattern's backslashes."""
    if isinstance(value, list):
        return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    # A literal string has no escapes.
    return f"'''{value}'''" if raw and value.isprintable() and "'''" not in f"{value}'" else toml_string(value)
