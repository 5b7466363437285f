"""The schemas that a release was made with: carried in it, read from it, and compared with others.

A release holds the JSON Schema of each of its tables, so that it says what its columns mean however much the code has moved on. Of a
release that holds none, because it is older than that, the Parquet files themselves tell columns and types.

Croissant's versions (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, "Version") follow from what differs: MAJOR where
whoever read the old tables may fail on the new ones, MINOR where there is only more to read, nothing where a description was reworded.
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

#: What `compare_releases` returns. `column` is a path ("passages.a_start", "authors[]" for what a list holds; "" for the table itself); `before`
#: and `now` say what stands there, "" where nothing does.
CHANGES = pl.Schema({"table": pl.String, "column": pl.String, "change": pl.String, "before": pl.String, "now": pl.String})

#: Changes on which a consumer of the tables before may fail.
BREAKING = ("removed", "retyped", "nullable")
#: Changes that only give more to read.
EXTENDING = ("added", "values")

#: The keywords of JSON Schema that say which values there may be.
_VALUES = ("enum", "pattern", "format", "minimum", "maximum", "minLength")
#: Marks a schema that was read from Parquet files, which say nothing of values.
_DERIVED = "x-derived"

Schemas = dict[str, dict[str, Any]]


def current_schemas() -> Schemas:
    """Return the schemas of the tables that a release made now has."""
    return {table: schemas.load(table) for table in dict.fromkeys(CONFIGS.values())}


def write_schemas(release: Path) -> None:
    """Write today's schemas into a release."""
    folder = release / SCHEMAS
    folder.mkdir()
    for table, schema in current_schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{table}.schema.json").write_text(text, encoding="utf-8", newline="\n")


def release_schemas(release: Path) -> Schemas:
    """Return the schemas of the tables that a release has, by table.

    Those that it carries; else, of a release that carries none, today's where its manifest names the same version and its files have the
    same columns, or what its files say.

    Raises:
        ReleaseError: a schema that it carries, or a file of a table, cannot be read.
    """
    found: Schemas = {}
    for config, table in CONFIGS.items():
        if table in found:
            continue
        file = local_copy(release, SCHEMAS) / SCHEMAS / f"{table}.schema.json"
        if file.exists():
            found[table] = _carried(file)
        elif parts := sorted((local_copy(release, config) / config).glob("*.parquet")):
            found[table] = _of_files(release, table, parts[0])
    return found


def compare_schemas(before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Return what differs between two sets of schemas: columns of `CHANGES`, in the order of the tables and their columns.

    `change` is `added`, `removed`, `retyped`, `nullable` (may be null now), `required` (never null now) or `values` (others are allowed).
    """
    rows: list[tuple[str, ...]] = []
    for table in dict.fromkeys([*before, *now]):
        if table not in before or table not in now:
            change = "added" if table in now else "removed"
            rows.append((table, "", change, "a table" if table in before else "", "a table" if table in now else ""))
            continue
        plain = before[table].get(_DERIVED) or now[table].get(_DERIVED)
        sides = [dict(_columns(schema["properties"])) for schema in (before[table], now[table])]
        for column in dict.fromkeys([*sides[0], *sides[1]]):
            entries = [side.get(column) for side in sides]
            words = [_said(entry) if entry else "" for entry in entries]
            rows += [(table, column, change, *words) for change in _changes(*entries, values=not plain)]
    return pl.DataFrame(rows, schema=CHANGES, orient="row")


def schema_changes_text(changes: pl.DataFrame) -> list[str]:
    """Return changes as sentences for a person."""
    said = {
        "added": "{place} is new ({now})",
        "removed": "{place} is gone (it was {before})",
        "retyped": "{place} is {now}; it was {before}",
        "nullable": "{place} may be null now",
        "required": "{place} is never null now",
        "values": "{place} may hold other values than before",
    }
    return [
        said[change].format(place=f"{table}.{column}" if column else f"the table {table}", before=before, now=now)
        for table, column, change, before, now in changes.iter_rows()
    ]


def _changes(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None, *, values: bool) -> Iterator[str]:
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
    """Yield the path and the entry of each column, what lists and structs hold included."""
    for name, entry in properties.items():
        path = f"{prefix}{name}"
        yield path, entry
        yield from _columns(entry.get("properties", {}), f"{path}.")
        if "items" in entry:
            if "properties" not in entry["items"]:
                yield f"{path}[]", entry["items"]
            yield from _columns(entry["items"].get("properties", {}), f"{path}.")


def _said(entry: Mapping[str, Any]) -> str:
    kind = entry["x-arrow"] if "items" not in entry else f"list of {entry['items']['x-arrow']}"
    return f"{kind}, may be null" if _nullable(entry) else str(kind)


def _nullable(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry["type"], list) and "null" in entry["type"]


def _carried(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        list(_columns(found["properties"]))
        [_said(entry) for _, entry in _columns(found["properties"])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "Restore the folder, or move it away and build again."
        raise ReleaseError(f"{file}: expected the schema of a table, found: {type(error).__name__}: {error}. {hint}") from error
    return found


def _of_files(release: Path, table: str, file: Path) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it
    import pyarrow.parquet as pq  # noqa: PLC0415

    from saring.release import arrow  # noqa: PLC0415

    try:
        found = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{file}: expected a whole Parquet file, found: {str(error).splitlines()[0]}. Restore it, or build again."
        raise ReleaseError(msg) from error
    version = _versions(release).get(table, "unknown")
    if version == schemas.load(table)["version"] and found.equals(arrow.schema(table)):
        return schemas.load(table)
    return {"version": version, _DERIVED: True, "properties": {field.name: _entry(field) for field in found}}


def _versions(release: Path) -> dict[str, str]:
    if not (release / MANIFEST).exists():
        return {}  # a release that is being made
    found: dict[str, str] = manifest.load_manifest(release).get("schemas", {})
    return found


def _entry(field: pa.Field) -> dict[str, Any]:
    """Return what a schema would say of a column, as far as Arrow knows it."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    found: dict[str, Any] = {"type": ["any", "null"] if field.nullable else "any"}
    if pa.types.is_list(field.type):
        return found | {"x-arrow": "list", "items": _entry(field.type.value_field)}
    if pa.types.is_struct(field.type):
        return found | {"x-arrow": "struct", "properties": {part.name: _entry(part) for part in field.type}}
    return found | {"x-arrow": {"float": "float32", "double": "float64"}.get(str(field.type), str(field.type))}
