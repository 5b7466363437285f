"""The first step: raw/ -> scrapes, those written down whose pages are not on the cache yet."""

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

#: Batches for each worker before markup counts for less, and for how much less.
_ROUNDS, _MARKUP = 4, 4

_WANTED = pl.Schema({"key": pl.String(), "id": pl.String(), **RANK})


def read_scrapes(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """raw/ -> the keys of all scrapes, the scrapes themselves where no page was made of them yet, and rejections.

    Where no file of raw/ changed since it was read, it is not read again.

    Raises:
        ConfigError: the folder of releases is inside that of scrapes, or around it.
    """
    check_separate_folders(job.raw, job.out)
    repair_workspace(job)
    held = extract_step.cached_pages(job)
    taken = taken_down_ids(job)
    settings = job.config.takedowns, taken.to_list()
    seen = cache_keys.hash_of(cache_keys.read_key(job.config), *settings, read.folder_digest(job.raw))
    last = _last(job)
    if last.get("seen") == seen and read_table(job.wanted).join(held, on="key", how="anti").is_empty():
        return {name: last[name] for name in ("scrapes", "bytes", "rejected", "unknown_languages")}

    remove(job.scrapes)
    make_folder(job.scrapes)
    wanted, rejections = [pl.DataFrame(schema=_WANTED)], [empty_table(REJECTION)]
    inputs = hashlib.sha256()
    batches = _Batches(job)
    scrapes = size = 0
    unknown: Counter[str] = Counter()
    for found in read.read_batches(job.raw, job.config):
        about = rank_metadata(found.scrapes, job.config)
        keyed = found.scrapes.with_columns(cache_keys.scrape_keys(found.scrapes), *about.iter_columns())
        gone = takedowns.names_scrape(job.config.takedowns) | pl.col("id").is_in(taken.implode())
        rejections += [found.rejections, takedowns.takedown_rejections(keyed.filter(gone))]
        rows = keyed.filter(~gone)
        wanted.append(rows.select(_WANTED.names()))
        rows = rows.drop(RANK.names())
        batches.add(rows.join(held, on="key", how="anti", maintain_order="left"))
        scrapes += rows.height
        unknown.update(language_tags.count_unknown(rows["language"]))
        size += int(rows["content"].str.len_bytes().sum())
        inputs.update("".join(rows["sha256"] + " " + rows["source"] + "\n").encode())
        on_progress("reading", scrapes, 0)
    batches.flush()
    rejected = pl.concat(rejections)
    for file, table in ((job.rejections, rejected), (job.wanted, pl.concat(wanted))):
        with atomic_write(file) as temporary:
            write_table(temporary, table)
    totals = {"scrapes": scrapes, "bytes": size, "rejected": rejected.height, "unknown_languages": dict(sorted(unknown.items()))}
    files = file_digests(job.wanted, job.rejections)
    write_json(job.scrapes / "index.json", totals | {"sha256": inputs.hexdigest(), "seen": seen, "files": files})
    return totals


class _Batches:
    """The scrapes that are new, written down for extraction: a few from each file of raw/ make one batch."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: list[pl.DataFrame] = []
        self._size = self._files = self._total = 0

    def add(self, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        size = int(rows.select(self._weight()).sum().item())
        if self._size + size > self._job.config.build.batch_bytes:
            self.flush()
        self._waiting.append(rows)
        self._size += size
        self._total += int(rows["content"].str.len_bytes().sum())
        if self._job.executor:  # workers start while the rest is read: as many as will share what there is
            self._job.executor.prestart(max(self._files + 1, self._total // FEWEST_BYTES))

    def _weight(self) -> pl.Expr:
        """Return how much of a batch each scrape is: its bytes; of markup a part, once all workers have enough to do.

        Little of markup is text, and what each batch costs whatever is in it was a twentieth of the extraction of markup.
        """
        size = pl.col("content").str.len_bytes().cast(pl.Int64)
        if self._files < _ROUNDS * self._job.workers:
            return size
        return pl.when(pl.col("media_type") == "text/html").then(size // _MARKUP).otherwise(size)

    def flush(self) -> None:
        if self._waiting:
            write_table(self._job.scrapes / f"{self._files:05d}.parquet", pl.concat(self._waiting))
            self._waiting, self._size = [], 0
            self._files += 1


def takedowns_matched(job: Job) -> list[int]:
    """Return the numbers of the takedowns whose text or URL a search found in a page (`find_takedowns`)."""
    return [int(number) for number in load_takedown_record(job).get("texts", [])]


def taken_down_ids(job: Job) -> pl.Series:
    """Return the working ids of the scrapes in whose pages a search found a taken-down text or URL (`find_takedowns`).

    Ids, not cache keys: a scrape, its page and its document share the id, while the key of the document depends on the lines of its site too.
    """
    ids = load_takedown_record(job).get("ids")
    return pl.Series("id", ids if isinstance(ids, list) else [], dtype=pl.String, strict=False)


def load_takedown_record(job: Job) -> dict[str, Any]:
    """Return what the last search for takedowns recorded (`save_takedown_record`); nothing where the takedowns have changed since."""
    record = read_state(job.taken, "ids")
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
    write_json(job.taken, {"takedowns": takedowns_hash, "ids": list(ids), "texts": list(numbers), "searched": searched})


def _last(job: Job) -> dict[str, Any]:
    last = read_state(job.scrapes / "index.json", "scrapes", "bytes", "rejected", "sha256", "seen")
    return last if files_intact(last.get("files"), job.wanted, job.rejections) else {}
