"""Normalise language tags, locales and names to one ISO 639 code: `eng`, `en_US.UTF-8`, `English` and `en-GB` become `en`.

Codes and aliases are those of CLDR. Where the language identifier uses another code (`no` for `nb`, `tl` for `fil`), that code is published, so
that declared and identified languages have the same code.
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
#: The suffix of a POSIX locale: a charset and a modifier.
_POSIX_SUFFIX = re.compile(r"[.@][\w@.=-]*$")
#: The weight of a language in an Accept-Language header, and the separators between several languages.
_WEIGHT = re.compile(r"\s*;\s*q\s*=[\d.\s]*$")
_SEPARATORS = re.compile(r"[,;/|]")
#: Length of an extended language subtag (BCP 47).
_EXTENDED_LENGTH = 3
#: Tags that deliberately state no language or no single language, and so are not reported as unknown.
_DELIBERATE = ("und", "mul", "zxx", "mis", "x-default")
#: Macrolanguages with extended language subtags in BCP 47: zh-yue, ar-arz.
_MACROLANGUAGES = ("ar", "lv", "ms", "sw", "uz", "zh")
#: The longest ASCII string that is only tried as a code, not as a language name; and the longest string that is tried at all.
_LONGEST_CODE, _LONGEST = 3, 60


@lru_cache(maxsize=4096)
def language_code(stated: str | None) -> str | None:
    """Return the ISO 639 code of a language declared as a tag, a locale or a name; None for an unknown language, or for several.

    Regions, scripts and variants are dropped. `und`, `mul`, `zxx` and private-use codes give None.

    >>> [language_code(tag) for tag in ("fre", "in", "zh-Hant-TW", "sr_Latn", "en_US.UTF-8", "Bahasa Indonesia", "x-default")]
    ['fr', 'id', 'zh', 'sr', 'en', 'id', None]
    """
    text = (stated or "").strip()
    if not text or len(text) > _LONGEST:
        return None
    if len(parts := _SEPARATORS.split(_WEIGHT.sub("", text))) > 1:
        codes = {language_code(_WEIGHT.sub("", part)) for part in parts if part.strip() and not re.fullmatch(r"\s*q\s*=[\d.\s]*", part)}
        return codes.pop() if len(codes) == 1 else None
    tag = _POSIX_SUFFIX.sub("", _WEIGHT.sub("", text))
    code = _code_of_tag(tag.replace("_", "-").lower()) if _TAG.fullmatch(tag) else None
    return code or (_codes_by_name().get(_fold_name(text)) if len(text) > _LONGEST_CODE or not text.isascii() else None)


def language_codes(stated: pl.Series) -> pl.Series:
    """Return a column of ISO 639 codes for a column of declared languages; null where `language_code` finds none."""
    values = stated.unique().drop_nulls()
    return stated.replace_strict(
        values, pl.Series([language_code(value) for value in values], dtype=pl.String), default=None, return_dtype=pl.String
    )


def parse_languages(table: Table, key: str) -> tuple[str, ...]:
    """Read an array of languages from a TOML table as distinct ISO 639 codes, in order.

    Args:
        table: the table, such as `[dataset]`.
        key: the key of the array, such as `languages`.

    Raises:
        ConfigError: a value is no known language.
    """
    codes = []
    for index, stated in enumerate(table.strings(key)):
        code = language_code(stated)
        if code is None:
            raise table.error(f"{key}[{index}]", expected="an ISO 639 code such as id", found=repr(stated), hint="Correct it.")
        codes.append(code)
    return tuple(dict.fromkeys(codes))


def count_unknown(stated: pl.Series) -> dict[str, int]:
    """Count the values in a column of declared languages that no language code is known for, most frequent first.

    Tags such as `und` and `mul`, which deliberately state no language, are not counted.
    """
    unknown = stated.filter(stated.is_not_null() & language_codes(stated).is_null() & ~stated.is_in(_DELIBERATE))
    counts = unknown.value_counts().sort("count", stated.name, descending=[True, False])
    return dict(counts.rows())


def _code_of_tag(tag: str) -> str | None:
    """Return the ISO 639 code of a lower-case BCP 47 tag, or None if its language is unknown."""
    primary, *subtags = tag.split("-")
    aliases, known = _aliases(), _known_codes()
    for alias in ("_".join([primary, *subtags[:size]]) for size in range(min(len(subtags), 2), -1, -1)):
        if alias in aliases:
            return _published_code(aliases[alias])
    # An extended language subtag: zh-yue is yue, and zh-cmn is resolved as cmn.
    if (
        primary in _MACROLANGUAGES
        and subtags
        and len(subtags[0]) == _EXTENDED_LENGTH
        and subtags[0].isalpha()
        and subtags[0] in known | aliases.keys()
    ):
        return _code_of_tag(subtags[0])
    return _published_code(primary) if primary in known else None


def _published_code(tag: str) -> str:
    """Return the language code that is published for a CLDR tag: its primary subtag, in the spelling of the language identifier (`no` for `nb`)."""
    primary = tag.partition("_")[0]
    return _identifier_codes().get(primary, primary)


@cache
def _identifier_codes() -> Mapping[str, str]:
    """Load the language codes for which the language identifier uses another code than CLDR: CLDR code -> identifier's code."""
    table: dict[str, str] = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))["aliases"]
    return table


@cache
def _aliases() -> Mapping[str, str]:
    """Load the aliases of language tags (`eng`, `zh_min_nan`), in lower case with underscores, with the tags that replace them."""
    from babel.core import get_global  # noqa: PLC0415 - imported where it is used

    aliases = get_global("language_aliases")
    return {**{key.replace("-", "_").lower(): value for key, value in aliases.items()}, **_identifier_codes()}


@cache
def _known_codes() -> frozenset[str]:
    """Load the language codes that CLDR knows, without those for no or several languages."""
    from babel.core import get_global  # noqa: PLC0415 - imported where it is used

    codes = {tag.partition("_")[0] for tag in get_global("likely_subtags")} | set(_english_names())
    return frozenset(codes) - {"und", "mul", "mis", "zxx", "root"}


@cache
def _english_names() -> Mapping[str, str]:
    """Load the English names of languages from CLDR, by code."""
    from babel import Locale  # noqa: PLC0415 - imported where it is used

    return {tag: name for tag, name in Locale("en").languages.items() if "_" not in tag}


@cache
def _codes_by_name() -> Mapping[str, str]:
    """Load language codes by folded language name, in English and in each language itself; ambiguous names are left out."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - imported where it is used

    codes_by_name: dict[str, set[str]] = {}
    for tag, english in _english_names().items():
        if tag in _known_codes():
            codes_by_name.setdefault(_fold_name(english), set()).add(_published_code(tag))
    for tag in [tag for tag in _english_names() if len(tag) == len("en")]:
        try:
            autonym = Locale(tag).languages.get(tag)
        except UnknownLocaleError:
            continue
        if autonym:
            codes_by_name.setdefault(_fold_name(autonym), set()).add(_published_code(tag))
    return {name: next(iter(codes)) for name, codes in codes_by_name.items() if len(codes) == 1}


def _fold_name(name: str) -> str:
    """Fold a language name: lower case, without a trailing parenthesis and without words for "language" ("Bahasa Indonesia")."""
    folded = re.sub(r"\s*\([^()]*\)$|^(?:bahasa|basa)[ _]| language$", "", name.strip().casefold())
    return re.sub(r"\s+", " ", folded)
