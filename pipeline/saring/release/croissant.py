"""croissant.json: metadata of a release as Croissant 1.1 JSON-LD, with the checksum and size of every Parquet file.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. The specification asks for `datePublished`; it is omitted, because a
release is a function of its input and must not depend on the day of the build. Fields that the configuration does not set (`url`) are
omitted too.
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

#: Terms of the JSON-LD context that map to Croissant's namespace (appendix 1 of the specification, and those that mlcroissant expects).
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

#: Columns that hold the id of a document: foreign keys into `all`. `cluster` and `kept_id` of `all` itself are not listed, because
#: mlcroissant 1.1 treats a record set that refers to itself as a cycle and reads none of its records.
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
    """Render croissant.json: Croissant metadata with file objects, file sets and record sets.

    Args:
        config: the corpus' configuration.
        files: the Parquet files of the release.
        languages: the language codes of its documents.
        version: the version of the release.
    """
    dataset = config.dataset
    metadata: dict[str, Any] = {
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
    metadata |= {key: value for key, value in optional.items() if value}
    if dataset.contact:
        metadata["creator"] = {"@type": "sc:Organization", "name": dataset.title or dataset.name, "email": dataset.contact}
    metadata["distribution"] = [_file_object(file) for file in files] + [_file_set(config) for config in CONFIGS]
    metadata["recordSet"] = [_record_set(config) for config in config_files(files)]
    return json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"


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
    record_set = {"@type": "cr:RecordSet", "@id": config, "name": config, "description": schema["description"]}
    if CONFIGS[config] == "document":
        record_set["key"] = {"@id": f"{config}/id"}
    return {**record_set, "field": [_field(config, name, entry) for name, entry in schema["properties"].items()]}


def _field(config: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    id_ = f"{config}/{name}"
    field: dict[str, Any] = {"@type": "cr:Field", "@id": id_, "name": name, "description": entry["description"]}
    if (config, name) in _REFERENCES:
        field["references"] = {"field": {"@id": "all/id"}}
    inner = entry.get("items", entry)
    if "items" in entry:
        field |= {"isArray": True, "arrayShape": "-1"}
    if inner["x-arrow"] == "struct":
        parts = inner["properties"].items()
        return field | {"subField": [_sub_field(config, id_, name, part_name, part) for part_name, part in parts]}
    if entry.get("format") == "uri":
        return field | {"dataType": "sc:URL", "source": _source(config, name)}
    return field | {"dataType": _TYPES[inner["x-arrow"]], "source": _source(config, name)}


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
