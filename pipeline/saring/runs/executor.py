"""The executor of a build: a process pool on this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from saring.clean_batch import preload
from saring.compute import dask_pool, pool
from saring.runs import cache_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.compute.pool import Executor
    from saring.runs.workspace import Job

__all__ = ["FEWEST_BYTES", "executor_for"]

#: Smallest batch in bytes of page text: a smaller one costs more in calls than it takes to clean. A judgement.
FEWEST_BYTES = 500_000


@contextlib.contextmanager
def executor_for(job: Job) -> Iterator[Executor]:
    """Give the executor that the steps of a build share (`job.executor`), or one that ends with the block, for a step called by itself."""
    if job.executor:
        yield job.executor
    elif job.dask:
        with dask_pool.dask_executor(job.dask, job.folder, cache_keys.program_key) as executor:
            yield executor
    else:
        with pool.process_pool(job.workers, functools.partial(preload, job.config)) as executor:
            yield executor
