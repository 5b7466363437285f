"""Detect glossaries and diaries, so that their headwords and dates are not deleted as buttons and date lines.

A button is a single line; the headword "Share" stands between "Bond" and "Stock", each above a sentence that defines it. A page has one
date of its own; the dates of a diary head entries of the same form. Lines are judged by their siblings in the series, so no word list is
needed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.int64]

__all__ = ["Entries", "diary_lines", "glossary_lines", "series_entries"]

# All limits below are judgements, checked by tests/cases/own_text.toml.
#: The most words of a headword; of a date with its weekday, its time and the words around them.
_HEADWORD, _DATE = 4, 9
#: The most lines of a glossary entry: under a subheading of an article there is more text.
_ENTRY = 6
#: A definition without a full stop has at least `_DEFINITION` words, less than the share `_CAPITALISED` of them capitalised, and no digits.
_DEFINITION, _CAPITALISED = 5, 0.5
#: In a series of two, each entry must repeat its headword within this many characters.
_HEADWORD_REACH = 60
#: A series of `_ALPHABETICAL` headwords in alphabetical order is no coincidence; one of `_SHORT` needs entries of at most `_SHORT_ENTRY`
#: lines, one of which repeats its headword.
_ALPHABETICAL, _SHORT, _SHORT_ENTRY = 4, 3, 2
#: The share of entries that repeat their headword from which a series in any order is a glossary.
_REPEATED = 2 / 3

#: The first date of a series is the page's own if its entry has more than `_LONG` lines and more than `_LONGER` times those of any other
#: entry, or if it is more than `_YEARS` years away from the next.
_LONGER, _LONG, _YEARS = 4, 8, 5

#: Ordinal suffixes, removed before the forms of dates are compared: "1er avril", "2 avril"; "July 1st", "July 2nd".
_ORDINAL = r"(\d)\s?(?:st|nd|rd|th|er|re|º|ª|\.)(?-u:\b|\s)"


class Entries(NamedTuple):
    """Division of lines into potential headwords (or dates) and the entry text below them, as arrays of one entry per line of a batch.

    An entry is the text below a headword of a glossary, or below a date of a diary.

    Attributes:
        is_entry: lines that may be text of an entry, and that no rule deletes.
        size: how many lines of entry text stand right below the line.
        below_entry: whether the line above is entry text, or the line is the first of its document.
        first: whether the line is the first of its document.
    """

    is_entry: Flags
    size: Rows
    below_entry: Flags
    first: Flags


def series_entries(lines: pl.DataFrame, is_deleted: Flags, *, sentences: bool = True) -> Entries:
    """Divide lines into potential headwords or dates, and the entry text below each.

    With entry text `is_entry` = [0, 1, 1, 0, 1] in one document, `stops` (the rows that end an entry, else the number of lines) is [0, 5,
    5, 3, 5, 5]; the minimum from the right, one row further down, is [3, 3, 3, 5, 5], so `size` is [2, 1, 0, 1, 0].

    Args:
        lines: as `line_features.line_features` returns them.
        is_deleted: mask of the lines that a rule deletes for their words.
        sentences: whether entries consist of sentences; False also accepts definitions without a full stop.
    """
    is_entry = lines["sentence_end"].to_numpy() == 1
    if not sentences:
        is_small = (lines["title_case"].to_numpy() < _CAPITALISED) & (lines["digits"].to_numpy() == 0)
        is_long = lines["words"].to_numpy() >= _DEFINITION
        is_entry |= is_small & is_long & lines["text"].str.contains(r"^[\"“«„‘]?\p{L}").to_numpy()
    is_entry &= ~is_deleted
    first = lines["from_start"].to_numpy() == 0
    # The entry text below a line ends at the next line that is no entry text, or that begins another document.
    row = np.arange(lines.height)
    stops = np.append(np.where(~is_entry | first, row, lines.height), lines.height)
    below = np.minimum.accumulate(stops[::-1])[::-1][1:]
    return Entries(is_entry, below - row - 1, first | np.append(False, is_entry[:-1])[: lines.height], first)


def glossary_lines(lines: pl.DataFrame, entries: Entries, doomed: Flags, min_kept_share: float = 0) -> Flags:
    """Return a mask of the headwords and entries of those glossaries that contain a line to be deleted.

    Args:
        lines: as `line_features.line_features` returns them.
        entries: as `series_entries` returns them.
        doomed: mask of the lines that would be deleted.
        min_kept_share: a glossary counts only if at least this share of its lines would be kept.
    """
    protected = np.zeros(lines.height, dtype=np.bool_)
    is_word = (lines["words"].to_numpy() <= _HEADWORD) & lines["text"].str.contains(r"^[\"“«„]?\p{L}.*[^:]$|^\p{L}$").to_numpy()
    is_head = ~entries.is_entry & is_word & (entries.size > 0)
    heads = np.flatnonzero(is_head)
    if not doomed[heads].any():
        return protected
    # A head continues a series if the entry of the previous head ends right above it and is no longer than `_ENTRY`. With heads at rows [0,
    # 2, 4, 9] and one line of entry text below each, `entry_end` is [-1, 2, 4, 6]: the first three heads are a series, the fourth begins
    # another.
    previous = np.append(-1, heads[:-1])
    entry_end = np.where(previous >= 0, previous + entries.size[previous] + 1, -1)
    joined = (entry_end == heads) & ~entries.first[heads] & (entries.size[previous] <= _ENTRY)
    starts = np.flatnonzero(~joined)
    sizes = np.diff(np.append(starts, len(heads)))
    is_sought = (sizes > 1) & np.logical_or.reduceat(doomed[heads], starts)
    runs = [heads[begin : begin + size] for begin, size in zip(starts[is_sought].tolist(), sizes[is_sought].tolist(), strict=True)]
    runs = [run for run in runs if _mostly_kept(_series_rows(run, entries), doomed, min_kept_share)]
    if runs:
        head_rows = np.concatenate(runs)
        words, texts = lines["text"].gather(head_rows).to_list(), lines["text"].gather(head_rows + 1).to_list()
        is_word = np.zeros(lines.height, dtype=np.bool_)
        for run, end in zip(runs, np.cumsum([len(run) for run in runs]).tolist(), strict=True):
            is_word[run] = _headwords(
                words[end - len(run) : end], texts[end - len(run) : end], entries.size[run], all_or_none=min_kept_share > 0
            )
        protected[_series_rows(head_rows[is_word[head_rows]], entries)] = True
    return protected


def _series_rows(heads: Rows, entries: Entries) -> Rows:
    """Return the row indices of headwords (or dates), given as `heads`, and of the entry text below each, at most 6 lines."""
    spans = [
        np.arange(head, head + size + 1) for head, size in zip(heads.tolist(), entries.size[heads].clip(0, _ENTRY).tolist(), strict=True)
    ]
    return np.concatenate(spans) if spans else heads


def _mostly_kept(rows: Rows, doomed: Flags, min_kept_share: float) -> bool:
    """Tell whether noise removal, which would delete the lines of the mask `doomed`, keeps at least a minimum share of these rows."""
    return not min_kept_share or bool((~doomed[rows]).mean() >= min_kept_share)


def _headwords(heads: list[str], texts: list[str], size: Rows, *, all_or_none: bool) -> Flags:
    """Return a mask of the headwords in a series of short lines: those that their entry repeats, and all if the series is a glossary.

    Args:
        heads: the texts of the lines that may be headwords.
        texts: the first line of each entry.
        size: the number of lines of each entry.
        all_or_none: accept the series as a glossary or not at all, instead of single headwords.
    """
    keys = [re.sub(r"\s*\(.*?\)", "", head.strip(' \t"“”«»„*•·')).casefold() for head in heads]
    if len(set(keys)) < len(keys):
        return np.zeros(len(heads), dtype=np.bool_)
    positions = [re.search(rf"(?<!\w){re.escape(key)}", text.casefold()) for key, text in zip(keys, texts, strict=True)]
    is_repeated = np.array([position is not None for position in positions])
    without_accents = ["".join(c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c)) for key in keys]
    is_sorted = without_accents == sorted(without_accents)
    # A dictionary has small letters throughout; buttons and sentences begin with capitals.
    if all(text[:1].islower() for text in (*heads, *texts)):
        return np.ones(len(heads), dtype=np.bool_)
    if len(heads) < _SHORT:
        is_near_start = [position is not None and position.start() <= _HEADWORD_REACH for position in positions]
        return np.full(len(heads), all(is_near_start) and not all_or_none)
    is_short = bool(is_repeated.any()) and int(size.max()) <= _SHORT_ENTRY
    is_glossary = is_repeated.mean() >= _REPEATED or (is_sorted and (len(heads) >= _ALPHABETICAL or is_short))
    return np.full(len(heads), is_glossary) if all_or_none else is_repeated | is_glossary


def diary_lines(lines: pl.DataFrame, entries: Entries, doomed: Flags, min_kept_share: float = 0) -> Flags:
    """Return a mask of the dates and entries of those diaries that contain a line to be deleted.

    A diary is a series of dates of the same form in one document, each above an entry.

    Args:
        lines: as `line_features.line_features` returns them.
        entries: as `series_entries` returns them.
        doomed: mask of the lines that would be deleted.
        min_kept_share: a diary counts only if at least this share of its lines would be kept.
    """
    protected = np.zeros(lines.height, dtype=np.bool_)
    has_digits = (lines["digits"].to_numpy() > 0) & (lines["words"].to_numpy() <= _DATE)
    heads = np.flatnonzero(has_digits & ~entries.is_entry & (entries.size > 0))
    if not doomed[heads].any():
        return protected
    date_lines = lines.select("document", "text", "digits")[heads].with_columns(pl.Series("row", heads), pl.Series("doomed", doomed[heads]))
    date_lines = date_lines.filter(pl.col("doomed").any().over("document") & (pl.len().over("document") > 1))
    shape = pl.col("text").str.to_lowercase().str.strip_chars("*•·-–—#>[]() \t:").str.replace_all(_ORDINAL, "${1} ")
    for pattern, sign in ((r"\p{L}[\p{L}\p{M}'’-]*\.?", "a"), (r"\d+", "9"), (r"\s+", " ")):
        shape = shape.str.replace_all(pattern, sign)
    date_lines = date_lines.with_columns(shape.str.strip_chars().alias("shape"))
    # A day or a time has at least three digits, and nothing but words and punctuation beside them: not "10 h ago", not "— Ann (@ann)".
    date_lines = date_lines.filter((pl.col("digits") > 2) & pl.col("shape").str.contains(r"^[a9 ,./:|–-]+$"))  # noqa: PLR2004
    series = ["document", "shape"]
    date_lines = date_lines.filter(pl.col("doomed").any().over(series) & (pl.len().over(series) > 1))
    for group in date_lines.partition_by(series, maintain_order=True):
        rows = group["row"].to_numpy()
        # All dates but the first must stand right below entry text: those of comments and teasers stand below a name or a headline.
        rows = np.append(rows[:1], rows[1:][entries.below_entry[rows[1:]]])
        if len(rows) > 1 and doomed[rows].any() and _mostly_kept(_series_rows(rows, entries), doomed, min_kept_share):
            rows = rows[int(_first_is_page_date(rows, entries, lines["text"].gather(rows).to_list())) :]
            if len(rows) > 1:
                protected[_series_rows(rows, entries)] = True
    return protected


def _first_is_page_date(rows: Rows, entries: Entries, texts: list[str]) -> bool:
    """Tell whether the first date of a series is the page's publication date: its entry is much longer, or it breaks the dates' order."""
    size = np.append(np.diff(rows) - 1, entries.size[rows[-1]])
    if size[0] > max(_LONG, _LONGER * size[1:].max()):
        return True
    days = list(_day_numbers(texts))
    if any(day is None for day in days):
        return False
    steps = np.diff(np.array(days, dtype=np.int64))
    later_steps = steps[1:][steps[1:] != 0]
    if len(later_steps) and (np.sign(later_steps) == np.sign(later_steps[0])).all() and np.sign(later_steps[0]) == -np.sign(steps[0]):
        return True
    return abs(int(steps[0])) > max(_YEARS * 366, int(np.abs(steps[1:]).sum()))


def _day_numbers(texts: list[str]) -> Iterator[int | None]:
    """Yield an approximate day number per date, for comparing order: from the full date, else from a year alone; None without either."""
    for text in texts:
        moment, year = dates.parse_date(text), re.search(r"(?<!\d)(1[0-9]|20)\d\d(?!\d)", text)
        yield moment.utc.toordinal() if moment else int(year[0]) * 366 if year else None
