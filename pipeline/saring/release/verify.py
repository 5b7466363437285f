"""Verify a release from its files alone: checksums, schemas, ids, references, ledger, and loading through `datasets`."""

from __future__ import annotations

import functools
import hashlib
import operator
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core import ledger
from saring.core.errors import LedgerError, ReleaseError
from saring.core.plurals import counted
from saring.release import arrow, load_check, manifest, parquet, read_tables, schema, validation
from saring.release.layout import CONFIGS, CROISSANT, MANIFEST, SCHEMAS, card_configs, config_files
from saring.storage.external_sort import PARTITION, ExternalSort, partition_numbers
from saring.storage.files import digest
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saring.release.layout import DataFile
    from saring.release.schema import Schemas

__all__ = ["verify"]

_NAMED = 10  # rows or documents of a file that the error lists


def verify(release: Path, *, scratch: Path | None = None) -> list[str]:
    """Verify a release completely, and return the checks that it passed.

    Checks the checksums of all files, the schema of every row, unique ids and references, that the ledger can be undone and replayed on the
    texts of `all`, that `documents` are the kept rows of `all`, and that every config loads through `datasets`, offline. A release is
    checked against the schemas that it carries; constraints on columns that it lacks are skipped.

    Args:
        release: the folder of the release.
        scratch: a folder in which `datasets` may write about as much as the size of the release; default: the system's temporary folder.

    Returns:
        The checks, one sentence each.

    Raises:
        ReleaseError: lists all problems.
    """
    listing = manifest.load_manifest(release)
    original, release = release, local_copy(release)
    data = manifest.data_files(listing)
    _raise_if(original, list(_file_problems(release, listing)))  # all other checks rely on the files
    passed = [f"{len(listing['files'])} files match {MANIFEST}"]
    own_schemas = schema.release_schemas(release)
    changes = schema.compare_schemas(own_schemas, schema.current_schemas())
    with tempfile.TemporaryDirectory(dir=scratch, prefix="verified-", ignore_cleanup_errors=True) as folder:
        problems = [*_schema_problems(own_schemas, listing), *_row_problems(release, data, own_schemas)]
        if not problems:
            problems += _reference_problems(release, older=bool(changes.height))
            problems += _kept_problems(release, data, own_schemas)
            problems += _ledger_problems(release, Path(folder))
        problems += _description_problems(release, listing, data)
        # Not in a thread beside the other checks, which saved a second: with `datasets` in another thread, a thread of Polars crashed
        # now and then (version 2.1: in one of six runs of tests/release/test_assemble.py).
        problems = problems or list(_load_problems(release, data, Path(folder) / "loaded"))
    _raise_if(original, problems)
    rows = {config: sum(file.rows for file in data if file.config == config) for config in CONFIGS}
    counts = ", ".join(counted(rows[config], config.removesuffix("s"), config) for config in CONFIGS)
    return [
        *passed,
        f"every row conforms to its schema: {counts}",
        *([f"its schemas are not today's: since then, {'; '.join(schema.schema_changes_text(changes))}"] if changes.height else []),
        "ids are unique, and every reference resolves to a document",
        "the ledger can be undone and replayed on every text of all",
        "documents are the kept rows of all",
        f"datasets loads {', '.join(config_files(data)) or 'nothing, because there are no rows'}",
    ]


def _raise_if(release: Path, problems: Sequence[str]) -> None:
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        hint = "Do not use this release: restore it from a copy, or move its folder away and build again."
        raise ReleaseError(f"{release}: expected an intact release, found\n{listed}\n{hint}")


def _file_problems(release: Path, listing: dict[str, Any]) -> Iterator[str]:
    """Yield the files of a release that are missing, changed, or not listed in its manifest, each with the reason."""
    listed = {file["path"]: file for file in listing["files"]}
    existing = {path.relative_to(release).as_posix() for path in release.rglob("*") if not path.is_dir() or path.is_symlink()}
    for path in sorted(listed.keys() | existing - {MANIFEST}):
        if path not in listed:
            yield f"{path}: a file that {MANIFEST} does not list"
        elif path not in existing or (release / path).is_symlink():
            yield f"{path}: missing"
        elif (size := (release / path).stat().st_size) != listed[path]["bytes"]:
            yield f"{path}: expected {counted(listed[path]['bytes'], 'byte')}, found {size:,}"
        elif digest(release / path) != listed[path]["sha256"]:
            yield f"{path}: its bytes have changed, expected SHA-256 {listed[path]['sha256']}"


def _schema_problems(own_schemas: Schemas, listing: dict[str, Any]) -> Iterator[str]:
    """Yield the carried schemas whose version is not the one in the manifest."""
    for table, carried in own_schemas.items():
        if carried.get("version") != (expected := listing.get("schemas", {}).get(table, "unknown")):
            yield f"{SCHEMAS}/{table}.schema.json: expected version {expected}, as {MANIFEST} has it, found {carried.get('version')}"


def _row_problems(release: Path, data: Sequence[DataFile], own_schemas: Schemas) -> Iterator[str]:
    """Yield the rows that violate their schema, texts whose SHA-256 differs from their row's, and files with the wrong columns or rows."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy, and only a release needs it

    for file in data:
        if (table := CONFIGS.get(file.config)) is None:
            yield f"{file.path}: a table that this version of saring does not know. Check the release with the version that made it."
            continue
        try:
            expected = arrow.schema(own_schemas[table])
        except ValueError as error:
            yield f"{SCHEMAS}/{table}.schema.json: a type that this version of saring does not know: {error}"
            continue
        if not pq.read_schema(release / file.path).equals(expected):
            yield f"{file.path}: its columns are not those of {SCHEMAS}/{table}.schema.json"
            continue
        count = 0
        for rows in parquet.read(release / file.path):
            violations = validation.schema_violations(rows, own_schemas[table])
            for row, column, expected, value in violations.head(_NAMED).iter_rows():
                yield f"{file.path}: row {count + row}, {column}: expected {expected}, found {value}"
            if not violations.height and {"id", "text", "sha256"} <= {*rows.columns}:
                yield from _text_hash_problems(file.path, rows)
            count += rows.height
        if count != file.rows:
            yield f"{file.path}: expected {counted(file.rows, 'row')}, found {count:,}"


def _text_hash_problems(path: str, rows: pl.DataFrame) -> Iterator[str]:
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in rows["text"]]
    for id_ in rows.filter(pl.Series(hashes, dtype=pl.String) != rows["sha256"])["id"].head(_NAMED):
        yield f"{path}: document {id_}: its sha256 is not that of its text"


def _reference_problems(release: Path, *, older: bool) -> Iterator[str]:
    """Yield the violated constraints across the tables of a release, as one text."""
    tables = []
    for config in ("all", "edits", "overlaps", "rejections"):
        rows = read_tables.scan_table(release, config)
        # Missing columns must not be read as null here: constraints on them are to be skipped.
        tables.append(rows.select(read_tables.today_columns(release, config)) if older else rows)
    try:
        validation.check_tables(validation.Tables(*tables), older=older)
    except ReleaseError as error:
        yield str(error)


def _kept_problems(release: Path, data: Sequence[DataFile], own_schemas: Schemas) -> Iterator[str]:
    """Yield the splits in which the rows of `documents` are not the kept rows of `all`, in the same order."""
    if "role" not in own_schemas["document"]["properties"]:
        return
    for split in sorted({file.split for file in data if file.config in ("documents", "all")}):
        sides = [
            parquet.rebatch((rows.filter(pl.col("role") == "kept") for rows in _read(release, data, config, split)), 512)
            for config in ("documents", "all")
        ]
        no_rows = pl.DataFrame()
        while True:
            documents, kept = (next(side, no_rows) for side in sides)
            if not documents.equals(kept):
                yield f"documents, split {split}: not the kept rows of all. Rows were dropped, added or changed in one of them."
                break
            if not documents.height:
                break


def _ledger_problems(release: Path, scratch: Path) -> Iterator[str]:
    """Yield the documents whose edits cannot be undone and replayed on their texts."""
    sizes = [
        pl.DataFrame(schema={"id": pl.String, "characters": pl.Int64}),
        *read_tables.table_batches(release, "all", ("id", "characters")),
    ]
    # Two bytes a character are assumed.
    assigned = pl.concat(sizes).select("id", partition_numbers(pl.col("characters").fill_null(read_tables.ASSUMED_CHARACTERS) * 2))
    with ExternalSort(scratch / "ledger") as spill:
        # The ledger is sorted by id, the documents by source: the edits are brought into the order of the documents, on disk.
        for rows in read_tables.table_batches(release, "edits"):
            spill.add(rows.join(assigned, on="id"))
        runs = assigned[PARTITION].rle().struct
        texts = read_tables.table_batches(release, "all", ("id", "text", *({"title"} & {*read_tables.today_columns(release, "all")})))
        for number, rows in zip(runs.field("value"), parquet.regroup(texts, runs.field("len")), strict=True):
            if (edits := spill.take(number)) is not None:
                yield from _replay_problems(rows, edits)


def _replay_problems(texts: pl.DataFrame, edits: pl.DataFrame) -> Iterator[str]:
    """Undo edits on their texts and apply them again; yield a message for each document whose text or title does not come back the same."""
    texts = texts.join(edits.select("id").unique(), on="id", how="semi", maintain_order="left")
    try:
        replayed = ledger.apply(ledger.undo(texts, edits), edits)
    except LedgerError as error:
        yield f"edits: {error}"
        return
    # A title that was deleted completely is null; replayed, it is empty.
    names = texts.columns[1:]
    fields = pl.col(names).fill_null("")
    same = (replayed.select(fields).get_column(field) == texts.select(fields).get_column(field) for field in names)
    for id_ in texts.filter(~functools.reduce(operator.and_, same))["id"].head(_NAMED):
        yield f"edits: document {id_}: undone and replayed, its edits do not give the text in all"


def _description_problems(release: Path, listing: dict[str, Any], data: Sequence[DataFile]) -> Iterator[str]:
    """Yield the contradictions between the manifest and the card or the Croissant file."""
    import json  # noqa: PLC0415

    expected = card_configs(data, version=listing["version"], build=listing["build"])
    if (load_check.read_front_matter(release).get("configs") or []) != expected:
        yield f"README.md: its configs are not the files of {MANIFEST}"
    described = json.loads((release / CROISSANT).read_text(encoding="utf-8"))
    objects = {entry["@id"]: entry["sha256"] for entry in described["distribution"] if entry["@type"] == "cr:FileObject"}
    if objects != {file.path: file.sha256 for file in data} or described["version"] != listing["version"]:
        yield f"{CROISSANT}: its files or version are not those of {MANIFEST}"


def _load_problems(release: Path, data: Sequence[DataFile], cache: Path) -> Iterator[str]:
    """Yield the configs that `datasets` cannot load, or loads with other row counts than the manifest's."""
    for config, splits in config_files(data).items():
        expected = {split: sum(file.rows for file in parts) for split, parts in splits.items()}
        try:
            rows = load_check.load_row_counts(release, config, cache / config)
        except Exception as error:  # noqa: BLE001 - any error that a consumer would meet is to be reported
            yield f"{config}: datasets cannot load it: {type(error).__name__}: {error}"
            continue
        if rows != expected:
            yield f"{config}: expected the rows {expected}, datasets loads {rows}"


def _read(release: Path, data: Sequence[DataFile], config: str, split: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of a split of a config in batches, as they are in the Parquet files."""
    for file in data:
        if (file.config, file.split) == (config, split):
            yield from parquet.read(release / file.path)
