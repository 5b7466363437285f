"""raw/ -> a release, as a Prefect flow: `python -m flows.build`.

The steps are those of `saring build`, each wrapped as one task; paths cross the boundary, documents do not. The flow runs on Prefect's
embedded server, or reports to the one that PREFECT_API_URL names. Only reading is retried: raw/ may lie on a network file
system; the other steps give the same result however often they run.

The parameters of the flow are plain JSON values, so that it can be served, scheduled and started from the server's own pages.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from saring.flows import settings  # sets up prefect: before prefect is imported

from prefect import flow, task  # isort: skip
from prefect.artifacts import create_markdown_artifact, create_table_artifact  # isort: skip
from prefect.cache_policies import NO_CACHE  # isort: skip

from saring import cli, release
from saring.cli.options import OUT, RAW, WORKERS, ConfigFile, Dask, Out, Raw, Workers, load_or_default
from saring.flows.outcome import outcome
from saring.flows.progress import Progress, bullets
from saring.noise import rule_cases
from saring.release.markdown import code_span
from saring.runs import STEPS, executor_for, read_scrapes
from saring.runs.report import removals, summary
from saring.runs.workspace import Job, check_separate_folders
from saring.storage.paths import path_of

__all__ = ["build_dataset"]


def as_task(step: Any) -> Any:  # noqa: ANN401 - prefect's types are generic over the function
    """Wrap one of STEPS."""
    retries = settings.READ_RETRIES if step is read_scrapes else 0
    return task(step, name=step.__name__.replace("_", " "), retries=retries, retry_delay_seconds=5, cache_policy=NO_CACHE)


@flow(name="build dataset")
def build_dataset(
    raw: str = str(RAW), out: str = str(OUT), config: str | None = None, workers: int | None = None, dask: str | None = None
) -> Any:  # noqa: ANN401 - what the steps returned, or a failed state
    """Run every step and show how far it is, then a summary and a table of what was removed.

    Args:
        raw: the folder of scrapes, or its URL.
        out: the folder of releases, or its URL.
        config: the path of corpus.toml; by default the one in the folder where the flow runs, if any.
        workers: processes that clean batches; 0 cleans them in the process of the flow. By default one for each processor.
        dask: the address of a Dask scheduler whose workers clean them instead.
    """
    return outcome(_build, raw, out, config, WORKERS if workers is None else workers, dask)


def _build(raw: str, out: str, config: str | None, workers: int, dask: str | None) -> dict[str, dict[str, Any]]:
    job = Job(raw=path_of(raw), out=path_of(out), config=load_or_default(Path(config) if config else None), workers=workers, dask=dask)
    rule_cases.check_rule_cases(job.config.rules)
    check_separate_folders(job.raw, job.out)
    with release.lock(job.out, job.config.dataset.name), executor_for(job) as executor:
        release.check_newest_release(job.out, job.config.dataset.name)
        shared = dataclasses.replace(job, executor=executor)
        progress = Progress(len(STEPS))
        reports = {step.__name__: as_task(step)(shared, progress.of(number)) for number, step in enumerate(STEPS)}
        progress.show(100, f"Done: v{reports['write_release']['version']}")
        create_markdown_artifact(bullets(summary(reports, quoted=code_span)), key="summary", description="What the build did")
        # Prefect renders cells as Markdown: what is quoted from pages must not.
        table = [row | {"example": code_span(row["example"])} for row in removals(job.tables).to_dicts()]
        create_table_artifact(table, key="removals", description="What was cut or changed, by rule")
    cli.report_build(reports, job.config)
    return reports


def main(raw: Raw = RAW, out: Out = OUT, config: ConfigFile = None, workers: Workers = WORKERS, dask: Dask = None) -> None:
    """Build a new release from raw/ as a Prefect flow, if anything changed."""
    load_or_default(config)  # a wrong one is an error before a server starts
    build_dataset(str(raw), str(out), str(config) if config else None, workers, dask)


if __name__ == "__main__":
    cli.run_alone(main)
