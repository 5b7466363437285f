"""Publish a release as a Prefect flow: `python -m flows.publish`.

The two steps are those of `saring publish`: verify the release, then publish it. Transient network errors are retried within the step, not
by Prefect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring.flows import settings  # noqa: F401 - sets up prefect: before prefect is imported

from prefect import flow, get_run_logger, task  # isort: skip
from prefect.artifacts import create_markdown_artifact  # isort: skip
from prefect.cache_policies import NO_CACHE  # isort: skip

from saring import cli, publish, release
from saring.cli import options, releases
from saring.core.plurals import counted
from saring.flows.outcome import run_body
from saring.flows.progress import bullets
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from pathlib import Path

    from saring.publish import PublishResult

__all__ = ["publish_release"]


@flow(name="publish release")
def publish_release(release_folder: str, to: str, *, dry_run: bool = False) -> Any:  # noqa: ANN401 - what was published, or a failed state
    """Verify a release and publish it, with a summary as an artifact of the flow run.

    Args:
        release_folder: the path or URL of the release.
        to: `hf://datasets/ORG/NAME`, `s3://bucket/prefix` or a folder.
        dry_run: report what would be done, without changing anything.
    """
    return run_body(_publish, path_of(release_folder), to, dry_run)


def _publish(folder: Path, to: str, dry_run: bool) -> PublishResult:  # noqa: FBT001 - handed on from the flow
    logger = get_run_logger()

    def on_progress(activity: str, done: int, total: int) -> None:
        logger.info("%s: %s%s", activity, done, f" of {counted(total, 'file')}" if total else "")

    task(name="verify release", cache_policy=NO_CACHE)(release.verify)(folder)
    send = task(name="publish", cache_policy=NO_CACHE)(publish.publish)
    published = send(folder, to, chosen=release.is_pinned_latest(folder), dry_run=dry_run, on_progress=on_progress)
    lines = releases.publish_sentences(published, dry_run=dry_run)
    create_markdown_artifact(bullets(lines), key="published", description="What was published")
    return published


def main(
    version: options.Version = None,
    to: releases.To = None,
    out: options.Out = options.OUT,
    config: options.ConfigFile = None,
    dry_run: options.DryRun = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Publish a release as a Prefect flow. Publishing a version twice has no further effect."""
    configuration = options.load_or_default(config, "dataset", "publish")
    folder = release.find_release(out, configuration.dataset.name, version)
    publish_release(str(folder), releases.destination(to, configuration), dry_run=dry_run)


if __name__ == "__main__":
    cli.run_alone(main)
