"""Headline, byline and date of flattened pages: scores `saring clean` on development pages whose title, authors and date are known.

    python bench/head_lines.py DATA [--sets fundus wcxb] [--weights FOLDER] [--worst N] [--no-url]

DATA is the folder that bench/labelled.py reads. Pages of `fundus` (news) and the articles of `wcxb` are flattened in two ways and cleaned
with their URL. For each field, over the pages that have a true value: `right` is the share of them with the right value, `precision` the
share of right values among those given, `given` the number of these. How values are compared:

- title: letters and digits in lower case, with or without what stands behind the last " - " or " | " of either (the name of the site);
- title shown: also right where it is what the page's markup calls its title (for social networks, or its only main heading): one publisher
  in seven declares another title than the page shows;
- date: the day, in UTC or as the page writes it, of either;
- authors: the set of names (separated by commas, "and" or "&" in the data), without case, accents and punctuation, must be equal.

`--weights FOLDER` scores by weights of each fold of sites, as `bench/train_head_lines.py --folds FOLDER` writes them.
"""

from __future__ import annotations

import argparse
import html
import io
import json
import re
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from bench import labelled, train_lines
from saring.config import default_config
from saring.noise import head_lines
from saring.read.compression import Stream
from saring.tools import filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "SETS",
    "SOCIAL_TITLE",
    "Score",
    "articles",
    "days",
    "fold_authors",
    "is_right",
    "main",
    "page_titles",
    "title_keys",
    "true_authors",
]

SETS = ("fundus", "wcxb")
FIELDS = {"title": "title", "title shown": "title", "created": "date", "authors": "author"}

_FLATTENINGS = ("blocks", "inscriptis")
#: The title that a page declares for social networks.
SOCIAL_TITLE = re.compile(r"""<meta[^>]+(?:property|name)=["']og:title["'][^>]+content=["']([^"'>]+)["']""", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SUFFIX = re.compile(r"\s+[-–—|·•»:]\s+[^-–—|·•»]{1,60}$")


class Score(NamedTuple):
    """Counts of one field over pages with a true value: pages, values given, right values."""

    pages: int
    given: int
    right: int

    def __str__(self) -> str:
        """Return the shares as a row of the report."""
        return (
            f"right {self.right / max(self.pages, 1):.3f} of {self.pages}  precision {self.right / max(self.given, 1):.3f} of {self.given}"
        )


def articles(data: Path, name: str) -> list[dict[str, Any]]:
    """Return the records of one set that are articles."""
    return [record for record in labelled.load(data, name) if record.get("type", "article") == "article"]


def title_keys(title: str) -> set[str]:
    """Return the comparison keys of a title: with and without the name of the site behind it."""
    keys = (
        re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", "")).strip()
        for text in (title, _SUFFIX.sub("", title))
    )
    return {key for key in keys if key}


def page_titles(record: dict[str, Any]) -> set[str]:
    """Return the keys of a page's declared title and of what its markup calls so: the title for social networks, a single main heading.

    Publishers declare another title than the page shows on one page in seven.
    """
    shown = SOCIAL_TITLE.findall(record["html"])[:1]
    headings = [_TAG.sub(" ", heading) for heading in _HEADING.findall(record["html"])]
    shown += [headings[0]] if len(headings) == 1 else []
    return set().union(*(title_keys(html.unescape(title)) for title in [record["title"] or "", *shown]))


def fold_authors(names: Sequence[str]) -> set[str]:
    """Return author names without case, accents and punctuation."""
    decomposed = (unicodedata.normalize("NFKD", name.casefold()) for name in names)
    plain = ("".join(c for c in name if not unicodedata.combining(c)) for name in decomposed)
    return {key for key in (re.sub(r"[\W_]+", " ", name).strip() for name in plain) if key}


def true_authors(authors: str) -> set[str]:
    """Return the folded names of a declared list of authors: separated by commas, "and" or "&"."""
    return fold_authors(re.split(r",| and | & ", authors))


def days(moment: str, offset: int | None) -> set[str]:
    """Return the day of a time in UTC and as written."""
    time = datetime.fromisoformat(moment)
    local = time + timedelta(minutes=offset or 0)
    if offset is None and time.tzinfo and time.utcoffset():
        return {time.date().isoformat(), (time.replace(tzinfo=None) - (time.utcoffset() or timedelta())).date().isoformat()}
    return {time.date().isoformat(), local.date().isoformat()}


def is_right(field: str, document: dict[str, Any], record: dict[str, Any]) -> bool:
    """Tell whether a field of a cleaned document has the true value of its record."""
    value, truth = document[field.split(maxsplit=1)[0]], record[FIELDS[field]]
    if field == "title shown":
        return bool(title_keys(value) & page_titles(record))
    if field == "title":
        return bool(title_keys(value) & title_keys(truth))
    if field == "created":
        return bool(days(value, document.get("created_offset")) & days(truth, None))
    return fold_authors(value) == true_authors(truth)


def _scored(documents: Sequence[dict[str, Any]], records: Sequence[dict[str, Any]], field: str) -> Score:
    """Count the pages, values and right values of one field."""
    pairs = [(document, record) for document, record in zip(documents, records, strict=True) if record[FIELDS[field]]]
    given = [pair for pair in pairs if pair[0].get(field.split(maxsplit=1)[0])]
    return Score(len(pairs), len(given), sum(is_right(field, *pair) for pair in given))


def main() -> None:
    """Parse arguments, clean the flattened pages, print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--no-url", action="store_true")
    options = parser.parse_args()
    functions = labelled.flattenings(options.data)
    for name in options.sets:
        records = articles(options.data, name)
        for flattening in _FLATTENINGS:
            documents = _cleaned(options, records, functions[flattening])
            for field in FIELDS:
                print(f"{name} {flattening:10} {field:11} {_scored(documents, records, field)}")
                for line in list(_faults(documents, records, field))[: options.worst]:
                    print(f"    {line}")


def _faults(documents: Sequence[dict[str, Any]], records: Sequence[dict[str, Any]], field: str) -> Iterator[str]:
    """Yield a line for each wrong value."""
    for document, record in zip(documents, records, strict=True):
        if record[FIELDS[field]] and document.get(field.split(maxsplit=1)[0]) and not is_right(field, document, record):
            yield f"{record['id']}: {document[field.split(maxsplit=1)[0]]!r} is {record[FIELDS[field]]!r}"


def _cleaned(options: argparse.Namespace, records: Sequence[dict[str, Any]], flatten: Callable[[str], str]) -> list[dict[str, Any]]:
    """Clean flattened pages as `saring clean -` does, each fold of sites by its own weights; rejected pages have no fields."""
    config = default_config()
    documents: dict[int, dict[str, Any]] = {}
    for fold in range(train_lines.FOLDS) if options.weights else (None,):
        chosen = [n for n, record in enumerate(records) if fold in (None, train_lines.fold_of(labelled.site_of(record["url"])))]
        sent = [{"id": n, "text": flatten(records[n]["html"]), **({} if options.no_url else {"url": records[n]["url"]})} for n in chosen]
        if fold is not None:
            head_lines.WEIGHTS = options.weights / f"{fold}.json"
        stream = io.BufferedReader(io.BytesIO("".join(json.dumps(record) + "\n" for record in sent).encode()))
        documents |= {row["id"]: row for rows, _ in filters.clean(Stream(cast("io.BufferedReader", stream), ""), config) for row in rows}
    return [documents.get(n, dict.fromkeys(("title", "created", "authors"))) for n in range(len(records))]


if __name__ == "__main__":
    main()
