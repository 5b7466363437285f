"""The way of the data as a list of functions over a workspace, and `build`, which runs the list.

Each step takes a `Job`, reads what the step before it left in the workspace, and leaves its own; it returns what happened as a plain
dict, for the summary. `flows/build.py` runs the same list as tasks.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import alarm, cache, read, release, validate, workers
from pipeline.clean import Cleaned, clean
from pipeline.errors import ReleaseError
from pipeline.records import CLEANED, EDIT, REJECTION, empty
from pipeline.relate import relate
from pipeline.release import parquet
from pipeline.release.contents import digest
from pipeline.workspace import Job, read_json, whole, write_json, write_table

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = [
    "STEPS",
    "Tell",
    "build",
    "clean_apart",
    "clean_batches",
    "preview",
    "read_scrapes",
    "relate_documents",
    "validate_tables",
    "write_release",
]

#: Is told what is being done, how much of it is done, and how much there is (0: unknown).
Tell = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total


def read_scrapes(job: Job, tell: Tell = _silent) -> dict[str, Any]:
    """raw/ -> scrapes, in batches, and rejections."""
    shutil.rmtree(job.scrapes, ignore_errors=True)
    job.scrapes.mkdir(parents=True)
    batches: list[dict[str, Any]] = []
    rejections = [empty(REJECTION)]
    inputs = hashlib.sha256()
    for found in read.batches(job.raw, job.config):
        rejections.append(found.rejections)
        if found.scrapes.height:
            file = job.scrapes / f"{len(batches):05d}.parquet"
            write_table(file, found.scrapes)
            size = int(found.scrapes["content"].str.len_bytes().sum())
            batches.append({"file": file.name, "sha256": digest(file), "scrapes": found.scrapes.height, "bytes": size})
            inputs.update("".join(found.scrapes["sha256"] + " " + found.scrapes["source"] + "\n").encode())
        tell("reading", sum(batch["scrapes"] for batch in batches), 0)
    rejected = pl.concat(rejections)
    with whole(job.rejections) as file:
        write_table(file, rejected)
    totals = {name: sum(batch[name] for batch in batches) for name in ("scrapes", "bytes")}
    write_json(job.scrapes / "index.json", {"batches": batches, "inputs": totals | {"sha256": inputs.hexdigest()}})
    return totals | {"rejected": rejected.height}


def clean_batches(job: Job, tell: Tell = _silent) -> dict[str, Any]:
    """Scrapes -> documents, edits and rejections, batch by batch, in worker processes; batches already cleaned are not cleaned again."""
    batches = read_json(job.scrapes / "index.json")["batches"]
    code = cache.fingerprint(job.config)
    folders = [job.cleaned / cache.key(batch["sha256"], code) for batch in batches]
    todo = [(job.scrapes / batch["file"], folder) for batch, folder in zip(batches, folders, strict=True) if not cache.holds(folder)]
    tell("cleaning", len(batches) - len(todo), len(batches))
    work = functools.partial(_clean_file, config=job.config)
    for done, (item, result) in enumerate(workers.each(work, todo, min(job.workers, len(todo))), start=len(batches) - len(todo) + 1):
        if isinstance(result, workers.Died):
            clean_apart(*item, functools.partial(clean, config=job.config))
        tell("cleaning", done, len(batches))
    write_json(job.index, {"batches": [folder.name for folder in folders]})
    return {"batches": len(batches), "cleaned": len(todo), "kept": len(batches) - len(todo)}


def relate_documents(job: Job, tell: Tell = _silent) -> dict[str, Any]:
    """All documents -> revisions, duplicates, clusters and splits; leaves the tables of the release."""
    names = read_json(job.index)["batches"]
    found = cache.load(job.cleaned / name for name in names) if names else Cleaned(empty(CLEANED), empty(EDIT), empty(REJECTION))
    tell("comparing", 0, 0)
    tables = relate(found.documents, found.edits, job.config)
    rejections = pl.concat([pl.read_parquet(job.rejections), found.rejections, tables.rejections])
    shutil.rmtree(job.tables, ignore_errors=True)
    job.tables.mkdir(parents=True)
    order = {"documents": ["source", "id"], "edits": ["id", "step", "field", "seq"], "overlaps": ["a", "b"]}
    for name, by in order.items():
        write_table(job.tables / f"{name}.parquet", getattr(tables, name).sort(by))
    write_table(job.tables / "rejections.parquet", rejections.sort("source", "id", nulls_last=True))
    kept = tables.documents.filter(pl.col("role") == "kept").height
    return {
        "documents": tables.documents.height,
        "kept": kept,
        "overlaps": tables.overlaps.height,
        "rejections": rejections.height,
        "copies": tables.rejections.height,
        "alarms": alarm.alarms(tables.documents, alarm.of_last_release(job.out, job.config.dataset.name), job.config.noise.alarm_share),
    }


def validate_tables(job: Job, tell: Tell = _silent) -> dict[str, Any]:
    """The tables against schemas/: types, formats, unique ids, links that resolve.

    Raises:
        ReleaseError: names the first rows that break a promise; nothing is released.
    """
    tell("validating", 0, 0)
    done = 0
    for name in validate.Tables._fields:
        schema = name.removesuffix("s")
        start = 0
        for rows in parquet.read(job.tables / f"{name}.parquet"):
            problems = validate.problems(rows, schema)
            if problems.height:
                first = [
                    f"{column} of row {start + row}: expected {wanted}, found {found}"
                    for row, column, wanted, found in problems.head(5).rows()
                ]
                raise ReleaseError(f"{problems.height} values of {name} break schemas/{schema}.schema.json: {'; '.join(first)}.")
            start += rows.height
        done += start
    validate.check(validate.Tables.scan(job.tables))
    return {"rows": done}


def write_release(job: Job, tell: Tell = _silent) -> dict[str, Any]:
    """The tables -> processed/<dataset>/vX.Y.Z, if anything changed."""
    tell("releasing", 0, 0)
    written = release.write(job.tables, job.config, read_json(job.scrapes / "index.json")["inputs"], job.out)
    cache.trim(job.cleaned, read_json(job.index)["batches"])
    return written._asdict() | {"folder": str(written.folder)}


#: The main job, in order.
STEPS = (read_scrapes, clean_batches, relate_documents, validate_tables, write_release)


def build(job: Job, tell: Tell = _silent) -> dict[str, dict[str, Any]]:
    """Run all steps; returns what each of them says, by its name.

    Raises:
        SaringError: says what is wrong and what to do; the last release stays as it was.
    """
    with release.lock(job.out, job.config.dataset.name):
        return {step.__name__: step(job, tell) for step in STEPS}


def preview(job: Job, tell: Tell = _silent) -> dict[str, dict[str, Any]]:
    """Run all steps but the last in a workspace that goes away, and say what a build would change.

    Batches that the dataset's own workspace holds cleaned are used, not made.
    """
    with tempfile.TemporaryDirectory(prefix="saring-") as temporary:
        trial = dataclasses.replace(job, work=Path(temporary))
        trial.cleaned.mkdir()
        for cleaned in job.cleaned.iterdir() if job.cleaned.is_dir() else ():
            (trial.cleaned / cleaned.name).symlink_to(cleaned.resolve())  # each by itself: what is cleaned anew must not go there
        reports = {step.__name__: step(trial, tell) for step in STEPS[:-1]}
        written = release.preview(trial.tables, job.config, job.out)
        return reports | {"write_release": written._asdict() | {"folder": None}}


def _clean_file(item: tuple[Path, Path], config: Config) -> None:
    scrapes, folder = item
    cache.save(folder, clean(pl.read_parquet(scrapes), config))


def clean_apart(scrapes: Path, folder: Path, work: Callable[[pl.DataFrame], Cleaned]) -> None:
    """Clean a batch on which a worker died, halving it until the scrape at fault stands alone and is rejected.

    Args:
        scrapes: the batch.
        folder: where the cleaned batch goes.
        work: cleans scrapes.
    """
    parts = [pl.read_parquet(scrapes)]
    cleaned = []
    while parts:
        halves: list[pl.DataFrame] = []
        for part, result in workers.each(work, parts, 1):
            if not isinstance(result, workers.Died):
                cleaned.append(result)
            elif part.height > 1:
                halves += [part.head(part.height // 2), part.tail(-(part.height // 2))]
            else:
                cleaned.append(Cleaned(empty(CLEANED), empty(EDIT), _crashed(part)))
        parts = halves
    cache.save(folder, Cleaned(*map(pl.concat, zip(*cleaned, strict=True))))


def _crashed(scrape: pl.DataFrame) -> pl.DataFrame:
    message = "a library ended its process on this page, twice; the others of its batch are unharmed"
    return scrape.select(
        "source",
        "id",
        pl.lit("clean").alias("step"),
        pl.lit("crashed").alias("reason"),
        pl.lit(message).alias("message"),
        "sha256",
        pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"),
    )
