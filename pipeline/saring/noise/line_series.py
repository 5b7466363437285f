"""Lines of a series: headwords above their definitions, dates above the entries of a diary.

A button stands alone; the headword "Share" stands between "Bond" and "Stock", each above a sentence that says what it is. The page's own date
stands alone; those of a diary head entries of the same form. What such lines say is judged by their siblings, so it needs no list of words.
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

#: A headword has few words; so has a date, with weekday, time and what else stands beside it.
_HEADWORD, _DATE = 4, 9
#: An entry of a glossary is short: under a subheading of an article stands more.
_ENTRY = 6
#: A definition without a full stop has this many words at least, most of them small, and no figures.
_DEFINITION, _SMALL = 5, 0.5
#: Characters of an entry among which its headword must stand, where only one sibling says that this is a glossary.
_NEAR = 60
#: Runs in alphabetical order that are long enough to be no chance; shorter ones need short entries, one of which repeats its headword.
_ALPHABETICAL, _SHORT, _SHORT_ENTRY = 4, 3, 2
_USED = 2 / 3

#: A page's own date stands above a whole article, and seldom in the years of a diary that it shows.
_LONGER, _LONG, _YEARS = 4, 8, 5

#: Ordinals vary within a series: "1er avril", "2 avril"; "July 1st", "July 2nd".
_ORDINAL = r"(\d)\s?(?:st|nd|rd|th|er|re|º|ª|\.)(?-u:\b|\s)"


class Entries(NamedTuple):
    """The lines of a batch as heads and what stands below them.

    Attributes:
        follows: lines that may be text of an entry, and that no rule cuts.
        size: for each line, how many lines of that kind stand right below it.
        after: whether the line above is one, or the text begins.
        first: whether the text begins.
    """

    follows: Flags
    size: Rows
    after: Flags
    first: Flags


def series_entries(lines: pl.DataFrame, cut: Flags, *, sentences: bool = True) -> Entries:
    """Return heads and entries.

    Args:
        lines: as `features.describe` gives them.
        cut: lines that a rule cuts for what they say.
        sentences: whether an entry consists of sentences; definitions often have no full stop.
    """
    follows = lines["sentence_end"].to_numpy() == 1
    if not sentences:
        is_small = (lines["title_case"].to_numpy() < _SMALL) & (lines["digits"].to_numpy() == 0)
        is_long = lines["words"].to_numpy() >= _DEFINITION
        follows |= is_small & is_long & lines["text"].str.contains(r"^[\"“«„‘]?\p{L}").to_numpy()
    follows &= ~cut
    first = lines["from_start"].to_numpy() == 0
    # The next line that is no entry, or that begins another text, ends those below a line.
    here = np.arange(lines.height)
    stops = np.append(np.where(~follows | first, here, lines.height), lines.height)
    below = np.minimum.accumulate(stops[::-1])[::-1][1:]
    return Entries(follows, below - here - 1, first | np.append(False, follows[:-1])[: lines.height], first)


def glossary_lines(lines: pl.DataFrame, found: Entries, wanted: Flags, least: float = 0) -> Flags:
    """Return the lines of glossaries that hold one of the wanted lines: headwords and their entries.

    Args:
        lines: as `features.describe` gives them.
        found: as `series_entries` returns them.
        wanted: lines that would be cut.
        least: the share of a glossary's lines that must not be wanted.
    """
    own = np.zeros(lines.height, dtype=np.bool_)
    is_word = (lines["words"].to_numpy() <= _HEADWORD) & lines["text"].str.contains(r"^[\"“«„]?\p{L}.*[^:]$|^\p{L}$").to_numpy()
    is_head = ~found.follows & is_word & (found.size > 0)
    heads = np.flatnonzero(is_head)
    if not wanted[heads].any():
        return own
    # A head goes on with a run where the entry of the head above it ends right above it, and was no longer than an entry.
    previous = np.append(-1, heads[:-1])
    reach = np.where(previous >= 0, previous + found.size[previous] + 1, -1)
    joined = (reach == heads) & ~found.first[heads] & (found.size[previous] <= _ENTRY)
    starts = np.flatnonzero(~joined)
    sizes = np.diff(np.append(starts, len(heads)))
    sought = (sizes > 1) & np.logical_or.reduceat(wanted[heads], starts)
    runs = [heads[begin : begin + size] for begin, size in zip(starts[sought].tolist(), sizes[sought].tolist(), strict=True)]
    runs = [run for run in runs if _stay(_spans(run, found), wanted, least)]
    if runs:
        every = np.concatenate(runs)
        words, texts = lines["text"].gather(every).to_list(), lines["text"].gather(every + 1).to_list()
        is_word = np.zeros(lines.height, dtype=np.bool_)
        for run, end in zip(runs, np.cumsum([len(run) for run in runs]).tolist(), strict=True):
            is_word[run] = _defined(words[end - len(run) : end], texts[end - len(run) : end], found.size[run], whole=least > 0)
        own[_spans(every[is_word[every]], found)] = True
    return own


def _spans(heads: Rows, found: Entries) -> Rows:
    """Return the lines of heads and their entries."""
    spans = [
        np.arange(head, head + size + 1) for head, size in zip(heads.tolist(), found.size[heads].clip(0, _ENTRY).tolist(), strict=True)
    ]
    return np.concatenate(spans) if spans else heads


def _stay(rows: Rows, wanted: Flags, least: float) -> bool:
    return not least or bool((~wanted[rows]).mean() >= least)


def _defined(heads: list[str], texts: list[str], size: Rows, *, whole: bool) -> Flags:
    """Return which of a run's heads are headwords: all of them, those that their own entry repeats unless `whole`, or none."""
    keys = [re.sub(r"\s*\(.*?\)", "", head.strip(' \t"“”«»„*•·')).casefold() for head in heads]
    if len(set(keys)) < len(keys):
        return np.zeros(len(heads), dtype=np.bool_)
    places = [re.search(rf"(?<!\w){re.escape(key)}", text.casefold()) for key, text in zip(keys, texts, strict=True)]
    used = np.array([place is not None for place in places])
    plain = ["".join(c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c)) for key in keys]
    is_sorted = plain == sorted(plain)
    # A dictionary has small letters throughout; buttons and sentences begin with capitals.
    if all(text[:1].islower() for text in (*heads, *texts)):
        return np.ones(len(heads), dtype=np.bool_)
    if len(heads) < _SHORT:
        near = [place is not None and place.start() <= _NEAR for place in places]
        return np.full(len(heads), all(near) and not whole)
    is_short = bool(used.any()) and int(size.max()) <= _SHORT_ENTRY
    is_glossary = used.mean() >= _USED or (is_sorted and (len(heads) >= _ALPHABETICAL or is_short))
    return np.full(len(heads), is_glossary) if whole else used | is_glossary


def diary_lines(lines: pl.DataFrame, found: Entries, wanted: Flags, least: float = 0) -> Flags:
    """Return the lines of diaries that hold one of the wanted lines: dates of the same form that each head an entry, and the entries.

    Arguments are those of `glossary_lines`.
    """
    own = np.zeros(lines.height, dtype=np.bool_)
    has_digits = (lines["digits"].to_numpy() > 0) & (lines["words"].to_numpy() <= _DATE)
    heads = np.flatnonzero(has_digits & ~found.follows & (found.size > 0))
    if not wanted[heads].any():
        return own
    known = lines.select("document", "text", "digits")[heads].with_columns(pl.Series("row", heads), pl.Series("wanted", wanted[heads]))
    known = known.filter(pl.col("wanted").any().over("document") & (pl.len().over("document") > 1))
    shape = pl.col("text").str.to_lowercase().str.strip_chars("*•·-–—#>[]() \t:").str.replace_all(_ORDINAL, "${1} ")
    for pattern, sign in ((r"\p{L}[\p{L}\p{M}'’-]*\.?", "a"), (r"\d+", "9"), (r"\s+", " ")):
        shape = shape.str.replace_all(pattern, sign)
    known = known.with_columns(shape.str.strip_chars().alias("shape"))
    # A day or a time has three digits and nothing but words and marks beside it: no "10 h ago", no "— Ann (@ann)".
    known = known.filter((pl.col("digits") > 2) & pl.col("shape").str.contains(r"^[a9 ,./:|–-]+$"))  # noqa: PLR2004
    series = ["document", "shape"]
    known = known.filter(pl.col("wanted").any().over(series) & (pl.len().over(series) > 1))
    for group in known.partition_by(series, maintain_order=True):
        rows = group["row"].to_numpy()
        # All but the first stand below the entry of the one above: dates of comments and of teasers stand below a name or a headline.
        rows = np.append(rows[:1], rows[1:][found.after[rows[1:]]])
        if len(rows) > 1 and wanted[rows].any() and _stay(_spans(rows, found), wanted, least):
            rows = rows[int(_is_of_page(rows, found, lines["text"].gather(rows).to_list())) :]
            if len(rows) > 1:
                own[_spans(rows, found)] = True
    return own


def _is_of_page(rows: Rows, found: Entries, texts: list[str]) -> bool:
    """Return whether the first date of a series is the page's own: the others are in an order that it breaks, or it heads an article."""
    size = np.append(np.diff(rows) - 1, found.size[rows[-1]])
    if size[0] > max(_LONG, _LONGER * size[1:].max()):
        return True
    days = list(_days(texts))
    if any(day is None for day in days):
        return False
    steps = np.diff(np.array(days, dtype=np.int64))
    later = steps[1:][steps[1:] != 0]
    if len(later) and (np.sign(later) == np.sign(later[0])).all() and np.sign(later[0]) == -np.sign(steps[0]):
        return True
    return abs(int(steps[0])) > max(_YEARS * 366, int(np.abs(steps[1:]).sum()))


def _days(texts: list[str]) -> Iterator[int | None]:
    """Yield for each date about which day it is, or None: only the year where the text is no date of the web's time."""
    for text in texts:
        moment, year = dates.parse_date(text), re.search(r"(?<!\d)(1[0-9]|20)\d\d(?!\d)", text)
        yield moment.utc.toordinal() if moment else int(year[0]) * 366 if year else None
