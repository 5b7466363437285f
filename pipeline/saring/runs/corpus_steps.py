"""Documents -> the tables of the release, and the release itself: the steps that look at the corpus as a whole."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from saring import release
from saring.core import ids
from saring.core.errors import ReleaseError
from saring.core.plurals import counted
from saring.core.progress import no_progress
from saring.corpus.relate import relate_corpus
from saring.read.metadata_rank import RANK
from saring.release import manifest, parquet, staging, validation
from saring.release.layout import SITE_LINES
from saring.runs import (
    cache_keys,
    clean_step,
    document_tables,
    drift_alerts,
    extract_step,
    report,
    takedown_step,
    timed_out,
    unused_settings,
)
from saring.runs.executor import executor_for
from saring.runs.read_step import taken_down_ids
from saring.storage.cache import is_intact
from saring.storage.files import digest, read_json, read_state, write_json, write_table
from saring.storage.local_copies import fresh_folder, local_copy, read_columns, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["relate_documents", "validate_tables", "version_before", "write_release"]

_MADE = "made.json"
_COUNTED = ("documents", "kept", "overlaps", "rejections", "copies", "taken")


def relate_documents(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """All documents -> revisions, duplicates, clusters and splits; leaves the tables of the release.

    Where the documents are those of the last build, so are the tables.

    Raises:
        ReleaseError: nearly all of a source would be set aside.
    """
    on_progress("comparing", 0, 0)
    if (last := _made(job)).get("made_of") != _made_of(job):
        takedown_step.drop_taken_down(job, on_progress)
        with fresh_folder(job.tables, _MADE) as tables:
            last = _relate(job, tables) | {"made_of": _made_of(job), "files": {}}
            last["files"] = {file.name: digest(file) for file in sorted(tables.glob("*.parquet"))}
            write_json(tables / _MADE, last)
    counts: dict[str, Any] = {name: last[name] for name in _COUNTED}
    rejected = report.rejected_by_reason(read_columns(job.tables / "rejections.parquet", ("source", "step", "reason", "message")))
    return counts | {"alarms": _alarms(job), "rejected": rejected, "unused": _unused(job, last), "dropped": _dropped(job)}


def _made_of(job: Job) -> str:
    places = read_table(job.documents)
    made_with = (
        cache_keys.relate_key(job.config),
        cache_keys.clean_key(job.config),
        timed_out.late_keys(clean_step.clean_cache(job), places),
    )
    declared = read_table(job.wanted).select("id", *RANK.names()).sort("id").rows()
    return cache_keys.hash_of(*made_with, *places["key"].sort(), digest(job.rejections), declared)


def _made(job: Job) -> dict[str, Any]:
    """Return what the tables were made of and how many rows they have; nothing where they are missing or damaged."""
    found = read_state(job.tables / _MADE, "made_of", "files", *_COUNTED)
    try:
        return found if found and is_intact(job.tables, found["files"]) else {}
    except (OSError, KeyError, TypeError, AttributeError):
        return {}


def _relate(job: Job, folder: Path) -> dict[str, int]:
    cache, places = clean_step.clean_cache(job), read_table(job.documents)
    about = read_table(job.wanted).select("id", *RANK.names())
    known = document_tables.document_index(cache, places).join(about, on="id", how="left", maintain_order="left")
    with executor_for(job) as executor:
        found = relate_corpus(known, functools.partial(document_tables.texts_of, cache), job.config, executor)
        executor.shut_down_idle()
    placed = (
        known.select("id", "entry", "source", "characters", "edit_bytes")
        .join(found.published, on="id")
        .join(found.roles, left_on="published", right_on="id")
    )
    del known
    drift_alerts.check_set_aside(placed.select("source", "role"), job.config.overlap.alarm_share)
    rejections = pl.concat(
        [
            read_table(job.rejections),
            document_tables.cached_rejections(cache, places),
            takedown_step.takedown_tombstones(job),
            found.rejections,
        ]
    )
    write_table(folder / "overlaps.parquet", found.overlaps)
    rejections = _published(rejections, found.roles["id"])
    write_table(folder / "rejections.parquet", rejections.sort("source", "id", nulls_last=True))
    table = read_table(job.sites)
    if table.height:
        write_table(folder / SITE_LINES, table)
    counts = {
        "documents": placed.height,
        "kept": placed.filter(pl.col("role") == "kept").height,
        "overlaps": found.overlaps.height,
        "rejections": rejections.height,
        "copies": found.rejections.height,
        "taken": rejections.filter(pl.col("reason") == "taken-down").height,
    }
    del found, rejections  # what follows needs the memory
    document_tables.write_documents(cache, placed, folder)
    return counts


def _published(rejections: pl.DataFrame, documents: pl.Series) -> pl.DataFrame:
    """Return rejections under the ids that their documents would have, so that every id of a release can be written wherever one is asked for."""
    stands = ids.page_part().is_in(documents.implode())
    return rejections.with_columns(pl.when(stands).then(ids.published_id()).otherwise(ids.page_part()).alias("id"))


def _unused(job: Job, made: dict[str, Any]) -> list[str]:
    """Return the settings without effect, from the tables: they are looked for again where the tables or the settings are others."""
    asked = cache_keys.hash_of(made["made_of"], *unused_settings.unused_inputs(job))
    if made.get("unused", {}).get("asked") != asked:
        made["unused"] = {"asked": asked, "lines": unused_settings.unused_messages(job)}
        write_json(job.tables / _MADE, made)
    found: list[str] = made["unused"]["lines"]
    return found


def _alarms(job: Job) -> list[drift_alerts.DriftAlert]:
    now = read_columns(job.tables / "documents.parquet", drift_alerts.REMOVED_COLUMNS)
    return drift_alerts.drift_alerts(now, drift_alerts.last_release_columns(job.out, job.config.dataset.name), job.config.noise.alarm_share)


def _dropped(job: Job) -> drift_alerts.Dropped:
    return drift_alerts.mostly_dropped(read_columns(job.tables / "documents.parquet", drift_alerts.DROPPED_COLUMNS))


def validate_tables(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """The tables against schemas/: types, formats, unique ids, links that resolve.

    Raises:
        ReleaseError: names the first rows that break a promise; nothing is released.
    """
    on_progress("validating", 0, 0)
    made = _made(job)
    if "validated" not in made:
        made["validated"] = _validate(job)
        write_json(job.tables / _MADE, made)
    return {"rows": made["validated"]}


def _validate(job: Job) -> int:
    done = 0
    tables = local_copy(job.tables)
    for name in validation.Tables._fields:
        schema = name.removesuffix("s")
        start = 0
        for rows in parquet.read(tables / f"{name}.parquet"):
            problems = validation.schema_violations(rows, schema)
            if problems.height:
                first = [
                    f"{column} of row {start + row}: expected {wanted}, found {found}"
                    for row, column, wanted, found in problems.head(5).rows()
                ]
                broken = counted(problems.height, "value")
                raise ReleaseError(
                    f"{broken} of {name} {'breaks' if problems.height == 1 else 'break'} schemas/{schema}.schema.json: {'; '.join(first)}."
                )
            start += rows.height
        done += start
    validation.check_tables(validation.Tables.scan(tables))
    return done


def write_release(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """The tables -> processed/<dataset>/vX.Y.Z, if anything changed."""
    on_progress("releasing", 0, 0)
    said = {"tables": _made(job).get("made_of"), "settings": cache_keys.release_key(job.config)}
    before = version_before(job)
    written = _standing(job, said)
    if written is None:
        written = release.write_release(local_copy(job.tables), job.config, _inputs(job), job.out)
        write_json(job.released, said | {"version": written.version, "seal": manifest.load_manifest(written.folder)["seal"]})
        _trim(job)
    return written._asdict() | {"folder": str(written.folder)} | before


def version_before(job: Job) -> dict[str, Any]:
    """Return the newest version before a build, and the version that a rollback made the latest in its place; each None where there is none."""
    home = job.out / job.config.dataset.name
    return {"before": next(reversed(staging.versions(home)), None), "rolled_back": staging.rolled_back(home)}


def _trim(job: Job) -> None:
    """Take from the caches what this build did not use; of what is taken down, nothing may be left."""
    gone = taken_down_ids(job).to_frame()
    for cache, places in ((extract_step.page_cache(job), job.pages), (clean_step.clean_cache(job), job.documents)):
        live = read_table(places).join(gone, on="id", how="anti")
        cache.trim(live, waste=0) if job.config.takedowns else cache.trim(live)
    clean_step.trim_snapshots(job)


def _standing(job: Job, said: dict[str, Any]) -> release.Written | None:
    """Return the newest release where it was made of the same; None where something is new or the release was touched."""
    home = job.out / job.config.dataset.name
    last = read_state(job.released, "version", "seal")
    if not last:
        return None
    try:
        folder = home / f"v{last['version']}"
        stands = next(reversed(staging.versions(home)), None) == last["version"] and manifest.load_manifest(folder)["seal"] == last["seal"]
    except (OSError, ValueError, KeyError, ReleaseError):
        return None
    same = stands and said.items() <= last.items()
    return release.Written(last["version"], folder, changed=False, added=0, removed=0, edited=0) if same else None


def _inputs(job: Job) -> dict[str, Any]:
    found = read_json(job.scrapes / "index.json")
    return {name: found[name] for name in ("scrapes", "bytes", "sha256")}
