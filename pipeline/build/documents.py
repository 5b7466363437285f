"""Pages -> documents: cleaned by the rules, made once and kept on a shelf; a changed rule cleans again what it can touch."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pipeline import workers
from pipeline.build import fingerprint, pages
from pipeline.build.apart import apart, crashed
from pipeline.build.choices import Choices
from pipeline.build.progress import silent
from pipeline.build.shelf import Shelf
from pipeline.clean import Cleaned, Prepared, clean
from pipeline.copies import read_table
from pipeline.records import CLEANED, EDIT, empty
from pipeline.workspace import whole, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.build.progress import Tell
    from pipeline.config import Config
    from pipeline.workspace import Job

__all__ = ["clean_pages", "shelf"]


def shelf(job: Job) -> Shelf:
    """Return where the documents of a build are kept."""
    return Shelf(job.folder / "clean", Cleaned._fields)


def clean_pages(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """Pages -> documents, edits and rejections, in worker processes; leaves the places of all documents of this build."""
    about = fingerprint.cleaning(job.config)
    Choices.of(job.config).save(_choices(job))
    wanted = read_table(job.surveyed)
    spared = _spare(job, wanted, about)
    missing = wanted.join(shelf(job).held(about), on="key", how="anti", maintain_order="left")
    items = list(_items(missing, job.config.build.batch_bytes))
    given = _Given(pages.shelf(job), job.sites, job.config)
    work = functools.partial(_clean_to, to=shelf(job), about=about, given=given)
    for done, (item, result) in enumerate(workers.each(work, items, min(job.workers, len(items))), start=1):
        if isinstance(result, workers.Died):
            _clean_apart(item, to=shelf(job), about=about, given=given)
        tell("cleaning", done, len(items))
    with whole(job.documents) as temporary:
        write_table(temporary, shelf(job).places(wanted["key"], about))
    return {"documents": wanted.height, "cleaned": missing.height, "spared": spared, "kept": wanted.height - missing.height - spared}


class _Given(NamedTuple):
    """What cleaning needs besides the places of pages: the shelf they are on, the lines of their sites, the configuration."""

    pages: Shelf
    sites: Path
    config: Config


def _clean_to(places: pl.DataFrame, to: Shelf, about: dict[str, str], given: _Given) -> int:
    """Clean the pages at some places (`HELD`) of a shelf, and put the documents on another."""
    to.put(_cleaned(places, given)._asdict(), places.select("key", "id", "bytes"), about)
    return places.height


def _cleaned(places: pl.DataFrame, given: _Given) -> Cleaned:
    prepared = Prepared(*given.pages.take(places, *Prepared._fields))
    return clean(prepared, given.config, read_table(given.sites))


def _clean_apart(places: pl.DataFrame, to: Shelf, about: dict[str, str], given: _Given) -> None:
    """Clean pages on which a worker died; the one that killed it becomes a rejection."""
    parts, guilty = apart(functools.partial(_cleaned, given=given), places)
    (origin,) = given.pages.take(places, "pages")
    lost = crashed(origin.join(guilty, on="id", how="semi").select("source", "id", pl.col("scrape_sha256").alias("sha256"), "bytes"))
    none = Cleaned(empty(CLEANED), empty(EDIT), lost)
    to.put(Cleaned(*map(pl.concat, zip(none, *parts, strict=True)))._asdict(), places.select("key", "id", "bytes"), about)


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


def _choices(job: Job) -> Path:
    return job.folder / "choices"


def _spare(job: Job, wanted: pl.DataFrame, about: dict[str, str]) -> int:
    """Keep documents that were cleaned with other rules where no rule that changed can touch them; return how many."""
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
    touched = now.touched(texts, before)
    if touched is None:
        return 0
    left = rows.filter(~pl.col("id").is_in(touched.implode())).with_columns(pl.col("old").alias("bundle"))
    if left.height:
        here.put(dict(zip(here.tables, here.take(left, *here.tables), strict=True)), left, about)
    return left.height
