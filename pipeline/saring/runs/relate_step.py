"""The step `relate_documents`: documents -> the tables of the release, with revisions, duplicates, translations, clusters and splits.

This is the first step that compares documents with each other. Where the documents and settings are those of the last build, so are the
tables, and nothing is compared.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core import ids
from saring.core.progress import no_progress
from saring.corpus.relate import relate_corpus
from saring.read.metadata_rank import RANK
from saring.release.layout import SITE_LINES
from saring.runs import cache_keys, document_tables, drift_alerts, report, reuse_documents, takedown_step, timed_out, unused_settings
from saring.runs.executor import executor_for
from saring.storage.cache import is_intact
from saring.storage.files import digest, read_state, write_json, write_table
from saring.storage.local_copies import fresh_folder, read_columns, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["load_tables_record", "relate_documents", "save_tables_record"]

_RECORD = "made.json"
_COUNTS = ("documents", "kept", "overlaps", "rejections", "copies", "taken")


def relate_documents(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Relate all documents of a build to each other, and write the tables of the release.

    Returns:
        Counts of rows: `documents`, `kept` (of these, not set aside as duplicates), `overlaps`, `rejections`, and of the latter `copies` and
        `taken` (down); `alarms`: drift alerts; `rejected`: rejections by reason; `unused`: settings without effect; `dropped`: pages of which
        extraction left out most.

    Raises:
        ReleaseError: nearly all documents of a source would be set aside as duplicates.
    """
    on_progress("comparing", 0, 0)
    if (record := load_tables_record(job)).get("made_of") != _input_hash(job):
        with fresh_folder(job.tables, _RECORD) as tables:
            record = _write_tables(job, tables) | {"made_of": _input_hash(job), "files": {}}
            record["files"] = {file.name: digest(file) for file in sorted(tables.glob("*.parquet"))}
            write_json(tables / _RECORD, record)
    counts: dict[str, Any] = {name: record[name] for name in _COUNTS}
    rejected = report.rejected_by_reason(read_columns(job.tables / "rejections.parquet", ("source", "step", "reason", "message")))
    return counts | {"alarms": _alerts(job), "rejected": rejected, "unused": _unused(job, record), "dropped": _dropped(job)}


def load_tables_record(job: Job) -> dict[str, Any]:
    """Return the record of the tables: the hash of what they were made from (`made_of`), file hashes, row counts, and notes of later steps.

    Nothing where a table is missing or damaged.
    """
    record = read_state(job.tables / _RECORD, "made_of", "files", *_COUNTS)
    try:
        return record if record and is_intact(job.tables, record["files"]) else {}
    except (OSError, KeyError, TypeError, AttributeError):
        return {}


def save_tables_record(job: Job, record: dict[str, Any]) -> None:
    """Write the record of the tables (`load_tables_record`), to which a later step has added its result."""
    write_json(job.tables / _RECORD, record)


def _input_hash(job: Job) -> str:
    """Return the hash of what the tables depend on: documents and their metadata ranks, rejections of reading, settings, program."""
    places = read_table(job.documents)
    keys = (
        cache_keys.relate_key(job.config),
        cache_keys.clean_key(job.config),
        timed_out.timed_out_keys(reuse_documents.clean_cache(job), places),
    )
    ranks = read_table(job.scrape_index).select("id", *RANK.names()).sort("id").rows()
    return cache_keys.hash_of(*keys, *places["key"].sort(), digest(job.rejections), ranks)


def _write_tables(job: Job, folder: Path) -> dict[str, int]:
    """Relate all documents and write the tables of the release to a folder; return their counts of rows (`_COUNTS`)."""
    cache, places = reuse_documents.clean_cache(job), read_table(job.documents)
    ranks = read_table(job.scrape_index).select("id", *RANK.names())
    index = document_tables.document_index(cache, places).join(ranks, on="id", how="left", maintain_order="left")
    with executor_for(job) as executor:
        related = relate_corpus(index, functools.partial(document_tables.texts_of, cache), job.config, executor)
        executor.shut_down_idle()
    published = (
        index.select("id", "entry", "source", "characters", "edit_bytes")
        .join(related.published, on="id")
        .join(related.roles, left_on="published", right_on="id")
    )
    del index
    drift_alerts.check_set_aside(published.select("source", "role"), job.config.overlap.alarm_share)
    rejections = pl.concat(
        [
            read_table(job.rejections),
            document_tables.cached_rejections(cache, places),
            takedown_step.takedown_tombstones(job),
            related.rejections,
        ]
    )
    write_table(folder / "overlaps.parquet", related.overlaps)
    rejections = _with_published_ids(rejections, related.roles["id"])
    write_table(folder / "rejections.parquet", rejections.sort("source", "id", nulls_last=True))
    site_lines = read_table(job.site_lines)
    if site_lines.height:
        write_table(folder / SITE_LINES, site_lines)
    counts = {
        "documents": published.height,
        "kept": published.filter(pl.col("role") == "kept").height,
        "overlaps": related.overlaps.height,
        "rejections": rejections.height,
        "copies": related.rejections.height,
        "taken": rejections.filter(pl.col("reason") == "taken-down").height,
    }
    del related, rejections  # writing the documents needs the memory
    document_tables.write_documents(cache, published, folder)
    return counts


def _with_published_ids(rejections: pl.DataFrame, document_ids: pl.Series) -> pl.DataFrame:
    """Return rejections with the ids that their documents would have in the release, so that any id of a release can be used in corpus.toml.

    Args:
        rejections: `id` is a working id.
        document_ids: the published ids of the documents.
    """
    is_taken = ids.page_id_of().is_in(document_ids.implode())  # a document has the short id: the rejection needs the long one
    return rejections.with_columns(pl.when(is_taken).then(ids.published_id()).otherwise(ids.page_id_of()).alias("id"))


def _unused(job: Job, record: dict[str, Any]) -> list[str]:
    """Return a sentence for each setting without effect; they are looked for again only where the tables or the settings have changed."""
    input_hash = cache_keys.hash_of(record["made_of"], *unused_settings.unused_inputs(job))
    if record.get("unused", {}).get("input") != input_hash:
        record["unused"] = {"input": input_hash, "messages": unused_settings.unused_messages(job)}
        save_tables_record(job, record)
    messages: list[str] = record["unused"]["messages"]
    return messages


def _alerts(job: Job) -> list[drift_alerts.DriftAlert]:
    """Return the drift alerts of a build, against the last release."""
    now = read_columns(job.tables / "documents.parquet", drift_alerts.REMOVED_COLUMNS)
    return drift_alerts.drift_alerts(now, drift_alerts.last_release_columns(job.out, job.config.dataset.name), job.config.noise.alarm_share)


def _dropped(job: Job) -> drift_alerts.Dropped:
    """Return the pages of a build of which extraction left out most."""
    return drift_alerts.mostly_dropped(read_columns(job.tables / "documents.parquet", drift_alerts.DROPPED_COLUMNS))
