"""The reference of corpus.toml: every key that the loader reads, with type and bounds as the loader has them, and the meaning that the settings' docstrings give.

The loader is run on a small configuration while its calls are recorded, so a key that it reads cannot be missing here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from docs.generator.markdown import cell, code, head, table
from saring.config import load, rules, settings
from saring.config.toml_table import Table
from saring.core.tables import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Key", "keys", "render"]

#: The getters of a table, and the type of what each returns.
_TYPES = {
    "string": "string",
    "required": "string",
    "string_or_false": "string or `false`",
    "strings": "array of strings",
    "flag": "boolean",
    "number": "number",
    "integer": "whole number",
    "choice": "string",
    "table": "table",
    "tables": "array of tables",
    "moment": "date or date-time",
}

#: Bounds on every feature of a line: the loader reads `min` and `max` only of those that are bound.
_BOUNDS = ", ".join(f"{feature} = {{ min = 1 }}" for feature in rules.FEATURES)

#: A configuration with every table that the loader goes into only where it is there.
_SAMPLE = f"""
[dataset]
name = "sample"

[[source]]
path = "*"

[[name]]
canonical = "Durov"
scoped = [{{ variants = ["DuRove"] }}]

[[rule]]
id = "sample"
kind = "ad"
reason = "sample"
pattern = "sample"
features = {{ {_BOUNDS} }}
fires = ["⟦sample⟧"]
spares = ["a sample"]

[[exception]]
id = "abcd"
rule = "sample"
keep = "sample"
"""

_TAKEDOWNS = '[[takedown]]\nid = "abcd"\n'

#: Tables in the order of the page: name, whether there may be several, the class whose docstring explains the keys, and what the table is for.
_TABLES = (
    ("dataset", False, settings.Dataset, "What the dataset is called and says of itself on its card. The only table that is required."),
    ("source", True, settings.Source, "Values for all scrapes whose path in `raw/` matches a glob, where the scrape does not say them itself. Of several tables that match, the first that has a value gives it."),
    ("name", True, settings.Name, "One name, the spelling to use, and the spellings to correct. See [correct names](../how-to/correct-names.md)."),
    ("name.scoped", True, settings.ScopedVariants, "More variants of a name, with conditions of their own; inside a `[[name]]`."),
    ("names", False, None, "Names that come with saring: [packs](rules.md#packs-of-names)."),
    ("rule", True, rules.Rule, "A rule of this corpus. See [write and test a rule](../how-to/write-a-rule.md)."),
    ("exception", True, settings.ExemptedText, "A text that a rule must leave alone in one document. See [exempt a text](../how-to/exempt-a-text.md)."),
    ("extract", False, settings.Extract, "How the text of pages is written. See [keep the structure of pages](../how-to/keep-structure.md)."),
    ("noise", False, settings.Noise, "Which rules run, and how the line classifier decides. See [noise](../explanation/noise.md)."),
    ("overlap", False, settings.Overlap, "When two documents count as saying the same. See [duplicates and translations](../explanation/duplicates.md)."),
    ("splits", False, None, "Names and shares of the splits. Any name of lower-case letters, digits and `_` is allowed; the shares add up to 1. Without the table, all documents are in `train`."),
    ("build", False, settings.Build, "Limits of a build."),
    ("publish", False, settings.Publish, "Where to publish. See [publish](../how-to/publish.md)."),
    ("takedown", True, settings.Takedown, "In `takedowns.toml` beside `corpus.toml`, written by `saring takedown`: one page or text that must not be published. See [take down a page](../how-to/take-down.md)."),
)  # fmt: skip

#: Meanings of keys that no class has, or whose class speaks of the values that it gets and not of what a person writes.
_MEANINGS = {
    "source.columns": 'the names that fields have in the records or tables there, such as `{ text = "article", url = "meta.url" }`; dots reach into structs, `false` leaves a field out',
    "name.variants": "spellings to correct, where `languages`, `near` and `not_near` hold",
    "name.scripts": 'spellings to use in documents of another script, by ISO 15924 code, such as `{ Cyrl = "Дуров" }`',
    "rule.kind": "the kind of noise: see [rules](rules.md#kinds-of-noise)",
    "rule.scope": "what the rule removes: the whole line, the start or the end of a line, any place in a line, or the line and what follows it",
    "rule.value": "a pattern for the part of the removed text that fills the field; by default all of it",
    "rule.fires": "texts with what the rule must remove between ⟦ and ⟧; at least one",
    "rule.spares": "near misses that the rule must leave alone; at least one",
    "exception.keep": "the text that stays, quoted from the scrape or from the release",
    "names.packs": "packs to use; by default none",
    "names.off": "canonical spellings of names in the packs that are left out",
    "splits.NAME": "the share of the documents that the split gets, from 0 to 1",
    "takedown.id": "the beginning of the ids of all scrapes of one URL, or of one content where there is no URL",
}

_INTRODUCTION = """
What the corpus is, and how it differs from others. Every table but `[dataset]` is optional. An unknown key is an error, so a typing error is never a silent default; errors say file, place, what was expected, what was found and what to do.
`saring build --config FILE` reads another file than `corpus.toml` in the current folder; without any file, every rule pack runs and no names are corrected.

A sidecar, `NAME.meta.toml` beside a scrape, has the keys `url`, `site`, `title`, `authors`, `created`, `added`, `language`, `license` and `charset`: see
[add scrapes](../how-to/add-scrapes.md#say-what-a-page-cannot-say-of-itself).
"""


class Key(NamedTuple):
    """A key that the loader reads: its table without indices, its name, its type in words, and its default as TOML (empty for none)."""

    table: str
    name: str
    type: str
    default: str


def keys() -> list[Key]:
    """Return every key of corpus.toml and takedowns.toml, in the order in which the loader reads them."""
    with tempfile.TemporaryDirectory() as folder, _recording() as calls:
        file = Path(folder) / "corpus.toml"
        file.write_text(_SAMPLE, encoding="utf-8")
        file.with_name(load.TAKEDOWNS).write_text(_TAKEDOWNS, encoding="utf-8")
        load.load_config(file)
    read = [_key(*call) for call in calls]
    return list(dict.fromkeys(key for key in read if key.table in {name for name, *_ in _TABLES} or key.table.startswith("source.")))


def render() -> str:
    """Return the page.

    Raises:
        LookupError: a key has no meaning in the docstring of its class.
    """
    return head("corpus.toml") + _INTRODUCTION + "".join(_section(*section) for section in _TABLES) + _FEATURES + _features()


@contextlib.contextmanager
def _recording() -> Iterator[list[tuple[str, str, str, dict[str, Any]]]]:
    """Record which getter is called for which key; calls that getters make themselves are left out."""
    calls: list[tuple[str, str, str, dict[str, Any]]] = []
    depth = [0]
    originals = {getter: getattr(Table, getter) for getter in _TYPES}

    def recorder(getter: str) -> Any:  # noqa: ANN401 - stands for any getter
        original = originals[getter]
        signature = inspect.signature(original)

        @functools.wraps(original)
        def call(self: Table, *args: object, **kwargs: object) -> object:
            if not depth[0]:
                bound = signature.bind(self, *args, **kwargs)
                bound.apply_defaults()
                path = re.sub(r"\[\d+\]", "", self.path)
                calls.append((path, str(bound.arguments["key"]), getter, dict(bound.arguments)))
            depth[0] += 1
            try:
                return original(self, *args, **kwargs)
            finally:
                depth[0] -= 1

        return call

    for getter in _TYPES:
        setattr(Table, getter, recorder(getter))
    try:
        yield calls
    finally:
        for getter, original in originals.items():
            setattr(Table, getter, original)


def _key(path: str, name: str, getter: str, arguments: dict[str, Any]) -> Key:
    kind = _TYPES[getter]
    if "low" in arguments and arguments["low"] != float("-inf"):
        low, high = (f"{bound:_}" if isinstance(bound, int) else f"{bound:g}" for bound in (arguments["low"], arguments["high"]))
        kind += f" from {low} to {high}" if name != "keep_at" else " from 0 to `drop_at`"
    if "choices" in arguments:
        kind = "one of " + ", ".join(code(choice) for choice in sorted(arguments["choices"]))
    default = "required" if getter == "required" or (getter == "choice" and arguments["default"] == "") else _toml(arguments.get("default"))
    return Key(path, name, kind, default)


def _toml(value: object) -> str:
    """Return a default as corpus.toml would have it; nothing for an empty one."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:_}" if isinstance(value, int) else str(value)


def _section(name: str, several: bool, explained: type | None, purpose: str) -> str:  # noqa: FBT001 - a row of _TABLES
    heading = f"[[{name}]]" if several else f"[{name}]"
    order = {field.name: place for place, field in enumerate(dataclasses.fields(explained))} if explained else {}
    ordered = sorted((key for key in keys() if key.table == name), key=lambda key: order.get(key.name, 0))
    rows = [_row(name, key, explained) for key in ordered]
    if name == "splits":
        rows = [["`NAME`", "number from 0 to 1", "`train = 1.0`", _MEANINGS["splits.NAME"]]]
    anchor = name.replace(".", "-")
    return f"\n## {code(heading)} {{ #{anchor} }}\n\n{purpose}\n\n{table(['key', 'type', 'default', 'meaning'], rows)}"


def _row(name: str, key: Key, explained: type | None) -> list[str]:
    meaning = _MEANINGS.get(f"{name}.{key.name}") or _meanings(explained).get(key.name)
    if meaning is None and name == "name" and key.name in _meanings(settings.ScopedVariants):
        meaning = _meanings(settings.ScopedVariants)[key.name]
    if meaning is None:
        raise LookupError(f"[{name}] {key.name}: no meaning; write it into the docstring of {explained}")
    if key.name == "columns":
        meaning += f". Fields: {', '.join(code(field) for field in FIELDS)}"
    default = key.default
    meaning = meaning[:1].upper() + meaning[1:].rstrip(".") + "."
    if default != "required" and explained is not None:
        fields = {field.name: field.default for field in dataclasses.fields(explained)}
        default = _toml(fields[key.name]) if fields.get(key.name, dataclasses.MISSING) is not dataclasses.MISSING else default
    return [code(key.name), key.type, default if default == "required" else code(default), cell(meaning)]


@functools.cache
def _meanings(explained: type | None) -> dict[str, str]:
    """Return what a class's docstring says of each of its attributes; one entry may explain several: `fires, spares: ...`."""
    section = inspect.getdoc(explained).partition("Attributes:\n")[2] if explained and inspect.getdoc(explained) else ""  # type: ignore[union-attr]  # is asked for
    meanings = {}
    for entry in re.split(r"\n(?=    \S)", "\n" + section):
        names, _, text = " ".join(entry.split()).partition(": ")
        meanings.update(dict.fromkeys(names.split(", "), text))
    return meanings


_FEATURES = """
## Features of a line { #features }

Keys of `features` in a `[[rule]]`, each a table with `min`, `max` or both, such as `features = { words = { max = 6 }, outside = { min = 1 } }`. Those that answer yes or no are 1 or 0. Features alone go with the scopes `line` and `block`.

"""


def _features() -> str:
    return table(["feature", "what it measures"], [[code(name), cell(meaning)] for name, meaning in rules.FEATURES.items()])
