"""Accepted suggestions in corpus.toml: a variant goes in, every other byte stays as it is.

A TOML library would do more than is needed and would be one more dependency; so the text is edited in place, and then both texts are
parsed: unless they differ in this one variant and in nothing else, the edit does not count and a table of its own is added at the end.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from saring.config import load_config
from saring.config.toml_table import quoted
from saring.core.errors import ConfigError, NoInputError
from saring.storage.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["accept_names", "added", "draft"]

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*name[ \t]*\]\]", re.MULTILINE)
_ANY_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_VARIANTS = re.compile(r"^[ \t]*variants[ \t]*=[ \t]*\[", re.MULTILINE)
_CANONICAL = re.compile(r"^[ \t]*canonical[ \t]*=.*$", re.MULTILINE)

#: A string, a comment, a bracket or a comma of an array of strings.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'|#[^\n]*|[\[\],]")


def accept_names(file: Path, accepted: Iterable[tuple[str, str]]) -> None:
    """Write variants into a corpus.toml; the file is replaced whole or not at all.

    Args:
        file: the corpus.toml.
        accepted: pairs of canonical spelling and variant.

    Raises:
        NoInputError: there is no such file.
        ConfigError: the file would be wrong with them; it stays as it was.
    """
    if not file.is_file():
        raise NoInputError(f"{file}: expected a corpus.toml to write to, found none. Pass --config FILE, or paste what --toml prints.")
    text = file.read_bytes().decode("utf-8")
    for canonical, variant in accepted:
        text = added(text, canonical, variant, str(file))
    with atomic_write(file.resolve()) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
        temporary.chmod(file.stat().st_mode & 0o777)
        try:
            load_config(temporary, "name")
        except ConfigError as error:
            raise ConfigError(
                file=str(file), path=error.path, expected=error.expected, found=error.found, hint=f"{error.hint} Nothing is written."
            ) from error


def added(text: str, canonical: str, variant: str, file: str = "corpus.toml") -> str:
    r"""Return the text of a corpus.toml with one more variant.

    >>> added('[[name]]\ncanonical = "Durov"\nvariants = ["Durow"] # two\n', "Durov", "DuRove")
    '[[name]]\ncanonical = "Durov"\nvariants = ["Durow", "DuRove"] # two\n'

    Raises:
        ConfigError: the text has its names in a form to which nothing can be added.
    """
    before = _parsed(text, file)
    names = before.get("name", [])
    for index, name in enumerate(names):
        if name.get("canonical") == canonical and not name.get("languages") and not name.get("near") and not name.get("not_near"):
            if variant in name.get("variants", []):
                return text
            wanted = [*names[:index], name | {"variants": [*name.get("variants", []), variant]}, *names[index + 1 :]]
            inside = _inside(text, index, variant)
            if inside is not None and _is(inside, before | {"name": wanted}):
                return inside
    end = "\r\n" if "\r\n" in text else "\n"
    block = draft([(canonical, variant)]).replace("\n", end)
    appended = text + ("" if not text or text.endswith("\n") else end) + end + block
    new = {"canonical": canonical, "kind": "person", "variants": [variant]}
    if not _is(appended, before | {"name": [*names, new]}):
        hint = f"Write them as [[name]], or add the variant yourself: {' '.join(block.split())}"
        raise ConfigError(file=file, path="name", expected="tables [[name]]", found="names in another form", hint=hint)
    return appended


def draft(accepted: Iterable[tuple[str, str]]) -> str:
    r"""Return names as TOML, ready for corpus.toml.

    >>> print(draft([("Durov", "DuRove"), ("Durov", "Durow")]), end="")
    [[name]]
    canonical = "Durov"
    kind = "person"  # or organisation, place, product
    variants = ["DuRove", "Durow"]
    """
    names: dict[str, list[str]] = {}
    for canonical, variant in accepted:
        names.setdefault(canonical, []).append(variant)
    return "\n".join(
        f"[[name]]\ncanonical = {quoted(canonical)}\n"
        f'kind = "person"  # or organisation, place, product\nvariants = [{", ".join(map(quoted, variants))}]\n'
        for canonical, variants in names.items()
    )


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file=file, path="", expected="TOML", found=str(error), hint="Mend that line.") from error


def _is(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _parsed(text, "") == wanted
    except ConfigError:
        return False


def _inside(text: str, index: int, variant: str) -> str | None:
    """Return the text with a variant more in the table [[name]] of this index; null where its array is not found."""
    headers = list(_HEADER.finditer(text))
    if index >= len(headers):
        return None
    start = headers[index].end()
    following = _ANY_HEADER.search(text, start)
    stop = following.start() if following else len(text)
    array = _VARIANTS.search(text, start, stop)
    if array is None:
        line = _CANONICAL.search(text, start, stop)
        end = line.end() - line.group().endswith("\r") if line else 0
        newline = "\r\n" if "\r\n" in text else "\n"
        return f"{text[:end]}{newline}variants = [{quoted(variant)}]{text[end:]}" if line else None
    last = array.end()
    new = quoted(variant)
    for token in _TOKEN.finditer(text, array.end()):
        if token.group() == "]":
            break
        if token.group()[0] in "\"'":
            last = token.end()
            margin = text[text.rfind("\n", 0, token.start()) + 1 : token.start()]
            own_line = margin.isspace() or (not margin and text[token.start() - 1 : token.start()] == "\n")
            newline = "\r\n" if "\r\n" in text else "\n"
            new = f",{newline}{margin}{quoted(variant)}" if own_line else f", {quoted(variant)}"
    return text[:last] + new + text[last:]
