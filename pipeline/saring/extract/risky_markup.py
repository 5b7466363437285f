"""What a column of markup holds that a parser has to be spared, found by looking at its bytes once.

Regular expressions that look for the same take three times as long: a fiftieth of the time of extraction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.strings import concat_utf8, split_utf8

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

__all__ = ["ScannedMarkup", "scan_markup", "strip_crowded_tags"]

#: What XML forbids; lxml refuses some of it, and stops reading at others.
_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\u{FFFE}\u{FFFF}]"
#: libxml2 compares each attribute of a tag with all others: 20,000 take 0.3 s, 40,000 take 1.2 s, 300,000 were stopped after 200 s. Tags
#: with more than 250 lose them.
_MOST = 250
_CROWDED_TAG = rf"^<[A-Za-z][^\t\n\f\r ]*(?:[\t\n\f\r ]+[^\t\n\f\r ]+){{{_MOST + 1}}}"
#: An <html/> that closes itself ends the page for libxml2.
_CLOSED_ROOT = r"(?i)^(\s*(?:<!doctype[^>]*>)?\s*<html[^>]*?)\s*/>"

#: Bytes that are looked at together.
_TOGETHER = 1 << 18
_SMALL = 0x20  # the bit by which small letters of ASCII differ from capitals


class ScannedMarkup(NamedTuple):
    """Pages, and what was seen in them.

    Attributes:
        content: the pages, without forbidden characters and roots that close themselves.
        tags: how many tags open in each.
        crowded: for each page its tags with more than 250 attributes, from "<" to the next bracket, in order.
    """

    content: pl.Series
    tags: pl.Series
    crowded: list[list[str]]


def scan_markup(content: pl.Series) -> ScannedMarkup:
    """Return pages as a parser may be given them but for crowded tags, which `strip_crowded_tags` cuts.

    Args:
        content: markup; no nulls.
    """
    content = _allowed(content.str.replace(_CLOSED_ROOT, "$1>"))
    data, ends = concat_utf8(content), np.cumsum(content.str.len_bytes().to_numpy(), dtype=np.int64)
    brackets = _places(data, lambda part: (part == ord("<")) | (part == ord(">")))
    after = data.take(brackets + 1, mode="clip") | _SMALL
    opens = (data[brackets] == ord("<")) & (after >= ord("a")) & (after <= ord("z"))
    # What follows the last bracket of a page may be another page.
    last = np.searchsorted(brackets, ends) - 1
    last = last[last >= 0]
    opens[last] &= ~np.isin(brackets[last], ends - 1)
    begins = brackets[opens]
    before = np.searchsorted(begins, ends)
    tags = pl.Series("tags", np.diff(before, prepend=0))
    return ScannedMarkup(content, tags, _crowded(data, begins, np.append(brackets[1:], len(data))[opens], ends))


def strip_crowded_tags(content: str, crowded: list[str]) -> str:
    """Return a page whose crowded tags have no attributes."""
    parts, done = [], 0
    for tag in crowded:
        place = content.index(tag, done)
        parts += [content[done:place], tag.split(maxsplit=1)[0], " "]
        done = place + len(tag)
    return "".join([*parts, content[done:]]) if parts else content


def _allowed(content: pl.Series) -> pl.Series:
    """Return pages with spaces for forbidden characters; few have any."""
    data = concat_utf8(content)
    control = _places(data, lambda part: (part < ord(" ")) & (part != ord("\t")) & (part != ord("\n")) & (part != ord("\r")))
    pages = np.searchsorted(np.cumsum(content.str.len_bytes().to_numpy(), dtype=np.int64), control, side="right")
    others = content.str.contains("\ufffe", literal=True) | content.str.contains("\uffff", literal=True)
    wrong = np.union1d(pages, others.arg_true().to_numpy())
    return content.scatter(wrong, content.gather(wrong).str.replace_all(_FORBIDDEN, " ")) if len(wrong) else content


def _places(data: npt.NDArray[np.uint8], wanted: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.bool_]]) -> Places:
    """Return the places of the bytes that are wanted; looked for in pieces that stay near the processor."""
    parts = [low + np.flatnonzero(wanted(data[low : low + _TOGETHER])) for low in range(0, len(data), _TOGETHER)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _crowded(data: npt.NDArray[np.uint8], begins: Places, stops: Places, ends: Places) -> list[list[str]]:
    """Return the crowded tags of each page.

    Args:
        data: all pages, one behind the other.
        begins: where tags open.
        stops: the bracket behind each.
        ends: of the pages.
    """
    found: list[list[str]] = [[] for _ in ends]
    long = np.flatnonzero(stops - begins > 2 * _MOST)
    page = np.searchsorted(ends, begins[long], side="right")
    spans = np.stack([begins[long], np.minimum(stops[long], ends[page])], axis=1).ravel()
    tags = split_utf8(data, np.diff(spans, prepend=0, append=len(data))).gather_every(2, 1)
    crowded = tags.str.contains(_CROWDED_TAG)
    for place, tag in zip(page[crowded.to_numpy()].tolist(), tags.filter(crowded), strict=True):
        found[place].append(tag)
    return found
