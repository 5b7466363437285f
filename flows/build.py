"""raw/ -> a release, as a Prefect flow: `python -m flows.build`.

The steps are those of `saring build`, each wrapped as one task; paths cross the boundary, documents do not. The flow runs on Prefect's
embedded server, or reports to the one that PREFECT_API_URL names. Only reading is retried: raw/ may lie on a network file
system; the other steps give the same result however often they run.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import typer

from flows import settings  # sets up prefect: before prefect is imported

from prefect import flow, task  # isort: skip
from prefect.artifacts import create_markdown_artifact, create_table_artifact  # isort: skip
from prefect.cache_policies import NO_CACHE  # isort: skip

from flows.progress import Progress
from pipeline import cli, release
from pipeline.build import STEPS, crew_of, read_scrapes
from pipeline.cli.options import OUT, RAW, WORKERS, ConfigFile, Dask, Out, Raw, Workers, config_of
from pipeline.noise import cases
from pipeline.release.quote import code
from pipeline.report import removals, summary
from pipeline.workspace import Job

__all__ = ["build_dataset"]


def as_task(step: Any) -> Any:  # noqa: ANN401 - prefect's types are generic over the function
    """Wrap one of STEPS."""
    retries = settings.READ_RETRIES if step is read_scrapes else 0
    return task(step, name=step.__name__.replace("_", " "), retries=retries, retry_delay_seconds=5, cache_policy=NO_CACHE)


@flow(name="build dataset", validate_parameters=False)
def build_dataset(job: Job) -> dict[str, dict[str, Any]]:
    """Run every step and show how far it is, then a summary and a table of what was removed."""
    cases.check(job.config.rules)
    with release.lock(job.out, job.config.dataset.name), crew_of(job) as crew:
        shared = dataclasses.replace(job, crew=crew)
        progress = Progress(len(STEPS))
        reports = {step.__name__: as_task(step)(shared, progress.of(number)) for number, step in enumerate(STEPS)}
        progress.show(100, f"Done: v{reports['write_release']['version']}")
        create_markdown_artifact("\n".join(f"- {line}" for line in summary(reports)), key="summary", description="What the build did")
        # Prefect renders cells as Markdown: what is quoted from pages must not.
        table = [row | {"example": code(row["example"])} for row in removals(job.tables).to_dicts()]
        create_table_artifact(table, key="removals", description="What was cut or changed, by rule")
    return reports


def main(raw: Raw = RAW, out: Out = OUT, config: ConfigFile = None, workers: Workers = WORKERS, dask: Dask = None) -> None:
    """Build a new release from raw/ as a Prefect flow, if anything changed."""
    job = Job(raw=raw, out=out, config=config_of(config), workers=workers, dask=dask)
    cli.finish(build_dataset(job), job.config)


if __name__ == "__main__":
    cli.run(lambda: typer.run(main))
