"""Exceptions of corpus.toml: edits that are not made in one document, because a person wants the text kept as it is.

An edit is exempted where it would change any part of the text to keep. A person copies that text from the output of `saring explain`, which
shows the page as it was extracted, or from the published document. So it is searched for in the text that the step received, and in the
texts that the steps before it received; from those, its position is carried forward through the edits in between.
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

#: Joins the rules of one change that several rules made, as `saring explain` shows it.
_RULE_SEPARATOR = " + "

#: How many matching ids an error message lists. A judgement.
_LISTED_IDS = 5


class _PageExemption(NamedTuple):
    """An exception of corpus.toml, with the id of one page of the batch that it applies to."""

    exemption: ExemptedText
    id: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Page id, rule and text to keep: what makes two exceptions on a page the same."""
        return self.id, self.exemption.rule, self.exemption.keep


class _StepRecord(NamedTuple):
    """The strings that one step received and the changes that it made, for the pages with exceptions, by (id, field)."""

    strings: dict[tuple[str, str], str]
    changes: dict[tuple[str, str], list[list[Change]]]


class Exemptions:
    """The exceptions that apply to a batch of pages: filters the edits of each step, and records which edits were exempted.

    `allowed_edits` has to be called once for each step, in the order of the steps.

    Args:
        pages: columns id, source and scrape_sha256.
        keeps: the exceptions of corpus.toml.
    """

    def __init__(self, pages: pl.DataFrame, keeps: Sequence[ExemptedText]) -> None:
        masks = pages.select(ids.matches_page(keep.id).fill_null(value=False).alias(str(number)) for number, keep in enumerate(keeps))
        self._page_exemptions = [
            _PageExemption(keep, id_) for keep, mask in zip(keeps, masks, strict=True) for id_ in pages["id"].filter(mask)
        ]
        self._steps: list[_StepRecord] = []
        self._effective: set[tuple[str, str, str]] = set()
        self._exempted_edits = [empty_table(EDIT)]

    def __bool__(self) -> bool:
        """Return whether an exception applies to any page of the batch."""
        return bool(self._page_exemptions)

    @property
    def effects(self) -> pl.DataFrame:
        """The exceptions that exempted at least one edit, as rows of `tables.EFFECT`."""
        effective = (page for page in self._page_exemptions if page.key in self._effective)
        rows = {(page.id, "exempted", page.exemption.rule, page.exemption.keep, page.exemption.id) for page in effective}
        return pl.DataFrame(sorted(rows), schema=EFFECT, orient="row")

    @property
    def exempted_edits(self) -> pl.DataFrame:
        """The edits that were exempted so far, columns of `tables.EDIT`."""
        return pl.concat(self._exempted_edits)

    def allowed_edits(self, edits: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
        """Return the edits of one step without the exempted ones, numbered anew.

        Args:
            edits: columns of `tables.EDIT`.
            texts: columns id, text and title, as the step received them.
        """
        if not self._page_exemptions:
            return edits
        exempted_ids = pl.Series("id", sorted({page.id for page in self._page_exemptions})).to_frame()
        candidates = edits.join(exempted_ids, on="id", how="semi", maintain_order="left").with_row_index("row")
        received = _strings_by_field(texts.join(exempted_ids, on="id", how="semi"))
        rows = {row for page in self._page_exemptions for row in self._exempted_rows(page, candidates, received)}
        exempted = candidates.filter(pl.col("row").is_in(sorted(rows)))
        applied = ledger.without_exempted(candidates.drop("row"), exempted)
        self._exempted_edits.append(exempted.drop("row"))
        self._steps.append(_StepRecord(received, ledger.changes_of(applied)))
        return ledger.without_exempted(edits, exempted) if exempted.height else edits

    def allowed_author_edits(self, edits: pl.DataFrame) -> pl.DataFrame:
        """Return the name corrections in author lists, without those of an author string that contains a text to keep.

        Args:
            edits: columns of `tables.EDIT`, `document` (the id of the page) and `author` (the string that is edited).
        """
        for page in self._page_exemptions:
            is_exempted = (
                (pl.col("document") == page.id)
                & pl.col("rule").is_in(exempted_rules(page.exemption))
                & pl.col("author").str.contains(page.exemption.keep, literal=True)
            )
            if (exempted := edits.filter(is_exempted)).height:
                self._effective.add(page.key)
                self._exempted_edits.append(exempted.with_columns(pl.col("document").alias("id")).select(EDIT.names()))
                edits = edits.filter(~is_exempted)
        return edits

    def _exempted_rows(self, page: _PageExemption, edits: pl.DataFrame, received: dict[tuple[str, str], str]) -> Iterator[int]:
        """Yield the row numbers of the edits that an exception forbids on its page.

        Args:
            page: the exception and the page.
            edits: edits of one step, with their numbers as `row`.
            received: the texts and titles that the step received, by (id, field).
        """
        of_rule = edits.filter((pl.col("id") == page.id) & pl.col("rule").is_in(exempted_rules(page.exemption)))
        for row, field, start, original in of_rule.select("row", "field", "start", "original").iter_rows():
            spans = self._kept_spans((page.id, field), page.exemption.keep, received)
            if not page.exemption.keep or any(_changes_span(start, original, span) for span in spans):
                self._effective.add(page.key)
                yield row

    def _kept_spans(self, key: tuple[str, str], keep: str, received: dict[tuple[str, str], str]) -> Iterator[tuple[int, int]]:
        """Yield the spans of the text to keep in the string that a step received, also where an earlier step changed part of it.

        Args:
            key: id of the page, and field (`text` or `title`).
            keep: the text to keep.
            received: the strings that the step received, by such keys.
        """
        yield from _occurrences(received.get(key, ""), keep)
        for number, step in enumerate(self._steps):
            for span in _occurrences(step.strings.get(key, ""), keep):
                start, end = span
                for later in self._steps[number:]:
                    for changes in later.changes.get(key, ()):
                        start, end = _carried_offset(start, changes, after=False), _carried_offset(end, changes, after=True)
                if start < end:
                    yield start, end


def check_exemptions(keeps: Sequence[ExemptedText], working: pl.Series) -> None:
    """Check that the id of each exception is not an ambiguous prefix of several document ids.

    Args:
        keeps: the exceptions of corpus.toml.
        working: the ids of all pages inside a build: the published id of a page, a point, and more digits for each of its scrapes.

    Raises:
        ConfigError: names the exception and the matching ids.
    """
    for number, keep in enumerate(keeps):
        if not ids.is_id(keep.id) or ids.is_page_id(keep.id):
            continue
        matching = working.filter(working.str.starts_with(keep.id.lower())).to_frame("id").select(ids.page_id_of()).to_series()
        matching = matching.unique().sort()
        if len(matching) > 1:
            more = f" and {len(matching) - _LISTED_IDS:,} more" if len(matching) > _LISTED_IDS else ""
            raise ConfigError(
                file="corpus.toml",
                path=f"exception[{number}].id",
                expected="the id of one document, or the beginning of one id only",
                found=f"{keep.id!r}, which {len(matching)} ids begin with: {', '.join(matching.head(_LISTED_IDS))}{more}",
                hint="Write more characters of the id.",
            )


def exempted_rules(keep: ExemptedText) -> set[str]:
    """Return the rule ids, as the ledger has them, whose edits an exception forbids.

    The classifier's edits appear under two ids, alone and with site-line evidence; which of them deletes a line may change when another
    page of the site comes in, so an exception for either is for both.
    """
    rules = {keep.rule, *keep.rule.split(_RULE_SEPARATOR)}
    classifier_rules = {line_classifier.CLASSIFIER_RULE, site_lines.SITE_LINE_RULE}
    return rules | classifier_rules if rules & classifier_rules else rules


def _strings_by_field(texts: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return the non-empty texts and titles of pages by (id, field)."""
    rows = texts.select("id", "text", "title").iter_rows()
    return {(id_, field): string for id_, *strings in rows for field, string in zip(("text", "title"), strings, strict=True) if string}


def _occurrences(text: str, keep: str) -> Iterator[tuple[int, int]]:
    """Yield the spans in a text where the text to keep occurs, as it is written or composed (NFC)."""
    for form in dict.fromkeys((keep, unicodedata.normalize("NFC", keep))):
        start = text.find(form) if form else -1
        while start >= 0:
            yield start, start + len(form)
            start = text.find(form, start + 1)


def _changes_span(start: int, original: str, span: tuple[int, int]) -> bool:
    """Return whether an edit changes part of a span; white space at the ends of the edited text does not count.

    `start` and `original` are the edit's start offset and the string that it replaces.
    """
    core = original.strip() or original
    begin = start + original.index(core)
    end = begin + len(core)
    return max(begin, span[0]) < min(end, span[1]) or (begin == end and span[0] <= begin <= span[1])


def _carried_offset(offset: int, changes: Sequence[Change], *, after: bool) -> int:
    """Map an offset in a string to the string after changes; inside a change, it becomes its start, or its end if `after` is set."""
    shift = 0
    for change in changes:
        if offset >= change.end:
            shift += len(change.replacement) - (change.end - change.start)
        elif offset > change.start:
            return change.start + shift + (len(change.replacement) if after else 0)
        else:
            break
    return offset + shift
