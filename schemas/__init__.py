"""The contract: what every table of a release holds, as JSON Schema (draft 2020-12).

One file a table, `<table>.schema.json`, shipped as package data. Besides the standard keywords each schema has a `version`, and each
property an `x-arrow` that names its Arrow type: Arrow, Polars and the checks of `pipeline/saring/release/validation.py` are derived from these files.
A column is never left out; one that may lack a value says so with the type `null`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import json
from typing import Any

__all__ = ["TABLES", "digest", "load"]

#: The tables that have a schema.
TABLES = ("document", "edit", "overlap", "rejection", "scrape")


@functools.cache
def load(table: str) -> dict[str, Any]:
    """Return the JSON Schema of a table. It is shared: do not change it.

    Raises:
        KeyError: there is no such table.
    """
    if table not in TABLES:
        msg = f"no schema is called {table!r}; there are {', '.join(TABLES)}"
        raise KeyError(msg)
    schema: dict[str, Any] = json.loads(importlib.resources.files(__name__).joinpath(f"{table}.schema.json").read_text(encoding="utf-8"))
    return schema


@functools.cache
def digest() -> str:
    """Return the hash of all schemas, descriptions included."""
    return hashlib.sha256(json.dumps([load(table) for table in TABLES], ensure_ascii=False).encode()).hexdigest()
