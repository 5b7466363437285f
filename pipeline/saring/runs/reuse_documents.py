"""Invalidation of cleaned documents: when rules or names change, the documents that no change touches are reused from the cache.

A cache entry of documents is made with a configuration snapshot (rules, exceptions, names, languages). Documents under an older snapshot
are compared with the present one, entry by entry, and those that cleaning again would leave as they are get an entry under the present one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.clean_batch import Cleaned
from saring.compute.pool import WorkerDied
from saring.runs import extract_step
from saring.runs.config_snapshot import ConfigSnapshot
from saring.runs.executor import executor_for
from saring.runs.workspace import DOCUMENTS, SNAPSHOTS
from saring.storage.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path

    from saring.runs.workspace import Job

__all__ = ["clean_cache", "reuse_documents", "snapshot_folder", "trim_snapshots"]


def clean_cache(job: Job) -> Cache:
    """Return the cache of cleaned documents in the workspace of a job."""
    return Cache(job.folder / DOCUMENTS, Cleaned._fields)


def snapshot_folder(job: Job) -> Path:
    """Return the folder of the configuration snapshots with which documents in the cache were cleaned."""
    return job.folder / SNAPSHOTS


def trim_snapshots(job: Job) -> None:
    """Delete the configuration snapshots with which no document in the cache was cleaned: their rules may quote what was taken down."""
    ConfigSnapshot.trim(snapshot_folder(job), clean_cache(job).provenance_values("snapshot"))


def reuse_documents(job: Job, missing: pl.DataFrame, clean_key: dict[str, str], cached: pl.DataFrame) -> int:
    """Reuse documents that were cleaned with other rules or names, where no changed rule or name can touch them; return how many.

    Args:
        job: its caches and its executor.
        missing: places of the pages (`CACHE_INDEX`) that have no document under the present configuration.
        clean_key: the present provenance of documents (`cache_keys.clean_key`).
        cached: cache index of the documents under the present configuration; their entries are not read again.
    """
    cache = clean_cache(job)
    if missing.is_empty():
        return 0
    all_but_snapshot = {name: value for name, value in clean_key.items() if name != "snapshot"}
    older = cache.cached_index(all_but_snapshot, known=cached).select("key", old="entry")
    batches = missing.join(older, on="key", maintain_order="left").partition_by("old", maintain_order=True)
    if not batches:
        return 0
    inputs = _ReuseInputs(cache, clean_key, extract_step.page_cache(job), snapshot_folder(job), job.config.extract.format)
    with executor_for(job) as executor:
        return sum(result for _, result in executor.map(_reuse_entry, batches, inputs) if not isinstance(result, WorkerDied))


# A context of its own and no TaskContext: comparing configurations needs no watchdog.
class _ReuseInputs(NamedTuple):
    """Inputs of reusing documents that are the same for all cache entries.

    Attributes:
        documents: the cache of documents.
        clean_key: the present provenance of documents.
        pages: the cache of pages.
        snapshots: the folder of configuration snapshots.
        text_format: of the pages that were HTML.
    """

    documents: Cache
    clean_key: dict[str, str]
    pages: Cache
    snapshots: Path
    text_format: str


def _reuse_entry(rows: pl.DataFrame, inputs: _ReuseInputs) -> int:
    """Put the documents of one older cache entry that no change touches into a new entry; return how many. Runs in a worker.

    Args:
        rows: places of the pages (`CACHE_INDEX`), and `old`, the entry that has their documents, the same for all.
        inputs: caches and snapshots.
    """
    cache, clean_key, page_cache, snapshots, text_format = inputs
    before = ConfigSnapshot.load(snapshots, cache.about(rows["old"][0])["snapshot"])
    now = ConfigSnapshot.load(snapshots, clean_key["snapshot"])
    if before is None or now is None:
        return 0
    (pages,) = page_cache.take(rows, "pages")
    cleaned = Cleaned(*cache.take(rows.with_columns(entry="old"), *Cleaned._fields))
    try:
        touched = now.touched(pages, before, cleaned, text_format=text_format)
    except Exception:  # noqa: BLE001 - whatever a page provokes: all of the entry is cleaned again, and the page is isolated there
        return 0
    if touched is None:
        return 0
    untouched = rows.filter(~pl.col("id").is_in(touched.implode())).with_columns(pl.col("old").alias("entry"))
    if untouched.height:
        tables = (table.join(untouched.select("id"), on="id", how="semi", maintain_order="left") for table in cleaned)
        cache.put(dict(zip(Cleaned._fields, tables, strict=True)), untouched, clean_key)
    return untouched.height
