"""Who does the work of a build: its own processes, or the workers of a cluster."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from saring.clean_batch import warm_up
from saring.compute import dask_pool, pool
from saring.runs import cache_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.compute.pool import Executor
    from saring.runs.workspace import Job

__all__ = ["FEWEST_BYTES", "executor_for"]

#: Bytes of pages: a batch of less costs more in calls than it takes to clean.
FEWEST_BYTES = 500_000


@contextlib.contextmanager
def executor_for(job: Job) -> Iterator[Executor]:
    """Give the crew that the steps of a build share, or, to a step that is called alone, one of its own."""
    if job.executor:
        yield job.executor
    elif job.dask:
        with dask_pool.dask_executor(job.dask, job.folder, cache_keys.program_key) as found:
            yield found
    else:
        with pool.process_pool(job.workers, functools.partial(warm_up, job.config)) as found:
            yield found
