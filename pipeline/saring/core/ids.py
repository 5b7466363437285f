"""Ids of documents, and what a person may write in place of one: its beginning, or the source of the document.

A scrape's working id is `<head>.<tail>`. The head comes from its URL, or from its bytes where it has none, so all scrapes of a page share it.
The published id is the head alone; an older scrape of the page adds the first digits of its SHA-256. Working ids stay inside a build: whatever
a person sees or writes is a published id.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from saring.core.errors import NoInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "FEWEST_DIGITS",
    "HEAD_DIGITS",
    "is_head",
    "is_id",
    "matches_page",
    "matching_documents",
    "page_part",
    "published_id",
    "resolve_id",
]

#: Digits of a head.
HEAD_DIGITS = 20

#: Digits that the beginning of an id has at least. Eight are enough for a million documents in nearly every corpus.
FEWEST_DIGITS = 4

#: Digits of a scrape's SHA-256 that the id of an older revision has.
TAIL_DIGITS = 8

#: Candidates that an error names.
_NAMED = 5

_ID = re.compile(rf"[0-9a-f]{{1,{HEAD_DIGITS}}}|[0-9a-f]{{{HEAD_DIGITS}}}\.[0-9a-f]{{0,64}}")

#: Where scrapes are by default: a source may be written with it, as a shell completes it.
_RAW = "raw/"


def is_id(wanted: str) -> bool:
    """Return whether this can be an id or the beginning of one; anything else is a source."""
    return bool(_ID.fullmatch(wanted.lower()))


def is_head(wanted: str) -> bool:
    """Return whether this names a page in full, with or without the digits of one of its scrapes."""
    return is_id(wanted) and len(wanted) >= HEAD_DIGITS


def page_part(column: str = "id") -> pl.Expr:
    """Return the part of ids that all scrapes of a page share."""
    return pl.col(column).str.extract(r"^([^.]*)", 1)


def published_id(sha256: str = "sha256") -> pl.Expr:
    """Return the id under which an older scrape of a page is published, from its working id (`id`) and the hash of its bytes."""
    return pl.concat_str(page_part(), pl.col(sha256).str.head(TAIL_DIGITS), separator=".")


def matches_page(wanted: str) -> pl.Expr:
    """Return whether pages are of the document that a person names.

    Args:
        wanted: a published id, the beginning of one, or a source. An id without a point means all scrapes of the page: which of them is the
            newest, a page does not know.

    Returns:
        An expression over columns `id` (working ids), `source` and `scrape_sha256`.
    """
    if not is_id(wanted):
        return _has_source(wanted)
    first, _, tail = wanted.lower().partition(".")
    named = pl.col("id").str.starts_with(f"{first}." if len(first) == HEAD_DIGITS else first)
    return named & pl.col("scrape_sha256").str.starts_with(tail) if tail else named


def matching_documents(documents: pl.DataFrame, wanted: str) -> pl.DataFrame:
    """Return the documents that a person may mean: none, the one, or those among which the name does not decide.

    The beginning of a page's id means its newest scrape, whose id it is; older ones are named by a point and digits of their own.

    Args:
        documents: columns `id` (published) and `source`, and whatever else.
        wanted: an id, the beginning of one, or a source.
    """
    if not is_id(wanted):
        return documents.filter(_has_source(wanted))
    id_ = wanted.lower()
    exact = documents.filter(pl.col("id") == id_)
    if exact.height:
        return exact
    begun = documents.filter(pl.col("id").str.starts_with(id_))
    return begun if "." in id_ else begun.sort(pl.col("id").str.len_chars(), maintain_order=True).unique(page_part(), maintain_order=True)


def resolve_id(documents: pl.DataFrame, wanted: str, where: str) -> str:
    """Return the id of the one document that a person means.

    Args:
        documents: as for `matching_documents`.
        wanted: as for `matching_documents`.
        where: what is searched, for the message.

    Raises:
        NoInputError: none is called so, or several are; names them.
    """
    found = matching_documents(documents, wanted).sort("id")
    if found.height != 1:
        raise NoInputError(f"{where}: expected one document called {wanted!r}, found {found.height}{_named(found)}. {_hint(found.height)}")
    return str(found["id"][0])


def _hint(count: int) -> str:
    return "Write more of the id." if count else "Its column `id` lists them."


def _named(found: pl.DataFrame) -> str:
    if found.is_empty():
        return ""
    shown: Sequence[tuple[str, str]] = found.select("id", "source").head(_NAMED).rows()
    more = f" and {found.height - _NAMED:,} more" if found.height > _NAMED else ""
    return f": {', '.join(f'{id_} ({source})' for id_, source in shown)}{more}"


def _has_source(wanted: str) -> pl.Expr:
    return pl.col("source").is_in([wanted, wanted.removeprefix(_RAW)])
