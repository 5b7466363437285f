"""Pages -> documents: cleaned by the rules, made once and kept on a shelf; a changed rule or name cleans again what it can touch."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pipeline import watchdog, workers
from pipeline.build import fingerprint, late, pages
from pipeline.build.apart import apart, crashed
from pipeline.build.choices import Choices
from pipeline.build.progress import silent
from pipeline.build.shelf import Shelf
from pipeline.build.sites import surveyed
from pipeline.clean import Cleaned, Prepared, clean
from pipeline.records import CLEANED, EDIT, empty
from pipeline.workspace import whole, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.build.progress import Tell
    from pipeline.config import Config
    from pipeline.watchdog import Watchdog
    from pipeline.workspace import Job

    _Made = tuple[Mapping[str, str], Mapping[str, str]]

__all__ = ["clean_pages", "shelf", "trim_choices"]


def shelf(job: Job) -> Shelf:
    """Return where the documents of a build are kept."""
    return Shelf(job.folder / "clean", Cleaned._fields)


def clean_pages(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """Pages -> documents, edits and rejections, in worker processes; leaves the places of all documents of this build."""
    about = fingerprint.cleaning(job.config)
    made = late.either(about, job.config.build.page_seconds)
    Choices.of(job.config).save(_choices(job))
    wanted = surveyed(job)
    spared = _spare(job, wanted, about)
    missing = wanted.join(shelf(job).held(*made), on="key", how="anti", maintain_order="left")
    items = list(_items(missing, job.config.build.batch_bytes))
    with watchdog.on_guard(job.config.build.page_seconds, job.workers, job.folder) as guard:
        given = _Given(pages.shelf(job), job.sites, job.config, guard)
        work = functools.partial(_clean_to, to=shelf(job), made=made, given=given)
        for done, (item, result) in enumerate(workers.each(work, items, min(job.workers, len(items))), start=1):
            if isinstance(result, workers.Died):
                _clean_apart(item, to=shelf(job), made=made, given=given)
            tell("cleaning", done, len(items))
    with whole(job.documents) as temporary:
        write_table(temporary, shelf(job).places(wanted["key"], *made))
    return {"documents": wanted.height, "cleaned": missing.height, "spared": spared, "kept": wanted.height - missing.height - spared}


class _Given(NamedTuple):
    """What cleaning needs besides the places of pages: the shelf they are on, the lines of their sites, configuration and watchdog."""

    pages: Shelf
    sites: Path
    config: Config
    guard: Watchdog


def _clean_to(places: pl.DataFrame, to: Shelf, made: _Made, given: _Given) -> int:
    """Clean the pages at some places (`HELD`) of a shelf, and put the documents on another."""
    late.put(to, _cleaned(places, given)._asdict(), places.select("key", "id", "bytes"), made)
    return places.height


def _cleaned(places: pl.DataFrame, given: _Given) -> Cleaned:
    """Clean pages, all rules at once; those that were late before become rejections."""
    pages, repairs, rejections = given.pages.take(places, *Prepared._fields)
    pages, slow = given.guard.sorted_out(pages)
    lost = watchdog.rejections(_origin(slow), "clean", given.guard.seconds)
    prepared = Prepared(pages, repairs.join(slow, on="id", how="anti", maintain_order="left"), pl.concat([rejections, lost]))
    with given.guard.watch(pages["id"], int(pages["bytes"].sum())):
        return clean(prepared, given.config, pl.read_parquet(given.sites))


def _clean_apart(places: pl.DataFrame, to: Shelf, made: _Made, given: _Given) -> None:
    """Clean pages on which a worker died; the one that killed it becomes a rejection."""
    parts, guilty = apart(functools.partial(_cleaned, given=given), places)
    (pages,) = given.pages.take(places, "pages")
    none = Cleaned(empty(CLEANED), empty(EDIT), crashed(_origin(pages.join(guilty, on="id", how="semi"))))
    late.put(to, Cleaned(*map(pl.concat, zip(none, *parts, strict=True)))._asdict(), places.select("key", "id", "bytes"), made)


def _origin(pages: pl.DataFrame) -> pl.DataFrame:
    return pages.select("source", "id", pl.col("scrape_sha256").alias("sha256"), "bytes")


def _items(missing: pl.DataFrame, most_bytes: int) -> Iterator[pl.DataFrame]:
    """Yield the places of pages in batches, each of whole bundles as far as they are missing."""
    together: list[pl.DataFrame] = []
    size = 0
    for rows in missing.partition_by("bundle", maintain_order=True):
        here = int(rows["bytes"].sum())
        if together and size + here > most_bytes:
            yield pl.concat(together)
            together, size = [], 0
        together.append(rows)
        size += here
    if together:
        yield pl.concat(together)


def trim_choices(job: Job) -> None:
    """Remove the rules that no document on the shelf was cleaned with: they may quote what is gone."""
    Choices.trim(_choices(job), shelf(job).said("choices"))


def _choices(job: Job) -> Path:
    return job.folder / "choices"


def _spare(job: Job, wanted: pl.DataFrame, about: dict[str, str]) -> int:
    """Keep documents that were cleaned with other rules or names where none that changed can touch them; return how many."""
    here = shelf(job)
    missing = wanted.join(here.held(about), on="key", how="anti", maintain_order="left")
    if missing.is_empty():
        return 0
    older = here.held({name: value for name, value in about.items() if name != "choices"}).select("key", old="bundle")
    items = missing.join(older, on="key", maintain_order="left").partition_by("old", maintain_order=True)
    work = functools.partial(_spare_of, here=here, about=about, from_=pages.shelf(job), choices=_choices(job))
    results = [result for _, result in workers.each(work, items, min(job.workers, len(items)))]
    return sum(result for result in results if not isinstance(result, workers.Died))


def _spare_of(rows: pl.DataFrame, here: Shelf, about: dict[str, str], from_: Shelf, choices: Path) -> int:
    """Keep what holds of one bundle (`old`), as a bundle of its own."""
    before = Choices.load(choices, here.about(rows["old"][0])["choices"])
    now = Choices.load(choices, about["choices"])
    if before is None or now is None:
        return 0
    (texts,) = from_.take(rows, "pages")
    cleaned = Cleaned(*here.take(rows.with_columns(bundle="old"), *Cleaned._fields))
    touched = now.touched(texts, before, cleaned)
    if touched is None:
        return 0
    left = rows.filter(~pl.col("id").is_in(touched.implode())).with_columns(pl.col("old").alias("bundle"))
    if left.height:
        kept = (table.join(left.select("id"), on="id", how="semi", maintain_order="left") for table in cleaned)
        here.put(dict(zip(Cleaned._fields, kept, strict=True)), left, about)
    return left.height
