"""Polars schemas of the tables that pipeline steps exchange and releases contain.

`schemas/*.schema.json` describe the published tables as JSON Schemas; a test compares the two. Offsets count code points, end exclusive.
Times are UTC; `created_offset` keeps the source's own offset in minutes east of UTC, if known.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from polars._typing import PolarsDataType

__all__ = [
    "CLEANED",
    "DECLARED_METADATA",
    "DOCUMENT",
    "EDIT",
    "EFFECT",
    "FIELDS",
    "OVERLAP",
    "PAGE",
    "PREPARED",
    "REJECTION",
    "ROLE",
    "SCRAPE",
    "TIME",
    "content_id",
    "empty_table",
]

TIME = pl.Datetime("us", "UTC")


def _schema(columns: Mapping[str, PolarsDataType]) -> pl.Schema:
    """Build a Polars schema; the annotation lets mypy accept data types as classes."""
    return pl.Schema(columns)


#: Metadata that a scrape's sidecar, JSON line or WARC record declares. All may be null.
DECLARED_METADATA = _schema(
    {
        "url": pl.String,
        "site": pl.String,
        "title": pl.String,
        "authors": pl.List(pl.String),
        "created": TIME,
        "created_offset": pl.Int16,
        "added": TIME,
        "language": pl.String,
        "license": pl.String,
    }
)

#: Fields that a record of a JSON Lines file or a row of a table may fill; `[source] columns` of corpus.toml maps names to them.
FIELDS = ("text", "html", *DECLARED_METADATA)

#: One page as received: `content` is the decoded text or markup, `source` its path in raw/ (with `#N` for record N of a container,
#: counted from 1), `sha256` that of the record's bytes before decoding, `media_type` is `text/plain` or `text/html`.
SCRAPE = _schema(
    {
        "id": pl.String,
        "source": pl.String,
        "media_type": pl.String,
        "charset": pl.String,
        "sha256": pl.String,
        "content": pl.String,
        **DECLARED_METADATA,
    }
)

#: Types of pages, in the order of their names; `other` is a page that is none of the others, or too short to tell.
PAGE_TYPES = ("article", "collection", "documentation", "forum", "listing", "other", "product", "service")

#: One extracted page, the input of the cleaning steps. `page_type` is one of `PAGE_TYPES` where extraction can tell it, with its probability
#: `page_type_score`; where null, the noise step fills both. `extracted` is the number of code points of `text` after extraction, from which the
#: share removed by cleaning is computed; `dropped_share` is the share of the page's visible text that extraction left out, null for flat text.
PAGE = _schema(
    {
        "id": pl.String,
        "source": pl.String,
        "text": pl.String,
        **DECLARED_METADATA,
        "page_type": pl.String,
        "page_type_score": pl.Float32,
        "extracted": pl.Int64,
        "dropped_share": pl.Float32,
    }
)

#: One page whose encoding is repaired, ready to be cleaned. `scrape_sha256` and `bytes` are hash and size of its scrape.
PREPARED = _schema(PAGE | {"scrape_sha256": pl.String(), "bytes": pl.Int64()})

#: One document of a release. `sha256` is the hash of `text` in UTF-8.
DOCUMENT = _schema(
    {
        "id": pl.String,
        "text": pl.String,
        "title": pl.String,
        "url": pl.String,
        "site": pl.String,
        "authors": pl.List(pl.String),
        "created": TIME,
        "created_offset": pl.Int16,
        "added": TIME,
        "language": pl.String,
        "language_script": pl.String,
        "language_score": pl.Float32,
        "page_type": pl.String,
        "page_type_score": pl.Float32,
        "license": pl.String,
        "source": pl.String,
        "sha256": pl.String,
        "cluster": pl.String,
        "role": pl.String,
        "kept_id": pl.String,
        "split": pl.String,
        "characters": pl.Int64,
        "words": pl.Int64,
        "removed_share": pl.Float32,
        "dropped_share": pl.Float32,
    }
)

#: One cleaned document before deduplication: DOCUMENT without the columns of ROLE, with the hash of its scrape.
CLEANED = _schema(
    {name: dtype for name, dtype in DOCUMENT.items() if name not in ("cluster", "role", "kept_id", "split")}
    | {"scrape_sha256": pl.String()}
)

#: The columns of DOCUMENT that deduplication and splitting fill: cluster, whether the document is kept or a duplicate of which, split.
ROLE = pl.Schema({"id": pl.String, "cluster": pl.String, "role": pl.String, "kept_id": pl.String, "split": pl.String})

#: One edit of the ledger. Offsets refer to the text that the step received; `seq` counts the edits of a document, step and field from 0, by
#: position.
EDIT = _schema(
    {
        "id": pl.String,
        "step": pl.String,
        "seq": pl.Int32,
        "field": pl.String,
        "start": pl.Int32,
        "end": pl.Int32,
        "original": pl.String,
        "replacement": pl.String,
        "kind": pl.String,
        "rule": pl.String,
        "score": pl.Float32,
    }
)

#: One effect of a setting of corpus.toml on a page that the ledger does not show; settings without any effect are reported. `effect` is
#: `exempted` (an edit by `rule` is not made, since the `[[exception]]` with the id `exception` keeps `text`), `off` (a rule that is switched off
#: would delete something) or `unlisted` (an edit by `rule` that is not in the ledger: it is exempted, it edits an author, or the page became
#: empty; for a name, `text` is the variant).
EFFECT = _schema({"id": pl.String, "effect": pl.String, "rule": pl.String, "text": pl.String, "exception": pl.String})

#: One pair of documents with the same content in full or in part: duplicates, translations or revisions, with the passages that correspond.
#: `a` < `b`, except for `revision`, where `a` is the newer.
OVERLAP = _schema(
    {
        "a": pl.String,
        "b": pl.String,
        "kind": pl.String,
        "score": pl.Float32,
        "coverage_a": pl.Float32,
        "coverage_b": pl.Float32,
        "passages": pl.List(
            pl.Struct(
                {"a_start": pl.Int32, "a_end": pl.Int32, "b_start": pl.Int32, "b_end": pl.Int32, "score": pl.Float32},
            )
        ),
    }
)

#: One scrape or page that did not become a document. `reason` is a stable identifier, `message` a sentence for a person.
REJECTION = _schema(
    {
        "source": pl.String,
        "id": pl.String,
        "step": pl.String,
        "reason": pl.String,
        "message": pl.String,
        "sha256": pl.String,
        "bytes": pl.Int64,
    }
)


def empty_table(schema: pl.Schema) -> pl.DataFrame:
    """Return a table without rows that has the columns of a schema."""
    return pl.DataFrame(schema=schema)


def content_id(identity: str | bytes) -> str:
    """Return the id of a record: the first 80 bits of the SHA-256 of its URL or content, as 20 hexadecimal digits.

    With 80 bits, the probability that any two of a billion records share an id is one in two million, and a person can still type one.

    Args:
        identity: the URL identity (`saring.core.urls.url_identity`) of the record, or its bytes if it has no URL.

    >>> content_id("https://example.org/a")
    'b5b10dd0429e69ac7cfa'
    """
    data = identity.encode("utf-8", "surrogatepass") if isinstance(identity, str) else identity
    return hashlib.sha256(data).hexdigest()[:20]
