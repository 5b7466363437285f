"""Where a name is not a name: addresses, handles, hashtags, files, paths, code.

What is protected is found first and the rest is handed on, so a match can neither stand inside an address nor reach into one. In doubt
an address wins: a variant that stays can be corrected later, a broken link cannot.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from saring.names.spellings import CONTINUES, UNSPACED

__all__ = ["unprotected_parts", "without_code_blocks"]

# What may stand in an address, up to where prose goes on. Scripts without spaces end one too, or "见sina.com报道" would be all address.
_W = CONTINUES
_SOLID = r"[^\s<>\"«»“”„‹›「」『』、。，；！？（）…`|]"
_USER = rf"[^\s@＠<>()\[\]:;,\"«»“”„…\x{{3000}}-\x{{303F}}\x{{FF00}}-\x{{FFEF}}{UNSPACED}]"
_NAME = rf"(?:{_W}|[.~%()+@&'’=,\[\]/\\–-])"

# "P.DuRove" and "ditahan.Ia berkata" look like files too. So an ending is in lower case, or in at most four capitals, or one of these,
# in any case: those that are common on the Web.
_HOSTS = "com|net|org|info|biz|edu|gov|co|id|fr|uk|ru|eu|io|me|tv|online|site|xyz"
_MEDIA = "jpe?g|png|gif|webp|svg|heic|pdf|docx?|xlsx?|pptx?|mp[34]|mov|avi|mkv|webm|wav|ogg|zip"
_PAGES = "html?|php|aspx?|odt|epub|txt|csv|json|xml"
_LOWER = rf"[[\p{{Ll}}\p{{Lo}}]&&{_W}]{_W}*"
_ENDING = rf"(?:(?i:{_HOSTS}|{_MEDIA}|{_PAGES})\b|{_LOWER}|[A-Z]{{2,4}}[0-9]?\b|7z|3gp)"


class _Kind(NamedTuple):
    """Something to protect: `pattern` is tried where a line has what `sign` looks for, which nearly none has."""

    sign: str
    pattern: str


# One after the other, each on what the ones before left over: one pattern of all alternatives ran at 0.2 MB/s on long words, these run at
# 17 MB/s and more. Code is first, for it may hold all the others; hosts and paths come before handles, for they may hold a "#".
_KINDS = (
    # `code`; the longer fence first, for it may hold the shorter. Before them addresses with backticks in the user: RFC 5322 allows it.
    _Kind("`", rf"[^\s@＠`]{{1,64}}`[^\s@＠]{{0,64}}@(?:{_W}|[.-])+|```.+?```|``.+?``|`[^`]+`"),
    # scheme://anything, schemes that go without slashes, www.host, 192.0.2.1/path
    _Kind(
        r":\S|www\.|WWW\.|Www\.|[0-9]/",
        rf"[A-Za-z][A-Za-z0-9+.-]*:(?://|\\\\){_SOLID}*"
        rf"|(?i:mailto|tel|tg|urn|doi|magnet|data|javascript|localhost):{_SOLID}+"
        rf"|(?i:www\.){_SOLID}+"
        rf"|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}[:/]{_SOLID}*",
    ),
    # user@host, also of a quoted or an oddly spelled user. RFC 5321, section 4.5.3.1.1: at most 64. The bound also keeps the search
    # linear: with "+" it looked for "@" to the end of "#a#a#a…" again and again.
    _Kind("[@＠]", rf"(?:\"[^\"\s]{{0,64}}\"|{_USER}{{1,64}})[@＠](?:{_W}|[.-])+"),
    _Kind(r"[\[(](?i:at|arobase|et)[\])]", rf"(?:{_W}|[.+-])+\s?[\[(](?i:at|arobase|et)[\])]\s?(?:{_W}|[.-])+"),
    # name.ext and host.tld, with what may follow a host; in scripts without spaces, only the files that nobody takes for a sentence
    _Kind(r"\.[^\s.]", rf"{_NAME}*(?:{_W}|[)\]%])\.{_ENDING}(?:[:/?\#]{_SOLID}+)?"),
    _Kind(rf"\.(?i:{_MEDIA})\b", rf"[\w().%+-]+\.(?i:{_MEDIA})\b"),
    # /rooted ./here ../there ~/home C:\windows \\server, then with two slashes or one backslash, then below a folder in lower case
    _Kind(
        r"[/\\]",
        rf"(?:^|[\s(\[{{\"'«“‘=:,;<>])(?:\.{{0,2}}|~)/{_SOLID}+"
        rf"|[A-Za-z]:[\\/]{_SOLID}+"
        rf"|{_NAME}*\\{_NAME}+"
        rf"|{_NAME}*/{_NAME}*/{_NAME}*"
        rf"|\b[a-z0-9_.-]+/{_NAME}+",
    ),
    # @handle, @user@host, #hashtag
    _Kind("[@＠#＃]", r"[@＠#＃][\w@.-]*\w"),
)


def without_code_blocks(lines: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines between fences of three backticks or tildes; a fence that nothing closes is none.

    Args:
        lines: all lines of some texts, as from `saring.core.lines.split`.
    """
    fence = pl.col("line").str.contains(r"^\s{0,3}(?:```[^`]*|~~~.*)$")
    opened = fence.cum_sum().over("id")
    unclosed = (opened % 2 == 1) & (opened == fence.sum().over("id"))
    return lines.filter(((opened % 2 == 0) & ~fence) | unclosed)


def unprotected_parts(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of lines that are not protected.

    Args:
        lines: columns `id`, `start` and `line`, as from `saring.core.lines.split`.

    Returns:
        Columns `id`, `start` (code points from the start of the text) and `part`, in any order.
    """
    parts = lines.select("id", "start", pl.col("line").alias("part"))
    for sign, pattern in _KINDS:
        signed = pl.col("part").str.contains(sign)
        if len(hit := parts.filter(signed)):
            parts = pl.concat([parts.filter(~signed), _outside(hit, pattern)])
    return parts


def _outside(parts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Return what one pattern leaves of the parts: splitting at it and extracting it give the two halves of the same walk."""
    return (
        parts.lazy()
        .with_row_index("row")
        .with_columns(
            pl.col("part").str.split(pattern, literal=False),
            pl.col("part").str.extract_all(pattern).list.concat(pl.lit([""], dtype=pl.List(pl.String))).alias("protected"),
        )
        .explode("part", "protected")
        .with_columns((pl.col("part").str.len_chars() + pl.col("protected").str.len_chars()).cast(pl.Int32).alias("width"))
        .with_columns((pl.col("start") + pl.col("width").cum_sum().over("row") - pl.col("width")).alias("start"))
        .filter(pl.col("part") != "")
        .select("id", "start", "part")
        .collect()
    )
