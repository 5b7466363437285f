"""Encoding damage: mojibake, control characters, entities, letters apart from their accents. What to mend is ftfy's judgement.

ftfy takes one string, so it sees only the lines that it may change. Which these are is not a guess: the column test is ftfy's own
condition, read from it and run as one regular expression of the column engine.
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core import combining_marks, lines
from saring.core.ledger import number_edits
from saring.repair import mojibake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["find_repairs", "is_suspect", "repaired_line"]

#: Pairs of words that difflib, which is quadratic, may compare: past them, what two versions of a line do not share at both ends becomes
#: one edit. Only a line whose number of words changed needs difflib at all.
_MOST_PAIRS = 1_000_000
#: Longer "words" are those of scripts without spaces: only the part that changed is quoted.
_LONGEST_WORD = 40

#: Past this length, a line is normalised apart from ftfy, whose time grows with the square of a run of combining marks.
_LONG = 1_000
#: Rounds in which entities that are made of entities are resolved; a line that needs more keeps them all.
_MOST_ROUNDS = 20

_ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,24};")
#: An ampersand that was escaped again and again; resolved one round at a time, it took as many rounds as it is long.
_ESCAPED_AGAIN = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);){2,}")
#: Where entities are talked about, they stay: quoted or in backticks, or an escaped tag, which would become markup.
_ABOUT_ENTITIES = re.compile(
    r"""(["'‘“«`„])&#?\w{1,24};["'’”»`“]|`(?=[^`]*`)[^`]*&#?\w{1,24};|&lt;[/!]?[A-Za-z][^&<>]{0,200}(?:&quot;[^&<>]{0,200}){0,40}/?&gt;"""
)
#: What ftfy's `remove_control_chars` and `fix_line_breaks` act on.
_CONTROLS = r"[\x00-\x08\x0B\x0D-\x1F\x7F\u{2028}\u{2029}\u{206A}-\u{206F}\u{FEFF}\u{FFF9}-\u{FFFC}]"
_INVISIBLE = re.compile(r"\x1B\[[\d;]*[a-zA-Z]|[\x00-\x08\x0B\x0E-\x1F\x7F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]")
#: All that NFC can change, or join to what stands before it (in Unicode's terms, NFC_Quick_Check is not Yes), and more of their blocks.
_COMPOSING = (
    r"[\p{M}\u{340}-\u{387}\u{958}-\u{E00}\u{F00}-\u{FFF}\u{1100}-\u{11FF}\u{1F00}-\u{1FFF}\u{2000}\u{2001}\u{2126}-\u{212B}\u{2329}\u{232A}"
    r"\u{2ADC}\u{F900}-\u{FAFF}\u{FB1D}-\u{FB4F}\u{11000}-\u{16FFF}\u{1D000}-\u{1D1FF}\u{2F800}-\u{2FA1F}]"
)
#: A closing quotation mark whose last byte, which Windows-1252 does not have, was dropped: ftfy takes the space after it for the missing
#: byte and makes a dagger of both.
_LOST_QUOTE = re.compile("â€(?=[ .,;:!?)\\]]|$)")
_TOKEN = re.compile(r"[ \t\n]+|[^ \t\n]+")
#: Rules other than ftfy's, by the kind of their edits.
_RULES = {"marks": "excess-combining-marks"}


class _Span(NamedTuple):
    start: int
    original: str
    replacement: str
    kind: str


def find_repairs(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the edits that mend the encoding of texts and titles, each as small as a word.

    Good text stays as it is: curly quotation marks, ligatures, full-width letters, "« »", "SÃO PAULO". Line breaks were made uniform
    by extraction. Entities are resolved, but not on a line with a "<", an escaped tag or a quoted entity: there they are talked about.

    Args:
        texts: columns id, text and title.

    Returns:
        Rows of `tables.EDIT`, step "repair", rule "ftfy", of the kinds "encoding", "entity", "control" and "normal-form" (a letter
        and its accent become one character: NFC); and rule "excess-combining-marks", kind "marks", where more than 30 combining marks
        follow each other, of which 30 stay.
    """
    return number_edits("repair", pl.concat([_find(texts, field) for field in ("text", "title")]))


def _find(texts: pl.DataFrame, field: str) -> pl.DataFrame:
    # Most texts have no suspect line: they are not even split. To bring a text into its normal form costs five times as much as to see
    # that it holds no character which that could change.
    known = texts.select("id", field).filter(pl.col(field).str.contains(f"{_suspicion()}|{_COMPOSING}"))
    suspects = known.filter(is_suspect(pl.col(field)))
    suspect_lines = lines.split_lines(suspects, field).filter(is_suspect(pl.col("line")))
    limited = suspect_lines.select("id", "start", "line", combining_marks.cap_marks(pl.col("line")).alias("limited"))
    damaged = _damaged(limited.select("id", line="limited"))
    rows = [
        (id_, field, start + span.start, start + span.start + len(span.original), *span[1:], _RULES.get(span.kind, "ftfy"), None)
        for id_, start, line, limited in limited.iter_rows()
        for span in _spans(line, repaired_line(limited, among_damage=id_ in damaged))
    ]
    schema = {"id": pl.String, "field": pl.String, "start": pl.Int64, "end": pl.Int64}
    schema |= dict.fromkeys(("original", "replacement", "kind", "rule"), pl.String) | {"score": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _damaged(suspect_lines: pl.DataFrame) -> frozenset[str]:
    """Return the texts in which an Â or Ã stands alone, and other words are damaged beyond doubt."""
    unsure = suspect_lines.filter(pl.col("line").str.contains(mojibake.ALONE)).select("id").unique()
    rows = suspect_lines.join(unsure, on="id", how="semi").select("id", "line").iter_rows()
    return frozenset(id_ for id_, line in rows if is_damaged(line))


def is_damaged(line: str) -> bool:
    """Whether the encoding of a line is damaged beyond doubt."""
    return _joined(line, among_damage=False) is not None


def is_suspect(text: pl.Expr) -> pl.Expr:
    """Tell which texts have a line that ftfy may change; the others have none."""
    return text.str.contains(_suspicion()) | (text.str.normalize("NFC") != text) | combining_marks.has_excess_marks(text)


@cache
def _suspicion() -> str:
    """Return a regular expression that finds something wherever ftfy would change more than the normal form.

    `fix_encoding` changes nothing unless `BADNESS_RE` finds something, so that pattern itself is the test: in Rust it runs at 400 MB/s.
    The other fixers look for an entity or for one character of a class.
    """
    from ftfy.badness import BADNESS_RE  # noqa: PLC0415 - imported where it is used

    # Rust drops white space inside character classes too when it reads a verbose pattern, so that the pattern loses its own first.
    kept = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|\#[^\n]*|\s+|.", BADNESS_RE.pattern, flags=re.DOTALL)
    badness = "".join(part for part in kept if not part.isspace() and not part.startswith("#"))
    # Python counts superscripts and fractions among \w, Rust does not.
    badness = badness.replace(r"\w", r"[\w\p{N}]")
    return f"(?m){badness}|{mojibake.UTF_8_AS_CYRILLIC}|{_ENTITY.pattern}|{_CONTROLS}"


def repaired_line(line: str, *, among_damage: bool = False) -> str:
    """Return a line as ftfy mends it, but for what is good text, for what is talked about, and for fixes that do not fit.

    Encoding is mended as a whole or not at all: what is mended by pieces can no longer be read back.

    Args:
        line: the line.
        among_damage: whether other lines of its text are damaged: only then is an Ã that stands alone an à that lost its second half.
    """
    fixed = _joined(line, among_damage=among_damage)
    if fixed is not None and not among_damage:
        fixed = _joined(line, among_damage=True)
    return _fixed(line, fix_encoding=False) if fixed is None else fixed


def _joined(line: str, *, among_damage: bool) -> str | None:
    """Return a line with the encoding of its parts mended between the letters that are talked about; None where no part needs that."""
    if read_back := mojibake.decode_again(line):
        return _fixed(read_back, fix_encoding=False)
    parts = mojibake.parts_about_encoding(line, among_damage=among_damage)
    if len(parts) == 1:
        return _encoded(line)
    versions = [_encoded(part) if place % 2 == 0 else None for place, part in enumerate(parts)]
    if not any(versions):
        return None
    # What is not about encoding is looked at as a whole.
    return _fixed("".join(version or part for version, part in zip(versions, parts, strict=True)), fix_encoding=False)


def _encoded(line: str) -> str | None:
    """Return a line with its encoding mended; None where it is good, or cannot be mended as a whole."""
    from ftfy.badness import badness  # noqa: PLC0415 - imported where it is used

    whole = _LOST_QUOTE.sub("â€\x9d", line)
    was = badness(whole)
    if not was:
        return None
    fixed, plain = _fixed(whole, fix_encoding=True), _fixed(line, fix_encoding=False)
    return fixed if fixed != plain and badness(fixed) * 2 <= was and mojibake.is_fully_repaired(line, fixed) else None


def _fixed(line: str, *, fix_encoding: bool) -> str:
    from ftfy import TextFixerConfig, fix_text  # noqa: PLC0415 - imported where it is used

    is_plain = "<" not in line and not _ABOUT_ENTITIES.search(line)
    is_resolved = is_plain and "&" in line and _unescaped(line) is not None
    config = TextFixerConfig(
        unescape_html="auto" if is_resolved else False,
        fix_encoding=fix_encoding,
        fix_c1_controls=fix_encoding,
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        # Extraction made line breaks one kind: what this one still finds is an entity such as &#13;.
        fix_line_breaks=True,
        explain=False,
    )
    text = _ESCAPED_AGAIN.sub("&amp;", line) if is_resolved else line
    if len(line) <= _LONG and combining_marks.cap_marks_of(fixed := fix_text(text, config)) == fixed:
        return fixed
    for _ in range(_MOST_ROUNDS):
        # Entities and mojibake may hide marks: they are capped once they can be seen, and normalised after that.
        before, text = text, unicodedata.normalize("NFC", combining_marks.cap_marks_of(fix_text(text, config._replace(normalization=None))))
        if text == before:
            break
    return text


def _spans(line: str, mended: str) -> Iterator[_Span]:
    """Yield what turns a line into its mended version, word by word."""
    old, new = _TOKEN.findall(line), _TOKEN.findall(mended)
    starts = [0, *itertools.accumulate(map(len, old))]
    for i1, i2, j1, j2 in _changed(old, new):
        original, replacement = "".join(old[i1:i2]), "".join(new[j1:j2])
        yield from _smallest(_Span(starts[i1], original, replacement, _kind(original, replacement)))


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges of words that differ."""
    if len(old) == len(new) and all((a == b) or not (a.isspace() or b.isspace()) for a, b in zip(old, new, strict=True)):
        yield from ((i, i + 1, i, i + 1) for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
        return
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if (old_end - head) * (new_end - head) > _MOST_PAIRS:
        yield head, old_end, head, new_end
        return
    matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield head + i1, head + i2, head + j1, head + j2


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    """Return how many items two sequences share at their start."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _kind(original: str, replacement: str) -> str:
    if _INVISIBLE.sub("", original) == replacement:
        return "control"
    limited = combining_marks.cap_marks_of(original)
    if unicodedata.normalize("NFC", limited) == replacement:
        return "normal-form" if limited == original else "marks"
    return "entity" if _resolved(original) == replacement else "encoding"


def _resolved(text: str) -> str:
    resolved = _unescaped(text)
    return text if resolved is None else resolved


def _unescaped(text: str) -> str | None:
    """Return a text without entities, those that were made of entities included; None where some are left after all rounds."""
    from ftfy.fixes import fix_line_breaks, unescape_html  # noqa: PLC0415 - imported where it is used

    for _ in range(_MOST_ROUNDS):
        resolved = str(fix_line_breaks(unescape_html(_ESCAPED_AGAIN.sub("&amp;", text))))
        if resolved == text:
            return text
        text = resolved
    return None


def _smallest(span: _Span) -> Iterator[_Span]:
    """Yield a span, or the parts of it that say the same: single entities, and only what changed of an invisible or very long thing."""
    start, original, replacement, kind = span
    if kind == "entity":
        found = [(match.start(), match[0], _resolved(match[0])) for match in _ENTITY.finditer(original)]
        # An entity made of entities (&amp;amp;) is one with what surrounds it.
        is_nested = _ENTITY.sub(lambda match: _resolved(match[0]), original) != replacement
        parts = (_Span(start + at, entity, text, kind) for at, entity, text in found if entity != text)
        yield from [span] if is_nested else parts
    elif kind != "encoding" or len(original) > _LONGEST_WORD:
        head = _shared(original, replacement)
        tail = _shared(original[head:][::-1], replacement[head:][::-1])
        yield _Span(start + head, original[head : len(original) - tail], replacement[head : len(replacement) - tail], kind)
    else:
        yield span
