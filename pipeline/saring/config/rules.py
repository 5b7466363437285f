"""Noise rules: parse rule packs (TOML, one file per kind of noise) and the `[[rule]]` tables of corpus.toml.

A rule states what it deletes (`scope` and a pattern, literals or line features), why (`reason`), and carries its own test cases: texts in which
it `fires`, with the deleted spans between ⟦ and ⟧, and near misses that it `spares`.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from saring.config import language_tags
from saring.config.toml_table import Table, read_table
from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CAPTURES",
    "FEATURES",
    "HEAD_RULES",
    "KINDS",
    "PACKS",
    "SCOPES",
    "Case",
    "Range",
    "Rule",
    "check_unique_ids",
    "is_shipped",
    "load_packs",
    "parse_rule",
    "word_list",
]

#: Kinds of noise, as recorded in the ledger, with the description shown in the table of removals.
KINDS = {
    "ad": "labels and boxes of advertisements",
    "boilerplate": "lines before or after the text that the classifier takes for noise",
    "byline": "the writer's, editor's or translator's name as a line of its own",
    "caption": "captions and credits of pictures",
    "comment": "comment forms, counters and lists",
    "copyright": "copyright tails",
    "dateline": "place, agency or date before the first sentence, or as a line of its own",
    "headline": "the page's own headline, kept as its title",
    "icon": "names of icons, in place of the icons themselves",
    "image": "file names of pictures",
    "inset": "lines between paragraphs of the text that the classifier takes for noise",
    "login": "demands to log in, subscribe or accept cookies",
    "navigation": "menus, breadcrumbs, tags and links",
    "related": "headlines of other pages",
    "share": "share and follow widgets",
    "spam": "strings injected into sentences",
}

#: Ids in the ledger of the deletions that `noise.head_lines` makes, with their kinds: `[noise]` switches them off as it does rules.
HEAD_RULES = {"page-headline": "headline", "page-byline": "byline", "page-date": "dateline", "page-byline-date": "byline"}

#: What a rule deletes when it matches.
SCOPES = {
    "line": "the whole line",
    "prefix": "the start of a line",
    "suffix": "the end of a line",
    "inline": "any place in a line",
    "block": "the line and what follows it",
}

#: Document fields that the text deleted by a rule may fill.
CAPTURES = ("created", "site")

#: Features of a line on which a rule may set bounds; computed by `pipeline/saring/noise/line_features.py`. Boolean features are 1 or 0.
FEATURES = {
    "characters": "length in code points, without surrounding white space",
    "words": "number of words, separated by white space",
    "title_case": "share of words that begin with a capital, not counting words that headlines write in lower case",
    "sentence_end": "whether it ends like a sentence",
    "prose_before": "whether the nearest non-blank line above is prose",
    "prose_after": "whether the nearest non-blank line below is prose",
    "prose_above": "number of lines of prose above",
    "prose_below": "number of lines of prose below",
    "outside": "whether there is no prose above, or none below",
    "from_start": "number of non-blank lines above",
    "from_end": "number of non-blank lines below",
    "figures_above": "how many of the three nearest non-blank lines above contain digits and are not prose",
    "table_rows": "how many lines in a row, with it, have as many vertical bars (|) as it has; 0 for a line without any",
}

#: The rule packs that come with saring, most specific first: if several rules match a line, the first is recorded in the ledger.
PACKS = ("spam", "ad", "icon", "image", "caption", "comment", "share", "login", "related", "dateline", "byline", "copyright", "navigation")

_BESIDE = ("above", "below", "around")
_UNTIL = ("prose", "blank", "end")
#: The folder of the rule packs and word lists that come with saring.
FOLDER = Path(__file__).parents[1] / "rules"


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Inclusive bounds on a numeric feature of a line, such as its number of words (`FEATURES`); `None` is unbounded."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A test case of a rule: a text, and the spans of it (code points, end exclusive) that the rule deletes, none for a near miss."""

    text: str
    cuts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One noise rule, of a rule pack or of corpus.toml.

    Attributes:
        id: unique among all rules; recorded in the ledger.
        kind: a key of `KINDS`.
        reason: why the matched text is noise, for a person.
        scope: a key of `SCOPES`.
        literals: strings to match, ignoring case: a full line for `line` and `block`, a part of it for other scopes.
        pattern: a regular expression of Rust's regex crate (linear time, no look-around), which must match a full line for `line` and `block`.
            Named groups `before`, `cut` and `after` that together cover the match restrict the deletion to `cut`.
        unless: a regular expression that exempts a match: it is compared with the full line or, for `prefix`, `suffix` and `inline`, with the
            part to be deleted. Case-sensitive.
        needs: lower-case strings, one of which a line must contain before the pattern is tried; they only make matching faster.
        features: bounds on line features.
        beside: position relative to a line deleted by a rule without `beside`, directly or through other lines that match this rule: `above`,
            `below` or `around` it. None is anywhere.
        until: for `block`, where the deletion ends: before the next line of prose, before a blank line, or at the end of the text.
        exact: match case-sensitively.
        languages: ISO 639 codes; the rule applies only to documents in these languages, as declared or else identified. Empty is all.
        sites: the rule applies only to pages of these sites. Empty is all.
        capture: the document field that the deleted text fills.
        value: a pattern for the part of the deleted text that fills the field; None is all of it.
        fires, spares: the rule's own test cases.
        file: the file that defines the rule.
    """

    id: str
    kind: str
    reason: str
    scope: str
    literals: tuple[str, ...] = ()
    pattern: str | None = None
    unless: str | None = None
    needs: tuple[str, ...] = ()
    features: tuple[tuple[str, Range], ...] = ()
    beside: str | None = None
    until: str = "prose"
    exact: bool = False
    languages: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    capture: str | None = None
    value: str | None = None
    fires: tuple[Case, ...] = ()
    spares: tuple[Case, ...] = ()
    file: str = ""


def load_packs(files: Iterable[Path] | None = None) -> tuple[Rule, ...]:
    """Load the rules of rule packs, in the order of the files and of the rules in each.

    Args:
        files: the packs; by default `PACKS`, those that come with saring.

    Raises:
        ConfigError: a pack is invalid, or two rules have the same id.
    """
    packs = [FOLDER / f"{name}.toml" for name in PACKS] if files is None else files
    rules = [rule for pack in packs for rule in read_table(pack, lambda table: [parse_rule(entry) for entry in table.tables("rule")])]
    check_unique_ids(rules)
    return tuple(rules)


def is_shipped(rule: Rule) -> bool:
    """Return whether a rule comes from a rule pack shipped with saring, not from corpus.toml or a user's own pack."""
    return Path(rule.file).parent == FOLDER


@functools.cache
def word_list(name: str) -> tuple[str, ...]:
    """Load a word list that comes with saring: `words/NAME.txt`, one word per line, comments after `#`."""
    lines = (FOLDER / "words" / f"{name}.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def check_unique_ids(rules: Iterable[Rule]) -> None:
    """Reject rules with the same id: the ledger could not tell their deletions apart.

    Raises:
        ConfigError: two rules have the same id; names the id and both files.
    """
    rules_by_id: dict[str, Rule] = {}
    for rule in rules:
        earlier = rules_by_id.setdefault(rule.id, rule)
        if earlier is not rule:
            found = f"{rule.id!r}, which is also in {earlier.file}"
            raise ConfigError(file=rule.file, path="rule", expected="an id that no other rule has", found=found, hint="Rename one of them.")


def parse_rule(table: Table) -> Rule:
    """Parse one `[[rule]]` table of a rule pack or of corpus.toml.

    Raises:
        ConfigError: a key is unknown, missing, of the wrong type or incompatible with the scope, or a pattern is invalid.
    """
    scope = table.choice("scope", SCOPES, "line")
    literals = tuple(_folded(table, index, text) for index, text in enumerate(table.strings("literals")))
    rule = Rule(
        id=table.required("id"),
        kind=table.choice("kind", KINDS),
        reason=table.required("reason", "Write why this is noise: it explains the deletion to reviewers."),
        scope=scope,
        literals=literals,
        pattern=_pattern(table, "pattern"),
        unless=_pattern(table, "unless"),
        needs=tuple(text.lower() for text in table.strings("needs")),
        features=_features(table.table("features")),
        beside=table.choice("beside", _BESIDE, None),
        until=table.choice("until", _UNTIL, "prose"),
        exact=table.flag("exact", default=False),
        languages=language_tags.parse_languages(table, "languages"),
        sites=table.strings("sites"),
        capture=table.choice("capture", CAPTURES, None),
        value=_pattern(table, "value"),
        fires=_cases(table, "fires"),
        spares=_cases(table, "spares"),
        file=table.file,
    )
    if not (rule.literals or rule.pattern or (rule.features and scope in ("line", "block"))):
        hint = "Add one of them. Features alone work only with the scopes line and block."
        raise table.error("pattern", expected="pattern, literals or features", found="none of them", hint=hint)
    if not rule.fires or not rule.spares:
        key = "spares" if rule.fires else "fires"
        raise table.error(
            key, expected="at least one case", found="none", hint="Write a text in which it deletes something, and a near miss."
        )
    table.done()
    return rule


def _folded(table: Table, index: int, text: str) -> str:
    """Return a literal string of a rule in lower case, for matching without regard to case.

    Args:
        table: the rule's table, for errors.
        index: the position of the literal in its key `literals`, for errors.
        text: the literal.

    Raises:
        ConfigError: the literal is not in Unicode normalisation form C.
    """
    if text != unicodedata.normalize("NFC", text):
        raise table.error(
            f"literals[{index}]", expected="NFC", found=f"{text!r} in another form", hint="Write it with composed characters (NFC)."
        )
    return text.lower()


def _pattern(table: Table, key: str) -> str | None:
    """Parse a key that holds a regular expression, which Polars must be able to compile; None if it is missing.

    Raises:
        ConfigError: the expression is invalid.
    """
    pattern = table.string(key)
    if pattern is not None:
        try:
            pl.select(pl.lit("").str.contains(pattern))
        except pl.exceptions.ComputeError as error:
            reason = str(error).split("error: ")[-1].split("\n")[0]
            hint = "The syntax is that of Rust's regex crate: no look-around, no back-references."
            raise table.error(key, expected="a regular expression", found=f"{pattern!r} ({reason})", hint=hint) from error
    return pattern


def _features(table: Table) -> tuple[tuple[str, Range], ...]:
    """Parse the line features of a rule: pairs of a feature name and its bounds, in the order of `FEATURES`."""
    ranges = []
    for name in FEATURES:
        bounds = table.table(name)
        if bounds.remaining_keys():
            limits = {"low": float("-inf"), "high": float("inf")}
            ranges.append((name, Range(low=bounds.number("min", None, **limits), high=bounds.number("max", None, **limits))))
        bounds.done()
    table.done()
    return tuple(ranges)


def _cases(table: Table, key: str) -> tuple[Case, ...]:
    """Parse the test cases of a rule; deleted spans are marked with ⟦ and ⟧.

    Raises:
        ConfigError: the brackets of a case do not pair.
    """
    cases = []
    for index, marked in enumerate(table.strings(key)):
        cuts, text = [], ""
        for number, part in enumerate(marked.replace("⟧", "⟦").split("⟦")):
            if number % 2:
                cuts.append((len(text), len(text) + len(part)))
            text += part
        if marked.count("⟦") != marked.count("⟧"):
            raise table.error(f"{key}[{index}]", expected="as many ⟦ as ⟧", found=repr(marked), hint="Close each ⟦ with ⟧.")
        cases.append(Case(text=text, cuts=tuple(cuts)))
    return tuple(cases)
