"""Document ids: their format, and the references that a user may write for one (an id, a prefix of it, or the document's source).

A page id is a hash of the page's URL, or of the scrape's bytes if it has no URL, so all scrapes of a page share it. Within a build, the id of
a scrape is its page id, a point and a second hash that tells the page's scrapes apart (`saring.read.scrape`). The published id, which users see
and write, is the page id alone for the newest scrape of a page; for an older one (a revision) it is the page id, a point and the first digits
of the scrape's SHA-256.
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
    "is_id",
    "is_page_id",
    "matches_page",
    "matching_documents",
    "page_id_of",
    "published_id",
    "resolve_id",
]

#: Length of a page id, in hexadecimal digits (`tables.content_id`).
HEAD_DIGITS = 20

#: The shortest prefix of an id that corpus.toml and takedowns accept. Eight digits are nearly always unique among a million documents.
FEWEST_DIGITS = 4

#: Digits of the scrape's SHA-256 in the published id of an older revision.
TAIL_DIGITS = 8

#: Candidates listed in the error for an ambiguous id.
_LISTED = 5

_ID = re.compile(rf"[0-9a-f]{{1,{HEAD_DIGITS}}}|[0-9a-f]{{{HEAD_DIGITS}}}\.[0-9a-f]{{0,64}}")

#: The default folder of scrapes. Sources are relative to it, but a user whose shell completes paths writes them with it.
_RAW = "raw/"


def is_id(reference: str) -> bool:
    """Return whether a user's reference to a document has the form of an id or a prefix of one; if not, it is a source."""
    return bool(_ID.fullmatch(reference.lower()))


def is_page_id(reference: str) -> bool:
    """Return whether a user's reference to a document contains a complete page id (20 digits), alone or followed by the digits of a revision."""
    return is_id(reference) and len(reference) >= HEAD_DIGITS


def page_id_of(column: str = "id") -> pl.Expr:
    """Return an expression for the page id in a column of document ids: everything before the point, which all scrapes of a page share."""
    return pl.col(column).str.extract(r"^([^.]*)", 1)


def published_id(sha256: str = "sha256") -> pl.Expr:
    """Return an expression for the published id of an older revision: its page id, a point, and the first digits of its scrape's SHA-256.

    It is evaluated over a table with a column `id`, from which it takes the page id.

    Args:
        sha256: the name of the column with the SHA-256 of the scrape.
    """
    return pl.concat_str(page_id_of(), pl.col(sha256).str.head(TAIL_DIGITS), separator=".")


def matches_page(reference: str) -> pl.Expr:
    """Return a boolean expression that selects the scrapes that a user's reference to a document stands for, during a build.

    Args:
        reference: a published id, a prefix of one, or a source. An id without a point selects all scrapes of the page, since only the corpus
            as a whole shows which is the newest.

    Returns:
        An expression over the columns `id` (the id within the build: page id, point, hash), `source` and `scrape_sha256`.
    """
    if not is_id(reference):
        return _has_source(reference)
    page_id, _, digits = reference.lower().partition(".")
    is_page = pl.col("id").str.starts_with(f"{page_id}." if len(page_id) == HEAD_DIGITS else page_id)
    return is_page & pl.col("scrape_sha256").str.starts_with(digits) if digits else is_page


def matching_documents(documents: pl.DataFrame, reference: str) -> pl.DataFrame:
    """Return the documents that a user's reference may stand for: no rows, one, or several if it is ambiguous.

    A complete id matches its document only. A prefix without a point matches the newest scrape of each page; an older revision matches only
    with the point and at least one of the digits after it.

    Args:
        documents: columns `id` (published) and `source`; other columns are kept.
        reference: an id, a prefix of one, or a source.
    """
    if not is_id(reference):
        return documents.filter(_has_source(reference))
    prefix = reference.lower()
    exact = documents.filter(pl.col("id") == prefix)
    if exact.height:
        return exact
    matches = documents.filter(pl.col("id").str.starts_with(prefix))
    if "." in prefix:
        return matches
    return matches.sort(pl.col("id").str.len_chars(), maintain_order=True).unique(page_id_of(), maintain_order=True)


def resolve_id(documents: pl.DataFrame, reference: str, where: str) -> str:
    """Return the id of the only document that a user's reference stands for.

    Args:
        documents: columns `id` (published) and `source`.
        reference: an id, a prefix of one, or a source.
        where: the release or folder searched, for the error message.

    Raises:
        NoInputError: no document matches, or several do; lists some of them.
    """
    matches = matching_documents(documents, reference).sort("id")
    if matches.height != 1:
        problem = f"expected one document called {reference!r}, found {matches.height}{_document_list(matches)}"
        raise NoInputError(f"{where}: {problem}. {_hint(matches.height)}")
    return str(matches["id"][0])


def _hint(matches: int) -> str:
    """Return the hint for the error that a reference matches no document, or several: what the user should write."""
    return "Write more digits of the id." if matches else "The ids are in its column `id`."


def _document_list(documents: pl.DataFrame) -> str:
    """List documents in an error message: the ids and sources of the first `_LISTED`, and how many more there are."""
    if documents.is_empty():
        return ""
    first: Sequence[tuple[str, str]] = documents.select("id", "source").head(_LISTED).rows()
    more = f" and {documents.height - _LISTED:,} more" if documents.height > _LISTED else ""
    return f": {', '.join(f'{id_} ({source})' for id_, source in first)}{more}"


def _has_source(source: str) -> pl.Expr:
    """Return a boolean expression that selects documents by their source: a path in raw/, written with or without `raw/` in front."""
    return pl.col("source").is_in([source, source.removeprefix(_RAW)])
