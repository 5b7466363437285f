"""Find the edits that repair encoding damage in texts, with ftfy as the judge: mojibake, control characters, entities, and NFC.

ftfy takes one string at a time, so it is called only for lines that it may change. They are selected by a regular expression of Polars
that is built from ftfy's own conditions, so no line is missed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl

from saring.core import combining_marks, lines
from saring.core.ledger import number_edits
from saring.repair import mojibake
from saring.repair.changed_spans import changed_spans
from saring.repair.entities import ENTITY, MAX_ROUNDS, NESTED_AMPERSAND, resolve_entities

__all__ = ["find_repairs", "is_suspect", "repair_line"]

#: Longer lines are normalised without ftfy, whose time is quadratic in the length of a run of combining marks. A judgement.
_MAX_FTFY_NORMALIZED = 1_000
#: Text about entities, which stay there: a quoted entity, one in backticks, or an escaped tag, which would become markup.
_ENTITY_AS_TOPIC = re.compile(
    r"""(["'‘“«`„])&#?\w{1,24};["'’”»`“]|`(?=[^`]*`)[^`]*&#?\w{1,24};|&lt;[/!]?[A-Za-z][^&<>]{0,200}(?:&quot;[^&<>]{0,200}){0,40}/?&gt;"""
)
#: Characters that ftfy's `remove_control_chars` and `fix_line_breaks` change.
_CONTROLS = r"[\x00-\x08\x0B\x0D-\x1F\x7F\u{2028}\u{2029}\u{206A}-\u{206F}\u{FEFF}\u{FFF9}-\u{FFFC}]"
#: All characters that NFC can change or join to the one before (NFC_Quick_Check is not Yes), and others of their blocks.
_COMPOSING = (
    r"[\p{M}\u{340}-\u{387}\u{958}-\u{E00}\u{F00}-\u{FFF}\u{1100}-\u{11FF}\u{1F00}-\u{1FFF}\u{2000}\u{2001}\u{2126}-\u{212B}\u{2329}\u{232A}"
    r"\u{2ADC}\u{F900}-\u{FAFF}\u{FB1D}-\u{FB4F}\u{11000}-\u{16FFF}\u{1D000}-\u{1D1FF}\u{2F800}-\u{2FA1F}]"
)
#: Mojibake of a closing quotation mark without its last byte, which Windows-1252 does not define: ftfy would take the space after it for
#: the missing byte and turn both into a dagger.
_TRUNCATED_QUOTE = re.compile("â€(?=[ .,;:!?)\\]]|$)")
#: Kind of an edit -> its rule, where that is not "ftfy".
_RULES = {"marks": "excess-combining-marks"}


def find_repairs(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the edits that repair the encoding of texts and titles, word by word.

    Undamaged text stays as it is: curly quotation marks, ligatures, full-width letters, "« »", "SÃO PAULO". Line breaks were made uniform
    by extraction. Entities are resolved, but not on a line with a "<", an escaped tag or a quoted entity: such a text is about entities.

    Args:
        texts: columns id, text and title.

    Returns:
        Rows of `tables.EDIT`, step "repair", rule "ftfy", of the kinds "encoding", "entity", "control" and "normal-form" (a letter
        and its accent become one character: NFC); and rule "excess-combining-marks", kind "marks", where more than 30 combining marks
        follow each other, of which 30 stay.
    """
    return number_edits("repair", pl.concat([_find_in_field(texts, field) for field in ("text", "title")]))


def _find_in_field(texts: pl.DataFrame, field: str) -> pl.DataFrame:
    """Return the edits that repair one column of texts, `text` or `title`, without the columns `step` and `seq`."""
    # Most texts have no suspect line and are not even split. Normalising a text costs five times as much as checking that it contains
    # no character that NFC could change.
    candidates = texts.select("id", field).filter(pl.col(field).str.contains(f"{_suspect_pattern()}|{_COMPOSING}"))
    suspects = candidates.filter(is_suspect(pl.col(field)))
    suspect_lines = lines.split_lines(suspects, field).filter(is_suspect(pl.col("line")))
    capped = suspect_lines.select("id", "start", "line", combining_marks.cap_marks(pl.col("line")).alias("capped"))
    damaged_texts = _texts_with_lone_letters(capped.select("id", line="capped"))
    rows = [
        (id_, field, start + span.start, start + span.start + len(span.original), *span[1:], _RULES.get(span.kind, "ftfy"), None)
        for id_, start, line, capped_line in capped.iter_rows()
        for span in changed_spans(line, repair_line(capped_line, among_damage=id_ in damaged_texts))
    ]
    schema = {"id": pl.String, "field": pl.String, "start": pl.Int64, "end": pl.Int64}
    schema |= dict.fromkeys(("original", "replacement", "kind", "rule"), pl.String) | {"score": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _texts_with_lone_letters(suspect_lines: pl.DataFrame) -> frozenset[str]:
    """Return the ids of texts that contain an Â or Ã as a separate word, and in some line certain mojibake: the letter is mojibake there too.

    Args:
        suspect_lines: columns id and line.
    """
    with_lone_letter = suspect_lines.filter(pl.col("line").str.contains(mojibake.LONE_LETTER)).select("id").unique()
    rows = suspect_lines.join(with_lone_letter, on="id", how="semi").select("id", "line").iter_rows()
    return frozenset(id_ for id_, line in rows if is_damaged(line))


def is_damaged(line: str) -> bool:
    """Tell whether a line certainly contains mojibake, whatever the other lines of its text contain."""
    return _repair_mojibake(line, among_damage=False) is not None


def is_suspect(text: pl.Expr) -> pl.Expr:
    """Return a boolean expression: whether a text may have encoding damage. If not, ftfy would change none of its lines."""
    return text.str.contains(_suspect_pattern()) | (text.str.normalize("NFC") != text) | combining_marks.has_excess_marks(text)


@cache
def _suspect_pattern() -> str:
    """Return a Polars regular expression that matches every text that ftfy would change in any way but by NFC normalisation.

    ftfy's `fix_encoding` changes nothing unless its own `BADNESS_RE` matches, so that pattern is part of it: Rust runs it at 400 MB/s.
    ftfy's other fixers need an entity or a character of one class.
    """
    from ftfy.badness import BADNESS_RE  # noqa: PLC0415 - imported where it is used

    # A verbose pattern: Rust would ignore white space inside character classes too, so white space and comments are removed first.
    tokens = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|\#[^\n]*|\s+|.", BADNESS_RE.pattern, flags=re.DOTALL)
    badness = "".join(part for part in tokens if not part.isspace() and not part.startswith("#"))
    # Python's \w includes superscripts and fractions, Rust's does not.
    badness = badness.replace(r"\w", r"[\w\p{N}]")
    return f"(?m){badness}|{mojibake.UTF_8_AS_CYRILLIC}|{ENTITY.pattern}|{_CONTROLS}"


def repair_line(line: str, *, among_damage: bool = False) -> str:
    """Return a line as ftfy repairs it, without the repairs that would change undamaged text or leave fragments of mojibake.

    Mojibake of a line is repaired completely or not at all: after a partial repair the rest cannot be recovered any more.

    Args:
        line: the line.
        among_damage: whether other lines of its text are damaged. Only then is an Ã that is a separate word repaired: to an à, whose second byte
            was lost.
    """
    repaired = _repair_mojibake(line, among_damage=among_damage)
    if repaired is not None and not among_damage:
        repaired = _repair_mojibake(line, among_damage=True)
    return _apply_ftfy(line, fix_encoding=False) if repaired is None else repaired


def _repair_mojibake(line: str, *, among_damage: bool) -> str | None:
    """Return a line with its mojibake repaired, except for an Â or Ã that the text is about (in quotation marks); None if it has none."""
    if decoded := mojibake.decode_again(line):
        return _apply_ftfy(decoded, fix_encoding=False)
    parts = mojibake.split_quoted_letters(line, among_damage=among_damage)
    if len(parts) == 1:
        return _repair_completely(line)
    repaired_parts = [_repair_completely(part) if index % 2 == 0 else None for index, part in enumerate(parts)]
    if not any(repaired_parts):
        return None
    # Damage other than mojibake may span several parts.
    joined = "".join(repaired or part for repaired, part in zip(repaired_parts, parts, strict=True))
    return _apply_ftfy(joined, fix_encoding=False)


def _repair_completely(line: str) -> str | None:
    """Return a line with its mojibake repaired by ftfy; None where there is none, or where it cannot be repaired completely.

    A repair is accepted where it at least halves ftfy's badness and no changed word still looks damaged.
    """
    from ftfy.badness import badness  # noqa: PLC0415 - imported where it is used

    completed = _TRUNCATED_QUOTE.sub("â€\x9d", line)
    badness_before = badness(completed)
    if not badness_before:
        return None
    repaired, without_encoding = _apply_ftfy(completed, fix_encoding=True), _apply_ftfy(line, fix_encoding=False)
    is_accepted = repaired != without_encoding and badness(repaired) * 2 <= badness_before and mojibake.is_fully_repaired(line, repaired)
    return repaired if is_accepted else None


def _apply_ftfy(line: str, *, fix_encoding: bool) -> str:
    """Return a line with ftfy's fixes for entities, control characters, line breaks and NFC, and with combining marks capped.

    Args:
        line: the line.
        fix_encoding: whether ftfy repairs mojibake too.
    """
    from ftfy import TextFixerConfig, fix_text  # noqa: PLC0415 - imported where it is used

    may_have_entities = "<" not in line and not _ENTITY_AS_TOPIC.search(line)
    is_resolved = may_have_entities and "&" in line and resolve_entities(line) is not None
    config = TextFixerConfig(
        unescape_html="auto" if is_resolved else False,
        fix_encoding=fix_encoding,
        fix_c1_controls=fix_encoding,
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        # Extraction has unified line breaks: this affects only those from entities such as &#13;.
        fix_line_breaks=True,
        explain=False,
    )
    text = NESTED_AMPERSAND.sub("&amp;", line) if is_resolved else line
    if len(line) <= _MAX_FTFY_NORMALIZED and combining_marks.cap_marks_in_string(fixed := fix_text(text, config)) == fixed:
        return fixed
    for _ in range(MAX_ROUNDS):
        # Entities and mojibake may encode marks: these are capped once they are decoded, and normalised after that.
        before, text = (
            text,
            unicodedata.normalize("NFC", combining_marks.cap_marks_in_string(fix_text(text, config._replace(normalization=None)))),
        )
        if text == before:
            break
    return text
