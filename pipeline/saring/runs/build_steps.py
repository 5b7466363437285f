"""The way of the data as a list of functions over a workspace, and `build`, which runs the list.

    scrapes     raw/ -> scrapes
    pages       scrapes -> pages                        kept on a cache, by what they were made from
    sites       all pages -> the lines that their sites repeat
    documents   pages -> documents                      kept on a cache, by what they were made from
    tables      documents -> the release

Each step takes a `Job`, reads what the step before it left in the workspace, and leaves its own; it returns what happened as a plain
dict, for the summary. `flows/build.py` runs the same list as tasks.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from saring.runs.validate_step import validate_tables
from saring.runs.workspace import check_separate_folders
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from saring.runs.workspace import Job

__all__ = ["STEPS", "build", "preview"]

#: The main job, in order.
STEPS = (read_scrapes, extract_pages, count_site_lines, clean_pages, relate_documents, validate_tables, write_release)


def build(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, dict[str, Any]]:
    """Run all steps; returns what each of them says, by its name.

    Raises:
        ConfigError: the folder of releases is inside that of scrapes, or around it, or the cases of a rule of corpus.toml do not hold: nothing
            was read.
        SaringError: says what is wrong and what to do; the last release stays as it was.
    """
    rule_cases.check_rule_cases(job.config.rules)
    check_separate_folders(job.raw, job.out)
    with release.lock(job.out, job.config.dataset.name), executor_for(job) as executor:
        release.check_newest_release(job.out, job.config.dataset.name)
        shared = dataclasses.replace(job, executor=executor)
        return {step.__name__: step(shared, on_progress) for step in STEPS}


def preview(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, dict[str, Any]]:
    """Run all steps but the last in a workspace that goes away, and say what a build would change.

    What the dataset's own workspace holds on its caches is used, not made. The work is done here: a cluster does not see that workspace.
    """
    rule_cases.check_rule_cases(job.config.rules)
    here = dataclasses.replace(job, dask=None)
    release.check_newest_release(job.out, job.config.dataset.name)
    with tempfile.TemporaryDirectory(prefix="saring-") as temporary, executor_for(here) as executor:
        trial = dataclasses.replace(here, work=Path(temporary), executor=executor)
        for cache in ("pages", "clean", "choices"):
            (trial.folder / cache).mkdir()
            kept = local_copy(job.folder / cache)
            for entry in kept.iterdir() if kept.is_dir() else ():
                (trial.folder / cache / entry.name).symlink_to(entry.resolve())  # each by itself: what is new must not go there
        reports = {step.__name__: step(trial, on_progress) for step in STEPS[:-1]}
        written = release.preview_release(trial.tables, job.config, job.out)
        return reports | {"write_release": written._asdict() | {"folder": None} | version_before(job)}
