"""The reference of the tables of a release, from their JSON Schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docs.generator.markdown import cell, code, head, table
from saring import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["render"]

#: Which configs of `load_dataset` a table stands in.
_CONFIGS = {
    "document": "Configs `documents` (the kept ones) and `all`.",
    "edit": "Config `edits`.",
    "overlap": "Config `overlaps`.",
    "rejection": "Config `rejections`.",
    "scrape": "Not in a release: what the reader hands to extraction.",
}

_INTRODUCTION = """
Each table has a JSON Schema in `schemas/`, which every release carries. Offsets count code points, end exclusive. Times are UTC. A column is never left out; one that may lack a value is marked *nullable*.
"""


def render() -> str:
    """Return the page."""
    return head("Tables") + _INTRODUCTION + "".join(_section(name, schemas.load(name)) for name in schemas.TABLES)


def _section(name: str, schema: dict[str, Any]) -> str:
    rows = [[code(column), kind, cell(meaning)] for column, kind, meaning in _columns("", schema["properties"])]
    heading = f"\n## {name}\n\n{schema['description']} {_CONFIGS[name]} Schema version {schema['version']}.\n\n"
    return heading + table(["column", "type", "meaning"], rows)


def _columns(prefix: str, properties: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield path, type and meaning of each column; those of a struct in a list after it, with `[].` between."""
    for name, schema in properties.items():
        yield prefix + name, _type(schema), _meaning(schema)
        yield from _columns(f"{prefix}{name}[].", schema.get("items", {}).get("properties", {}))


def _type(schema: dict[str, Any]) -> str:
    kind = schema["x-arrow"]
    if kind == "list":
        kind = f"list of {schema['items']['x-arrow']}"
    return code(kind) + (", nullable" if "null" in schema["type"] else "")


def _meaning(schema: dict[str, Any]) -> str:
    values = f" One of {', '.join(code(value) for value in schema['enum'])}." if "enum" in schema else ""
    return f"{schema['description']}{values}"
