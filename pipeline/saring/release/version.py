"""Versions are computed, never chosen: MAJOR where records were edited or removed, MINOR where records were only added, else PATCH.

The reading of Semantic Versioning is Croissant's (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, "Version"). Records
are the rows of the config `all`. A record counts as edited when any of its columns changed but those that only measure it
(`language_score`, `characters`, `words`, `removed_share`, `dropped_share`) and `cluster`, whose label may change when another record joins: moving a record
to another split or role counts. Changes of ledger, links and rejections alone are a PATCH.

A changed schema counts by itself: MAJOR where whoever read the old tables may fail on the new ones, MINOR where there is a column more.
Records are then compared by the columns that both releases have, so that a new column does not make every record an edited one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core.errors import ReleaseError
from saring.release import read_tables, schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["COUNTED", "FIRST", "Change", "compare_documents", "next_version"]

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


def compare_documents(parent: Path | None, documents: pl.LazyFrame, columns: Sequence[str] = COUNTED) -> Change:
    """Compare the documents of a release with those of its parent; without a parent, all are added.

    Args:
        parent: the folder of the parent. Of `columns`, those that it lacks are left out.
        documents: the documents of the release, with today's columns.
        columns: those by which a record counts as edited.

    Raises:
        ReleaseError: the parent cannot be read.
    """
    if parent is None:
        nothing = pl.DataFrame(schema={"id": pl.String})
        return Change(documents.select("id").sort("id").collect(engine="streaming"), nothing, nothing)
    try:
        there = read_tables.today_columns(parent, "all")
        compared = pl.struct([name for name in columns if name in there] or "id").hash()
        new = documents.select("id", compared.alias("new"))
        old = read_tables.scan(parent, "all").select("id", compared.alias("old"))
        differs = old.join(new, on="id", how="full", coalesce=True).filter(pl.col("old").ne_missing(pl.col("new")))
        both = differs.sort("id").collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError, ReleaseError) as error:
        hint = "Restore that release, or move its folder away, and build again."
        raise ReleaseError(f"{parent}: expected the records of the release before, found: {error}. {hint}") from error
    return Change(
        both.filter(pl.col("old").is_null()).select("id"),
        both.filter(pl.col("new").is_null()).select("id"),
        both.drop_nulls().select("id"),
    )


def next_version(parent: str | None, change: Change, schemas: pl.DataFrame | None = None) -> str:
    """Return the version after `parent` for such a change.

    Args:
        parent: the version before; None for the first.
        change: the records that differ.
        schemas: what differs between the schemas, as from `schema.compare_schemas`.
    """
    if parent is None:
        return FIRST
    major, minor, patch = map(int, parent.split("."))
    changed = set() if schemas is None else set(schemas["change"])
    if change.removed.height or change.edited.height or changed & set(schema.BREAKING):
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if change.added.height or changed & set(schema.EXTENDING) else f"{major}.{minor}.{patch + 1}"
