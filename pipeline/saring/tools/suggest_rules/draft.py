"""Candidates for noise as rules in TOML, each with cases made of the places where it was found."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.config.rules import parse_rule
from saring.config.toml_table import Table, quoted
from saring.core.errors import ConfigError
from saring.noise.rule_cases import failing_cases

if TYPE_CHECKING:
    from saring.config.rules import Rule

__all__ = ["Suggestion", "draft_rules"]

_KINDS = {"line": "navigation", "headline": "related", "prefix": "spam", "suffix": "spam", "inline": "spam"}
_REASONS = {
    "line": "stands on {pages} pages of {group}",
    "headline": "the title of another page of {group}",
    "prefix": "glued before sentences on {pages} pages of {group}",
    "suffix": "glued behind sentences on {pages} pages of {group}",
    "inline": "stands between unrelated sentences on {pages} pages of {group}",
}
#: So many of each kind are drafted: nobody reads more.
MOST = 200

_ORDER = ("prefix", "suffix", "inline", "headline", "line")


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """One rule that a corpus suggests.

    Attributes:
        what: a `line` that pages repeat, a `headline` of another page, a `prefix` or `suffix` glued to sentences, an `inline` string.
        group: the site, or what counts as one where pages state none.
        text: the string.
        pages: on how many pages of the group it stands, copies of a page counted once.
        places: how often it stands there.
        contexts: some of the places, with the string between ⟦ and ⟧.
        toml: a rule that cuts it, ready for corpus.toml or a pack.
    """

    what: str
    group: str
    text: str
    pages: int
    places: int
    contexts: tuple[str, ...]
    toml: str


def draft_rules(candidates: pl.DataFrame) -> list[Suggestion]:
    """Return candidates as rules, injected strings first, then by how many pages they are on.

    Args:
        candidates: columns of `repeated.CANDIDATE`.

    Returns:
        Only those whose rule holds its own cases; at most 200 of each kind.
    """
    # What `literals` and cases can spell.
    plain = ~pl.col("text").str.contains_any(["⟦", "⟧"])
    composed = candidates.filter((pl.col("text") == pl.col("text").str.normalize("NFC")) & plain)
    best = composed.sort("pages", "places", "text", descending=[True, True, False]).group_by("what", maintain_order=True).head(MOST)
    pairs = [(one, rule) for one in map(_drafted, best.iter_rows(named=True)) if (rule := _parsed(one)) is not None]
    drafted, parsed = [one for one, _ in pairs], [rule for _, rule in pairs]
    # Together first: one query for all. What another rule of them cuts is tried again alone.
    doubtful = {failure.rule for failure in failing_cases(parsed)} if parsed else set()
    ready = [one for one, rule in zip(drafted, parsed, strict=True) if rule.id not in doubtful or not failing_cases([rule])]
    return sorted(ready, key=lambda one: (_ORDER.index(one.what), -one.pages, -one.places, one.group, one.text))


def _parsed(one: Suggestion) -> Rule | None:
    """Return a suggested rule; None where its text is one that no rule can be written for."""
    try:
        return parse_rule(Table(tomllib.loads(one.toml)["rule"][0], file="suggested"))
    except ConfigError:
        return None


def _drafted(row: dict[str, Any]) -> Suggestion:
    site = row.pop("site")
    named = {**row, "contexts": tuple(row["contexts"]), "group": row["group"] or "this folder"}
    return Suggestion(**named, toml=_toml(named, site))


def _toml(row: dict[str, Any], site: str | None) -> str:
    what, text = row["what"], row["text"]
    # A brand is glued before sentences in the middle of lines too.
    scope = {"headline": "line", "prefix": "inline"}.get(what, what)
    tail = hashlib.sha256(f"{what} {row['group']} {text}".encode()).hexdigest()[:6]  # two strings may have one slug
    entries = {
        "id": f"{_slug(text)}-{tail}",
        "kind": _KINDS[what],
        "reason": _REASONS[what].format(**row),
        "scope": scope,
        **_look(what, text),
        **({"sites": [site]} if site else {}),
        "fires": list(row["contexts"]),
        "spares": [_spared(what, text, row["contexts"][0])],
    }
    return "[[rule]]\n" + "".join(f"{key} = {_value(value, raw=key == 'pattern')}\n" for key, value in entries.items())


def _look(what: str, text: str) -> dict[str, Any]:
    """Return the keys that say what the rule cuts."""
    escaped = re.sub(r"([\\.+*?()|\[\]{}^$#&~-])", r"\\\1", text)
    if what == "prefix":
        return {
            "exact": True,
            "needs": [text.lower()],
            "pattern": rf"""(?P<before>^|[.!?…]["”’»)]?\s+)(?P<cut>{escaped}\s*[-–—|]+\s+)(?P<after>["“«„‘(]?\s?\p{{Lu}})""",
        }
    if what == "suffix":
        return {
            "exact": True,
            "needs": [text.lower()],
            "pattern": rf"""(?P<before>[.!?…](?:\s?["”’»)])?)(?P<cut>\s+[-–—|]+\s*{escaped}\.?)""",
        }
    return {"literals": [text]}


def _spared(what: str, text: str, context: str) -> str:
    """Return a near miss: the string without what makes it noise."""
    beside = re.sub(r"⟦[^⟦⟧]*⟧", " ", context)
    words = " ".join(beside.split()).split(" ")
    if what == "prefix":  # in the sentence instead of before it
        return f"{text} {' '.join(words)[:1].lower()}{' '.join(words)[1:]}"
    if what == "suffix":  # behind a word instead of a sentence
        return f"{words[0].strip('.!?…')} - {text}"
    if what == "inline":  # not all of it
        return f"{text.rsplit(' ', 1)[0]} {words[0]}"
    return f"{text} {words[0]}".strip() if words[0] else f"{text} x"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:30].strip("-") or "string"


def _value(value: object, *, raw: bool = False) -> str:
    if isinstance(value, list):
        return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    # Between three apostrophes nothing can be escaped.
    return f"'''{value}'''" if raw and value.isprintable() and "'''" not in f"{value}'" else quoted(value)
