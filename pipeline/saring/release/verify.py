"""Check every promise of a release again, from its files alone."""

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
from saring.release.layout import CONFIGS, CROISSANT, MANIFEST, SCHEMAS, config_files, configs
from saring.storage.external_sort import PARTITION, ExternalSort, partitions
from saring.storage.files import digest
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saring.release.layout import DataFile
    from saring.release.schema import Schemas

__all__ = ["verify"]

_NAMED = 10


def verify(release: Path, *, scratch: Path | None = None) -> list[str]:
    """Check a release.

    Checks the checksums of all files, the schema of every row, unique ids and links, that the ledger can be undone and replayed on the
    texts of `all`, that `documents` are the kept rows of `all`, and that every config loads through `datasets`, off the network. A release
    is held to the schemas that it was made with; what is promised of a column that it does not have is not asked.

    Args:
        release: its folder.
        scratch: where `datasets` may write about as much as the release holds; by default where the system keeps temporary files.

    Returns:
        What was checked, a sentence each.

    Raises:
        ReleaseError: lists all that is wrong.
    """
    found = manifest.load_manifest(release)
    named, release = release, local_copy(release)
    data = manifest.data_files(found)
    _raise(named, list(_files(release, found)))  # what follows trusts the files
    done = [f"{len(found['files'])} files are those of {MANIFEST}"]
    own = schema.release_schemas(release)
    changes = schema.compare_schemas(own, schema.current_schemas())
    with tempfile.TemporaryDirectory(dir=scratch, prefix="verified-", ignore_cleanup_errors=True) as folder:
        wrong = [*_schemas(own, found), *_rows(release, data, own)]
        if not wrong:
            wrong += _links(release, older=bool(changes.height))
            wrong += _kept(release, data, own)
            wrong += _ledger(release, Path(folder))
        wrong += _descriptions(release, found, data)
        # Not in a thread beside the rest, which saved a second: with `datasets` in another thread, a thread of Polars faulted
        # now and then (version 2.1: in one of six runs of tests/release/test_write.py).
        wrong = wrong or list(_loads(release, data, Path(folder) / "loaded"))
    _raise(named, wrong)
    rows = {config: sum(file.rows for file in data if file.config == config) for config in CONFIGS}
    counts = ", ".join(counted(rows[config], config.removesuffix("s"), config) for config in CONFIGS)
    return [
        *done,
        f"every row is as schemas/ has it: {counts}",
        *([f"its schemas are not today's: since then, {'; '.join(schema.schema_changes_text(changes))}"] if changes.height else []),
        "ids are unique, and every link leads to a document",
        "the ledger is undone and replayed on every text of all",
        "documents are the kept rows of all",
        f"datasets loads {', '.join(config_files(data)) or 'nothing, because there are no rows'}",
    ]


def _raise(release: Path, wrong: Sequence[str]) -> None:
    if wrong:
        listed = "\n".join(f"- {what}" for what in wrong)
        hint = "Do not use this release: restore it from a copy, or move its folder away and build again."
        raise ReleaseError(f"{release}: expected a whole release, found\n{listed}\n{hint}")


def _files(release: Path, found: dict[str, Any]) -> Iterator[str]:
    """Yield the files that are missing, changed or not listed."""
    listed = {file["path"]: file for file in found["files"]}
    there = {path.relative_to(release).as_posix() for path in release.rglob("*") if not path.is_dir() or path.is_symlink()}
    for path in sorted(listed.keys() | there - {MANIFEST}):
        if path not in listed:
            yield f"{path}: a file that {MANIFEST} does not list"
        elif path not in there or (release / path).is_symlink():
            yield f"{path}: missing"
        elif (size := (release / path).stat().st_size) != listed[path]["bytes"]:
            yield f"{path}: expected {counted(listed[path]['bytes'], 'byte')}, found {size:,}"
        elif digest(release / path) != listed[path]["sha256"]:
            yield f"{path}: its bytes have changed, expected SHA-256 {listed[path]['sha256']}"


def _schemas(own: Schemas, found: dict[str, Any]) -> Iterator[str]:
    """Yield the schemas that are of another version than the manifest says."""
    for table, carried in own.items():
        if carried.get("version") != (told := found.get("schemas", {}).get(table, "unknown")):
            yield f"{SCHEMAS}/{table}.schema.json: expected version {told}, as {MANIFEST} has it, found {carried.get('version')}"


def _rows(release: Path, data: Sequence[DataFile], own: Schemas) -> Iterator[str]:
    """Yield the rows that break their schema, and the texts that are not what their row says."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy, and only a release needs it

    for file in data:
        if (table := CONFIGS.get(file.config)) is None:
            yield f"{file.path}: a table that this version of saring does not know. Check the release with the version that made it."
            continue
        try:
            expected = arrow.schema(own[table])
        except ValueError as error:
            yield f"{SCHEMAS}/{table}.schema.json: a type that this version of saring does not know: {error}"
            continue
        if not pq.read_schema(release / file.path).equals(expected):
            yield f"{file.path}: its columns are not those of {SCHEMAS}/{table}.schema.json"
            continue
        count = 0
        for rows in parquet.read(release / file.path):
            broken = validation.schema_violations(rows, own[table])
            for row, column, expected, value in broken.head(_NAMED).iter_rows():
                yield f"{file.path}: row {count + row}, {column}: expected {expected}, found {value}"
            if not broken.height and {"id", "text", "sha256"} <= {*rows.columns}:
                yield from _texts(file.path, rows)
            count += rows.height
        if count != file.rows:
            yield f"{file.path}: expected {counted(file.rows, 'row')}, found {count:,}"


def _texts(path: str, rows: pl.DataFrame) -> Iterator[str]:
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in rows["text"]]
    for id_ in rows.filter(pl.Series(hashes, dtype=pl.String) != rows["sha256"])["id"].head(_NAMED):
        yield f"{path}: document {id_}: its sha256 is not that of its text"


def _links(release: Path, *, older: bool) -> Iterator[str]:
    tables = []
    for config in ("all", "edits", "overlaps", "rejections"):
        rows = read_tables.scan(release, config)
        # Not as null what is not there: of that nothing was promised.
        tables.append(rows.select(read_tables.today_columns(release, config)) if older else rows)
    try:
        validation.check_tables(validation.Tables(*tables), older=older)
    except ReleaseError as error:
        yield str(error)


def _kept(release: Path, data: Sequence[DataFile], own: Schemas) -> Iterator[str]:
    """Yield the splits of documents that are not the kept rows of all, in their order."""
    if "role" not in own["document"]["properties"]:
        return
    for split in sorted({file.split for file in data if file.config in ("documents", "all")}):
        sides = [
            parquet.batches((rows.filter(pl.col("role") == "kept") for rows in _read(release, data, config, split)), 512)
            for config in ("documents", "all")
        ]
        nothing = pl.DataFrame()
        while True:
            documents, kept = (next(side, nothing) for side in sides)
            if not documents.equals(kept):
                yield f"documents, split {split}: not the kept rows of all. Rows were dropped, added or changed in one of them."
                break
            if not documents.height:
                break


def _ledger(release: Path, scratch: Path) -> Iterator[str]:
    """Yield the documents on which the ledger cannot be undone and replayed."""
    sizes = [pl.DataFrame(schema={"id": pl.String, "characters": pl.Int64}), *read_tables.batches(release, "all", ("id", "characters"))]
    places = pl.concat(sizes).select("id", partitions(pl.col("characters").fill_null(read_tables.USUAL) * 2))  # bytes, nearly
    with ExternalSort(scratch / "ledger") as spill:
        # The ledger is sorted by id, the documents are by source: it is brought into their order, on disk.
        for rows in read_tables.batches(release, "edits"):
            spill.add(rows.join(places, on="id"))
        runs = places[PARTITION].rle().struct
        texts = read_tables.batches(release, "all", ("id", "text", *({"title"} & {*read_tables.today_columns(release, "all")})))
        for number, rows in zip(runs.field("value"), parquet.cut(texts, runs.field("len")), strict=True):
            if (theirs := spill.take(number)) is not None:
                yield from _replayed(rows, theirs)


def _replayed(texts: pl.DataFrame, theirs: pl.DataFrame) -> Iterator[str]:
    texts = texts.join(theirs.select("id").unique(), on="id", how="semi", maintain_order="left")
    try:
        again = ledger.apply(ledger.undo(texts, theirs), theirs)
    except LedgerError as error:
        yield f"edits: {error}"
        return
    # A title that was deleted whole is null; replayed, it is empty.
    names = texts.columns[1:]
    fields = pl.col(names).fill_null("")
    same = (again.select(fields).get_column(field) == texts.select(fields).get_column(field) for field in names)
    for id_ in texts.filter(~functools.reduce(operator.and_, same))["id"].head(_NAMED):
        yield f"edits: document {id_}: undone and replayed, they give another text than all has"


def _descriptions(release: Path, found: dict[str, Any], data: Sequence[DataFile]) -> Iterator[str]:
    """Yield what card and Croissant file say otherwise than the manifest."""
    import json  # noqa: PLC0415

    expected = configs(data, version=found["version"], build=found["build"])
    if (load_check.card_data(release).get("configs") or []) != expected:
        yield f"README.md: its configs are not the files of {MANIFEST}"
    described = json.loads((release / CROISSANT).read_text(encoding="utf-8"))
    objects = {entry["@id"]: entry["sha256"] for entry in described["distribution"] if entry["@type"] == "cr:FileObject"}
    if objects != {file.path: file.sha256 for file in data} or described["version"] != found["version"]:
        yield f"{CROISSANT}: its files or version are not those of {MANIFEST}"


def _loads(release: Path, data: Sequence[DataFile], cache: Path) -> Iterator[str]:
    """Yield the configs that `datasets` does not load as the manifest counts them."""
    for config, splits in config_files(data).items():
        expected = {split: sum(file.rows for file in parts) for split, parts in splits.items()}
        try:
            rows = load_check.loaded_rows(release, config, cache / config)
        except Exception as error:  # noqa: BLE001 - whatever a consumer would meet is worth telling
            yield f"{config}: datasets cannot load it: {type(error).__name__}: {error}"
            continue
        if rows != expected:
            yield f"{config}: expected the rows {expected}, datasets loads {rows}"


def _read(release: Path, data: Sequence[DataFile], config: str, split: str) -> Iterator[pl.DataFrame]:
    for file in data:
        if (file.config, file.split) == (config, split):
            yield from parquet.read(release / file.path)
