"""Documents -> the tables of the release: revisions, duplicates, translations, clusters and splits of the whole corpus."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core import ids
from saring.core.progress import no_progress
from saring.corpus.relate import relate_corpus
from saring.read.metadata_rank import RANK
from saring.release.layout import SITE_LINES
from saring.runs import cache_keys, clean_step, document_tables, drift_alerts, report, takedown_step, timed_out, unused_settings
from saring.runs.executor import executor_for
from saring.storage.cache import is_intact
from saring.storage.files import digest, read_state, write_json, write_table
from saring.storage.local_copies import fresh_folder, read_columns, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["load_record", "relate_documents", "save_record"]

_MADE = "made.json"
_COUNTED = ("documents", "kept", "overlaps", "rejections", "copies", "taken")


def relate_documents(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """All documents -> revisions, duplicates, clusters and splits; leaves the tables of the release.

    Where the documents are those of the last build, so are the tables.

    Raises:
        ReleaseError: nearly all of a source would be set aside.
    """
    on_progress("comparing", 0, 0)
    if (last := load_record(job)).get("made_of") != _made_of(job):
        with fresh_folder(job.tables, _MADE) as tables:
            last = _relate(job, tables) | {"made_of": _made_of(job), "files": {}}
            last["files"] = {file.name: digest(file) for file in sorted(tables.glob("*.parquet"))}
            write_json(tables / _MADE, last)
    counts: dict[str, Any] = {name: last[name] for name in _COUNTED}
    rejected = report.rejected_by_reason(read_columns(job.tables / "rejections.parquet", ("source", "step", "reason", "message")))
    return counts | {"alarms": _alarms(job), "rejected": rejected, "unused": _unused(job, last), "dropped": _dropped(job)}


def save_record(job: Job, record: dict[str, Any]) -> None:
    """Write what `load_record` reads."""
    write_json(job.tables / _MADE, record)


def _made_of(job: Job) -> str:
    places = read_table(job.documents)
    made_with = (
        cache_keys.relate_key(job.config),
        cache_keys.clean_key(job.config),
        timed_out.late_keys(clean_step.clean_cache(job), places),
    )
    declared = read_table(job.wanted).select("id", *RANK.names()).sort("id").rows()
    return cache_keys.hash_of(*made_with, *places["key"].sort(), digest(job.rejections), declared)


def load_record(job: Job) -> dict[str, Any]:
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
        save_record(job, made)
    found: list[str] = made["unused"]["lines"]
    return found


def _alarms(job: Job) -> list[drift_alerts.DriftAlert]:
    now = read_columns(job.tables / "documents.parquet", drift_alerts.REMOVED_COLUMNS)
    return drift_alerts.drift_alerts(now, drift_alerts.last_release_columns(job.out, job.config.dataset.name), job.config.noise.alarm_share)


def _dropped(job: Job) -> drift_alerts.Dropped:
    return drift_alerts.mostly_dropped(read_columns(job.tables / "documents.parquet", drift_alerts.DROPPED_COLUMNS))
