"""Scan a column of markup for what breaks or slows an HTML parser: forbidden characters, too many tags, tags with too many attributes.

All pages are scanned at once, as one array of bytes. Regular expressions for the same take three times as long, a fiftieth of the time of
extraction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.strings import concat_utf8, split_utf8

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Offsets = npt.NDArray[np.int64]

__all__ = ["ScannedMarkup", "scan_markup", "strip_crowded_tags"]

#: Characters that XML forbids; lxml refuses some of them, and stops reading at others.
_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\u{FFFE}\u{FFFF}]"
#: A tag with more attributes than this is crowded and loses them. libxml2 compares each attribute of a tag with all the others: 20,000 take
#: 0.3 s, 40,000 take 1.2 s, 300,000 were stopped after 200 s.
_MAX_ATTRIBUTES = 250
_CROWDED_TAG = rf"^<[A-Za-z][^\t\n\f\r ]*(?:[\t\n\f\r ]+[^\t\n\f\r ]+){{{_MAX_ATTRIBUTES + 1}}}"
#: A self-closing <html/> ends the page for libxml2.
_CLOSED_ROOT = r"(?i)^(\s*(?:<!doctype[^>]*>)?\s*<html[^>]*?)\s*/>"

#: Bytes that are compared at a time: few enough that the intermediate arrays stay in the processor's cache. A judgement.
_CHUNK = 1 << 18
_LOWER_CASE_BIT = 0x20  # the bit by which small letters of ASCII differ from capitals


class ScannedMarkup(NamedTuple):
    """Markup that is safe to parse once its crowded tags are stripped, with the number of tags of each page.

    Attributes:
        content: the pages, without forbidden characters and self-closing roots.
        tags: the number of opening tags of each page.
        crowded: for each page its tags with more than 250 attributes, from "<" to the next bracket, in order.
    """

    content: pl.Series
    tags: pl.Series
    crowded: list[list[str]]


def scan_markup(content: pl.Series) -> ScannedMarkup:
    """Scan HTML pages: replace forbidden characters, count tags, and find tags with more than 250 attributes.

    Args:
        content: the markup of each page; no nulls.
    """
    content = _without_forbidden(content.str.replace(_CLOSED_ROOT, "$1>"))
    # For the pages "<p>a" and "b<i": data is b"<p>ab<i", ends [4, 7], brackets [0, 2, 5], next_bytes b"pai" (small letters),
    # opens [True, False, True], tag_starts [0, 5], tags_before_end [1, 2], tags [1, 1].
    data, ends = concat_utf8(content), np.cumsum(content.str.len_bytes().to_numpy(), dtype=np.int64)
    brackets = _offsets(data, lambda chunk: (chunk == ord("<")) | (chunk == ord(">")))
    next_bytes = data.take(brackets + 1, mode="clip") | _LOWER_CASE_BIT
    opens = (data[brackets] == ord("<")) & (next_bytes >= ord("a")) & (next_bytes <= ord("z"))
    # A "<" that is the last byte of its page opens no tag: the byte after it is the next page's.
    last = np.searchsorted(brackets, ends) - 1
    last = last[last >= 0]
    opens[last] &= ~np.isin(brackets[last], ends - 1)
    tag_starts = brackets[opens]
    tags_before_end = np.searchsorted(tag_starts, ends)
    tags = pl.Series("tags", np.diff(tags_before_end, prepend=0))
    return ScannedMarkup(content, tags, _crowded_tags(data, tag_starts, np.append(brackets[1:], len(data))[opens], ends))


def strip_crowded_tags(content: str, crowded: list[str]) -> str:
    """Return a page without the attributes of its crowded tags, those with more than 250, as `scan_markup` lists them."""
    parts, end = [], 0
    for tag in crowded:
        start = content.index(tag, end)
        parts += [content[end:start], tag.split(maxsplit=1)[0], " "]
        end = start + len(tag)
    return "".join([*parts, content[end:]]) if parts else content


def _without_forbidden(content: pl.Series) -> pl.Series:
    """Return pages with spaces for characters that XML forbids; the regular expression runs only on pages that have any."""
    data = concat_utf8(content)
    control = _offsets(data, lambda chunk: (chunk < ord(" ")) & (chunk != ord("\t")) & (chunk != ord("\n")) & (chunk != ord("\r")))
    with_control = np.searchsorted(np.cumsum(content.str.len_bytes().to_numpy(), dtype=np.int64), control, side="right")
    has_noncharacter = content.str.contains("\ufffe", literal=True) | content.str.contains("\uffff", literal=True)
    pages = np.union1d(with_control, has_noncharacter.arg_true().to_numpy())
    return content.scatter(pages, content.gather(pages).str.replace_all(_FORBIDDEN, " ")) if len(pages) else content


def _offsets(data: npt.NDArray[np.uint8], is_wanted: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.bool_]]) -> Offsets:
    """Return the offsets of the bytes for which a comparison is true, made in chunks that fit the processor's cache."""
    parts = [low + np.flatnonzero(is_wanted(data[low : low + _CHUNK])) for low in range(0, len(data), _CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _crowded_tags(data: npt.NDArray[np.uint8], starts: Offsets, stops: Offsets, ends: Offsets) -> list[list[str]]:
    """Return the tags of each page with more than 250 attributes.

    Args:
        data: the UTF-8 of all pages, concatenated.
        starts: offsets of the opening tags.
        stops: offset of the next bracket after each.
        ends: offsets of the ends of the pages.
    """
    crowded_by_page: list[list[str]] = [[] for _ in ends]
    # An attribute takes two bytes at least, so only tags longer than that are decoded. For starts [3, 700] and stops [600, 710], the first
    # tag is long; its span [3, 600] splits the data into three strings, of which every other one, from the second on, is a tag.
    long = np.flatnonzero(stops - starts > 2 * _MAX_ATTRIBUTES)
    page = np.searchsorted(ends, starts[long], side="right")
    spans = np.stack([starts[long], np.minimum(stops[long], ends[page])], axis=1).ravel()
    tags = split_utf8(data, np.diff(spans, prepend=0, append=len(data))).gather_every(2, 1)
    is_crowded = tags.str.contains(_CROWDED_TAG)
    for page_number, tag in zip(page[is_crowded.to_numpy()].tolist(), tags.filter(is_crowded), strict=True):
        crowded_by_page[page_number].append(tag)
    return crowded_by_page
