"""croissant.json: the release as Croissant 1.1 JSON-LD, with the real checksum and size of every file.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. The specification asks for `datePublished`; a release is a function of
its input and knows no today, so it is left out, as is what the configuration does not say (`url`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from saring import schemas
from saring.release.layout import CONFIGS, config_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config import Config
    from saring.release.layout import DataFile

__all__ = ["render"]

#: Terms that mean what Croissant's namespace says they mean (appendix 1 of the specification, and those that mlcroissant expects).
_TERMS = (
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileProperty",
    "fileObject",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "readLines",
    "repeated",
    "replace",
    "samplingRate",
    "sdVersion",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
)

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}

#: Columns that hold the id of a document. Those of `all` itself (`cluster`, `kept_id`) do too, but mlcroissant 1.1 takes a record set that
#: refers to itself for a cycle and reads none of its records.
_REFERENCES = {("edits", "id"), ("overlaps", "a"), ("overlaps", "b"), ("documents", "cluster")}

_TYPES = {
    "string": "sc:Text",
    "int16": "cr:Int16",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "float32": "cr:Float32",
    "timestamp[us, tz=UTC]": "sc:DateTime",
}


def render(config: Config, files: Sequence[DataFile], languages: Sequence[str], *, version: str) -> str:
    """Return the text of croissant.json."""
    dataset = config.dataset
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": dataset.name,
        "description": dataset.description or "A corpus of web pages, cleaned and deduplicated.",
        "license": dataset.license,
        "version": version,
        "isLiveDataset": False,
    }
    cite = dataset.citation or f"{dataset.title or dataset.name}, version {version}."
    optional = {"alternateName": dataset.title, "url": dataset.homepage, "citeAs": cite, "inLanguage": list(languages)}
    found |= {key: value for key, value in optional.items() if value}
    if dataset.contact:
        found["creator"] = {"@type": "sc:Organization", "name": dataset.title or dataset.name, "email": dataset.contact}
    found["distribution"] = [_file_object(file) for file in files] + [_file_set(config) for config in CONFIGS]
    found["recordSet"] = [_record_set(config) for config in config_files(files)]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _file_object(file: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file.sha256,
    }


def _file_set(config: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{config}-files",
        "name": f"{config}-files",
        "description": f"The Parquet files of the config {config}.",
        "encodingFormat": "application/x-parquet",
        "includes": f"{config}/*.parquet",
    }


def _record_set(config: str) -> dict[str, Any]:
    schema = schemas.load(CONFIGS[config])
    found = {"@type": "cr:RecordSet", "@id": config, "name": config, "description": schema["description"]}
    if CONFIGS[config] == "document":
        found["key"] = {"@id": f"{config}/id"}
    return {**found, "field": [_field(config, name, entry) for name, entry in schema["properties"].items()]}


def _field(config: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    id_ = f"{config}/{name}"
    found: dict[str, Any] = {"@type": "cr:Field", "@id": id_, "name": name, "description": entry["description"]}
    if (config, name) in _REFERENCES:
        found["references"] = {"field": {"@id": "all/id"}}
    inner = entry.get("items", entry)
    if "items" in entry:
        found |= {"isArray": True, "arrayShape": "-1"}
    if inner["x-arrow"] == "struct":
        parts = inner["properties"].items()
        return found | {"subField": [_sub_field(config, id_, name, part_name, part) for part_name, part in parts]}
    if entry.get("format") == "uri":
        return found | {"dataType": "sc:URL", "source": _source(config, name)}
    return found | {"dataType": _TYPES[inner["x-arrow"]], "source": _source(config, name)}


def _sub_field(config: str, parent: str, column: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    source = _source(config, column) | {"transform": {"jsonPath": f"$[*].{name}"}}
    kind = _TYPES[entry["x-arrow"]]
    return {
        "@type": "cr:Field",
        "@id": f"{parent}/{name}",
        "name": name,
        "description": entry["description"],
        "dataType": kind,
        "source": source,
    }


def _source(config: str, column: str) -> dict[str, Any]:
    return {"fileSet": {"@id": f"{config}-files"}, "extract": {"column": column}}
