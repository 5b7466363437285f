"""Write a release from the tables of a build: staged in a temporary folder, verified, synced to disk, renamed into place."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.core.errors import ReleaseError
from saring.release import card, changelog, croissant, data_files, diff, integrity, manifest, schema, staging, statistics, verify, version
from saring.release.layout import CARD, CHANGELOG, CROISSANT, MANIFEST, SCHEMAS, SITE_LINES
from saring.release.lock import lock
from saring.release.validation import Tables
from saring.storage.files import digest
from saring.storage.local_copies import local_copy
from saring.storage.paths import is_local

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from saring.config import Config
    from saring.release.layout import DataFile
    from saring.release.statistics import Statistics
    from saring.release.version import Change

__all__ = ["WriteResult", "preview_release", "write_release"]


class WriteResult(NamedTuple):
    """The result of `write_release`: the newest version, and how it differs from the previous release.

    Attributes:
        version: the newest version after the call, such as `1.2.0`.
        folder: its folder.
        changed: whether a new version was written; False if nothing differs from the previous release.
        added: number of records that the previous release lacks.
        removed: number of records that only the previous release has.
        edited: number of records that are in both releases and differ.
        schema: the schema changes, one sentence each; consumers may have to adapt to them.
    """

    version: str
    folder: Path
    changed: bool
    added: int
    removed: int
    edited: int
    schema: tuple[str, ...] = ()


class _Draft(NamedTuple):
    """A release whose data files are written, but not yet its card, changelog and manifest.

    Attributes:
        parent: the version that it is compared with; None for the first release.
        version: its own version number.
        change: ids of the records that differ from the parent's.
        schemas: schema changes against the parent, with the columns of `schema.CHANGES`.
        data: its Parquet files.
        statistics: the counts and examples shown in the card.
        build: the build hash.
    """

    parent: str | None
    version: str
    change: Change
    schemas: pl.DataFrame
    data: list[DataFile]
    statistics: Statistics
    build: str


def write_release(tables: Path, config: Config, inputs: Mapping[str, Any], out: Path) -> WriteResult:
    """Write a new release of the dataset if anything changed since the previous one.

    Args:
        tables: a folder with documents.parquet (all documents, both roles, sorted by source, then id), edits.parquet (sorted by id),
            overlaps.parquet and rejections.parquet, with the columns of `core.tables`.
        config: the corpus' configuration.
        inputs: the manifest's record of the input: number of `scrapes` and `bytes`, and `sha256`, a digest of them all.
        out: the folder of all releases; this one is written to `<out>/<dataset>/v<version>`.

    Raises:
        LockedError: another process is writing this dataset.
        ReleaseError: the tables fail verification, the previous release is damaged, or the disk is full. The previous release stays as it was.
    """
    home = out / config.dataset.name
    try:
        with lock(out, config.dataset.name, "release"):
            staging.remove_leftovers(home)
            parent = staging.newest_version(home)
            change, schemas, number = _compare_with_parent(tables, home, parent)
            with staging.staging_folder(home, number) as root:
                release = root / "release"
                release.mkdir()
                draft = _write_data(tables, config, release, parent, change, schemas)
                if not _is_new(home, draft):
                    return _result(home, draft, new=False)
                _write_descriptions(release, tables, config, inputs=inputs, home=home, draft=draft)
                _verify(release, root)
                staging.move_into_place(release, home, number)
            return _result(home, draft, new=True)
    except OSError as error:
        raise _disk_error(error, home) from error


def preview_release(tables: Path, config: Config, out: Path) -> WriteResult:
    """Return the result that `write_release` would have, without writing anything to `out`.

    The data files are written to a temporary folder, because only their hashes show whether anything changed.

    Raises:
        ReleaseError: the previous release is damaged, or the disk is full.
    """
    home = out / config.dataset.name
    try:
        with tempfile.TemporaryDirectory(prefix="saring-") as release:
            parent = next(reversed(staging.list_versions(home)), None)
            change, schemas, _ = _compare_with_parent(tables, home, parent)
            draft = _write_data(tables, config, Path(release), parent, change, schemas)
            return _result(home, draft, new=_is_new(home, draft))
    except OSError as error:
        raise _disk_error(error, home) from error


def _compare_with_parent(tables: Path, home: Path, parent: str | None) -> tuple[Change, pl.DataFrame, str]:
    """Return the record changes and schema changes against the parent release, and the next version number."""
    folder = home / f"v{parent}" if parent else None
    if folder:
        integrity.check_release(folder, *integrity.PARENT_PARTS)
    change = version.compare_documents(folder, Tables.scan(tables).documents)
    current = schema.current_schemas()
    schemas = schema.compare_schemas(schema.release_schemas(folder) if folder else current, current)
    return change, schemas, version.next_version(parent, change, schemas)


def _write_data(tables: Path, config: Config, release: Path, parent: str | None, change: Change, schemas: pl.DataFrame) -> _Draft:  # noqa: PLR0917 - the fields
    """Write the Parquet files and schemas of a release, and compute its statistics and build hash."""
    data = data_files.write_data_files(tables, release)
    schema.write_schemas(release)
    counts = statistics.gather_statistics(Tables.scan(tables))
    # Without version and hash the card is the same for the same content.
    build = manifest.build_hash(data, card.render(config, counts, data, version="", build=""))
    return _Draft(parent, version.next_version(parent, change, schemas), change, schemas, data, counts, build)


def _is_new(home: Path, draft: _Draft) -> bool:
    """Tell whether the build hash of a draft differs from its parent's."""
    return draft.parent is None or manifest.load_manifest(home / f"v{draft.parent}")["build"] != draft.build


def _result(home: Path, draft: _Draft, *, new: bool) -> WriteResult:
    number = draft.version if new or draft.parent is None else draft.parent
    added, removed, edited = (frame.height if new else 0 for frame in draft.change)
    sentences = tuple(schema.schema_changes_text(draft.schemas)) if new else ()
    return WriteResult(number, home / f"v{number}", changed=new, added=added, removed=removed, edited=edited, schema=sentences)


def _write_descriptions(release: Path, tables: Path, config: Config, *, inputs: Mapping[str, Any], home: Path, draft: _Draft) -> None:
    """Write the card, changelog, Croissant file and site lines of a release, then the manifest, which lists all files."""
    parent = local_copy(home / f"v{draft.parent}", CHANGELOG, SCHEMAS, "all", "edits") if draft.parent else None
    languages = [code for code in draft.statistics.languages["language"].sort() if code != "und"]
    texts = {
        CARD: card.render(config, draft.statistics, draft.data, version=draft.version, build=draft.build),
        CHANGELOG: changelog.render(draft.version, parent, diff.compare_releases(parent, release), Tables.scan(tables).documents),
        CROISSANT: croissant.render(config, draft.data, languages, version=draft.version),
    }
    for name, text in texts.items():
        (release / name).write_text(text, encoding="utf-8", newline="\n")
    if (tables / SITE_LINES).exists():
        shutil.copyfile(tables / SITE_LINES, release / SITE_LINES)
    data_paths = {file.path for file in draft.data}
    paths = (file.relative_to(release).as_posix() for file in release.rglob("*") if file.is_file())
    plain = sorted(path for path in paths if path not in data_paths)
    plain_files = {path: (digest(release / path), (release / path).stat().st_size) for path in plain}
    listing = manifest.make_manifest(
        version=draft.version,
        parent=draft.parent,
        build=draft.build,
        inputs=inputs,
        config=config,
        data=draft.data,
        plain_files=plain_files,
    )
    (release / MANIFEST).write_text(manifest.manifest_text(listing), encoding="utf-8", newline="\n")


def _verify(release: Path, root: Path) -> None:
    try:
        verify.verify(release, scratch=root)
    except ReleaseError as error:
        raise ReleaseError(f"the new release failed verification, so nothing was released.\n{error}") from error


def _disk_error(error: OSError, home: Path) -> ReleaseError:
    """Return the error message for a disk that is full or refuses to write."""
    place = error.filename or home
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = place if is_local(home) else tempfile.gettempdir()
        free = shutil.disk_usage((home if home.is_dir() else home.parent) if is_local(home) else place).free
        return ReleaseError(f"{place}: the disk is full ({free:,} bytes free). Make room and build again; the last release is as it was.")
    return ReleaseError(f"{place}: cannot be written: {error}. Fix the cause and build again; the last release is as it was.")
