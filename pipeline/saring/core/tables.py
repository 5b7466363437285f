"""The tables' columns in one place.

Every table that one part of the pipeline hands to another has its columns here, as Polars schemas. `schemas/*.schema.json` says the
same to the outside as JSON Schema; a test holds the two together. Offsets count code points, end exclusive. Times are UTC;
`created_offset` keeps the source's own offset in minutes east of UTC where it is known.
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


def _columns(columns: Mapping[str, PolarsDataType]) -> pl.Schema:
    return pl.Schema(columns)


#: What a scrape's sidecar, JSON line or WARC record states about it. All may be null.
DECLARED_METADATA = _columns(
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

#: What a record of a container may have, and what a column of a table may be named as.
FIELDS = ("text", "html", *DECLARED_METADATA)

#: One page as received: `content` is the decoded text or markup, `source` its path in raw/ (with `#N` for record N of a container,
#: counted from 1), `sha256` that of the record's bytes before decoding, `media_type` is `text/plain` or `text/html`.
SCRAPE = _columns(
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

#: One page between extraction and publication: what the steps work on. `extracted` is the number of code points that `text` had when
#: it left extraction, for the share removed; `dropped_share` is the share of the text that a reader sees of a page which extraction left out,
#: null for flat text.
PAGE = _columns(
    {"id": pl.String, "source": pl.String, "text": pl.String, **DECLARED_METADATA, "extracted": pl.Int64, "dropped_share": pl.Float32}
)

#: A page whose encoding is repaired, ready to be cleaned; `scrape_sha256` and `bytes` are those of the scrape that it came from.
PREPARED = _columns(PAGE | {"scrape_sha256": pl.String(), "bytes": pl.Int64()})

#: One row of the release. `sha256` is that of `text` in UTF-8.
DOCUMENT = _columns(
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

#: A document before the corpus has decided about it: without the columns of ROLE, with the hash of the scrape it came from.
CLEANED = _columns(
    {name: dtype for name, dtype in DOCUMENT.items() if name not in ("cluster", "role", "kept_id", "split")}
    | {"scrape_sha256": pl.String()}
)

#: What the corpus decides about a document: the columns of DOCUMENT that `overlap` fills.
ROLE = pl.Schema({"id": pl.String, "cluster": pl.String, "role": pl.String, "kept_id": pl.String, "split": pl.String})

#: The ledger. Offsets refer to the text that the step received; `seq` counts the edits of one step and field from 0, by position.
EDIT = _columns(
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

#: What a setting of corpus.toml did to a page that the ledger does not show. `effect` is `exempted` (an edit by `rule` is not made, since
#: `exception`, an exception's `id`, keeps `text`), `off` (a rule that is switched off would cut something) or `unlisted` (an edit by `rule`
#: that is exempted, or of an author, or in a page of which nothing is left; for a name, `text` is the variant).
EFFECT = _columns({"id": pl.String, "effect": pl.String, "rule": pl.String, "text": pl.String, "exception": pl.String})

#: Two documents that say the same, wholly or in part. `a` < `b`, except for `revision`, where `a` is the newer.
OVERLAP = _columns(
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

#: What did not become a document, and why. `reason` is a short stable word, `message` a sentence for a person.
REJECTION = _columns(
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
    """Return a table of no rows with these columns."""
    return pl.DataFrame(schema=schema)


def content_id(identity: str | bytes) -> str:
    """Return the id of a record: the first 80 bits of the SHA-256 of what identifies it, as 20 hexadecimal digits.

    80 bits: among a billion records, two share an id with a chance of one in two million; a person can still type it.

    >>> content_id("https://example.org/a")
    'b5b10dd0429e69ac7cfa'
    """
    data = identity.encode("utf-8", "surrogatepass") if isinstance(identity, str) else identity
    return hashlib.sha256(data).hexdigest()[:20]
