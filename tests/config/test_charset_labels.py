"""pipeline/saring/config/charset_labels.py: labels of charsets mean what the WHATWG Encoding Standard says, and nothing dangerous."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.config.charset_labels import CODECS, canonical_charset, parse_charset
from saring.config.toml_table import Table
from saring.core.errors import ConfigError

#: Names that the hint of an unknown charset offers, and that are unknown labels themselves: Python has their codecs under other names alone.
_UNKNOWN = {"x-mac-ce", "x-mac-greek", "x-mac-icelandic", "x-mac-romanian", "x-mac-turkish", "ibm720", "ibm737"}
_KNOWN_FAILURE = pytest.mark.xfail(reason="the name is no label of its own charset")


@pytest.mark.parametrize("name", [pytest.param(name, marks=_KNOWN_FAILURE if name in _UNKNOWN else ()) for name in CODECS])
def test_a_charset_has_its_own_name_as_a_label(name: str) -> None:
    """Every charset is a label of itself in any case, and Python has a codec of text for it."""
    assert canonical_charset(name) == canonical_charset(f" {name.upper()} ") == name
    assert "a".encode(CODECS[name])
    assert codecs.lookup(CODECS[name])._is_text_encoding  # noqa: SLF001 - as `bytes.decode` checks


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("utf8", "utf-8"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("utf-16", "utf-16le"),
        ("UTF-32", "utf-32le"),
        ("latin1", "windows-1252"),
        ("iso-8859-1", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("iso-8859-9", "windows-1254"),
        ("iso-8859-11", "windows-874"),
        ("tis-620", "windows-874"),
        ("iso-8859-8-i", "iso-8859-8"),
        ("cp1251", "windows-1251"),
        ("x-cp1251", "windows-1251"),
        ("x-sjis", "shift_jis"),
        ("windows-31j", "shift_jis"),
        ("gb2312", "gb18030"),
        ("gbk", "gb18030"),
        ("big5-hkscs", "big5"),
        ("ks_c_5601-1987", "euc-kr"),
        ("koi", "koi8-r"),
        ("x-mac-ukrainian", "x-mac-cyrillic"),
    ],
)
def test_a_label_means_its_superset(label: str, expected: str) -> None:
    """As browsers do, labels of a subset (ascii, latin1, gb2312) stand for the charset that contains it."""
    assert canonical_charset(label) == expected


@pytest.mark.parametrize(
    "label",
    [
        "",
        " ",
        "utf-7",
        "hex",
        "zip",
        "rot13",
        "base64",
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "mbcs",
        "undefined",
        "x",
        "é",
    ],
)
def test_other_codecs_are_no_charsets(label: str) -> None:
    """Codecs of Python that decode no text, or that can hide markup from filters, are unknown."""
    assert canonical_charset(label) is None


@given(st.text(max_size=50))
def test_any_label_is_a_known_charset_or_none(label: str) -> None:
    """No label raises an exception, NULs and path separators included."""
    assert canonical_charset(label) in {*CODECS, None}
    assert canonical_charset(f"{label}\0") is None
    assert canonical_charset(f"../{label}") is None


def test_a_declared_charset_is_read_by_its_label() -> None:
    """The key of a table gives the name of the charset; without the key there is none."""
    assert parse_charset(Table({"charset": "Latin1"}, file="a")) == "windows-1252"
    assert parse_charset(Table({}, file="a")) is None


def test_an_unknown_charset_is_an_error() -> None:
    """The message quotes the label and lists the charsets."""
    with pytest.raises(
        ConfigError, match=r"^a.toml: source\[0\].charset: expected the name of a charset, found 'utf-7'. Write one of big5,"
    ):
        parse_charset(Table({"charset": "utf-7"}, file="a.toml", path="source[0]"))
