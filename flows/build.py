"""Build a release from raw/ as a Prefect flow: `python -m flows.build`.

The steps are those of `saring build`, each wrapped as one task; Prefect passes paths between them, never documents. The flow runs on
Prefect's embedded server, or reports to the server that PREFECT_API_URL names. Only reading is retried, since raw/ may lie on a network
file system; the other steps are deterministic, so a retry would fail again.

The parameters of the flow are plain JSON values, so that it can be served, scheduled, and started from Prefect's web interface.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from saring.flows import settings  # sets up prefect: before prefect is imported

from prefect import flow, task  # isort: skip
from prefect.artifacts import create_markdown_artifact, create_table_artifact  # isort: skip
from prefect.cache_policies import NO_CACHE  # isort: skip

from saring import cli
from saring.cli.options import OUT, RAW, WORKERS, ConfigFile, Dask, Out, Raw, Workers, load_or_default
from saring.flows.outcome import run_body
from saring.flows.progress import Progress, bullets
from saring.release.markdown import code_span
from saring.runs import STEPS, locked_build, read_scrapes, run_steps
from saring.runs.report import removals, summary
from saring.runs.workspace import Job
from saring.storage.paths import path_of

__all__ = ["build_dataset"]


def as_task(step: Any) -> Any:  # noqa: ANN401 - prefect's types are generic over the function
    """Wrap a build step as a Prefect task; only the step that reads scrapes is retried."""
    retries = settings.READ_RETRIES if step is read_scrapes else 0
    return task(step, name=step.__name__.replace("_", " "), retries=retries, retry_delay_seconds=5, cache_policy=NO_CACHE)


@flow(name="build dataset")
def build_dataset(
    raw: str = str(RAW), out: str = str(OUT), config: str | None = None, workers: int | None = None, dask: str | None = None
) -> Any:  # noqa: ANN401 - what the steps returned, or a failed state
    """Build a dataset: run all steps with a progress artifact, then publish a summary and a table of removed text as artifacts.

    Args:
        raw: the folder of scrapes, or its URL.
        out: the folder of releases, or its URL.
        config: the path of corpus.toml; default: the one in the working directory of the flow, if any.
        workers: number of worker processes; 0 cleans in the process of the flow. Default: one per processor.
        dask: the address of a Dask scheduler, whose workers are used instead of local processes.
    """
    return run_body(_build, raw, out, config, WORKERS if workers is None else workers, dask)


def _build(raw: str, out: str, config: str | None, workers: int, dask: str | None) -> dict[str, dict[str, Any]]:
    job = Job(raw=path_of(raw), out=path_of(out), config=load_or_default(Path(config) if config else None), workers=workers, dask=dask)
    with locked_build(job) as shared:
        progress = Progress(len(STEPS))
        reports = run_steps(lambda step: as_task(step)(shared, progress.callback(STEPS.index(step))))
        progress.show(100, f"Done: v{reports['write_release']['version']}")
        create_markdown_artifact(bullets(summary(reports, quoted=code_span)), key="summary", description="What the build did")
        # Prefect renders cells as Markdown, so text quoted from pages is escaped.
        table = [row | {"example": code_span(row["example"])} for row in removals(job.tables).to_dicts()]
        create_table_artifact(table, key="removals", description="What was cut or changed, by rule")
    cli.report_build(reports, job.config)
    return reports


def main(raw: Raw = RAW, out: Out = OUT, config: ConfigFile = None, workers: Workers = WORKERS, dask: Dask = None) -> None:
    """Build a new release from raw/ as a Prefect flow, if anything changed."""
    load_or_default(config)  # so that an invalid configuration is an error before a server starts
    build_dataset(str(raw), str(out), str(config) if config else None, workers, dask)


if __name__ == "__main__":
    cli.run_alone(main)
