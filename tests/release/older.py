"""Rewrite releases to older schemas, as an older version of the code would have written them."""

from __future__ import annotations

import copy
import json
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.release import arrow, manifest
from saring.release.layout import CONFIGS
from saring.storage.files import digest
from tests.release.conftest import reseal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["age"]

OLD = "0.9.0"
BUILD = "0" * 64


def age(release: Path, case: Mapping[str, Any], *, carries: bool = True) -> None:
    """Rewrite a release in place to an older schema of one table.

    Args:
        release: the folder of the release.
        case: the differences of the older schema from today's; see cases/older.toml.
        carries: whether the older release carries its schemas.
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
    listing = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    redescribe(release, listing["build"])
    listed = [entry for entry in listing["files"] if (release / entry["path"]).exists()]
    reseal_with(release, build=BUILD, files=listed, schemas=listing["schemas"] | {table: OLD})


def older(schema: dict[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the older version of a JSON Schema, as a case describes it."""
    schema_before = copy.deepcopy(schema) | {"version": OLD}
    for path in case.get("without", ()):
        name, _, field = path.partition(".")
        (schema_before["properties"][name]["items"]["properties"] if field else schema_before["properties"]).pop(field or name)
    if name := case.get("with"):
        schema_before["properties"][name] = {"title": name, "description": "It was.", "type": ["string", "null"], "x-arrow": "string"}
    for name, kind in case.get("types", {}).items():
        entry = {key: schema_before["properties"][name][key] for key in ("title", "description")}
        null = ["null"] if isinstance(schema_before["properties"][name]["type"], list) else []
        json_type = {"int32": "integer", "string": "string", "list": "array"}[kind]
        entry |= {"type": [json_type, *null] if null else json_type, "x-arrow": kind}
        schema_before["properties"][name] = entry | ({"items": {"type": "string", "x-arrow": "string"}} if kind == "list" else {})
    for name, keywords in case.get("entries", {}).items():
        schema_before["properties"][name] |= keywords
    return schema_before | {"required": list(schema_before["properties"])}


def rewritten(rows: pl.DataFrame, schema: Mapping[str, Any], case: Mapping[str, Any]) -> pl.DataFrame:
    """Convert rows to an older schema, as a case describes it."""
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
    """Update the card and the Croissant file of a release to its rewritten files and the build hash `BUILD`."""
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
    """Change entries of a manifest, then update its checksums and seal."""
    listing = json.loads((release / "manifest.json").read_text(encoding="utf-8")) | values
    (release / "manifest.json").write_text(manifest.manifest_text(listing), encoding="utf-8")
    reseal(release)
