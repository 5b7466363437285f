"""Add accepted name variants to corpus.toml; every other byte of the file stays as it is.

A TOML library that preserves comments would be one more dependency, for a single kind of edit. So the text is edited in place, and then
both texts are parsed: unless they differ in this one variant and in nothing else, the edit is discarded and a new table is appended.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from saring.config import load_config
from saring.config.toml_table import toml_string
from saring.core.errors import ConfigError, NoInputError
from saring.storage.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["accept_names", "names_toml", "with_variant"]

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*name[ \t]*\]\]", re.MULTILINE)
_ANY_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_VARIANTS = re.compile(r"^[ \t]*variants[ \t]*=[ \t]*\[", re.MULTILINE)
_CANONICAL = re.compile(r"^[ \t]*canonical[ \t]*=.*$", re.MULTILINE)

#: A token of an array of strings: a string, a comment, a bracket or a comma.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'|#[^\n]*|[\[\],]")


def accept_names(file: Path, accepted: Iterable[tuple[str, str]]) -> None:
    """Write accepted name variants into a corpus.toml, atomically.

    Args:
        file: the corpus.toml.
        accepted: pairs of canonical spelling and variant.

    Raises:
        NoInputError: there is no such file.
        ConfigError: the configuration would be invalid with the variants; the file is not changed.
    """
    if not file.is_file():
        raise NoInputError(f"{file}: expected a corpus.toml to write to, found none. Pass --config FILE, or paste what --toml prints.")
    text = file.read_bytes().decode("utf-8")
    for canonical, variant in accepted:
        text = with_variant(text, canonical, variant, str(file))
    with atomic_write(file.resolve()) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
        temporary.chmod(file.stat().st_mode & 0o777)
        try:
            load_config(temporary, "name")
        except ConfigError as error:
            raise ConfigError(
                file=str(file), path=error.path, expected=error.expected, found=error.found, hint=f"{error.hint} Nothing was written."
            ) from error


def with_variant(text: str, canonical: str, variant: str, file: str = "corpus.toml") -> str:
    r"""Return the text of a corpus.toml with one more variant of a name.

    >>> with_variant('[[name]]\ncanonical = "Durov"\nvariants = ["Durow"] # two\n', "Durov", "DuRove")
    '[[name]]\ncanonical = "Durov"\nvariants = ["Durow", "DuRove"] # two\n'

    Raises:
        ConfigError: the file has its names in a form other than [[name]] tables, to which no table can be appended.
    """
    parsed = _parsed(text, file)
    names = parsed.get("name", [])
    for index, name in enumerate(names):
        if name.get("canonical") == canonical and not name.get("languages") and not name.get("near") and not name.get("not_near"):
            if variant in name.get("variants", []):
                return text
            expected = [*names[:index], name | {"variants": [*name.get("variants", []), variant]}, *names[index + 1 :]]
            edited = _with_variant_in_table(text, index, variant)
            if edited is not None and _parses_to(edited, parsed | {"name": expected}):
                return edited
    newline = _newline(text)
    block = names_toml([(canonical, variant)]).replace("\n", newline)
    appended = text + ("" if not text or text.endswith("\n") else newline) + newline + block
    new = {"canonical": canonical, "kind": "person", "variants": [variant]}
    if not _parses_to(appended, parsed | {"name": [*names, new]}):
        hint = f"Write the names as [[name]] tables, or add the variant yourself: {' '.join(block.split())}"
        raise ConfigError(file=file, path="name", expected="[[name]] tables", found="names in another form", hint=hint)
    return appended


def names_toml(accepted: Iterable[tuple[str, str]]) -> str:
    r"""Return pairs of canonical spelling and variant as [[name]] tables of TOML, ready for corpus.toml.

    >>> print(names_toml([("Durov", "DuRove"), ("Durov", "Durow")]), end="")
    [[name]]
    canonical = "Durov"
    kind = "person"  # or organisation, place, product
    variants = ["DuRove", "Durow"]
    """
    names: dict[str, list[str]] = {}
    for canonical, variant in accepted:
        names.setdefault(canonical, []).append(variant)
    return "\n".join(
        f"[[name]]\ncanonical = {toml_string(canonical)}\n"
        f'kind = "person"  # or organisation, place, product\nvariants = [{", ".join(map(toml_string, variants))}]\n'
        for canonical, variants in names.items()
    )


def _parsed(text: str, file: str) -> dict[str, Any]:
    """Parse the TOML of a file; raises ConfigError where it is invalid."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file=file, path="", expected="TOML", found=str(error), hint="Fix that line.") from error


def _parses_to(text: str, expected: dict[str, Any]) -> bool:
    """Tell whether a text is valid TOML with exactly this content."""
    try:
        return _parsed(text, "") == expected
    except ConfigError:
        return False


def _newline(text: str) -> str:
    """Return the line break that a file uses."""
    return "\r\n" if "\r\n" in text else "\n"


def _with_variant_in_table(text: str, index: int, variant: str) -> str | None:
    """Return the text with a variant added to the [[name]] table of this index; None where its array of variants is not found."""
    headers = list(_HEADER.finditer(text))
    if index >= len(headers):
        return None
    start = headers[index].end()
    next_header = _ANY_HEADER.search(text, start)
    stop = next_header.start() if next_header else len(text)
    array = _VARIANTS.search(text, start, stop)
    if array is None:
        line = _CANONICAL.search(text, start, stop)
        end = line.end() - line.group().endswith("\r") if line else 0
        return f"{text[:end]}{_newline(text)}variants = [{toml_string(variant)}]{text[end:]}" if line else None
    insert_at = array.end()
    inserted = toml_string(variant)
    for token in _TOKEN.finditer(text, array.end()):
        if token.group() == "]":
            break
        if token.group()[0] in "\"'":
            insert_at = token.end()
            margin = text[text.rfind("\n", 0, token.start()) + 1 : token.start()]
            own_line = margin.isspace() or (not margin and text[token.start() - 1 : token.start()] == "\n")
            inserted = f",{_newline(text)}{margin}{toml_string(variant)}" if own_line else f", {toml_string(variant)}"
    return text[:insert_at] + inserted + text[insert_at:]
