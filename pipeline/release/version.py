"""Versions are computed, never chosen: MAJOR where records were edited or removed, MINOR where records were only added, else PATCH.

The reading of Semantic Versioning is Croissant's (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, "Version"). Records
are the rows of the config `all`. A record counts as edited when any of its columns changed but those that only measure it
(`language_score`, `characters`, `words`, `removed_share`) and `cluster`, whose label may change when another record joins: moving a record
to another split or role counts. Changes of ledger, links and rejections alone are a PATCH.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline.errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COUNTED", "FIRST", "Change", "compare", "following"]

FIRST = "1.0.0"

#: The columns by which a record counts as edited.
COUNTED = (
    "text",
    "title",
    "url",
    "site",
    "authors",
    "created",
    "created_offset",
    "added",
    "language",
    "language_script",
    "license",
    "source",
    "role",
    "kept_id",
    "split",
)


class Change(NamedTuple):
    """The ids of the records that differ between two releases; each a frame with the column `id`, sorted."""

    added: pl.DataFrame
    removed: pl.DataFrame
    edited: pl.DataFrame


def compare(parent: Path | None, documents: pl.LazyFrame) -> Change:
    """Compare the documents of a release with those of its parent; without a parent, all are added.

    Raises:
        ReleaseError: the parent cannot be read.
    """
    new = documents.select("id", pl.struct(COUNTED).hash().alias("new"))
    if parent is None:
        nothing = pl.DataFrame(schema={"id": pl.String})
        return Change(new.select("id").sort("id").collect(engine="streaming"), nothing, nothing)
    try:
        old = pl.scan_parquet(parent / "all" / "*.parquet").select("id", pl.struct(COUNTED).hash().alias("old"))
        differs = old.join(new, on="id", how="full", coalesce=True).filter(pl.col("old").ne_missing(pl.col("new")))
        both = differs.sort("id").collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        hint = "Restore that release, or move its folder away, and build again."
        raise ReleaseError(f"{parent}: expected the records of the release before, found: {error}. {hint}") from error
    return Change(
        both.filter(pl.col("old").is_null()).select("id"),
        both.filter(pl.col("new").is_null()).select("id"),
        both.drop_nulls().select("id"),
    )


def following(parent: str | None, change: Change) -> str:
    """Return the version after `parent` for such a change."""
    if parent is None:
        return FIRST
    major, minor, patch = map(int, parent.split("."))
    if change.removed.height or change.edited.height:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if change.added.height else f"{major}.{minor}.{patch + 1}"
