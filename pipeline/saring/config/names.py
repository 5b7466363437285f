"""The name registry: parse names and their variants from corpus.toml and name packs, and reject ambiguous ones.

    [[name]]                         one name, in corpus.toml or in a pack (pipeline/saring/rules/names/*.toml)
    [names]  packs = ["platforms"]   the packs to use; `off` excludes some of their names

Rejected are variants that would be corrected twice (chains and cycles), variants of two names, and common words.
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

__all__ = ["KINDS", "common_words", "load_pack", "pack_names", "parse_names"]

KINDS = ("organisation", "person", "place", "product")

#: The folder of the name packs that come with saring.
_PACK_FOLDER = rules.FOLDER / "names"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claim:
    """One variant of one name of a registry, with its position, for the check that no two names claim the same variant.

    Attributes:
        variant: the spelling.
        index: index of its name in the registry.
        scope: the group of variants that it belongs to, with the conditions under which these are corrected.
        path: its key within the name's table, such as `variants[0]`, for error messages.
    """

    variant: str
    index: int
    scope: ScopedVariants
    path: str


def parse_names(table: Table) -> tuple[Name, ...]:
    """Parse `[[name]]` and `[names]` of corpus.toml, and add the names of the selected packs.

    The corpus' own names take precedence: variants that they register are removed from those of the packs.

    Raises:
        ConfigError: a key is unknown or of the wrong type, or a variant is ambiguous; states which and what to do.
    """
    entries = table.tables("name")
    own = tuple(_name(entry) for entry in entries)
    _check_unambiguous(entries, own)
    selection = table.table("names")
    packs, off = selection.strings("packs"), selection.strings("off")
    for index, pack in enumerate(packs):
        if pack not in pack_names():
            hint = "The packs are the files in pipeline/saring/rules/names/."
            raise selection.error(f"packs[{index}]", expected=f"one of {', '.join(pack_names())}", found=repr(pack), hint=hint)
    shipped = tuple(name for pack in packs for name in load_pack(pack))
    for index, canonical in enumerate(off):
        if canonical not in {name.canonical for name in shipped}:
            hint = "Write its canonical spelling, or remove it."
            raise selection.error(f"off[{index}]", expected="a name in one of the packs", found=repr(canonical), hint=hint)
    selection.done()
    return own + tuple(_without_own_variants(name, own) for name in shipped if name.canonical not in off)


def pack_names() -> tuple[str, ...]:
    """Return the names of the name packs that come with saring, from which `[names] packs` selects."""
    return tuple(sorted(file.stem for file in _PACK_FOLDER.glob("*.toml")))


@functools.cache
def load_pack(pack: str) -> tuple[Name, ...]:
    """Load the names of one name pack.

    Args:
        pack: one of `pack_names()`.

    Raises:
        ConfigError: the file of the pack is invalid.
    """

    def parse_pack(table: Table) -> tuple[Name, ...]:
        entries = table.tables("name")
        names = tuple(replace(_name(entry), pack=pack) for entry in entries)
        _check_unambiguous(entries, names)
        return names

    return read_table(_PACK_FOLDER / f"{pack}.toml", parse_pack)


@functools.cache
def common_words() -> dict[str, frozenset[str]]:
    """Load the most frequent words of each language that has a list, in lower case; an unconditional variant must not be one of them."""
    files = (_PACK_FOLDER.parent / "words" / "common").glob("*.txt")
    return {file.stem: frozenset(rules.word_list(f"common/{file.stem}")) for file in sorted(files)}


def _name(table: Table) -> Name:
    """Parse one `[[name]]` table: the canonical spelling of a name, its variants and their conditions."""
    canonical = _nfc(table.required("canonical"))
    full = table.string("full")
    name = Name(
        canonical=canonical,
        kind=table.choice("kind", KINDS, "person"),
        variants=_spellings(table),
        languages=language_tags.parse_languages(table, "languages"),
        near=table.strings("near"),
        not_near=table.strings("not_near"),
        full=_nfc(full) if full else None,
        scripts=_scripts(table.table("scripts")),
        scoped=tuple(_scoped(entry) for entry in table.tables("scoped")),
    )
    if name.full is not None and (canonical not in name.full or canonical == name.full):
        hint = f'Write the full name with the canonical spelling in it: full = "Given {canonical}".'
        raise table.error("full", expected=f"the full name, with {canonical!r} in it", found=repr(name.full), hint=hint)
    table.done()
    return name


def _scoped(table: Table) -> ScopedVariants:
    """Parse one entry of `scoped` of a `[[name]]`: variants with their own conditions."""
    scoped = ScopedVariants(
        variants=_spellings(table),
        languages=language_tags.parse_languages(table, "languages"),
        near=table.strings("near"),
        not_near=table.strings("not_near"),
    )
    if not scoped.variants:
        raise table.error("variants", expected="at least one spelling", found="none", hint="Add it, or remove the table.")
    table.done()
    return scoped


def _scripts(table: Table) -> tuple[tuple[str, str], ...]:
    """Parse `scripts` of a `[[name]]`: pairs of an ISO 15924 code and the spelling in that script."""
    scripts = []
    for code in table.remaining_keys():
        if not re.fullmatch(r"[A-Z][a-z]{3}", code):
            raise table.error(code, expected="an ISO 15924 code such as Cyrl", found=repr(code), hint="Correct it.")
        scripts.append((code, _nfc(table.required(code))))
    table.done()
    return tuple(scripts)


def _spellings(table: Table) -> tuple[str, ...]:
    """Parse the variants of a name, normalised to NFC."""
    return tuple(_nfc(variant) for variant in table.strings("variants"))


def _nfc(text: str) -> str:
    """Normalise a string to Unicode normalisation form C."""
    return unicodedata.normalize("NFC", text)


def _claims(names: Sequence[Name]) -> Iterator[_Claim]:
    """Yield each variant of each name of a registry: those of the name itself, then those of its `scoped` groups."""
    for index, name in enumerate(names):
        for number, scope in enumerate(name.groups, start=-1):
            group = f"scoped[{number}]." if number >= 0 else ""
            for place, variant in enumerate(scope.variants):
                yield _Claim(variant=variant, index=index, scope=scope, path=f"{group}variants[{place}]")


def _check_unambiguous(entries: Sequence[Table], names: Sequence[Name]) -> None:
    """Reject a registry in which the correction of a variant is not unique.

    Args:
        entries: the tables of the names, for errors.
        names: the parsed names, in the same order.

    Raises:
        ConfigError: a variant equals a canonical spelling, belongs to two names in overlapping scopes, or is a common word.
    """
    canonical = {name.canonical: index for index, name in reversed(list(enumerate(names)))}
    claimed: dict[str, list[_Claim]] = {}
    for claim in _claims(names):
        table, variant = entries[claim.index], claim.variant
        if variant == names[claim.index].canonical:
            hint = "Remove it: a name needs no correction to itself."
            raise table.error(claim.path, expected="another spelling", found=repr(variant), hint=hint)
        expected = "a spelling of one name only"
        for earlier in claimed.setdefault(variant, []):
            if earlier.index != claim.index and _scopes_overlap(earlier.scope, claim.scope):
                found = f"{variant!r}, which also belongs to the name {names[earlier.index].canonical!r}"
                hint = "Remove it from one of them, or limit each to its own languages."
                raise table.error(claim.path, expected=expected, found=found, hint=hint)
        if variant in canonical:  # a chain or a cycle: the corrected text would be corrected again
            found = f"{variant!r}, which is the canonical spelling of name[{canonical[variant]}]"
            raise table.error(claim.path, expected=expected, found=found, hint="Remove it here, or merge the two names.")
        claimed[variant].append(claim)
        if not claim.scope.near:
            _check_not_common(table, claim)


def _scopes_overlap(a: ScopedVariants, b: ScopedVariants) -> bool:
    """Return whether the conditions of two groups of variants can hold in the same document; disjoint languages exclude each other."""
    return not a.languages or not b.languages or bool(set(a.languages) & set(b.languages))


def _check_not_common(table: Table, claim: _Claim) -> None:
    """Reject a variant of a name that is a common word in a language in which it would be corrected.

    Raises:
        ConfigError: names the variant and the language.
    """
    word = claim.variant.lower()
    words_by_language = common_words()
    for code in sorted(set(claim.scope.languages or words_by_language) & set(words_by_language)):
        if word in words_by_language[code]:
            hint = 'Remove it, leave that language out of its languages, or list words that must be close to it: near = ["..."].'
            expected = "a spelling that is not a common word"
            raise table.error(claim.path, expected=expected, found=f"{claim.variant!r}, a common word of the language {code!r}", hint=hint)


def _without_own_variants(name: Name, own: Sequence[Name]) -> Name:
    """Remove from a pack's name the variants that are variants or canonical spellings of the corpus' own names."""
    taken = {claim.variant for claim in _claims(own)} | {own_name.canonical for own_name in own}
    kept = [replace(group, variants=tuple(variant for variant in group.variants if variant not in taken)) for group in name.groups]
    return replace(name, variants=kept[0].variants, scoped=tuple(group for group in kept[1:] if group.variants))
