"""Releases as an older version of the code would have made them, out of real ones."""

from __future__ import annotations

import copy
import json
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl
from tests.release.conftest import reseal

from saring.release import arrow, manifest
from saring.release.layout import CONFIGS
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["age"]

OLD = "0.9.0"
BUILD = "0" * 64


def age(release: Path, case: Mapping[str, Any], *, carries: bool = True) -> None:
    """Rewrite a release to an older schema of one table.

    Args:
        release: its folder.
        case: what the table had otherwise: see cases/older.toml.
        carries: whether releases carried their schemas then.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    table = case["table"]
    file = release / "schemas" / f"{table}.schema.json"
    schema = older(json.loads(file.read_text(encoding="utf-8")), case)
    file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for part in sorted(path for config in CONFIGS if CONFIGS[config] == table for path in (release / config).glob("*.parquet")):
        rows = pl.read_parquet(part)
        pq.write_table(rewritten(rows, schema, case).to_arrow().cast(arrow.schema(schema)), part)
    if not carries:
        shutil.rmtree(release / "schemas")
    told = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    redescribe(release, told["build"])
    listed = [entry for entry in told["files"] if (release / entry["path"]).exists()]
    reseal_with(release, build=BUILD, files=listed, schemas=told["schemas"] | {table: OLD})


def older(schema: dict[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as it was."""
    found = copy.deepcopy(schema) | {"version": OLD}
    for path in case.get("without", ()):
        name, _, field = path.partition(".")
        (found["properties"][name]["items"]["properties"] if field else found["properties"]).pop(field or name)
    if name := case.get("with"):
        found["properties"][name] = {"title": name, "description": "It was.", "type": ["string", "null"], "x-arrow": "string"}
    for name, kind in case.get("types", {}).items():
        entry = {key: found["properties"][name][key] for key in ("title", "description")}
        null = ["null"] if isinstance(found["properties"][name]["type"], list) else []
        spoken = {"int32": "integer", "string": "string", "list": "array"}[kind]
        entry |= {"type": [spoken, *null] if null else spoken, "x-arrow": kind}
        found["properties"][name] = entry | ({"items": {"type": "string", "x-arrow": "string"}} if kind == "list" else {})
    for name, keywords in case.get("entries", {}).items():
        found["properties"][name] |= keywords
    return found | {"required": list(found["properties"])}


def rewritten(rows: pl.DataFrame, schema: Mapping[str, Any], case: Mapping[str, Any]) -> pl.DataFrame:
    """Return rows as they were."""
    if name := case.get("with"):
        rows = rows.with_columns(pl.lit("glad").alias(name))
    for name, kind in case.get("types", {}).items():
        column = pl.col(name)
        as_text = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ") if rows[name].dtype == pl.Datetime else column.cast(pl.String)
        rows = rows.with_columns({"int32": column.cast(pl.Int32, strict=False), "string": as_text, "list": pl.concat_list(name)}[kind])
    for path in case.get("without", ()):
        name, _, field = path.partition(".")
        if field:
            kept = [pl.element().struct.field(part) for part in schema["properties"][name]["items"]["properties"]]
            rows = rows.with_columns(pl.col(name).list.eval(pl.struct(kept)))
    return rows.select(list(schema["properties"]))


def redescribe(release: Path, build: str) -> None:
    """Make card and Croissant file fit the files; another build had another hash."""
    from huggingface_hub import DatasetCard  # noqa: PLC0415 - heavy

    card = DatasetCard.load(release / "README.md")
    card.data.dataset_info = None  # has the columns
    (release / "README.md").write_text(str(card).replace(build, BUILD), encoding="utf-8")
    described = json.loads((release / "croissant.json").read_text(encoding="utf-8"))
    for entry in described["distribution"]:
        if "sha256" in entry:
            entry["sha256"] = digest(release / entry["@id"])
    (release / "croissant.json").write_text(json.dumps(described), encoding="utf-8")


def reseal_with(release: Path, **values: object) -> None:
    """Write a manifest with other entries, then make it fit the files."""
    told = json.loads((release / "manifest.json").read_text(encoding="utf-8")) | values
    (release / "manifest.json").write_text(manifest.manifest_text(told), encoding="utf-8")
    reseal(release)
