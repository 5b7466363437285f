"""A release proved from its scrapes: built again from nothing, somewhere else, and compared file by file."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saring.core.errors import ReleaseError
from saring.core.progress import ProgressCallback, no_progress
from saring.release import data_files, manifest
from saring.runs.build_steps import STEPS, run_steps
from saring.runs.executor import executor_for
from saring.runs.read_step import read_scrapes
from saring.runs.relate_step import relate_documents
from saring.storage.files import read_json

if TYPE_CHECKING:
    from saring.runs.workspace import Job

__all__ = ["reproduce_release"]

_HINT = {
    "code": "Install the version of saring that made it.",
    "rules": "Take the rules of corpus.toml, and the packs, that made it.",
    "config": "Take the corpus.toml that made it.",
    "inputs": "Take the scrapes that it was made of; name their folder with --raw.",
}


def reproduce_release(job: Job, release: Path, on_progress: ProgressCallback = no_progress) -> int:
    """Build the data files of a release again, from the scrapes and from nothing else, and compare them; return how many there are.

    Card, changelog and the other descriptions follow from the data files, the version before and the manifest; `release.verify` holds
    them together.

    Args:
        job: the scrapes and the configuration; its workspace is not used.
        release: the folder of the release.
        on_progress: is told how far it is.

    Raises:
        ReleaseError: the release was made by other code, rules or settings or of other scrapes, or its files differ from those made now.
    """
    told = manifest.load_manifest(release)
    now: dict[str, Any] = {
        "code": manifest.code_fingerprint(),
        "rules": manifest.rules_fingerprint(job.config),
        "config": manifest.config_data(job.config),
    }
    _same(release, told, now)
    here = dataclasses.replace(job, dask=None)
    with tempfile.TemporaryDirectory(prefix="saring-") as temporary, executor_for(here) as executor:
        trial = dataclasses.replace(here, work=Path(temporary) / "work", executor=executor)
        read_scrapes(trial, on_progress)  # first and by itself: from other scrapes nothing is built
        index = read_json(trial.scrapes / "index.json")
        _same(release, told, {"inputs": {name: index[name] for name in told["inputs"]}})
        data_steps = STEPS[STEPS.index(read_scrapes) + 1 : STEPS.index(relate_documents) + 1]
        run_steps(lambda step: step(trial, on_progress), data_steps)
        folder = Path(temporary) / "release"
        folder.mkdir()
        made = {file.path: file.sha256 for file in data_files.write(trial.tables, folder)}
    wanted = {file.path: file.sha256 for file in manifest.data_files(told)}
    if differ := sorted(path for path in made.keys() | wanted.keys() if made.get(path) != wanted.get(path)):
        hint = "The machine or a library differs from the one that made it: compare versions, and please report it."
        raise ReleaseError(f"{release}: expected the same files from the same scrapes, found others: {', '.join(differ)}. {hint}")
    return len(made)


def _same(release: Path, told: dict[str, Any], now: dict[str, Any]) -> None:
    for name, value in now.items():
        if told[name] != value:
            raise ReleaseError(f"{release}: it was made with other {name} than those at hand, so nothing can be proved. {_HINT[name]}")
