"""Reproduce a release: build its data files again from the scrapes, in an empty temporary workspace, and compare their SHA-256."""

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

#: What to do where a fingerprint in the manifest differs from the present one.
_HINTS = {
    "code": "Install the version of saring that built it.",
    "rules": "Use the rules of corpus.toml, and the rule packs, that it was built with.",
    "config": "Use the corpus.toml that it was built with.",
    "inputs": "Use the scrapes that it was built from; name their folder with --raw.",
}


def reproduce_release(job: Job, release: Path, on_progress: ProgressCallback = no_progress) -> int:
    """Build the data files of a release again from its scrapes, and compare them with those of the release; return how many there are.

    Card, changelog and the other descriptions are not compared: they follow from the data files, the version before and the manifest, and
    `release.verify` checks them against each other.

    Args:
        job: the scrapes and the configuration; its workspace is not used, so nothing comes from a cache.
        release: the folder of the release.
        on_progress: progress callback.

    Raises:
        ReleaseError: the release was built by other code, rules or settings or from other scrapes, or a file differs from the one built now.
    """
    released = manifest.load_manifest(release)
    present: dict[str, Any] = {
        "code": manifest.code_fingerprint(),
        "rules": manifest.rules_fingerprint(job.config),
        "config": manifest.config_data(job.config),
    }
    _check_same(release, released, present)
    local_job = dataclasses.replace(job, dask=None)
    with tempfile.TemporaryDirectory(prefix="saring-") as temporary, executor_for(local_job) as executor:
        trial = dataclasses.replace(local_job, work=Path(temporary) / "work", executor=executor)
        read_scrapes(trial, on_progress)  # first and by itself: from other scrapes nothing is built
        index = read_json(trial.scrapes / "index.json")
        _check_same(release, released, {"inputs": {name: index[name] for name in released["inputs"]}})
        data_steps = STEPS[STEPS.index(read_scrapes) + 1 : STEPS.index(relate_documents) + 1]
        run_steps(lambda step: step(trial, on_progress), data_steps)
        folder = Path(temporary) / "release"
        folder.mkdir()
        built = {file.path: file.sha256 for file in data_files.write_data_files(trial.tables, folder)}
    expected = {file.path: file.sha256 for file in manifest.data_files(released)}
    if differ := sorted(path for path in built.keys() | expected.keys() if built.get(path) != expected.get(path)):
        hint = "The machine or a library differs from that of the release: compare versions, and please report it."
        raise ReleaseError(f"{release}: expected the same files from the same scrapes, found different ones: {', '.join(differ)}. {hint}")
    return len(built)


def _check_same(release: Path, released: dict[str, Any], present: dict[str, Any]) -> None:
    """Check that fingerprints of a manifest (`released`) equal the present ones, so that building again can give the same files.

    Raises:
        ReleaseError: names the fingerprint that differs, and what to do.
    """
    for name, fingerprint in present.items():
        if released[name] != fingerprint:
            raise ReleaseError(
                f"{release}: it was built with other {name} than the present ones, so it cannot be reproduced. {_HINTS[name]}"
            )
