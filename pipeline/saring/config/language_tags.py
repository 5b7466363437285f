"""One code for each language, however it is stated: `eng`, `en_US.UTF-8`, `English` and `en-GB` are `en`.

Codes and their aliases are those of CLDR. Where the identifier has a code of its own for a language (`no` for `nb`, `tl` for `fil`), that is
the one published, so that stated and identified languages meet.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saring.config.toml_table import Table

__all__ = ["count_unknown", "language_code", "language_codes", "parse_languages"]

_TAG = re.compile(r"[a-z]{2,8}(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)
#: What a locale of POSIX adds: a charset, a modifier.
_POSIX = re.compile(r"[.@][\w@.=-]*$")
#: The weight of a language in Accept-Language, and what separates several.
_WEIGHT = re.compile(r"\s*;\s*q\s*=[\d.\s]*$")
_SEVERAL = re.compile(r"[,;/|]")
_EXTENDED = 3
#: Tags that say on purpose that no language, or no single one, is meant.
_DELIBERATE = ("und", "mul", "zxx", "mis", "x-default")
#: Macrolanguages whose members are written after them: zh-yue, ar-arz.
_MACROLANGUAGES = ("ar", "lv", "ms", "sw", "uz", "zh")
#: Nothing up to this length is a name, and nothing longer than that.
_LONGEST_CODE, _LONGEST = 3, 60


@lru_cache(maxsize=4096)
def language_code(stated: str | None) -> str | None:
    """Return the ISO 639 code of a language as a tag, a locale or a name states it; None where it names none, or several.

    Regions, scripts and variants are left out. `und`, `mul`, `zxx` and private codes name no language.

    >>> [language_code(tag) for tag in ("fre", "in", "zh-Hant-TW", "sr_Latn", "en_US.UTF-8", "Bahasa Indonesia", "x-default")]
    ['fr', 'id', 'zh', 'sr', 'en', 'id', None]
    """
    text = (stated or "").strip()
    if not text or len(text) > _LONGEST:
        return None
    if len(parts := _SEVERAL.split(_WEIGHT.sub("", text))) > 1:
        every = {language_code(_WEIGHT.sub("", part)) for part in parts if part.strip() and not re.fullmatch(r"\s*q\s*=[\d.\s]*", part)}
        return every.pop() if len(every) == 1 else None
    tag = _POSIX.sub("", _WEIGHT.sub("", text))
    found = _of_tag(tag.replace("_", "-").lower()) if _TAG.fullmatch(tag) else None
    return found or (_names().get(_folded(text)) if len(text) > _LONGEST_CODE or not text.isascii() else None)


def language_codes(stated: pl.Series) -> pl.Series:
    """Return the code of each value of a column (`language_code`)."""
    values = stated.unique().drop_nulls()
    return stated.replace_strict(
        values, pl.Series([language_code(value) for value in values], dtype=pl.String), default=None, return_dtype=pl.String
    )


def parse_languages(table: Table, key: str) -> tuple[str, ...]:
    """Return an array of languages in a TOML file by their codes, each once.

    Raises:
        ConfigError: a value names no language.
    """
    found = []
    for index, stated in enumerate(table.strings(key)):
        known = language_code(stated)
        if known is None:
            raise table.error(f"{key}[{index}]", expected="an ISO 639 code such as id", found=repr(stated), hint="Correct it.")
        found.append(known)
    return tuple(dict.fromkeys(found))


def count_unknown(stated: pl.Series) -> dict[str, int]:
    """Return how often each value of a column stands there that should name a language and does not, the most frequent first."""
    missing = stated.filter(stated.is_not_null() & language_codes(stated).is_null() & ~stated.is_in(_DELIBERATE))
    counts = missing.value_counts().sort("count", stated.name, descending=[True, False])
    return dict(counts.rows())


def _of_tag(tag: str) -> str | None:
    primary, *others = tag.split("-")
    aliases, known = _aliases(), _known()
    for alias in ("_".join([primary, *others[:size]]) for size in range(min(len(others), 2), -1, -1)):
        if alias in aliases:
            return _published(aliases[alias])
    # An extended language: zh-yue is yue, and zh-cmn what cmn is.
    if (
        primary in _MACROLANGUAGES
        and others
        and len(others[0]) == _EXTENDED
        and others[0].isalpha()
        and others[0] in known | aliases.keys()
    ):
        return _of_tag(others[0])
    return _published(primary) if primary in known else None


def _published(tag: str) -> str:
    primary = tag.partition("_")[0]
    return _table().get(primary, primary)


@cache
def _table() -> Mapping[str, str]:
    """Return the codes that the identifier has instead of those of CLDR."""
    table: dict[str, str] = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))["aliases"]
    return table


@cache
def _aliases() -> Mapping[str, str]:
    from babel.core import get_global  # noqa: PLC0415 - imported where it is used

    aliases = get_global("language_aliases")
    return {**{key.replace("-", "_").lower(): value for key, value in aliases.items()}, **_table()}


@cache
def _known() -> frozenset[str]:
    from babel.core import get_global  # noqa: PLC0415 - imported where it is used

    codes_ = {tag.partition("_")[0] for tag in get_global("likely_subtags")} | set(_english())
    return frozenset(codes_) - {"und", "mul", "mis", "zxx", "root"}


@cache
def _english() -> Mapping[str, str]:
    from babel import Locale  # noqa: PLC0415 - imported where it is used

    return {tag: name for tag, name in Locale("en").languages.items() if "_" not in tag}


@cache
def _names() -> Mapping[str, str]:
    """Return the code by each name: the English ones, and each language's own; one that names two languages names none."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - imported where it is used

    names: dict[str, set[str]] = {}
    for tag, english in _english().items():
        if tag in _known():
            names.setdefault(_folded(english), set()).add(_published(tag))
    for tag in [tag for tag in _english() if len(tag) == len("en")]:
        try:
            own = Locale(tag).languages.get(tag)
        except UnknownLocaleError:
            continue
        if own:
            names.setdefault(_folded(own), set()).add(_published(tag))
    return {name: one.copy().pop() for name, one in names.items() if len(one) == 1}


def _folded(name: str) -> str:
    """Return a name in lower case, without what stands in brackets, and without the word "language" that some languages add to names."""
    plain = re.sub(r"\s*\([^()]*\)$|^(?:bahasa|basa)[ _]| language$", "", name.strip().casefold())
    return re.sub(r"\s+", " ", plain)
