"""The step `read_scrapes`: raw/ -> the index of all scrapes, those that have no cached page yet, and rejections.

The takedowns that earlier builds matched are applied here too, so that what is taken down is not even extracted again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from saring import read
from saring.config import language_tags
from saring.core.progress import no_progress
from saring.core.tables import REJECTION, empty_table
from saring.corpus import takedowns
from saring.read.metadata_rank import RANK, rank_metadata
from saring.runs import cache_keys, extract_step
from saring.runs.executor import FEWEST_BYTES
from saring.runs.workspace import check_separate_folders, repair_workspace
from saring.storage.files import atomic_write, file_digests, files_intact, read_state, write_json, write_table
from saring.storage.local_copies import read_table
from saring.storage.paths import make_folder, remove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["load_takedown_record", "read_scrapes", "save_takedown_record", "takedowns_matched", "taken_down_ids"]

#: Batches for each worker before the bytes of markup count for less, and the divisor of these bytes from then on: judgements.
_FULL_WEIGHT_BATCHES, _MARKUP_DIVISOR = 4, 4

_SCRAPE_INDEX = pl.Schema({"key": pl.String(), "id": pl.String(), **RANK})


def read_scrapes(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Read raw/: write the index of all scrapes, batches of those that have no cached page, and the rejections.

    Where no file of raw/, no reading setting and no takedown changed since the last build, nothing is read.

    Returns:
        `scrapes`, `bytes` (of their content), `rejected`: counts; `unknown_languages`: how many scrapes declare each unknown language.

    Raises:
        ConfigError: the folder of releases is inside that of scrapes, or around it.
    """
    check_separate_folders(job.raw, job.out)
    repair_workspace(job)
    cached = extract_step.cached_pages(job)
    taken_down = taken_down_ids(job)
    takedown_settings = job.config.takedowns, taken_down.to_list()
    read_hash = cache_keys.hash_of(cache_keys.read_key(job.config), *takedown_settings, read.folder_digest(job.raw))
    last_totals = _last_totals(job)
    if last_totals.get("seen") == read_hash and read_table(job.scrape_index).join(cached, on="key", how="anti").is_empty():
        return {name: last_totals[name] for name in ("scrapes", "bytes", "rejected", "unknown_languages")}

    remove(job.scrapes)
    make_folder(job.scrapes)
    index_parts, rejections = [pl.DataFrame(schema=_SCRAPE_INDEX)], [empty_table(REJECTION)]
    inputs = hashlib.sha256()
    batches = _ScrapeBatches(job)
    scrape_count = size = 0
    unknown: Counter[str] = Counter()
    for batch in read.read_batches(job.raw, job.config):
        ranks = rank_metadata(batch.scrapes, job.config)
        keyed = batch.scrapes.with_columns(cache_keys.scrape_keys(batch.scrapes), *ranks.iter_columns())
        is_taken_down = takedowns.names_scrape(job.config.takedowns) | pl.col("id").is_in(taken_down.implode())
        rejections += [batch.rejections, takedowns.takedown_rejections(keyed.filter(is_taken_down))]
        scrapes = keyed.filter(~is_taken_down)
        index_parts.append(scrapes.select(_SCRAPE_INDEX.names()))
        scrapes = scrapes.drop(RANK.names())
        batches.add(scrapes.join(cached, on="key", how="anti", maintain_order="left"))
        scrape_count += scrapes.height
        unknown.update(language_tags.count_unknown(scrapes["language"]))
        size += int(scrapes["content"].str.len_bytes().sum())
        inputs.update("".join(scrapes["sha256"] + " " + scrapes["source"] + "\n").encode())
        on_progress("reading", scrape_count, 0)
    batches.flush()
    rejected = pl.concat(rejections)
    for file, table in ((job.rejections, rejected), (job.scrape_index, pl.concat(index_parts))):
        with atomic_write(file) as temporary:
            write_table(temporary, table)
    totals = {"scrapes": scrape_count, "bytes": size, "rejected": rejected.height, "unknown_languages": dict(sorted(unknown.items()))}
    files = file_digests(job.scrape_index, job.rejections)
    write_json(job.scrapes / "index.json", totals | {"sha256": inputs.hexdigest(), "seen": read_hash, "files": files})
    return totals


class _ScrapeBatches:
    """Writer of new scrapes to the workspace in batches for extraction, one file each; scrapes of several files of raw/ share a batch."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: list[pl.DataFrame] = []
        self._size = self._files = self._total_bytes = 0

    def add(self, scrapes: pl.DataFrame) -> None:
        """Add scrapes to the present batch, after writing that where it would become larger than [build] batch_bytes."""
        if scrapes.is_empty():
            return
        size = int(scrapes.select(self._weight()).sum().item())
        if self._size + size > self._job.config.build.batch_bytes:
            self.flush()
        self._waiting.append(scrapes)
        self._size += size
        self._total_bytes += int(scrapes["content"].str.len_bytes().sum())
        if self._job.executor:  # workers start while the rest is read: as many as there will be batches for
            self._job.executor.prestart(max(self._files + 1, self._total_bytes // FEWEST_BYTES))

    def _weight(self) -> pl.Expr:
        """Return how many bytes of a batch each scrape counts for: its size; for HTML a part of it, once all workers have enough to do.

        Little of the markup is text, and what each batch costs whatever its size was a twentieth of the time to extract HTML.
        """
        size = pl.col("content").str.len_bytes().cast(pl.Int64)
        if self._files < _FULL_WEIGHT_BATCHES * self._job.workers:
            return size
        return pl.when(pl.col("media_type") == "text/html").then(size // _MARKUP_DIVISOR).otherwise(size)

    def flush(self) -> None:
        """Write the present batch, if it has any scrapes."""
        if self._waiting:
            write_table(self._job.scrapes / f"{self._files:05d}.parquet", pl.concat(self._waiting))
            self._waiting, self._size = [], 0
            self._files += 1


def takedowns_matched(job: Job) -> list[int]:
    """Return the numbers of the takedowns whose text or URL a search found in a page (`find_takedowns`)."""
    return [int(number) for number in load_takedown_record(job).get("takedown_numbers", [])]


def taken_down_ids(job: Job) -> pl.Series:
    """Return the ids, as within this build, of the scrapes in whose pages `find_takedowns` found a taken-down text or URL.

    Ids, not cache keys: a scrape, its page and its document share the id, while the key of the document depends on the lines of its site too.
    """
    ids = load_takedown_record(job).get("ids")
    return pl.Series("id", ids if isinstance(ids, list) else [], dtype=pl.String, strict=False)


def load_takedown_record(job: Job) -> dict[str, Any]:
    """Return what the last search for takedowns recorded (`save_takedown_record`); nothing where the takedowns have changed since."""
    record = read_state(job.takedown_record, "ids")
    return record if record.get("takedowns") == cache_keys.hash_of(job.config.takedowns) else {}


def save_takedown_record(job: Job, ids: Sequence[str], numbers: Sequence[int], searched: str) -> None:
    """Record the result of a search for takedowns.

    Args:
        job: its takedowns are part of the record, by their hash.
        ids: the working ids of the pages that hold a taken-down text or URL.
        numbers: the numbers of the takedowns that were found in them.
        searched: the hash of what was searched; empty where documents were found, so that the next pass searches what is then left.
    """
    takedowns_hash = cache_keys.hash_of(job.config.takedowns)
    record = {"takedowns": takedowns_hash, "ids": list(ids), "takedown_numbers": list(numbers), "searched": searched}
    write_json(job.takedown_record, record)


def _last_totals(job: Job) -> dict[str, Any]:
    """Return the totals that the last build recorded of raw/; nothing where the files beside them are missing or damaged."""
    totals = read_state(job.scrapes / "index.json", "scrapes", "bytes", "rejected", "sha256", "seen")
    return totals if files_intact(totals.get("files"), job.scrape_index, job.rejections) else {}
