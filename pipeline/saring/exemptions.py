"""Exceptions of corpus.toml: edits that are not made in one document, since a person wants the text kept.

An edit is exempted where it would change any part of the text to keep. A person copies that text from what `saring explain` shows, which is
the page as it was extracted, or from the published document; so it is looked for in the text that the step received, and in those that the
steps before it received, from which its place is carried forward.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core import ids, ledger
from saring.core.errors import ConfigError
from saring.core.tables import EDIT, EFFECT, empty_table
from saring.noise import line_classifier, site_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saring.config.settings import ExemptedText
    from saring.core.ledger import Change

__all__ = ["Exemptions", "check_exemptions", "exempted_rules"]

#: What joins the rules of one change that several made, as `saring explain` shows it.
_AND = " + "

#: Candidates that an error names.
_NAMED = 5


class _Pin(NamedTuple):
    """An exception and the working id of a document that it is for."""

    keep: ExemptedText
    id: str


class _Stage(NamedTuple):
    """The texts of pinned documents before a step, and the changes that the step made, by (id, field)."""

    texts: dict[tuple[str, str], str]
    changes: dict[tuple[str, str], list[list[Change]]]


class Exemptions:
    """The exceptions of a batch of pages: called with the edits of each step, in order, returns those that are made.

    Args:
        pages: columns id, source and scrape_sha256.
        keeps: the exceptions of corpus.toml.
    """

    def __init__(self, pages: pl.DataFrame, keeps: Sequence[ExemptedText]) -> None:
        masks = pages.select(ids.matches_page(keep.id).fill_null(value=False).alias(str(number)) for number, keep in enumerate(keeps))
        self._pins = [_Pin(keep, id_) for keep, mask in zip(keeps, masks, strict=True) for id_ in pages["id"].filter(mask)]
        self._stages: list[_Stage] = []
        self._effects: set[tuple[str, str, str]] = set()
        self._edits = [empty_table(EDIT)]

    def __bool__(self) -> bool:
        """Return whether any page of the batch has an exception."""
        return bool(self._pins)

    @property
    def effects(self) -> pl.DataFrame:
        """The exceptions that exempted an edit, columns of `tables.EFFECT`."""
        rows = {(pin.id, "exempted", pin.keep.rule, pin.keep.keep, pin.keep.id) for pin in self._pins if self._key(pin) in self._effects}
        return pl.DataFrame(sorted(rows), schema=EFFECT, orient="row")

    @property
    def edits(self) -> pl.DataFrame:
        """The edits that were exempted, columns of `tables.EDIT`."""
        return pl.concat(self._edits)

    def __call__(self, found: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
        """Return the edits of a step (`tables.EDIT`) without those that are exempted; `texts` is what the step received."""
        if not self._pins:
            return found
        pinned = pl.Series("id", sorted({pin.id for pin in self._pins}))
        mine = found.join(pinned.to_frame(), on="id", how="semi", maintain_order="left").with_row_index("row")
        received = _by_field(texts.join(pinned.to_frame(), on="id", how="semi"))
        rows = {row for pin in self._pins for row in self._exempted(pin, mine, received)}
        exempted = mine.filter(pl.col("row").is_in(sorted(rows)))
        made = ledger.without_exempted(mine.drop("row"), exempted)
        self._edits.append(exempted.drop("row"))
        self._stages.append(_Stage(received, ledger.changes_of(made)))
        return ledger.without_exempted(found, exempted) if exempted.height else found

    def authors(self, found: pl.DataFrame) -> pl.DataFrame:
        """Return the edits of authors that are made: columns of `tables.EDIT`, and `document` and `author`, what they are edits of."""
        for pin in self._pins:
            touched = (
                (pl.col("document") == pin.id)
                & pl.col("rule").is_in(exempted_rules(pin.keep))
                & pl.col("author").str.contains(pin.keep.keep, literal=True)
            )
            if (exempted := found.filter(touched)).height:
                self._effects.add(self._key(pin))
                self._edits.append(exempted.with_columns(pl.col("document").alias("id")).select(EDIT.names()))
                found = found.filter(~touched)
        return found

    def _exempted(self, pin: _Pin, found: pl.DataFrame, received: dict[tuple[str, str], str]) -> Iterator[int]:
        """Yield the rows of the edits that an exception forbids."""
        asked = found.filter((pl.col("id") == pin.id) & pl.col("rule").is_in(exempted_rules(pin.keep)))
        for row, field, start, original in asked.select("row", "field", "start", "original").iter_rows():
            spans = self._spans((pin.id, field), pin.keep.keep, received)
            if not pin.keep.keep or any(_touches(start, original, span) for span in spans):
                self._effects.add(self._key(pin))
                yield row

    def _spans(self, key: tuple[str, str], kept: str, received: dict[tuple[str, str], str]) -> Iterator[tuple[int, int]]:
        """Yield where the text to keep stands in what the step received, also where a step before changed something within it."""
        yield from _places(received.get(key, ""), kept)
        for number, stage in enumerate(self._stages):
            for span in _places(stage.texts.get(key, ""), kept):
                start, end = span
                for later in self._stages[number:]:
                    for changes in later.changes.get(key, ()):
                        start, end = _carried(start, changes, after=False), _carried(end, changes, after=True)
                if start < end:
                    yield start, end

    @staticmethod
    def _key(pin: _Pin) -> tuple[str, str, str]:
        return pin.id, pin.keep.rule, pin.keep.keep


def check_exemptions(keeps: Sequence[ExemptedText], working: pl.Series) -> None:
    """Refuse an exception whose id is the beginning of several.

    Args:
        keeps: the exceptions of corpus.toml.
        working: the working ids of all pages.

    Raises:
        ConfigError: names the exception and the ids.
    """
    for number, keep in enumerate(keeps):
        if not ids.is_id(keep.id) or ids.is_head(keep.id):
            continue
        begun = working.filter(working.str.starts_with(keep.id.lower())).to_frame("id").select(ids.page_part()).to_series().unique().sort()
        if len(begun) > 1:
            more = f" and {len(begun) - _NAMED:,} more" if len(begun) > _NAMED else ""
            raise ConfigError(
                file="corpus.toml",
                path=f"exception[{number}].id",
                expected="the id of one document, or its beginning",
                found=f"{keep.id!r}, with which {len(begun)} begin: {', '.join(begun.head(_NAMED))}{more}",
                hint="Write more of it.",
            )


def exempted_rules(keep: ExemptedText) -> set[str]:
    """Return the rules, as the ledger calls them, whose edits an exception forbids.

    The classifier has two names: which of them cuts a line may change when another page of the site comes.
    """
    named = {keep.rule, *keep.rule.split(_AND)}
    judges = {line_classifier.RULE, site_lines.RULE}
    return named | judges if named & judges else named


def _by_field(texts: pl.DataFrame) -> dict[tuple[str, str], str]:
    rows = texts.select("id", "text", "title").iter_rows()
    return {(id_, field): string for id_, *strings in rows for field, string in zip(("text", "title"), strings, strict=True) if string}


def _places(text: str, kept: str) -> Iterator[tuple[int, int]]:
    """Yield where a text stands in another, as it is written or composed (NFC)."""
    for form in dict.fromkeys((kept, unicodedata.normalize("NFC", kept))):
        at = text.find(form) if form else -1
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + 1)


def _touches(start: int, original: str, span: tuple[int, int]) -> bool:
    """Return whether an edit changes something of a span: the white space around what it cuts does not count."""
    core = original.strip() or original
    begin = start + original.index(core)
    end = begin + len(core)
    return max(begin, span[0]) < min(end, span[1]) or (begin == end and span[0] <= begin <= span[1])


def _carried(place: int, changes: Sequence[Change], *, after: bool) -> int:
    """Return where a place is once changes are made; of one within a change, its start, or its end (`after`)."""
    moved = 0
    for change in changes:
        if place >= change.end:
            moved += len(change.replacement) - (change.end - change.start)
        elif place > change.start:
            return change.start + moved + (len(change.replacement) if after else 0)
        else:
            break
    return place + moved
