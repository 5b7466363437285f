"""The step `write_release`: the tables of a build -> a release, if anything changed; then trim the caches to what builds still need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring import release
from saring.core.errors import ReleaseError
from saring.core.progress import no_progress
from saring.release import manifest, staging
from saring.runs import cache_keys, extract_step, reuse_documents
from saring.runs.read_step import taken_down_ids
from saring.runs.relate_step import load_tables_record
from saring.runs.reuse_documents import trim_snapshots
from saring.storage.files import read_json, read_state, write_json
from saring.storage.local_copies import local_copy, read_table

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["version_before", "write_release"]


def write_release(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Write the tables as processed/<dataset>/vX.Y.Z, unless the newest release was made from the same tables and settings.

    Returns:
        The fields of `release.WriteResult`, `folder` as a string, and those of `version_before`.
    """
    on_progress("releasing", 0, 0)
    inputs = {"tables": load_tables_record(job).get("made_of"), "settings": cache_keys.release_key(job.config)}
    before = version_before(job)
    written = _unchanged_release(job, inputs)
    if written is None:
        written = release.write_release(local_copy(job.tables), job.config, _scrape_totals(job), job.out)
        seal = manifest.load_manifest(written.folder)["seal"]
        write_json(job.release_record, inputs | {"version": written.version, "seal": seal})
        _trim_caches(job)
    return written._asdict() | {"folder": str(written.folder)} | before


def version_before(job: Job) -> dict[str, Any]:
    """Return the newest version before this build (`before`), and the version that a rollback made the latest (`rolled_back`), each or None."""
    home = job.out / job.config.dataset.name
    return {"before": next(reversed(staging.list_versions(home)), None), "rolled_back": staging.rolled_back_version(home)}


def _trim_caches(job: Job) -> None:
    """Delete cached pages and documents that this build did not use; where there are takedowns, rewrite entries so that none of it remains."""
    taken_down = taken_down_ids(job).to_frame()
    for cache, places in ((extract_step.page_cache(job), job.pages), (reuse_documents.clean_cache(job), job.documents)):
        live = read_table(places).join(taken_down, on="id", how="anti")
        cache.trim(live, waste=0) if job.config.takedowns else cache.trim(live)
    trim_snapshots(job)


def _unchanged_release(job: Job, inputs: dict[str, Any]) -> release.WriteResult | None:
    """Return the newest release if it was made from the same inputs and is untouched since; None if a release has to be written.

    Args:
        job: its record of the last release is compared.
        inputs: the hashes of tables and settings of this build.
    """
    home = job.out / job.config.dataset.name
    record = read_state(job.release_record, "version", "seal")
    if not record:
        return None
    version = record["version"]
    try:
        folder = home / f"v{version}"
        is_untouched = (
            next(reversed(staging.list_versions(home)), None) == version and manifest.load_manifest(folder)["seal"] == record["seal"]
        )
    except (OSError, ValueError, KeyError, ReleaseError):
        return None
    is_same = is_untouched and inputs.items() <= record.items()
    return release.WriteResult(version, folder, changed=False, added=0, removed=0, edited=0) if is_same else None


def _scrape_totals(job: Job) -> dict[str, Any]:
    """Return how many scrapes were read, their bytes, and the hash of them all, for the manifest."""
    totals = read_json(job.scrapes / "index.json")
    return {name: totals[name] for name in ("scrapes", "bytes", "sha256")}
