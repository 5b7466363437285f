"""pipeline/saring/compute/time_limit.py: a page over its time limit ends its process once, and its id is noted."""

from __future__ import annotations

import functools
import os
import re
import signal
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.compute import pool, time_limit
from saring.compute.bisection import run_bisected
from saring.compute.task_context import TaskContext
from saring.core.tables import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def work_page_by_page(pages: pl.DataFrame, context: TaskContext[None], *, announced: bool = True) -> tuple[list[str], list[str]]:
    """Work on pages one after the other, endlessly on those called slow or stuck; return the pages done, and those excluded as slow."""
    remaining, slow = context.watchdog.split_slow(pages)
    with context.watchdog.watch(remaining["id"], 0) as announce:
        for page in remaining["id"]:
            if announced:
                announce(page)
            if page.startswith("slow"):
                time.sleep(600)
            if page.startswith("stuck"):
                re.match("(a|a)*$", "a" * 60 + "b")  # holds the interpreter's lock for years
    return remaining["id"].to_list(), slow["id"].to_list()


def pages(*ids: str) -> pl.DataFrame:
    """Return pages with these ids."""
    return pl.DataFrame({"id": ids})


@pytest.mark.parametrize("page", ["slow", "stuck"])
def test_a_slow_page_is_excluded_when_its_batch_is_run_again(page: str) -> None:
    """Whether it sleeps or holds the interpreter's lock; no page of a batch that was interrupted beside it counts as slow."""
    with time_limit.watchdog_for(1, 2) as watchdog, pool.process_pool(2) as executor:
        done = list(executor.map(work_page_by_page, [pages("a", page, "b"), pages("c", "d")], TaskContext(None, watchdog)))

    assert [result for _, result in done] == [(["a", "b"], [page]), (["c", "d"], [])]


def test_slow_pages_of_a_batch_are_found_one_after_the_other() -> None:
    """Three in one batch: it is run again after each note, and no page exceeds its limit twice."""
    with time_limit.watchdog_for(1, 1) as watchdog:
        results, crashed = run_bisected(work_page_by_page, pages("slow1", "a", "slow2", "slow3"), TaskContext(None, watchdog))

    assert crashed.is_empty()
    assert [page for done, _ in results for page in done] == ["a"]
    assert [page for _, slow in results for page in slow] == ["slow1", "slow2", "slow3"]


def test_work_on_a_whole_batch_has_a_time_limit_too() -> None:
    """The function does not announce its pages: the batch is bisected until the slow page stands alone."""
    with time_limit.watchdog_for(1, 1) as watchdog:
        hasty = TaskContext(None, watchdog._replace(loading=0))
        results, crashed = run_bisected(functools.partial(work_page_by_page, announced=False), pages("a", "slow"), hasty)

    assert crashed.is_empty()
    assert results == [(["a"], []), ([], ["slow"])]


def test_the_main_process_is_not_watched() -> None:
    """It must not end: without workers there is no time limit."""
    with time_limit.watchdog_for(1, 0) as watchdog, watchdog.watch(pl.Series(["a"]), 1) as announce:
        announce("a")
        time.sleep(1.2)
        announce(None)

    assert watchdog.split_slow(pages("a"))[1].is_empty()


def test_pages_within_the_limit_leave_no_note() -> None:
    """The folder of notes is deleted with the watchdog."""
    with time_limit.watchdog_for(60, 1) as watchdog:
        assert watchdog.notes
        with pool.process_pool(1) as executor:
            ((_, result),) = executor.map(work_page_by_page, [pages("a", "b")], TaskContext(None, watchdog))
        assert result == (["a", "b"], [])
        assert list(watchdog.notes.iterdir()) == []

    assert not watchdog.notes.exists()


def test_without_notes_the_time_limit_still_holds() -> None:
    """On a machine that does not see the folder of notes, the slow page is found by bisection, as one that ends its process."""
    with time_limit.watchdog_for(1, 1) as watchdog:
        assert watchdog.notes
        blind = watchdog._replace(notes=watchdog.notes / "elsewhere")
        results, crashed = run_bisected(work_page_by_page, pages("a", "slow"), TaskContext(None, blind))

    assert crashed["id"].to_list() == ["slow"]
    assert results == [(["a"], [])]


def test_a_rejection_says_what_to_do() -> None:
    """A timeout becomes a row of the table of rejections, whose message names the limit and the setting."""
    rows = pl.DataFrame({"source": ["a.html"], "id": ["a"], "sha256": ["0" * 64], "bytes": [7]})

    rejected = time_limit.rejections(rows, "extract", 60)

    assert rejected.schema == REJECTION
    assert rejected.rows()[0][2:5] == (
        "extract",
        "too-slow",
        "it took longer than the 60 seconds that a page may take. Look at the scrape, or raise [build] page_seconds.",
    )


def work_on_groups(pages: pl.DataFrame, context: TaskContext[None]) -> tuple[list[str], list[str]]:
    """Work on each group of pages as a whole, endlessly on one with a slow page; return the pages done, and those excluded as slow."""

    def work(group: pl.DataFrame, announce: Callable[[str | None], None]) -> list[str]:
        announce(None)
        if group["id"].str.starts_with("slow").any():
            time.sleep(600)
        return group["id"].to_list()

    results, slow = context.watchdog.run(work, pages, pl.lit(0))
    return [id_ for group in results for id_ in group], slow["id"].to_list()


def test_a_step_that_works_on_a_whole_batch_is_bisected_too() -> None:
    """After at most four notes the slow page stands alone; the other pages keep their order."""
    ids = [f"page{number:02d}" for number in range(40)]
    ids[17] = "slow"
    with time_limit.watchdog_for(1, 1) as watchdog:
        hasty = TaskContext(None, watchdog._replace(loading=0))
        results, crashed = run_bisected(work_on_groups, pages(*ids), hasty)
        notes = watchdog.timeout_count()

    assert crashed.is_empty()
    assert [page for done, _ in results for page in done] == [id_ for id_ in ids if id_ != "slow"]
    assert [page for _, slow in results for page in slow] == ["slow"]
    assert notes <= 4


def test_a_process_loads_what_it_needs_before_the_timer_starts(tmp_path: Path) -> None:
    """Once in a process; an exception while loading is ignored."""
    with time_limit.watchdog_for(60, 1, load=functools.partial(mark, tmp_path)) as watchdog, pool.process_pool(1) as executor:
        list(executor.map(work_on_groups, [pages("a"), pages("b")], TaskContext(None, watchdog)))

    assert len(list(tmp_path.iterdir())) == 1


def mark(folder: Path) -> None:
    """Create a file for each call, then fail."""
    (folder / str(time.monotonic_ns())).touch()
    msg = "no such model"
    raise OSError(msg)


def end(pages: pl.DataFrame, context: TaskContext[None]) -> list[str]:
    """Work on pages; those called deadly end the process as a crash in a native library does."""

    def work(group: pl.DataFrame, announce: Callable[[str | None], None]) -> list[str]:
        for page in group["id"]:
            announce(page)
            if page == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
        return group["id"].to_list()

    return [page for group in context.watchdog.run(work, pages, pl.lit(0))[0] for page in group]


def test_a_page_that_crashes_its_process_does_not_count_as_slow() -> None:
    """The note of a process that was killed records no timeout: the batch is halved, and the page is found."""
    with time_limit.watchdog_for(60, 1) as watchdog:
        results, crashed = run_bisected(end, pages("a", "b", "deadly", "c"), TaskContext(None, watchdog))

        assert watchdog.timeout_count() == 0

    assert crashed["id"].to_list() == ["deadly"]
    assert [page for done in results for page in done] == ["a", "b", "c"]


def test_a_process_at_work_does_not_count_as_slow() -> None:
    """Its note exists, and records no timeout yet."""
    with time_limit.watchdog_for(60, 1) as watchdog, watchdog.watch(pl.Series(["a", "b"]), 1) as announce:
        announce("a")

        assert watchdog.timeout_count() == 0
        assert watchdog.split_slow(pages("a", "b"))[1].is_empty()
