"""The tables of a build -> a release, where anything changed; then the caches without what no build uses any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring import release
from saring.core.errors import ReleaseError
from saring.core.progress import no_progress
from saring.release import manifest, staging
from saring.runs import cache_keys, clean_step, extract_step
from saring.runs.read_step import taken_down_ids
from saring.runs.relate_step import load_record
from saring.storage.files import read_json, read_state, write_json
from saring.storage.local_copies import local_copy, read_table

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["version_before", "write_release"]


def write_release(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """The tables -> processed/<dataset>/vX.Y.Z, if anything changed."""
    on_progress("releasing", 0, 0)
    said = {"tables": load_record(job).get("made_of"), "settings": cache_keys.release_key(job.config)}
    before = version_before(job)
    written = _standing(job, said)
    if written is None:
        written = release.write_release(local_copy(job.tables), job.config, _inputs(job), job.out)
        write_json(job.released, said | {"version": written.version, "seal": manifest.load_manifest(written.folder)["seal"]})
        _trim(job)
    return written._asdict() | {"folder": str(written.folder)} | before


def version_before(job: Job) -> dict[str, Any]:
    """Return the newest version before a build, and the version that a rollback made the latest in its place; each None where there is none."""
    home = job.out / job.config.dataset.name
    return {"before": next(reversed(staging.versions(home)), None), "rolled_back": staging.rolled_back(home)}


def _trim(job: Job) -> None:
    """Take from the caches what this build did not use; of what is taken down, nothing may be left."""
    gone = taken_down_ids(job).to_frame()
    for cache, places in ((extract_step.page_cache(job), job.pages), (clean_step.clean_cache(job), job.documents)):
        live = read_table(places).join(gone, on="id", how="anti")
        cache.trim(live, waste=0) if job.config.takedowns else cache.trim(live)
    clean_step.trim_snapshots(job)


def _standing(job: Job, said: dict[str, Any]) -> release.Written | None:
    """Return the newest release where it was made of the same; None where something is new or the release was touched."""
    home = job.out / job.config.dataset.name
    last = read_state(job.released, "version", "seal")
    if not last:
        return None
    try:
        folder = home / f"v{last['version']}"
        stands = next(reversed(staging.versions(home)), None) == last["version"] and manifest.load_manifest(folder)["seal"] == last["seal"]
    except (OSError, ValueError, KeyError, ReleaseError):
        return None
    same = stands and said.items() <= last.items()
    return release.Written(last["version"], folder, changed=False, added=0, removed=0, edited=0) if same else None


def _inputs(job: Job) -> dict[str, Any]:
    found = read_json(job.scrapes / "index.json")
    return {name: found[name] for name in ("scrapes", "bytes", "sha256")}
