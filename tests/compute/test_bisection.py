"""pipeline/saring/compute/bisection.py: failing pages of a batch are isolated, and all other pages succeed."""

from __future__ import annotations

import os
import signal
from math import ceil, log2
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring import read
from saring.clean_batch import Cleaned, clean, prepare
from saring.compute.bisection import isolate_failures, run_bisected
from saring.compute.task_context import TaskContext
from saring.config import load_config

if TYPE_CHECKING:
    from saring.config import Config

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_exactly_the_failing_pages_are_isolated(fails: list[bool]) -> None:
    """Whichever pages fail: the parts are the batch in order, each failing part is one page, and a single failure costs 2 log2(n) attempts."""
    pages = list(enumerate(fails))
    attempts = 0

    def attempt(part: list[tuple[int, bool]]) -> bool:
        nonlocal attempts
        attempts += 1
        return not any(failing for _, failing in part)

    parts = list(isolate_failures(pages, not any(fails), attempt, lambda succeeded: not succeeded))

    assert [page for part, _ in parts for page in part] == pages
    assert [part for part, succeeded in parts if not succeeded] == [[page] for page in pages if page[1]]
    if sum(fails) <= 1:
        assert attempts <= 2 * ceil(log2(len(pages)))


def test_parts_are_attempted_when_they_are_asked_for() -> None:
    """The results of one half are handed on before the other half is attempted, so that one part at a time is in memory."""
    attempted: list[list[int]] = []

    def attempt(part: list[int]) -> bool:
        attempted.append(part)
        return True

    parts = isolate_failures([1, 2, 3], False, attempt, lambda succeeded: not succeeded)  # noqa: FBT003 - the outcome is a bool here

    assert next(parts) == ([1], True)
    assert attempted == [[1]]
    assert next(parts) == ([2, 3], True)


def test_pages_that_fail_only_together_all_succeed() -> None:
    """A batch that is too large for a library is divided, and no page of it counts as failing."""
    parts = list(isolate_failures(list("abcdefg"), False, lambda part: len(part) <= 2, lambda succeeded: not succeeded))  # noqa: FBT003

    assert all(succeeded for _, succeeded in parts)
    assert ["".join(part) for part, _ in parts] == ["a", "bc", "de", "fg"]


def dies(scrapes: pl.DataFrame, context: TaskContext[Config]) -> Cleaned:
    """Clean scrapes, but end the process at a page about a baker, as a crash in a native library does."""
    if scrapes["content"].str.contains("boulangerie|boulanger", literal=False).any():
        os.kill(os.getpid(), signal.SIGKILL)
    return clean(prepare(scrapes), context.payload)


def test_a_page_that_crashes_its_process_is_isolated() -> None:
    """The batch is bisected until the crashing pages stand alone; the other pages are cleaned."""
    scrapes = pl.concat([batch.scrapes for batch in read.read_batches(HOME / "raw" / "fr", CONFIG)])
    deadly = scrapes.filter(pl.col("content").str.contains("boulangerie|boulanger"))

    parts, crashed = run_bisected(dies, scrapes, TaskContext(CONFIG))

    assert sorted(crashed["source"]) == sorted(deadly["source"])
    assert sum(part.documents.height for part in parts) == scrapes.height - deadly.height > 0
