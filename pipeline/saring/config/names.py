"""The registry of names as corpus.toml and the packs have it, and what is wrong with one: cycles, variants of two names, common words.

[[name]]                             in corpus.toml, or in a pack (pipeline/saring/rules/names/*.toml)
[names]  packs = ["platforms"]       packs to use; `off` leaves names of theirs out
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from saring.config import language_tags, rules
from saring.config.settings import Name, ScopedVariants
from saring.config.toml_table import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saring.config.toml_table import Table

__all__ = ["KINDS", "common_words", "languages", "load_pack", "pack_names", "parse_names"]

KINDS = ("organisation", "person", "place", "product")

_HERE = rules.FOLDER / "names"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claim:
    """A variant as it stands in the file: `at` is its path there."""

    variant: str
    index: int
    scope: ScopedVariants
    at: str


def parse_names(table: Table) -> tuple[Name, ...]:
    """Take `[[name]]` and `[names]` out of a table, and add the packs that it asks for.

    What the table says itself comes before the packs: a spelling that it registers is left out of them.

    Raises:
        ConfigError: a key is unknown or of the wrong type, or a variant cannot be corrected for sure; says which and what to do.
    """
    entries = table.tables("name")
    own = tuple(_name(entry) for entry in entries)
    _check(entries, own)
    chosen = table.table("names")
    wanted, off = chosen.strings("packs"), chosen.strings("off")
    for index, pack in enumerate(wanted):
        if pack not in pack_names():
            hint = "They stand in pipeline/saring/rules/names/."
            raise chosen.error(f"packs[{index}]", expected=f"one of {', '.join(pack_names())}", found=repr(pack), hint=hint)
    shipped = tuple(name for pack in wanted for name in load_pack(pack))
    for index, canonical in enumerate(off):
        if canonical not in {name.canonical for name in shipped}:
            hint = "Write its canonical spelling, or remove it."
            raise chosen.error(f"off[{index}]", expected="a name of the packs", found=repr(canonical), hint=hint)
    chosen.done()
    return own + tuple(_without(name, own) for name in shipped if name.canonical not in off)


def pack_names() -> tuple[str, ...]:
    """Return what `[names] packs` may choose from."""
    return tuple(sorted(file.stem for file in _HERE.glob("*.toml")))


@functools.cache
def load_pack(pack: str) -> tuple[Name, ...]:
    """Return the names of a pack.

    Raises:
        ConfigError: the pack is not as it should be.
    """

    def parse_pack(table: Table) -> tuple[Name, ...]:
        entries = table.tables("name")
        names = tuple(replace(_name(entry), pack=pack) for entry in entries)
        _check(entries, names)
        return names

    return read_table(_HERE / f"{pack}.toml", parse_pack)


@functools.cache
def common_words() -> dict[str, frozenset[str]]:
    """Return for each language that has a list the words that no variant may be: the most frequent of the language, in lower case."""
    files = (_HERE.parent / "words" / "common").glob("*.txt")
    return {file.stem: frozenset(rules.word_list(f"common/{file.stem}")) for file in sorted(files)}


def languages(table: Table, key: str = "languages") -> tuple[str, ...]:
    """Return an array of languages by their ISO 639 codes, however they are stated (`language_tags`)."""
    return language_tags.parse_languages(table, key)


def _name(table: Table) -> Name:
    canonical = _composed(table.required("canonical"))
    full = table.string("full")
    name = Name(
        canonical=canonical,
        kind=table.choice("kind", KINDS, "person"),
        variants=_spellings(table),
        languages=languages(table),
        near=table.strings("near"),
        not_near=table.strings("not_near"),
        full=_composed(full) if full else None,
        scripts=_scripts(table.table("scripts")),
        scoped=tuple(_scoped(entry) for entry in table.tables("scoped")),
    )
    if name.full is not None and (canonical not in name.full or canonical == name.full):
        hint = f'Write the canonical spelling in it: full = "Given {canonical}".'
        raise table.error("full", expected=f"the name in full, with {canonical!r} in it", found=repr(name.full), hint=hint)
    table.done()
    return name


def _scoped(table: Table) -> ScopedVariants:
    scoped = ScopedVariants(
        variants=_spellings(table), languages=languages(table), near=table.strings("near"), not_near=table.strings("not_near")
    )
    if not scoped.variants:
        raise table.error("variants", expected="at least one spelling", found="none", hint="Add it, or remove the table.")
    table.done()
    return scoped


def _scripts(table: Table) -> tuple[tuple[str, str], ...]:
    scripts = []
    for code in table.left():
        if not re.fullmatch(r"[A-Z][a-z]{3}", code):
            raise table.error(code, expected="an ISO 15924 code such as Cyrl", found=repr(code), hint="Correct it.")
        scripts.append((code, _composed(table.required(code))))
    table.done()
    return tuple(scripts)


def _spellings(table: Table) -> tuple[str, ...]:
    return tuple(_composed(variant) for variant in table.strings("variants"))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _claims(names: Sequence[Name]) -> Iterator[_Claim]:
    for index, name in enumerate(names):
        for number, scope in enumerate(name.groups, start=-1):
            group = f"scoped[{number}]." if number >= 0 else ""
            for place, variant in enumerate(scope.variants):
                yield _Claim(variant=variant, index=index, scope=scope, at=f"{group}variants[{place}]")


def _check(entries: Sequence[Table], names: Sequence[Name]) -> None:
    """Refuse what could not be corrected for sure."""
    canonical = {name.canonical: index for index, name in reversed(list(enumerate(names)))}
    claimed: dict[str, list[_Claim]] = {}
    for claim in _claims(names):
        table, variant = entries[claim.index], claim.variant
        if variant == names[claim.index].canonical:
            hint = "Remove it: a name needs no correction to itself."
            raise table.error(claim.at, expected="another spelling", found=repr(variant), hint=hint)
        expected = "a spelling of one name only"
        for other in claimed.setdefault(variant, []):
            if other.index != claim.index and _meet(other.scope, claim.scope):
                found = f"{variant!r}, which belongs to the name {names[other.index].canonical!r} too"
                hint = "Remove it from one of them, or give each the languages it counts in."
                raise table.error(claim.at, expected=expected, found=found, hint=hint)
        if variant in canonical:  # a chain or a cycle: a correction that is corrected again
            found = f"{variant!r}, which is the canonical spelling of name[{canonical[variant]}]"
            raise table.error(claim.at, expected=expected, found=found, hint="Remove it here, or make the two names one.")
        claimed[variant].append(claim)
        if not claim.scope.near:
            _refuse_common(table, claim)


def _meet(one: ScopedVariants, other: ScopedVariants) -> bool:
    """Return whether both scopes can hold in one place: for sure they cannot only where they name different languages."""
    return not one.languages or not other.languages or bool(set(one.languages) & set(other.languages))


def _refuse_common(table: Table, claim: _Claim) -> None:
    word = claim.variant.lower()
    known = common_words()
    for code in sorted(set(claim.scope.languages or known) & set(known)):
        if word in known[code]:
            hint = 'Remove it, leave that language out of its languages, or say beside which words it is the name: near = ["..."].'
            expected = "a spelling that is no common word"
            raise table.error(claim.at, expected=expected, found=f"{claim.variant!r}, a common word of the language {code!r}", hint=hint)


def _without(name: Name, own: Sequence[Name]) -> Name:
    """Return a name of a pack without the variants that the corpus registers itself."""
    taken = {claim.variant for claim in _claims(own)} | {other.canonical for other in own}
    kept = [replace(group, variants=tuple(variant for variant in group.variants if variant not in taken)) for group in name.groups]
    return replace(name, variants=kept[0].variants, scoped=tuple(group for group in kept[1:] if group.variants))
