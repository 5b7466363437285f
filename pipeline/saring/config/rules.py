"""Rule packs: what noise looks like, as TOML, one file a kind of noise.

A rule says what it cuts (`scope` and a pattern, literals or features of the line), why (`reason`), and proves it with cases of its own:
texts in which it `fires`, with what it cuts between ⟦ and ⟧, and near misses that it `spares`.
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

#: What a rule may cut, and what that is called in the ledger and in the table of removals.
KINDS = {
    "ad": "labels and boxes of advertisements",
    "boilerplate": "lines around the page's text that the classifier takes for no part of it",
    "byline": "the writer's, editor's or translator's name as a line of its own",
    "caption": "captions and credits of pictures",
    "comment": "comment forms, counters and lists",
    "copyright": "copyright tails",
    "dateline": "place, agency or date before the first sentence, or as a line of its own",
    "icon": "names of icons that stood for pictures",
    "image": "file names of pictures",
    "inset": "lines between the page's own paragraphs that the classifier takes for no part of them",
    "login": "demands to log in, subscribe or accept cookies",
    "navigation": "menus, breadcrumbs, tags and links of the page itself",
    "related": "headlines of other pages",
    "share": "share and follow widgets",
    "spam": "strings injected into sentences",
}

SCOPES = {
    "line": "the whole line",
    "prefix": "the start of a line",
    "suffix": "the end of a line",
    "inline": "any place in a line",
    "block": "the line and what follows it",
}

#: Fields that a cut may fill instead of vanishing.
CAPTURES = ("created", "site")

#: Features of a line that a rule may bound; `pipeline/saring/noise/line_features.py` computes them. Those that answer yes or no are 1 or 0.
FEATURES = {
    "characters": "length in code points, without white space around it",
    "words": "runs of anything but white space",
    "title_case": "share of words that begin with a capital, words that headlines leave small aside",
    "sentence_end": "whether it ends as a sentence does",
    "prose_before": "whether the nearest line above that is not blank is prose",
    "prose_after": "whether the nearest line below that is not blank is prose",
    "prose_above": "lines of prose above it",
    "prose_below": "lines of prose below it",
    "outside": "whether no prose is above it, or none below it",
    "from_start": "lines above it that are not blank",
    "from_end": "lines below it that are not blank",
    "figures_above": "how many of the three lines above it that are not blank hold digits and are no prose",
}

#: The packs that come with saring, the most specific first: where several rules cut a line, the first names the cut.
PACKS = ("spam", "ad", "icon", "image", "caption", "comment", "share", "login", "related", "dateline", "byline", "copyright", "navigation")

_BESIDE = ("above", "below", "around")
_UNTIL = ("prose", "blank", "end")
#: The folder of packs and word lists that come with saring.
FOLDER = Path(__file__).parents[1] / "rules"


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Bounds of a feature, both included; `None` is no bound."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A text, and the spans of it that a rule cuts."""

    text: str
    cuts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a pack or of corpus.toml.

    Attributes:
        id: unique among all rules; stands in the ledger.
        kind: a key of `KINDS`.
        reason: why this is noise, for a person.
        scope: a key of `SCOPES`.
        literals: strings compared without regard to case; a whole line for `line` and `block`, else a part of it.
        pattern: a regular expression of Rust's regex crate (linear time, no look-around); a whole line for `line` and `block`. Named
            groups `before`, `cut` and `after` that together match all the pattern matches narrow the cut to `cut`.
        unless: a regular expression of what the rule leaves alone although it matches: a whole line, or for `prefix`, `suffix` and `inline` the
            part that would go. Upper and lower case are told apart.
        needs: strings (in lower case) one of which a line must contain before the pattern is tried at all: for speed.
        features: bounds on features of the line.
        beside: where it has to stand next to a line that a rule without `beside` cuts, at once or through other lines that could be cut
            so: `above`, `below` or `around` it. None is anywhere.
        until: for `block`, where it ends: before the next line of prose, before a blank line, or at the end of the text.
        exact: whether upper and lower case are told apart.
        languages: the rule is for documents in these languages, as stated or else as identified from their prose; empty is all.
        sites: the rule is for pages of these sites only; empty is all.
        capture: the field that the cut text fills.
        value: a pattern for the part of the cut that fills the field; None is all of it.
        fires, spares: the rule's own cases.
        file: where it stands.
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
    """Return the rules of these packs, by default `PACKS`, in the order of file and place.

    Raises:
        ConfigError: a pack is not as it should be, or two rules have one id.
    """
    packs = [FOLDER / f"{name}.toml" for name in PACKS] if files is None else files
    rules = [rule for pack in packs for rule in read_table(pack, lambda table: [parse_rule(entry) for entry in table.tables("rule")])]
    check_unique_ids(rules)
    return tuple(rules)


def is_shipped(rule: Rule) -> bool:
    """Return whether a rule stands in a pack that comes with saring, not in corpus.toml or a pack of a person's own."""
    return Path(rule.file).parent == FOLDER


@functools.cache
def word_list(name: str) -> tuple[str, ...]:
    """Return a word list that comes with saring: `words/NAME.txt`, one word a line, `#` begins a comment."""
    rows = (FOLDER / "words" / f"{name}.txt").read_text("utf-8").splitlines()
    return tuple(row for row in rows if row and not row.startswith("#"))


def check_unique_ids(rules: Iterable[Rule]) -> None:
    """Refuse two rules of one id: the ledger could not say which of them cut.

    Raises:
        ConfigError: names the id and both files.
    """
    first: dict[str, Rule] = {}
    for rule in rules:
        other = first.setdefault(rule.id, rule)
        if other is not rule:
            found = f"{rule.id!r}, which stands in {other.file} too"
            raise ConfigError(file=rule.file, path="rule", expected="ids that no other rule has", found=found, hint="Rename one of them.")


def parse_rule(table: Table) -> Rule:
    """Parse one `[[rule]]`.

    Raises:
        ConfigError: a key is unknown, missing, of the wrong type, or does not go with the scope; or the pattern is not valid.
    """
    scope = table.choice("scope", SCOPES, "line")
    literals = tuple(_folded(table, index, text) for index, text in enumerate(table.strings("literals")))
    rule = Rule(
        id=table.required("id"),
        kind=table.choice("kind", KINDS),
        reason=table.required("reason", "Say why this is noise: it is shown to whoever asks why it was cut."),
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
        hint = "Say what it looks like. Features alone go with the scopes line and block."
        raise table.error("pattern", expected="pattern, literals or features", found="none of them", hint=hint)
    if not rule.fires or not rule.spares:
        key = "spares" if rule.fires else "fires"
        raise table.error(key, expected="at least one case", found="none", hint="Write a text it cuts, and a near miss that it must not.")
    table.done()
    return rule


def _folded(table: Table, index: int, text: str) -> str:
    if text != unicodedata.normalize("NFC", text):
        raise table.error(f"literals[{index}]", expected="NFC", found=f"{text!r} in another form", hint="Save it composed.")
    return text.lower()


def _pattern(table: Table, key: str) -> str | None:
    pattern = table.string(key)
    if pattern is not None:
        try:
            pl.select(pl.lit("").str.contains(pattern))
        except pl.exceptions.ComputeError as error:
            reason = str(error).split("error: ")[-1].split("\n")[0]
            hint = "Patterns are those of Rust's regex crate: no look-around, no back-references."
            raise table.error(key, expected="a regular expression", found=f"{pattern!r} ({reason})", hint=hint) from error
    return pattern


def _features(table: Table) -> tuple[tuple[str, Range], ...]:
    found = []
    for name in FEATURES:
        bounds = table.table(name)
        if bounds.left():
            limits = {"low": float("-inf"), "high": float("inf")}
            found.append((name, Range(low=bounds.number("min", None, **limits), high=bounds.number("max", None, **limits))))
        bounds.done()
    table.done()
    return tuple(found)


def _cases(table: Table, key: str) -> tuple[Case, ...]:
    cases = []
    for index, marked in enumerate(table.strings(key)):
        cuts, text = [], ""
        for number, part in enumerate(marked.replace("⟧", "⟦").split("⟦")):
            if number % 2:
                cuts.append((len(text), len(text) + len(part)))
            text += part
        if marked.count("⟦") != marked.count("⟧"):
            raise table.error(f"{key}[{index}]", expected="as many ⟦ as ⟧", found=repr(marked), hint="Close what is opened.")
        cases.append(Case(text=text, cuts=tuple(cuts)))
    return tuple(cases)
