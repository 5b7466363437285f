"""JSON Schemas (draft 2020-12) of the tables: the public contract on their columns, types and allowed values.

There is one file per table, `<table>.schema.json`, shipped as package data. In addition to the standard keywords each schema has a `version`,
and each property an `x-arrow` that names its Arrow type. The Arrow and Polars schemas and the checks of `saring.release.validation` are
derived from these files. Columns are never omitted; one that may lack a value has the type `null` among its types.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import json
from typing import Any

__all__ = ["TABLES", "digest", "load"]

#: Names of the tables that have a schema.
TABLES = ("document", "edit", "overlap", "rejection", "scrape")


@functools.cache
def load(table: str) -> dict[str, Any]:
    """Return the JSON Schema of a table; the returned dictionary is cached and must not be modified.

    Raises:
        KeyError: there is no such table.
    """
    if table not in TABLES:
        msg = f"expected a table, found {table!r}; there are {', '.join(TABLES)}"
        raise KeyError(msg)
    schema: dict[str, Any] = json.loads(importlib.resources.files(__name__).joinpath(f"{table}.schema.json").read_text(encoding="utf-8"))
    return schema


@functools.cache
def digest() -> str:
    """Return the SHA-256 of all JSON Schemas together, including their descriptions."""
    return hashlib.sha256(json.dumps([load(table) for table in TABLES], ensure_ascii=False).encode()).hexdigest()
