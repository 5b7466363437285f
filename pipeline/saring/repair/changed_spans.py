"""Compare a line with its repaired version: the replacements, word by word, that become edits of the ledger."""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from saring.core import combining_marks
from saring.repair.entities import ENTITY, with_entities_resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Span", "changed_spans"]

#: The most pairs of words that difflib, which is quadratic, compares. Beyond, all between the shared start and the shared end of a line
#: becomes one edit. Only a line whose number of words changed needs difflib. A judgement, as is the next constant.
_MAX_PAIRS = 1_000_000
#: Longer "words" are those of scripts without spaces, in which an edit covers only the characters that changed.
_MAX_WORD = 40
#: Runs of white space and words.
_TOKEN = re.compile(r"[ \t\n]+|[^ \t\n]+")
#: What ftfy removes: terminal escape sequences and control characters.
_INVISIBLE = re.compile(r"\x1B\[[\d;]*[a-zA-Z]|[\x00-\x08\x0B\x0E-\x1F\x7F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]")


class Span(NamedTuple):
    """A replacement in a line, before it becomes an edit of the ledger.

    Attributes:
        start: the offset in the line, in code points.
        original: the text there.
        replacement: the text in its place.
        kind: the kind of the edit.
    """

    start: int
    original: str
    replacement: str
    kind: str


def changed_spans(line: str, repaired: str) -> Iterator[Span]:
    """Yield the replacements that turn a line into its repaired version, word by word."""
    old_words, new_words = _TOKEN.findall(line), _TOKEN.findall(repaired)
    starts = [0, *itertools.accumulate(map(len, old_words))]
    for old_start, old_end, new_start, new_end in _changed_ranges(old_words, new_words):
        original, replacement = "".join(old_words[old_start:old_end]), "".join(new_words[new_start:new_end])
        yield from _minimal_spans(Span(starts[old_start], original, replacement, _kind(original, replacement)))


def _changed_ranges(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges of words that differ between two versions of a line, as start and end in the old and in the new one.

    >>> list(_changed_ranges(["un", " ", "Ã©tÃ©"], ["un", " ", "été"]))
    [(2, 3, 2, 3)]
    """
    if len(old) == len(new) and all((a == b) or not (a.isspace() or b.isspace()) for a, b in zip(old, new, strict=True)):
        yield from ((index, index + 1, index, index + 1) for index, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
        return
    head = _shared_prefix(old, new)
    tail = _shared_prefix(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if (old_end - head) * (new_end - head) > _MAX_PAIRS:
        yield head, old_end, head, new_end
        return
    matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield head + i1, head + i2, head + j1, head + j2


def _shared_prefix(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common prefix of two sequences of words or characters."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _kind(original: str, replacement: str) -> str:
    """Return the kind of an edit, the simplest operation that turns the original into the replacement.

    In this order: `control` (invisible characters removed), `normal-form` (NFC), `marks` (NFC, and excess combining marks removed), `entity`
    (HTML entities resolved), else `encoding` (mojibake).
    """
    if _INVISIBLE.sub("", original) == replacement:
        return "control"
    capped = combining_marks.cap_marks_in_string(original)
    if unicodedata.normalize("NFC", capped) == replacement:
        return "normal-form" if capped == original else "marks"
    return "entity" if with_entities_resolved(original) == replacement else "encoding"


def _minimal_spans(span: Span) -> Iterator[Span]:
    """Shorten a replacement of words to the characters that differ; yield the shorter ones.

    Each HTML entity becomes a replacement of its own. Common prefixes and suffixes are cut off, except from mojibake in a word of usual length,
    so that the ledger shows words.
    """
    start, original, replacement, kind = span
    if kind == "entity":
        entities = [(match.start(), match[0], with_entities_resolved(match[0])) for match in ENTITY.finditer(original)]
        # A nested entity (&amp;amp;) cannot be separated from the characters around it.
        is_nested = ENTITY.sub(lambda match: with_entities_resolved(match[0]), original) != replacement
        parts = (Span(start + offset, entity, resolved, kind) for offset, entity, resolved in entities if entity != resolved)
        yield from [span] if is_nested else parts
    elif kind != "encoding" or len(original) > _MAX_WORD:
        head = _shared_prefix(original, replacement)
        tail = _shared_prefix(original[head:][::-1], replacement[head:][::-1])
        yield Span(start + head, original[head : len(original) - tail], replacement[head : len(replacement) - tail], kind)
    else:
        yield span
