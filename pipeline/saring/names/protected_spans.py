"""Protected spans, in which names are never changed: URLs, e-mail addresses, handles, hashtags, file names, paths, code.

Protected spans are found first, and only the text between them is searched for names, so that no match can overlap one. In doubt a span is
protected: a variant that stays can be corrected later, a broken link cannot.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from saring.names.spellings import UNSPACED_SCRIPTS, WORD_CHARACTER

__all__ = ["unprotected_parts", "without_code_blocks"]

# Character classes of an address, up to where prose continues. Scripts without spaces end an address too, or all of "见sina.com报道" would be
# one: _W is a letter, mark, digit or underscore of other scripts; _SOLID any character but white space, quotes and CJK punctuation.
_W = WORD_CHARACTER
_SOLID = r"[^\s<>\"«»“”„‹›「」『』、。，；！？（）…`|]"
_USER = rf"[^\s@＠<>()\[\]:;,\"«»“”„…\x{{3000}}-\x{{303F}}\x{{FF00}}-\x{{FFEF}}{UNSPACED_SCRIPTS}]"
_NAME = rf"(?:{_W}|[.~%()+@&'’=,\[\]/\\–-])"

# "P.DuRove" and "ditahan.Ia berkata" look like file names too. So what follows the dot is in lower case, or in at most four capitals, or
# one of these common top-level domains and file extensions, in any case.
_DOMAINS = "com|net|org|info|biz|edu|gov|co|id|fr|uk|ru|eu|io|me|tv|online|site|xyz"
_MEDIA_FILES = "jpe?g|png|gif|webp|svg|heic|pdf|docx?|xlsx?|pptx?|mp[34]|mov|avi|mkv|webm|wav|ogg|zip"
_TEXT_FILES = "html?|php|aspx?|odt|epub|txt|csv|json|xml"
_LOWER = rf"[[\p{{Ll}}\p{{Lo}}]&&{_W}]{_W}*"
_EXTENSION = rf"(?:(?i:{_DOMAINS}|{_MEDIA_FILES}|{_TEXT_FILES})\b|{_LOWER}|[A-Z]{{2,4}}[0-9]?\b|7z|3gp)"


class _ProtectedKind(NamedTuple):
    """A kind of protected span: `pattern` matches it, and is tried only on lines where the cheap pattern `sign` matches, which are few."""

    sign: str
    pattern: str


# Applied one after the other, each to the text between the spans of those before: one pattern of all alternatives ran at 0.2 MB/s on long
# words, these run at 17 MB/s and more. Code is first, since it may contain all the others; hosts and paths come before handles, since they
# may contain a "#".
_KINDS = (
    # `code`; the longer fence first, for it may hold the shorter. Before them addresses with backticks in the user: RFC 5322 allows it.
    _ProtectedKind("`", rf"[^\s@＠`]{{1,64}}`[^\s@＠]{{0,64}}@(?:{_W}|[.-])+|```.+?```|``.+?``|`[^`]+`"),
    # scheme://anything, schemes that go without slashes, www.host, 192.0.2.1/path
    _ProtectedKind(
        r":\S|www\.|WWW\.|Www\.|[0-9]/",
        rf"[A-Za-z][A-Za-z0-9+.-]*:(?://|\\\\){_SOLID}*"
        rf"|(?i:mailto|tel|tg|urn|doi|magnet|data|javascript|localhost):{_SOLID}+"
        rf"|(?i:www\.){_SOLID}+"
        rf"|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}[:/]{_SOLID}*",
    ),
    # user@host, also with a quoted or unusual user. RFC 5321, section 4.5.3.1.1: at most 64 characters. The bound also keeps the search
    # linear: with "+" it searched for "@" to the end of "#a#a#a…" at each position.
    _ProtectedKind("[@＠]", rf"(?:\"[^\"\s]{{0,64}}\"|{_USER}{{1,64}})[@＠](?:{_W}|[.-])+"),
    _ProtectedKind(r"[\[(](?i:at|arobase|et)[\])]", rf"(?:{_W}|[.+-])+\s?[\[(](?i:at|arobase|et)[\])]\s?(?:{_W}|[.-])+"),
    # name.ext and host.tld, with port, path, query or fragment; in scripts without spaces only media files, which nobody takes for a
    # sentence
    _ProtectedKind(r"\.[^\s.]", rf"{_NAME}*(?:{_W}|[)\]%])\.{_EXTENSION}(?:[:/?\#]{_SOLID}+)?"),
    _ProtectedKind(rf"\.(?i:{_MEDIA_FILES})\b", rf"[\w().%+-]+\.(?i:{_MEDIA_FILES})\b"),
    # /absolute ./relative ../relative ~/home C:\windows \\server, then with two slashes or one backslash, then below a folder in lower case
    _ProtectedKind(
        r"[/\\]",
        rf"(?:^|[\s(\[{{\"'«“‘=:,;<>])(?:\.{{0,2}}|~)/{_SOLID}+"
        rf"|[A-Za-z]:[\\/]{_SOLID}+"
        rf"|{_NAME}*\\{_NAME}+"
        rf"|{_NAME}*/{_NAME}*/{_NAME}*"
        rf"|\b[a-z0-9_.-]+/{_NAME}+",
    ),
    # @handle, @user@host, #hashtag
    _ProtectedKind("[@＠#＃]", r"[@＠#＃][\w@.-]*\w"),
)


def without_code_blocks(lines: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of fenced code blocks, between three backticks or tildes; an unclosed fence is an ordinary line.

    Args:
        lines: all lines of the texts, as from `split_lines`.
    """
    is_fence = pl.col("line").str.contains(r"^\s{0,3}(?:```[^`]*|~~~.*)$")
    fences = is_fence.cum_sum().over("id")
    is_after_unclosed = (fences % 2 == 1) & (fences == is_fence.sum().over("id"))
    return lines.filter(((fences % 2 == 0) & ~is_fence) | is_after_unclosed)


def unprotected_parts(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of lines between protected spans (addresses, handles, file names, inline code).

    Args:
        lines: columns `id`, `start` and `line`, as from `split_lines`.

    Returns:
        Columns `id`, `start` (code points from the start of the text) and `part`, in any order.
    """
    parts = lines.select("id", "start", pl.col("line").alias("part"))
    for sign, pattern in _KINDS:
        has_sign = pl.col("part").str.contains(sign)
        if len(candidates := parts.filter(has_sign)):
            parts = pl.concat([parts.filter(~has_sign), _between_matches(candidates, pattern)])
    return parts


def _between_matches(parts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Return the pieces of parts between the matches of a pattern, each with its own offset.

    >>> parts = pl.DataFrame({"id": ["a"], "start": [100], "part": ["kata @dia pulang"]})
    >>> _between_matches(parts, "@[a-z]+").rows()
    [('a', 100, 'kata '), ('a', 109, ' pulang')]
    """
    # Splitting at the pattern gives the pieces (["kata ", " pulang"]), extracting it the matches between them (["@dia", ""]); the running
    # sum of the widths of both gives the offsets.
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
