"""JSON Schemas of a release: write them into it, read them back, and compare them with those of another release.

A release carries the JSON Schema of each of its tables, so that its columns stay defined when the code changes. For older releases
that carry none, columns and types are read from the Parquet files.

Schema changes determine the version as Croissant asks (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, "Version"): MAJOR if
a reader of the old tables may fail on the new ones, MINOR if columns were only added, none if only a description changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from saring import schemas
from saring.core.errors import ReleaseError
from saring.release import manifest
from saring.release.layout import CONFIGS, MANIFEST, SCHEMAS
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

__all__ = [
    "BREAKING",
    "CHANGES",
    "EXTENDING",
    "compare_schemas",
    "current_schemas",
    "release_schemas",
    "schema_changes_text",
    "write_schemas",
]

#: Columns of a frame of schema changes (`compare_schemas`). `column` is a path: "passages.a_start", "authors[]" for the items of a list, ""
#: for the table itself. `before` and `now` are the types in words, "" where the column does not exist.
CHANGES = pl.Schema({"table": pl.String, "column": pl.String, "change": pl.String, "before": pl.String, "now": pl.String})

#: Changes on which a reader of the old tables may fail: a MAJOR version.
BREAKING = ("removed", "retyped", "nullable")
#: Changes that only add columns or values: a MINOR version.
EXTENDING = ("added", "values")

#: The JSON Schema keywords that restrict the values of a column.
_VALUES = ("enum", "pattern", "format", "minimum", "maximum", "minLength")
#: Marks a schema that was derived from Parquet files, which do not restrict values.
_DERIVED = "x-derived"

Schemas = dict[str, dict[str, Any]]


def current_schemas() -> Schemas:
    """Return today's JSON Schemas of the tables of a release, by table name."""
    return {table: schemas.load(table) for table in dict.fromkeys(CONFIGS.values())}


def write_schemas(release: Path) -> None:
    """Write today's JSON Schemas into the folder `schemas/` of a release."""
    folder = release / SCHEMAS
    folder.mkdir()
    for table, schema in current_schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{table}.schema.json").write_text(text, encoding="utf-8", newline="\n")


def release_schemas(release: Path) -> Schemas:
    """Return the JSON Schemas of the tables of a release, by table name.

    These are the schemas that the release carries. If it carries none: today's schema if its manifest names the same schema version and its
    files have the same columns, else one derived from its files.

    Raises:
        ReleaseError: a schema or a Parquet file of the release cannot be read.
    """
    by_table: Schemas = {}
    for config, table in CONFIGS.items():
        if table in by_table:
            continue
        file = local_copy(release, SCHEMAS) / SCHEMAS / f"{table}.schema.json"
        if file.exists():
            by_table[table] = _read_schema(file)
        elif parts := sorted((local_copy(release, config) / config).glob("*.parquet")):
            by_table[table] = _schema_of_file(release, table, parts[0])
    return by_table


def compare_schemas(before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Return the changes between two sets of JSON Schemas, one row per change, with the columns of `CHANGES`.

    `change` is `added`, `removed`, `retyped`, `nullable` (may be null now), `required` (never null now) or `values` (the allowed values
    changed). Rows are in the order of the tables and their columns.
    """
    rows: list[tuple[str, ...]] = []
    for table in dict.fromkeys([*before, *now]):
        if table not in before or table not in now:
            change = "added" if table in now else "removed"
            rows.append((table, "", change, "a table" if table in before else "", "a table" if table in now else ""))
            continue
        derived = before[table].get(_DERIVED) or now[table].get(_DERIVED)
        sides = [dict(_columns(schema["properties"])) for schema in (before[table], now[table])]
        for column in dict.fromkeys([*sides[0], *sides[1]]):
            entries = [side.get(column) for side in sides]
            types = [_type_text(entry) if entry else "" for entry in entries]
            rows += [(table, column, change, *types) for change in _column_changes(*entries, values=not derived)]
    return pl.DataFrame(rows, schema=CHANGES, orient="row")


def schema_changes_text(changes: pl.DataFrame) -> list[str]:
    """Describe schema changes, one sentence each, such as `document.site is new (string, may be null)`."""
    sentences = {
        "added": "{place} is new ({now})",
        "removed": "{place} was removed (it was {before})",
        "retyped": "{place} is {now}; it was {before}",
        "nullable": "{place} may be null now",
        "required": "{place} is never null now",
        "values": "{place} allows other values than before",
    }
    return [
        sentences[change].format(place=f"{table}.{column}" if column else f"the table {table}", before=before, now=now)
        for table, column, change, before, now in changes.iter_rows()
    ]


def _column_changes(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None, *, values: bool) -> Iterator[str]:
    """Yield the kinds of changes between two JSON Schemas of a column; None stands for a missing column.

    Args:
        before: the schema of the column in the older release.
        now: the schema of the column in the newer release.
        values: whether to compare the restrictions of its values too.
    """
    if before is None or now is None:
        yield "added" if now else "removed"
        return
    if before["x-arrow"] != now["x-arrow"]:
        yield "retyped"
    if _nullable(before) != _nullable(now):
        yield "nullable" if _nullable(now) else "required"
    if values and any(before.get(keyword) != now.get(keyword) for keyword in _VALUES):
        yield "values"


def _columns(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path and the JSON Schema of each column, including list items (`authors[]`) and struct fields (`passages.a_start`)."""
    for name, entry in properties.items():
        path = f"{prefix}{name}"
        yield path, entry
        yield from _columns(entry.get("properties", {}), f"{path}.")
        if "items" in entry:
            if "properties" not in entry["items"]:
                yield f"{path}[]", entry["items"]
            yield from _columns(entry["items"].get("properties", {}), f"{path}.")


def _type_text(entry: Mapping[str, Any]) -> str:
    """Return the type of a column in words, such as `list of string, may be null`."""
    kind = entry["x-arrow"] if "items" not in entry else f"list of {entry['items']['x-arrow']}"
    return f"{kind}, may be null" if _nullable(entry) else str(kind)


def _nullable(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry["type"], list) and "null" in entry["type"]


def _read_schema(file: Path) -> dict[str, Any]:
    """Read the JSON Schema of a table from a release, and check that its columns can be used.

    Raises:
        ReleaseError: the file is not the schema of a table.
    """
    try:
        schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        [_type_text(entry) for _, entry in _columns(schema["properties"])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "Restore the folder, or move it away and build again."
        raise ReleaseError(f"{file}: expected the schema of a table, found: {type(error).__name__}: {error}. {hint}") from error
    return schema


def _schema_of_file(release: Path, table: str, file: Path) -> dict[str, Any]:
    """Return the JSON Schema of a table whose release carries none, from a Parquet file: today's schema if it fits, else a derived one."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it
    import pyarrow.parquet as pq  # noqa: PLC0415

    from saring.release import arrow  # noqa: PLC0415

    try:
        file_schema = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{file}: expected an intact Parquet file, found: {str(error).splitlines()[0]}. Restore it, or build again."
        raise ReleaseError(msg) from error
    version = _schema_versions(release).get(table, "unknown")
    if version == schemas.load(table)["version"] and file_schema.equals(arrow.schema(table)):
        return schemas.load(table)
    return {"version": version, _DERIVED: True, "properties": {field.name: _entry(field) for field in file_schema}}


def _schema_versions(release: Path) -> dict[str, str]:
    """Return the schema versions that the manifest of a release names, by table."""
    if not (release / MANIFEST).exists():
        return {}  # a release that is being written
    versions: dict[str, str] = manifest.load_manifest(release).get("schemas", {})
    return versions


def _entry(field: pa.Field) -> dict[str, Any]:
    """Return the JSON Schema of a column as far as its Arrow type determines it."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    entry: dict[str, Any] = {"type": ["any", "null"] if field.nullable else "any"}
    if pa.types.is_list(field.type):
        return entry | {"x-arrow": "list", "items": _entry(field.type.value_field)}
    if pa.types.is_struct(field.type):
        return entry | {"x-arrow": "struct", "properties": {part.name: _entry(part) for part in field.type}}
    return entry | {"x-arrow": {"float": "float32", "double": "float64"}.get(str(field.type), str(field.type))}
