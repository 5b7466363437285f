"""The steps of a build as a list of functions over a workspace, and `build`, which runs the list.

    read_scrapes      raw/ -> scrapes
    extract_pages     scrapes -> pages                         cached by scrape
    count_site_lines  all pages -> the lines that sites repeat
    clean_pages       pages -> documents                       cached by page, site lines, rules and names
    find_takedowns    documents -> the ids of those that hold a taken-down text or URL; then back to count_site_lines, without them
    relate_documents  documents -> the tables of the release
    validate_tables   tables -> their number of rows, or an error
    write_release     tables -> processed/<dataset>/vX.Y.Z

Each step takes a `Job`, reads what earlier steps wrote to the workspace, writes its own result there, and returns a report: a plain dict of
counts for the summary. No step runs another; the order, and what is repeated, is here alone (`run_steps`). `flows/build.py` runs the same
steps as Prefect tasks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from saring import release
from saring.core.progress import ProgressCallback, no_progress
from saring.noise import rule_cases
from saring.runs.clean_step import clean_pages
from saring.runs.executor import executor_for
from saring.runs.extract_step import extract_pages
from saring.runs.read_step import read_scrapes
from saring.runs.relate_step import relate_documents
from saring.runs.release_step import version_before, write_release
from saring.runs.site_lines_step import count_site_lines
from saring.runs.takedown_step import find_takedowns
from saring.runs.validate_step import validate_tables
from saring.runs.workspace import KEPT_FOLDERS, check_separate_folders
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from saring.runs.workspace import Job

__all__ = ["STEPS", "TAKEDOWN_LOOP", "Step", "StepReport", "build", "locked_build", "preview", "run_steps"]

#: What a step returns: plain data for the summary, by name.
StepReport = dict[str, Any]


class Step(Protocol):
    """A step of a build: a function over the workspace of a job."""

    __name__: str

    def __call__(self, job: Job, on_progress: ProgressCallback = no_progress) -> StepReport:
        """Run the step and return its report."""
        ...


#: The steps of a build, in order.
STEPS: tuple[Step, ...] = (
    read_scrapes,
    extract_pages,
    count_site_lines,
    clean_pages,
    find_takedowns,
    relate_documents,
    validate_tables,
    write_release,
)

#: The part of STEPS that runs again, from its first step, each time its last step reports `matched` documents: the site lines are then counted
#: without these documents, and what that changes is cleaned again. A build that finds none runs it once.
TAKEDOWN_LOOP: tuple[Step, ...] = (count_site_lines, clean_pages, find_takedowns)

#: Counts of work in the reports of TAKEDOWN_LOOP: they add up over its passes, while all else is as the last pass reports it.
_WORK_COUNTS = ("cleaned", "spared", "matched")


def run_steps(call: Callable[[Step], StepReport], steps: Sequence[Step] = STEPS) -> dict[str, StepReport]:
    """Run steps of a build in order, repeating TAKEDOWN_LOOP as long as documents with a taken-down text or URL are found.

    Args:
        call: runs one step and returns its report: here a plain call, in a Prefect flow a task.
        steps: a part of STEPS, in its order; it holds all of TAKEDOWN_LOOP or none of it.

    Returns:
        The reports by the names of the steps.
    """
    reports: dict[str, StepReport] = {}
    for step in steps:
        report = call(step)
        reports[step.__name__] = report
        while step is TAKEDOWN_LOOP[-1] and report["matched"]:
            for repeated in TAKEDOWN_LOOP:
                report = call(repeated)
                reports[repeated.__name__] = _combine_reports(reports[repeated.__name__], report)
    return reports


def _combine_reports(earlier: StepReport, latest: StepReport) -> StepReport:
    """Return the report of a repeated step: counts of work added up, all else from the latest pass."""
    return latest | {name: earlier[name] + latest[name] for name in _WORK_COUNTS if name in latest}


def build(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, StepReport]:
    """Build a release: run all steps, and return their reports by the names of the steps.

    Raises:
        ConfigError: the folder of releases is inside that of scrapes, or around it, or the cases of a rule of corpus.toml fail: nothing was
            read.
        SaringError: says what is wrong and what to do; the last release stays as it was.
    """
    with locked_build(job) as shared:
        return run_steps(lambda step: step(shared, on_progress))


@contextlib.contextmanager
def locked_build(job: Job) -> Iterator[Job]:
    """Check what a build needs before it reads anything, hold the lock of the dataset, and yield the job with the executor of all its steps.

    Raises:
        ConfigError: the folder of releases is inside that of scrapes, or around it, or the cases of a rule of corpus.toml fail.
        LockedError: another process is building the dataset.
        ReleaseError: the newest release is damaged.
    """
    rule_cases.check_rule_cases(job.config.rules)
    check_separate_folders(job.raw, job.out)
    with release.lock(job.out, job.config.dataset.name), executor_for(job) as executor:
        release.check_newest_release(job.out, job.config.dataset.name)
        yield dataclasses.replace(job, executor=executor)


def preview(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, StepReport]:
    """Build in a temporary workspace without writing a release; return the reports, that of `write_release` saying what would change.

    Cache entries of the dataset's own workspace are read through symbolic links, and none is added there. The work is done on this machine:
    the workers of a cluster do not see a temporary folder.
    """
    rule_cases.check_rule_cases(job.config.rules)
    local_job = dataclasses.replace(job, dask=None)
    release.check_newest_release(job.out, job.config.dataset.name)
    with tempfile.TemporaryDirectory(prefix="saring-") as temporary, executor_for(local_job) as executor:
        trial = dataclasses.replace(local_job, work=Path(temporary), executor=executor)
        for cache in KEPT_FOLDERS:
            (trial.folder / cache).mkdir()
            kept = local_copy(job.folder / cache)
            for entry in kept.iterdir() if kept.is_dir() else ():
                (trial.folder / cache / entry.name).symlink_to(
                    entry.resolve()
                )  # one link each: new entries must not land in the kept folder
        reports = run_steps(lambda step: step(trial, on_progress), STEPS[:-1])
        written = release.preview_release(trial.tables, job.config, job.out)
        return reports | {"write_release": written._asdict() | {"folder": None} | version_before(job)}
