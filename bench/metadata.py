"""Quality of the titles, dates and authors of HTML pages: `python bench/metadata.py DATA [--peer] [--wrong N] [--field F] [--set S]`.

DATA is a folder with `wcxb.jsonl.gz` and `fundus.jsonl.gz` in `noise-dev`, whose pages have a title, a date and authors that a person
(wcxb) or a parser written for the publisher (fundus) gives. None of it is part of the project. `saring.extract` reads the HTML and the URL.

For each field, of the pages on which the data give a value: `right` is the share with the same value, `given` the share with any, and
`precision` the share of the given ones that are right. `extra` counts values on pages for which the data give none: some of those pages do
show one, so it is not part of the precision. A field counts as right:

- title: if the letters and digits are the same, compared without case and without what follows or precedes the title at a separator
  (" - ", " | ", ": " and the like) in the longer of the two if that is at most five words or a name of the host: the site's name;
- date: if the day is the same, in the time zone that the page gives or in UTC;
- authors: if the sets of names are the same. Names are compared without case, accents, punctuation, a leading "by", and what follows a
  comma and is short or a title ("MD", "RDN"); the data join names by ", " and " and ".

`--peer` prints the same for trafilatura's `extract_metadata` and for htmldate's `find_date` with its defaults and `original_date`.
`--milliseconds` prints what title, authors and date cost a page beside the parsing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring import extract
from saring.core.tables import SCRAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

__all__ = ["main"]

_SETS = ("wcxb", "fundus")
_FIELDS = ("title", "date", "authors")
_BATCH = 50
#: Letters of a qualification behind a name, and the longest piece of text that may be one.
_QUALIFICATION = re.compile(r"^(?:m\.?d|ph\.?d|rdn?|ms|mph|mba|rn|jr|sr|esq|cpa|fand|cdn|ldn|dds|dvm|pharmd|cpt|lmft|psyd|[a-z]{1,4}\.?)$")
_TITLE_SEPARATOR = re.compile(r"\s+[-–—/·•»:~]+\s+|\s*[|｜]\s*|:\s+")
_MOST_SITE_WORDS = 5
_AUTHOR_SEPARATOR = re.compile(r"\s*(?:[,;|/]|\band\b|&|\bund\b|\bet\b|\by\b)\s*")


class Metadata(NamedTuple):
    """Title, date and authors of a page; `days` are those that the date may stand for, as ISO dates."""

    title: str | None
    days: tuple[str, ...]
    authors: str | None


def main() -> None:
    """Parse arguments, extract the metadata of both sets, print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--wrong", type=int, default=0)
    parser.add_argument("--field", choices=_FIELDS, action="append")
    parser.add_argument("--set", choices=_SETS, action="append")
    parser.add_argument("--milliseconds", action="store_true")
    options = parser.parse_args()
    for name in options.set or _SETS:
        with gzip.open(options.data / "noise-dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            pages = [json.loads(line) for line in lines]
        if options.milliseconds:
            _print_cost(name, pages)
            continue
        tools: dict[str, Callable[[Sequence[dict[str, Any]]], list[Metadata]]] = {"saring": _by_saring}
        if options.peer:
            tools |= {"trafilatura": _by_trafilatura, "htmldate": _by_htmldate}
        for tool, extracted_by in tools.items():
            _print_scores(name, tool, pages, extracted_by(pages), options)


def _print_scores(
    name: str, tool: str, pages: Sequence[dict[str, Any]], extracted: Sequence[Metadata], options: argparse.Namespace
) -> None:
    """Print the scores of one tool on one set, by field and type of page, and the first disagreements."""
    for field in options.field or _FIELDS:
        if tool == "htmldate" and field != "date":
            continue
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        wrong = []
        for page, metadata in zip(pages, extracted, strict=True):
            expected = page.get({"title": "title", "date": "date", "authors": "author"}[field])
            value = {"title": metadata.title, "date": "/".join(metadata.days), "authors": metadata.authors}[field]
            is_right = bool(value) and expected is not None and _is_right(field, expected, metadata, page["url"])
            for kind in ("all", page.get("type")):
                if kind:
                    row = counts[kind]
                    row[:] = [
                        row[0] + bool(expected),
                        row[1] + is_right,
                        row[2] + bool(expected and value),
                        row[3] + bool(value and not expected),
                    ]
            if expected and not is_right:
                wrong.append((page.get("type", page.get("country")), page["url"], expected, value))
        for kind, (total, right, given, extra) in counts.items():
            if total:
                shares = f"right {right / total:.3f}  given {given / total:.3f}  precision {right / max(given, 1):.3f}"
                print(f"{name:7s} {tool:12s} {field:8s} {kind:14s} {total:5d} pages  {shares}  extra {extra}", flush=True)
        for kind, url, expected, value in wrong[: options.wrong if tool == "saring" else 0]:
            print(f"    {kind}  {url}\n        expected {expected!r}\n        got      {value!r}")


def _by_saring(pages: Sequence[dict[str, Any]]) -> list[Metadata]:
    """Return the metadata that `saring.extract` gives each page, in batches as in a build."""
    answers: dict[str, Metadata] = {}
    for begin in range(0, len(pages), _BATCH):
        rows = [
            {"id": str(index), "source": f"{index}.html", "url": page["url"], "media_type": "text/html", "content": page["html"]}
            for index, page in enumerate(pages[begin : begin + _BATCH], start=begin)
        ]
        scrapes = pl.DataFrame(rows).with_columns(pl.lit(None, dtype).alias(name) for name, dtype in SCRAPE.items() if name not in rows[0])
        kept, _ = extract.extract(scrapes.select(pl.col(name).cast(dtype) for name, dtype in SCRAPE.items()))
        for row in kept.iter_rows(named=True):
            answers[row["id"]] = Metadata(row["title"], _days(row["created"], row["created_offset"]), "; ".join(row["authors"] or ()))
    return [answers.get(str(index), Metadata(None, (), None)) for index in range(len(pages))]


def _days(created: datetime | None, offset: int | None) -> tuple[str, ...]:
    """Return the days of a time in UTC and in the zone of the page, without repetition."""
    from datetime import timedelta  # noqa: PLC0415 - for this alone

    if created is None:
        return ()
    return tuple(dict.fromkeys((created + timedelta(minutes=minutes)).date().isoformat() for minutes in (offset or 0, 0)))


def _by_trafilatura(pages: Sequence[dict[str, Any]]) -> list[Metadata]:
    """Return the metadata that trafilatura's `extract_metadata` gives each page."""
    from trafilatura import extract_metadata  # noqa: PLC0415 - a peer, not needed otherwise

    answers = []
    for page in pages:
        document = extract_metadata(page["html"], default_url=page["url"])
        answers.append(
            Metadata(document.title, (document.date,) if document.date else (), document.author) if document else Metadata(None, (), None)
        )
    return answers


def _by_htmldate(pages: Sequence[dict[str, Any]]) -> list[Metadata]:
    """Return the date that htmldate's `find_date` gives each page."""
    from htmldate import find_date  # noqa: PLC0415 - a peer, not needed otherwise

    dates = (find_date(page["html"], original_date=True, url=page["url"]) for page in pages)
    return [Metadata(None, (date,) if date else (), None) for date in dates]


def _print_cost(name: str, pages: Sequence[dict[str, Any]]) -> None:
    """Print the milliseconds a page that title, authors and date take, without parsing and with the best of three runs, on the first 400 pages."""
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415 - as in saring.extract

    from saring.extract.page_metadata import AUTHOR_WORDS, page_json_ld, page_metadata  # noqa: PLC0415
    from saring.extract.publication_date import publication_date  # noqa: PLC0415

    spent = {"JSON-LD": 0.0, "date": 0.0, "title, site, authors": 0.0}
    for page in pages[:400]:
        tree = document_fromstring(page["html"].encode(), parser=HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True))
        for script in tree.xpath("//script[not(contains(@type, 'json'))] | //style | //svg"):
            script.drop_tree()
        best = dict.fromkeys(spent, 1e9)
        for _ in range(3):
            started = time.process_time()
            json_ld = page_json_ld(tree, page["url"])
            read = time.process_time()
            publication_date(tree, page["url"], json_ld)
            dated = time.process_time()
            page_metadata(tree, page["url"], may_name_author=bool(re.search(AUTHOR_WORDS, page["html"])), json_ld=json_ld)
            times = (read - started, dated - read, time.process_time() - dated)
            best = {part: min(best[part], seconds) for part, seconds in zip(best, times, strict=True)}
        spent = {part: spent[part] + seconds for part, seconds in best.items()}
    print(f"{name:7s}", "  ".join(f"{part} {1000 * seconds / len(pages[:400]):.2f} ms" for part, seconds in spent.items()), "a page")


def _is_right(field: str, expected: str, metadata: Metadata, url: str) -> bool:
    """Tell whether a field of the metadata of a page is the one expected."""
    if field == "date":
        return not set(_expected_days(expected)).isdisjoint(metadata.days)
    if field == "title":
        return _is_same_title(expected, metadata.title or "", url)
    return _author_set(expected) == _author_set(metadata.authors or "")


def _expected_days(text: str) -> tuple[str, ...]:
    """Return the days of an expected date, which has a time and zone in some sets."""
    from datetime import UTC, datetime  # noqa: PLC0415 - for this alone

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # a month
        return (text,)
    return (text[:10], moment.astimezone(UTC).date().isoformat()) if moment.tzinfo else (text[:10],)


def _key(text: str) -> str:
    """Return the letters and digits of a text without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if c.isalnum())


def _is_same_title(expected: str, value: str, url: str) -> bool:
    """Tell whether two titles are the same, apart from a site's name at either end of one."""
    first, second = _key(expected), _key(value)
    if first == second:
        return True
    longer, shorter = (expected, second) if len(first) > len(second) else (value, first)
    host = _key(url.split("/")[2].removeprefix("www."))
    pieces: Iterable[tuple[str, str]] = (
        pair
        for match in _TITLE_SEPARATOR.finditer(longer)
        for pair in ((longer[: match.start()], longer[match.end() :]), (longer[match.end() :], longer[: match.start()]))
    )
    return any(
        _key(title) == shorter and (len(site.split()) <= _MOST_SITE_WORDS or _key(site) in host) and shorter != "" for title, site in pieces
    )


def _author_set(text: str) -> frozenset[str]:
    """Return the names in a list of authors, folded."""
    names = set()
    for part in _AUTHOR_SEPARATOR.split(re.sub(r"^\s*(?:written |posted )?by:?\s+", "", text.casefold())):
        if not _QUALIFICATION.match(part) and (key := _key(part)):
            names.add(key)
    return frozenset(names)


if __name__ == "__main__":
    main()
