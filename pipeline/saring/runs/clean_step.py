"""The step `clean_pages`: pages -> documents, cleaned by the rules and names of corpus.toml, in a content-addressed cache.

A changed rule or name invalidates only the documents that it can touch (`saring.runs.reuse_documents`); these are cleaned again.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring import exemptions
from saring.clean_batch import Cleaned, Prepared, clean, preload
from saring.compute import time_limit
from saring.compute.bisection import crash_rejections, run_bisected
from saring.compute.pool import WorkerDied
from saring.compute.task_context import TaskContext
from saring.core.progress import no_progress
from saring.core.tables import CLEANED, EDIT, EFFECT, empty_table
from saring.runs import cache_keys, extract_step, timed_out
from saring.runs.config_snapshot import ConfigSnapshot
from saring.runs.executor import FEWEST_BYTES, executor_for
from saring.runs.reuse_documents import clean_cache, reuse_documents, snapshot_folder
from saring.runs.site_lines_step import counted_pages
from saring.storage.files import atomic_write, write_table
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saring.config import Config
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job
    from saring.storage.cache import Cache

__all__ = ["clean_pages"]


def clean_pages(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Clean the pages that have no valid cached document, in worker processes; write the cache index of this build's documents.

    Returns:
        `documents`: how many pages this build has; `cleaned`: how many were cleaned now; `spared`: how many had a document that was cleaned
        with other rules or names, none of which touches it; `kept`: how many had a document that was cleaned with the same.
    """
    clean_key = cache_keys.clean_key(job.config)
    made_with = timed_out.provenance(clean_key, job.config.build.page_seconds)
    ConfigSnapshot.of(job.config).save(snapshot_folder(job))
    pages = counted_pages(job)
    exemptions.check_exemptions(job.config.keeps, pages["id"])
    cached = clean_cache(job).cached_index(*made_with)
    missing = pages.join(cached, on="key", how="anti", maintain_order="left")
    spared = reuse_documents(job, missing, clean_key, cached)
    if spared:
        cached = clean_cache(job).cached_index(*made_with, known=cached)
        missing = missing.join(cached, on="key", how="anti", maintain_order="left")
    # Small builds are divided among the workers too: else one cleans everything and the others wait.
    share = max(int(missing["bytes"].sum()) // max(job.workers, 1), FEWEST_BYTES)
    batches = list(_batches(missing, min(share, job.config.build.batch_bytes)))
    load = functools.partial(preload, _with_absolute_weights(job.config))
    watch = time_limit.watchdog_for(job.config.build.page_seconds, bool(job.workers or job.dask), job.folder, load)
    with executor_for(job) as executor, watch as watchdog:
        inputs = _CleanInputs(extract_step.page_cache(job), clean_cache(job), made_with, job.site_lines, _with_absolute_weights(job.config))
        context = TaskContext(inputs, watchdog)
        for done, (batch, result) in enumerate(executor.map(_clean_batch, batches, context), start=1):
            if isinstance(result, WorkerDied):
                _bisect_batch(batch, context)
            on_progress("cleaning", done, len(batches))
        executor.shut_down_idle()
    with atomic_write(job.documents) as temporary:
        write_table(temporary, clean_cache(job).places(pages["key"], *made_with, known=cached))
    return {"documents": pages.height, "cleaned": missing.height, "spared": spared, "kept": pages.height - missing.height - spared}


class _CleanInputs(NamedTuple):
    """Inputs of cleaning that are the same for all batches of a build.

    Attributes:
        pages: the cache that pages are read from.
        documents: the cache that documents are put into.
        made_with: the provenance of the documents.
        site_lines: the file of the lines that sites repeat.
        config: rules, names, languages and limits.
    """

    pages: Cache
    documents: Cache
    made_with: timed_out.Provenance
    site_lines: Path
    config: Config


def _with_absolute_weights(config: Config) -> Config:
    """Return the configuration with the absolute path of the classifier's weights: the worker of a cluster runs in another folder."""
    weights = config.noise.weights and str(Path(config.noise.weights).absolute())
    return dataclasses.replace(config, noise=dataclasses.replace(config.noise, weights=weights))


def _clean_batch(places: pl.DataFrame, context: TaskContext[_CleanInputs]) -> int:
    """Clean a batch of pages and write the documents to the document cache. Runs in a worker; `places` locates the pages (`CACHE_INDEX`)."""
    _put(places, _clean_watched(places, context), context)
    return places.height


def _clean_watched(places: pl.DataFrame, context: TaskContext[_CleanInputs]) -> Cleaned:
    """Clean a batch of pages under the watchdog; a page that is known to exceed the time limit becomes a rejection."""
    pages, repairs, rejections = context.payload.pages.take(places, *Prepared._fields)
    site_lines = read_table(context.payload.site_lines)

    def clean_group(group: pl.DataFrame, announce: Callable[[str | None], None]) -> Cleaned:
        group_repairs = repairs.join(group.select("id"), on="id", how="semi", maintain_order="left")
        return clean(Prepared(group, group_repairs, rejections.clear()), context.payload.config, site_lines, announce)

    results, slow_pages = context.watchdog.run(clean_group, pages, pl.col("bytes"))
    timeouts = time_limit.rejections(_origin(slow_pages), "clean", context.watchdog.seconds)
    cleaned = Cleaned(*map(pl.concat, zip(*results, strict=True)))
    return cleaned._replace(rejections=pl.concat([rejections, timeouts, cleaned.rejections]))


def _bisect_batch(places: pl.DataFrame, context: TaskContext[_CleanInputs]) -> None:
    """Clean a batch of pages on which a worker died, bisecting it: a page that ends its process becomes a rejection."""
    parts, crashing_places = run_bisected(_clean_watched, places, context)
    (pages,) = context.payload.pages.take(places, "pages")
    crashes = crash_rejections(_origin(pages.join(crashing_places, on="id", how="semi")))
    crashed = Cleaned(empty_table(CLEANED), empty_table(EDIT), crashes, empty_table(EFFECT))
    _put(places, Cleaned(*map(pl.concat, zip(crashed, *parts, strict=True))), context)


def _put(places: pl.DataFrame, cleaned: Cleaned, context: TaskContext[_CleanInputs]) -> None:
    """Write the cleaned documents of a batch of pages to the cache of this step, under the cache keys in `places`."""
    keys = places.select("key", "id", "bytes")
    timed_out.put_by_timeout(context.payload.documents, cleaned._asdict(), keys, context.payload.made_with)


def _origin(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of pages that their rejections have: source, id, sha256 and bytes of their scrapes."""
    return pages.select("source", "id", pl.col("scrape_sha256").alias("sha256"), "bytes")


def _batches(missing: pl.DataFrame, batch_bytes: int) -> Iterator[pl.DataFrame]:
    """Divide pages, given by their locations in the page cache (`CACHE_INDEX`), into batches of about `batch_bytes` of text each.

    The pages of a cache entry stay together where they fit, so that a worker reads each entry once; entries that are larger than a batch are
    divided into equal parts, and small ones are joined.
    """
    batch: list[pl.DataFrame] = []
    size, total = 0, pl.col("bytes").sum()
    all_bytes = max(int(missing["bytes"].sum()), 1)  # scrapes may all be empty
    target = all_bytes / max(round(all_bytes / batch_bytes), 1)
    # The number of parts is rounded: an entry that is a little larger than the target stays undivided. With a target of 10, an entry of pages
    # of 6, 6, 6 and 6 bytes is 2 parts: pages that begin at byte 0, 6, 12 and 18 of 24 belong to the parts 0, 0, 1 and 1.
    parts = (total / target).round().clip(1)
    part = ((pl.col("bytes").cum_sum() - pl.col("bytes")) * parts / total.clip(1)).floor().over("entry")
    for rows in missing.with_columns(part.alias("part")).partition_by("entry", "part", maintain_order=True, include_key=True):
        part_bytes = int(rows["bytes"].sum())
        if batch and size + part_bytes / 2 > target:
            yield pl.concat(batch)
            batch, size = [], 0
        batch.append(rows.drop("part"))
        size += part_bytes
    if batch:
        yield pl.concat(batch)
