"""Resolve charset labels to charsets and Python codecs, after the WHATWG Encoding Standard (https://encoding.spec.whatwg.org/)."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saring.config.toml_table import Table

__all__ = ["CODECS", "canonical_charset", "parse_charset"]

#: Charset name of the WHATWG Encoding Standard -> Python codec. No other codec is used: some of Python's are no charsets (hex, zip,
#: rot13), and UTF-7 can smuggle markup past filters.
CODECS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "hz-gb-2312": "hz",
    "ibm866": "cp866",
    "macintosh": "mac_roman",
    "shift_jis": "cp932",
    "utf-8": "utf-8",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
    "utf-32be": "utf-32-be",
    "utf-32le": "utf-32-le",
    "windows-874": "cp874",
    "x-mac-ce": "mac_latin2",
    "x-mac-cyrillic": "mac_cyrillic",
    "johab": "johab",
    "x-mac-greek": "mac_greek",
    "x-mac-icelandic": "mac_iceland",
    "x-mac-romanian": "mac_romanian",
    "x-mac-turkish": "mac_turkish",
    **{f"ibm{page}": f"cp{page}" for page in (437, 720, 737, 775, 850, 852, 855, 857, 860, 861, 862, 863, 865)},
    **{name: name for name in ("euc-jp", "gb18030", "iso-2022-jp", "iso-2022-kr", "koi8-r", "koi8-u")},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
#: Python codec -> charset name, the inverse of `CODECS`.
_NAMES = {codecs.lookup(codec).name: name for name, codec in CODECS.items()}
#: Python codec -> the superset charset that the standard decodes its label as: a page declared as iso-8859-1 or ascii is windows-1252.
_SUPERSETS = {
    "ascii": "windows-1252",
    "big5": "big5",
    "euc_kr": "euc-kr",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "windows-874",
    "shift_jis": "shift_jis",
    "tis-620": "windows-874",
}
#: Label of the standard -> Python codec, for labels that Python does not know or resolves to another charset.
_LABELS = {
    "big5-hkscs": "big5hkscs",
    "dos-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "koi": "koi8-r",
    "koi8-ru": "koi8-u",
    "ks_c_5601-1987": "cp949",
    "macintosh": "mac_roman",
    "unicode": "utf-16-le",
    "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-euc-jp": "euc-jp",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "x-mac-ukrainian": "mac_cyrillic",
    "x-sjis": "cp932",
    "x-x-big5": "big5hkscs",
    **{f"x-cp{page}": f"cp{page}" for page in range(1250, 1259)},
}
_LABEL = re.compile(r"[A-Za-z0-9][\w.:-]{0,39}", re.ASCII)


@lru_cache(maxsize=256)
def canonical_charset(label: str) -> str | None:
    """Return the WHATWG name of the charset that a label such as "latin1" stands for; `None` for an unknown label.

    >>> canonical_charset("latin1"), canonical_charset("UTF8"), canonical_charset("rot13")
    ('windows-1252', 'utf-8', None)
    """
    label = label.strip().lower()
    if not _LABEL.fullmatch(label):
        return None
    try:
        codec = codecs.lookup(_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(codec) or _NAMES.get(codec)


def parse_charset(table: Table) -> str | None:
    """Read the key `charset` of a sidecar or a `[[source]]` table as the WHATWG name of a charset; None if the key is missing.

    Raises:
        ConfigError: no charset has this label.
    """
    label = table.string("charset")
    name = canonical_charset(label) if label is not None else None
    if label is not None and name is None:
        hint = f"Write one of {', '.join(sorted(CODECS))}, or another label of one of these."
        raise table.error("charset", expected="the name of a charset", found=repr(label), hint=hint)
    return name
