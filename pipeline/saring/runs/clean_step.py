"""Pages -> documents: cleaned by the rules, made once and kept on a cache; a changed rule or name cleans again what it can touch."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring import exemptions
from saring.clean_batch import Cleaned, Prepared, clean, warm_up
from saring.compute import time_limit
from saring.compute.bisection import crash_rejections, run_bisected
from saring.compute.pool import WorkerDied
from saring.core.progress import no_progress
from saring.core.tables import CLEANED, EDIT, EFFECT, empty_table
from saring.runs import cache_keys, extract_step, timed_out
from saring.runs.config_snapshot import ConfigSnapshot
from saring.runs.executor import FEWEST_BYTES, executor_for
from saring.runs.site_lines_step import counted_pages
from saring.storage.cache import Cache
from saring.storage.files import atomic_write, write_table
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from saring.compute.time_limit import Watchdog
    from saring.config import Config
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

    _Made = tuple[Mapping[str, str], Mapping[str, str]]

__all__ = ["clean_cache", "clean_pages", "trim_snapshots"]


def clean_cache(job: Job) -> Cache:
    """Return where the documents of a build are kept."""
    return Cache(job.folder / "clean", Cleaned._fields)


def clean_pages(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Pages -> documents, edits and rejections, in worker processes; leaves the places of all documents of this build."""
    about = cache_keys.clean_key(job.config)
    made = timed_out.on_time_and_late(about, job.config.build.page_seconds)
    ConfigSnapshot.of(job.config).save(_snapshots(job))
    wanted = counted_pages(job)
    exemptions.check_exemptions(job.config.keeps, wanted["id"])
    held = clean_cache(job).held(*made)
    missing = wanted.join(held, on="key", how="anti", maintain_order="left")
    spared = _spare(job, missing, about, held)
    if spared:
        held = clean_cache(job).held(*made, known=held)
        missing = missing.join(held, on="key", how="anti", maintain_order="left")
    # What is little is shared among the workers: else one cleans it and the others wait.
    share = max(int(missing["bytes"].sum()) // max(job.workers, 1), FEWEST_BYTES)
    items = list(_items(missing, min(share, job.config.build.batch_bytes)))
    load = functools.partial(warm_up, _anywhere(job.config))
    watch = time_limit.watchdog_for(job.config.build.page_seconds, bool(job.workers or job.dask), job.folder, load)
    with executor_for(job) as executor, watch as guard:
        context = _Context(extract_step.page_cache(job), clean_cache(job), made, job.sites, _anywhere(job.config), guard)
        for done, (item, result) in enumerate(executor.map(_clean_to, items, context), start=1):
            if isinstance(result, WorkerDied):
                _clean_apart(item, context)
            on_progress("cleaning", done, len(items))
        executor.shut_down_idle()
    with atomic_write(job.documents) as temporary:
        write_table(temporary, clean_cache(job).places(wanted["key"], *made, known=held))
    return {"documents": wanted.height, "cleaned": missing.height, "spared": spared, "kept": wanted.height - missing.height - spared}


class _Context(NamedTuple):
    """What cleaning needs besides the places of pages: the cache they are on, that of the documents, what these are made with, a watchdog."""

    pages: Cache
    to: Cache
    made: _Made
    sites: Path
    config: Config
    guard: Watchdog


def _anywhere(config: Config) -> Config:
    """Return the configuration with the full path of its weights: a worker elsewhere runs in another folder."""
    weights = config.noise.weights and str(Path(config.noise.weights).absolute())
    return dataclasses.replace(config, noise=dataclasses.replace(config.noise, weights=weights))


def _clean_to(places: pl.DataFrame, context: _Context) -> int:
    """Clean the pages at some places (`HELD`) of a cache, and put the documents on another."""
    timed_out.put_by_lateness(context.to, _cleaned(places, context)._asdict(), places.select("key", "id", "bytes"), context.made)
    return places.height


def _cleaned(places: pl.DataFrame, context: _Context) -> Cleaned:
    """Clean pages, all rules at once; those that were late before become rejections."""
    pages, repairs, rejections = context.pages.take(places, *Prepared._fields)
    site_lines = read_table(context.sites)

    def some(group: pl.DataFrame, begin: Callable[[str | None], None]) -> Cleaned:
        repaired = repairs.join(group.select("id"), on="id", how="semi", maintain_order="left")
        return clean(Prepared(group, repaired, rejections.clear()), context.config, site_lines, begin)

    results, slow = context.guard.run(some, pages, pl.col("bytes"))
    lost = time_limit.rejections(_origin(slow), "clean", context.guard.seconds)
    cleaned = Cleaned(*map(pl.concat, zip(*results, strict=True)))
    return cleaned._replace(rejections=pl.concat([rejections, lost, cleaned.rejections]))


def _clean_apart(places: pl.DataFrame, context: _Context) -> None:
    """Clean pages on which a worker died; the one that killed it becomes a rejection."""
    parts, guilty = run_bisected(_cleaned, places, context, context.guard)
    (pages,) = context.pages.take(places, "pages")
    none = Cleaned(
        empty_table(CLEANED), empty_table(EDIT), crash_rejections(_origin(pages.join(guilty, on="id", how="semi"))), empty_table(EFFECT)
    )
    timed_out.put_by_lateness(
        context.to, Cleaned(*map(pl.concat, zip(none, *parts, strict=True)))._asdict(), places.select("key", "id", "bytes"), context.made
    )


def _origin(pages: pl.DataFrame) -> pl.DataFrame:
    return pages.select("source", "id", pl.col("scrape_sha256").alias("sha256"), "bytes")


def _items(missing: pl.DataFrame, batch_bytes: int) -> Iterator[pl.DataFrame]:
    """Yield the places of pages in batches of about the same size, each of whole entries as far as they are missing; a larger one is cut."""
    together: list[pl.DataFrame] = []
    size, total = 0, pl.col("bytes").sum()
    every = max(int(missing["bytes"].sum()), 1)  # scrapes may all be empty
    most = every / max(round(every / batch_bytes), 1)
    parts = (total / most).round().clip(1)  # equal ones: an entry that is a little larger stays whole
    part = ((pl.col("bytes").cum_sum() - pl.col("bytes")) * parts / total.clip(1)).floor().over("entry")
    for rows in missing.with_columns(part.alias("part")).partition_by("entry", "part", maintain_order=True, include_key=True):
        here = int(rows["bytes"].sum())
        if together and size + here / 2 > most:
            yield pl.concat(together)
            together, size = [], 0
        together.append(rows.drop("part"))
        size += here
    if together:
        yield pl.concat(together)


def trim_snapshots(job: Job) -> None:
    """Remove the rules that no document on the cache was cleaned with: they may quote what is gone."""
    ConfigSnapshot.trim(_snapshots(job), clean_cache(job).said("choices"))


def _snapshots(job: Job) -> Path:
    return job.folder / "choices"


def _spare(job: Job, missing: pl.DataFrame, about: dict[str, str], held: pl.DataFrame) -> int:
    """Keep documents that were cleaned with other rules or names where none that changed can touch them; return how many."""
    here = clean_cache(job)
    if missing.is_empty():
        return 0
    older = here.held({name: value for name, value in about.items() if name != "choices"}, known=held).select("key", old="entry")
    items = missing.join(older, on="key", maintain_order="left").partition_by("old", maintain_order=True)
    if not items:
        return 0
    context = _Kept(here, about, extract_step.page_cache(job), _snapshots(job))
    with executor_for(job) as executor:
        return sum(result for _, result in executor.map(_spare_of, items, context) if not isinstance(result, WorkerDied))


class _Kept(NamedTuple):
    """Where documents are kept, what they are made with now, the cache of their pages, and the folder of all choices."""

    here: Cache
    about: dict[str, str]
    pages: Cache
    snapshot: Path


def _spare_of(rows: pl.DataFrame, kept: _Kept) -> int:
    """Keep what holds of one entry (`old`), as an entry of its own."""
    here, about, from_, snapshot = kept
    before = ConfigSnapshot.load(snapshot, here.about(rows["old"][0])["choices"])
    now = ConfigSnapshot.load(snapshot, about["choices"])
    if before is None or now is None:
        return 0
    (texts,) = from_.take(rows, "pages")
    cleaned = Cleaned(*here.take(rows.with_columns(entry="old"), *Cleaned._fields))
    try:
        touched = now.touched(texts, before, cleaned)
    except Exception:  # noqa: BLE001 - whatever a page provokes: all of the entry is cleaned again, and the page is isolated there
        return 0
    if touched is None:
        return 0
    left = rows.filter(~pl.col("id").is_in(touched.implode())).with_columns(pl.col("old").alias("entry"))
    if left.height:
        tables = (table.join(left.select("id"), on="id", how="semi", maintain_order="left") for table in cleaned)
        here.put(dict(zip(Cleaned._fields, tables, strict=True)), left, about)
    return left.height
