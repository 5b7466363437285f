"""Tables in, a release out: written beside its place, verified, synced, renamed."""

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

__all__ = ["Written", "preview_release", "write_release"]


class Written(NamedTuple):
    """What `write_release` did.

    Attributes:
        version: the newest version now, such as `1.2.0`.
        folder: where it stands.
        changed: whether it is new; else nothing differs from the release before, and nothing was written.
        added: number of records that the release before lacks.
        removed: number of records that only the release before has.
        edited: number of records that differ.
        schema: what differs between the schemas, a sentence each; consumers may have to do something about it.
    """

    version: str
    folder: Path
    changed: bool
    added: int
    removed: int
    edited: int
    schema: tuple[str, ...] = ()


class _Draft(NamedTuple):
    """What is known of a release when its data files are written.

    Attributes:
        before: the version that it is compared with.
        number: its own.
        change: the records that differ.
        schemas: what differs between the schemas.
        data: its Parquet files.
        facts: what the card tells.
        build: its hash.
    """

    before: str | None
    number: str
    change: Change
    schemas: pl.DataFrame
    data: list[DataFile]
    facts: Statistics
    build: str


def write_release(tables: Path, config: Config, inputs: Mapping[str, Any], out: Path) -> Written:
    """Make a release, if anything changed.

    Args:
        tables: a folder with documents.parquet (all documents, both roles, sorted by source, then id), edits.parquet (sorted by id),
            overlaps.parquet and rejections.parquet, with the columns of `records`.
        config: the corpus' configuration.
        inputs: what was read, for the manifest: number of `scrapes` and `bytes`, and `sha256`, a digest of them all.
        out: the folder of all releases; this one comes to `<out>/<dataset>/v<version>`.

    Raises:
        LockedError: another process is writing this dataset.
        ReleaseError: the tables break a promise, the release before is damaged, or the disk is full. The release before stands as it was.
    """
    home = out / config.dataset.name
    try:
        with lock(out, config.dataset.name, "release"):
            staging.sweep(home)
            before = staging.newest(home)
            change, schemas, number = _compare(tables, home, before)
            with staging.staged(home, number) as root:
                release = root / "release"
                release.mkdir()
                draft = _draft(tables, config, release, before, change, schemas)
                if not _new(home, draft):
                    return _written(home, draft, new=False)
                _describe(release, tables, config, inputs=inputs, home=home, draft=draft)
                _verify(release, root)
                staging.place(release, home, number)
            return _written(home, draft, new=True)
    except OSError as error:
        raise _failure(error, home) from error


def preview_release(tables: Path, config: Config, out: Path) -> Written:
    """Return what `write_release` would, and write nothing to `out`; the data files are written elsewhere to be compared, then removed.

    Raises:
        ReleaseError: the release before is damaged, or the disk is full.
    """
    home = out / config.dataset.name
    try:
        with tempfile.TemporaryDirectory(prefix="saring-") as release:
            before = next(reversed(staging.versions(home)), None)
            change, schemas, _ = _compare(tables, home, before)
            draft = _draft(tables, config, Path(release), before, change, schemas)
            return _written(home, draft, new=_new(home, draft))
    except OSError as error:
        raise _failure(error, home) from error


def _compare(tables: Path, home: Path, before: str | None) -> tuple[Change, pl.DataFrame, str]:
    parent = home / f"v{before}" if before else None
    if parent:
        integrity.check_release(parent, *integrity.PARENT)
    change = version.compare_documents(parent, Tables.scan(tables).documents)
    now = schema.current_schemas()
    schemas = schema.compare_schemas(schema.release_schemas(parent) if parent else now, now)
    return change, schemas, version.next_version(before, change, schemas)


def _draft(tables: Path, config: Config, release: Path, before: str | None, change: Change, schemas: pl.DataFrame) -> _Draft:  # noqa: PLR0917 - the fields
    data = data_files.write(tables, release)
    schema.write_schemas(release)
    numbers = statistics.gather_statistics(Tables.scan(tables))
    # Without version and hash the card is the same for the same content.
    build = manifest.build_hash(data, card.render(config, numbers, data, version="", build=""))
    return _Draft(before, version.next_version(before, change, schemas), change, schemas, data, numbers, build)


def _new(home: Path, draft: _Draft) -> bool:
    return draft.before is None or manifest.load_manifest(home / f"v{draft.before}")["build"] != draft.build


def _written(home: Path, draft: _Draft, *, new: bool) -> Written:
    number = draft.number if new or draft.before is None else draft.before
    added, removed, edited = (frame.height if new else 0 for frame in draft.change)
    said = tuple(schema.schema_changes_text(draft.schemas)) if new else ()
    return Written(number, home / f"v{number}", changed=new, added=added, removed=removed, edited=edited, schema=said)


def _describe(release: Path, tables: Path, config: Config, *, inputs: Mapping[str, Any], home: Path, draft: _Draft) -> None:
    """Write what a person reads, what other tools read, and last the manifest that lists all else."""
    parent = local_copy(home / f"v{draft.before}", CHANGELOG, SCHEMAS, "all", "edits") if draft.before else None
    languages = [code for code in draft.facts.languages["language"].sort() if code != "und"]
    texts = {
        CARD: card.render(config, draft.facts, draft.data, version=draft.number, build=draft.build),
        CHANGELOG: changelog.render(draft.number, parent, diff.compare_releases(parent, release), Tables.scan(tables).documents),
        CROISSANT: croissant.render(config, draft.data, languages, version=draft.number),
    }
    for name, text in texts.items():
        (release / name).write_text(text, encoding="utf-8", newline="\n")
    if (tables / SITE_LINES).exists():
        shutil.copyfile(tables / SITE_LINES, release / SITE_LINES)
    written = {file.path for file in draft.data}
    there = (file.relative_to(release).as_posix() for file in release.rglob("*") if file.is_file())
    plain = sorted(name for name in there if name not in written)
    others = {name: (digest(release / name), (release / name).stat().st_size) for name in plain}
    listed = manifest.make_manifest(
        version=draft.number, parent=draft.before, build=draft.build, inputs=inputs, config=config, data=draft.data, others=others
    )
    (release / MANIFEST).write_text(manifest.manifest_text(listed), encoding="utf-8", newline="\n")


def _verify(release: Path, root: Path) -> None:
    try:
        verify.verify(release, scratch=root)
    except ReleaseError as error:
        raise ReleaseError(f"these tables make no release that keeps its promises, so nothing was released.\n{error}") from error


def _failure(error: OSError, home: Path) -> ReleaseError:
    """Return what to tell about a failing disk."""
    place = error.filename or home
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = place if is_local(home) else tempfile.gettempdir()
        free = shutil.disk_usage((home if home.is_dir() else home.parent) if is_local(home) else place).free
        return ReleaseError(f"{place}: the disk is full ({free:,} bytes free). Make room and build again; the last release is as it was.")
    return ReleaseError(f"{place}: cannot be written: {error}. Mend that and build again; the last release is as it was.")
