"""Compute the version number of a release: MAJOR if records were edited or removed, MINOR if records were only added, else PATCH.

This is Croissant's reading of Semantic Versioning (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, "Version"). Records
are the rows of the config `all`. A record counts as edited if any of its columns changed except measurements (`language_score`,
`page_type`, `page_type_score`, `characters`, `words`, `removed_share`, `dropped_share`) and `cluster`, whose label may change when another
record joins the cluster. A change of split or role counts. Changes to edits, overlaps and rejections alone are a PATCH.

A changed schema counts on its own: MAJOR if a reader of the old tables may fail on the new ones, MINOR if a column was added. Records are
compared by the columns that both releases have, so that a new column does not make every record an edited one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core.errors import ReleaseError
from saring.release import read_tables, schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["COMPARED_COLUMNS", "FIRST_VERSION", "Change", "compare_documents", "next_version"]

FIRST_VERSION = "1.0.0"

#: The columns whose change makes a record count as edited.
COMPARED_COLUMNS = (
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
    """Ids of the records added, removed and edited between two releases; each a frame with the column `id`, sorted."""

    added: pl.DataFrame
    removed: pl.DataFrame
    edited: pl.DataFrame


def compare_documents(parent: Path | None, documents: pl.LazyFrame, columns: Sequence[str] = COMPARED_COLUMNS) -> Change:
    """Compare the documents of a release with those of its parent, by id; without a parent, all are added.

    Args:
        parent: the folder of the parent release; of `columns`, those that it lacks are not compared.
        documents: the documents of the release, with today's columns.
        columns: the columns whose change makes a record count as edited.

    Raises:
        ReleaseError: the parent cannot be read.
    """
    if parent is None:
        no_ids = pl.DataFrame(schema={"id": pl.String})
        return Change(documents.select("id").sort("id").collect(engine="streaming"), no_ids, no_ids)
    try:
        parent_columns = read_tables.today_columns(parent, "all")
        compared = pl.struct([name for name in columns if name in parent_columns] or "id").hash()
        new = documents.select("id", compared.alias("new"))
        old = read_tables.scan_table(parent, "all").select("id", compared.alias("old"))
        differs = old.join(new, on="id", how="full", coalesce=True).filter(pl.col("old").ne_missing(pl.col("new")))
        both = differs.sort("id").collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError, ReleaseError) as error:
        hint = "Restore that release, or move its folder away, and build again."
        raise ReleaseError(f"{parent}: expected the records of the previous release, found: {error}. {hint}") from error
    # A record that only one side has is null on the other: id a, old 7, new null was removed; b, null, 5 was added; c, 3, 4 was edited.
    return Change(
        both.filter(pl.col("old").is_null()).select("id"),
        both.filter(pl.col("new").is_null()).select("id"),
        both.drop_nulls().select("id"),
    )


def next_version(parent: str | None, change: Change, schemas: pl.DataFrame | None = None) -> str:
    """Return the version number that follows `parent`, by the record changes and schema changes between them.

    Args:
        parent: the version number of the parent; None for the first release.
        change: ids of the records that differ.
        schemas: the schema changes, from `schema.compare_schemas`.
    """
    if parent is None:
        return FIRST_VERSION
    major, minor, patch = map(int, parent.split("."))
    changed = set() if schemas is None else set(schemas["change"])
    if change.removed.height or change.edited.height or changed & set(schema.BREAKING):
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if change.added.height or changed & set(schema.EXTENDING) else f"{major}.{minor}.{patch + 1}"
