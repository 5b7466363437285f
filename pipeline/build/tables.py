"""Documents -> the tables of the release, and the release itself: the steps that look at the corpus as a whole."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import alarm, ids, release, report, validate
from pipeline.build import corpus, documents, fingerprint, late, pages, taken, unused
from pipeline.build.crew import crew_of
from pipeline.build.progress import silent
from pipeline.build.scrapes import taken_down
from pipeline.build.shelf import intact
from pipeline.copies import fresh, near, read_columns, read_table
from pipeline.counts import counted
from pipeline.errors import ReleaseError
from pipeline.read.declared import DECLARED
from pipeline.relate import relate
from pipeline.release import manifest, parquet, staging
from pipeline.release.layout import SITE_LINES
from pipeline.workspace import digest, read_json, read_state, write_json, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.build.progress import Tell
    from pipeline.workspace import Job

__all__ = ["relate_documents", "standing_before", "validate_tables", "write_release"]

_MADE = "made.json"
_COUNTED = ("documents", "kept", "overlaps", "rejections", "copies", "taken")


def relate_documents(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """All documents -> revisions, duplicates, clusters and splits; leaves the tables of the release.

    Where the documents are those of the last build, so are the tables.

    Raises:
        ReleaseError: nearly all of a source would be set aside.
    """
    tell("comparing", 0, 0)
    if (last := _made(job)).get("made_of") != _made_of(job):
        taken.leave_out(job, tell)
        with fresh(job.tables, _MADE) as tables:
            last = _relate(job, tables) | {"made_of": _made_of(job), "files": {}}
            last["files"] = {file.name: digest(file) for file in sorted(tables.glob("*.parquet"))}
            write_json(tables / _MADE, last)
    counts: dict[str, Any] = {name: last[name] for name in _COUNTED}
    rejected = report.rejected_by_reason(read_columns(job.tables / "rejections.parquet", ("source", "step", "reason", "message")))
    return counts | {"alarms": _alarms(job), "rejected": rejected, "unused": _unused(job, last), "dropped": _dropped(job)}


def _made_of(job: Job) -> str:
    places = read_table(job.documents)
    made_with = fingerprint.relating(job.config), fingerprint.cleaning(job.config), late.keys(documents.shelf(job), places)
    declared = read_table(job.wanted).select("id", *DECLARED.names()).sort("id").rows()
    return fingerprint.digest(*made_with, *places["key"].sort(), digest(job.rejections), declared)


def _made(job: Job) -> dict[str, Any]:
    """Return what the tables were made of and how many rows they have; nothing where they are missing or damaged."""
    found = read_state(job.tables / _MADE, "made_of", "files", *_COUNTED)
    try:
        return found if found and intact(job.tables, found["files"]) else {}
    except (OSError, KeyError, TypeError, AttributeError):
        return {}


def _relate(job: Job, folder: Path) -> dict[str, int]:
    shelf, places = documents.shelf(job), read_table(job.documents)
    about = read_table(job.wanted).select("id", *DECLARED.names())
    known = corpus.known(shelf, places).join(about, on="id", how="left", maintain_order="left")
    with crew_of(job) as crew:
        found = relate(known, functools.partial(corpus.texts, shelf), job.config, crew)
        crew.rest()
    placed = (
        known.select("id", "bundle", "source", "characters", "edit_bytes")
        .join(found.published, on="id")
        .join(found.roles, left_on="published", right_on="id")
    )
    del known
    alarm.stop_at(placed.select("source", "role"), job.config.overlap.alarm_share)
    rejections = pl.concat([read_table(job.rejections), corpus.rejections(shelf, places), taken.tombstones(job), found.rejections])
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
    corpus.write(shelf, placed, folder)
    return counts


def _published(rejections: pl.DataFrame, documents: pl.Series) -> pl.DataFrame:
    """Return rejections under the ids that their documents would have, so that every id of a release can be written wherever one is asked for."""
    stands = ids.head().is_in(documents.implode())
    return rejections.with_columns(pl.when(stands).then(ids.published()).otherwise(ids.head()).alias("id"))


def _unused(job: Job, made: dict[str, Any]) -> list[str]:
    """Return the settings without effect, from the tables: they are looked for again where the tables or the settings are others."""
    asked = fingerprint.digest(made["made_of"], *unused.settings(job))
    if made.get("unused", {}).get("asked") != asked:
        made["unused"] = {"asked": asked, "lines": unused.lines(job)}
        write_json(job.tables / _MADE, made)
    found: list[str] = made["unused"]["lines"]
    return found


def _alarms(job: Job) -> list[alarm.Alarm]:
    now = read_columns(job.tables / "documents.parquet", alarm.ASKED)
    return alarm.alarms(now, alarm.of_last_release(job.out, job.config.dataset.name), job.config.noise.alarm_share)


def _dropped(job: Job) -> alarm.Dropped:
    return alarm.mostly_dropped(read_columns(job.tables / "documents.parquet", alarm.DROPPED))


def validate_tables(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """The tables against schemas/: types, formats, unique ids, links that resolve.

    Raises:
        ReleaseError: names the first rows that break a promise; nothing is released.
    """
    tell("validating", 0, 0)
    made = _made(job)
    if "validated" not in made:
        made["validated"] = _validate(job)
        write_json(job.tables / _MADE, made)
    return {"rows": made["validated"]}


def _validate(job: Job) -> int:
    done = 0
    tables = near(job.tables)
    for name in validate.Tables._fields:
        schema = name.removesuffix("s")
        start = 0
        for rows in parquet.read(tables / f"{name}.parquet"):
            problems = validate.problems(rows, schema)
            if problems.height:
                first = [
                    f"{column} of row {start + row}: expected {wanted}, found {found}"
                    for row, column, wanted, found in problems.head(5).rows()
                ]
                broken = counted(problems.height, "value")
                raise ReleaseError(
                    f"{broken} of {name} {'breaks' if problems.height == 1 else 'break'} schemas/{schema}.schema.json: {'; '.join(first)}."
                )
            start += rows.height
        done += start
    validate.check(validate.Tables.scan(tables))
    return done


def write_release(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """The tables -> processed/<dataset>/vX.Y.Z, if anything changed."""
    tell("releasing", 0, 0)
    said = {"tables": _made(job).get("made_of"), "settings": fingerprint.releasing(job.config)}
    before = standing_before(job)
    written = _standing(job, said)
    if written is None:
        written = release.write(near(job.tables), job.config, _inputs(job), job.out)
        write_json(job.released, said | {"version": written.version, "seal": manifest.load(written.folder)["seal"]})
        _trim(job)
    return written._asdict() | {"folder": str(written.folder)} | before


def standing_before(job: Job) -> dict[str, Any]:
    """Return the newest version before a build, and the version that a rollback made the latest in its place; each None where there is none."""
    home = job.out / job.config.dataset.name
    return {"before": next(reversed(staging.versions(home)), None), "rolled_back": staging.rolled_back(home)}


def _trim(job: Job) -> None:
    """Take from the shelves what this build did not use; of what is taken down, nothing may be left."""
    gone = taken_down(job).to_frame()
    for shelf, places in ((pages.shelf(job), job.pages), (documents.shelf(job), job.documents)):
        live = read_table(places).join(gone, on="id", how="anti")
        shelf.trim(live, waste=0) if job.config.takedowns else shelf.trim(live)
    documents.trim_choices(job)


def _standing(job: Job, said: dict[str, Any]) -> release.Written | None:
    """Return the newest release where it was made of the same; None where something is new or the release was touched."""
    home = job.out / job.config.dataset.name
    last = read_state(job.released, "version", "seal")
    if not last:
        return None
    try:
        folder = home / f"v{last['version']}"
        stands = next(reversed(staging.versions(home)), None) == last["version"] and manifest.load(folder)["seal"] == last["seal"]
    except (OSError, ValueError, KeyError, ReleaseError):
        return None
    same = stands and said.items() <= last.items()
    return release.Written(last["version"], folder, changed=False, added=0, removed=0, edited=0) if same else None


def _inputs(job: Job) -> dict[str, Any]:
    found = read_json(job.scrapes / "index.json")
    return {name: found[name] for name in ("scrapes", "bytes", "sha256")}
