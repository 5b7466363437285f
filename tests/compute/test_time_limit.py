"""pipeline/saring/compute/time_limit.py: a page that takes too long ends its process, once, and is known by name."""

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
from saring.core.tables import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.compute.time_limit import Watchdog


def dawdle(pages: pl.DataFrame, guard: Watchdog, *, told: bool = True) -> tuple[list[str], list[str]]:
    """Work on pages one after the other, longer than anyone waits on those that are called slow, and say which ones were left out."""
    left, late = guard.sorted_out(pages)
    with guard.watch(left["id"], 0) as begin:
        for page in left["id"]:
            if told:
                begin(page)
            if page.startswith("slow"):
                time.sleep(600)
            if page.startswith("stuck"):
                re.match("(a|a)*$", "a" * 60 + "b")  # holds the interpreter's lock for years
    return left["id"].to_list(), late["id"].to_list()


def pages(*ids: str) -> pl.DataFrame:
    """Return pages with these ids."""
    return pl.DataFrame({"id": ids})


@pytest.mark.parametrize("late", ["slow", "stuck"])
def test_a_late_page_is_left_out_when_its_batch_is_done_again(late: str) -> None:
    """Whether it sleeps or holds the interpreter's lock; and no page of a batch that was cut off beside it is called late."""
    with time_limit.watchdog_for(1, 2) as guard, pool.process_pool(2) as executor:
        done = list(executor.map(dawdle, [pages("a", late, "b"), pages("c", "d")], guard))

    assert [result for _, result in done] == [(["a", "b"], [late]), (["c", "d"], [])]


def test_late_pages_are_found_one_after_the_other() -> None:
    """More of them than a batch is tried in one go: it is halved, and none is late twice."""
    with time_limit.watchdog_for(1, 1) as guard:
        results, guilty = run_bisected(dawdle, pages("slow1", "a", "slow2", "slow3"), guard)

    assert guilty.is_empty()
    assert [page for done, _ in results for page in done] == ["a"]
    assert [page for _, late in results for page in late] == ["slow1", "slow2", "slow3"]


def test_what_is_done_to_a_batch_as_a_whole_has_its_time_too() -> None:
    """Nobody says at which page it is: the batch is halved until the page stands alone."""
    with time_limit.watchdog_for(1, 1) as guard:
        hasty = guard._replace(loading=0)
        results, guilty = run_bisected(functools.partial(dawdle, told=False), pages("a", "slow"), hasty)

    assert guilty.is_empty()
    assert results == [(["a"], []), ([], ["slow"])]


def test_this_process_is_not_watched() -> None:
    """It must not end: without workers there is no limit."""
    with time_limit.watchdog_for(1, 0) as guard, guard.watch(pl.Series(["a"]), 1) as begin:
        begin("a")
        time.sleep(1.2)
        begin(None)

    assert guard.sorted_out(pages("a"))[1].is_empty()


def test_pages_in_time_leave_no_note() -> None:
    """Nor does a watchdog leave its folder."""
    with time_limit.watchdog_for(60, 1) as guard:
        assert guard.notes
        with pool.process_pool(1) as executor:
            ((_, result),) = executor.map(dawdle, [pages("a", "b")], guard)
        assert result == (["a", "b"], [])
        assert list(guard.notes.iterdir()) == []

    assert not guard.notes.exists()


def test_where_notes_cannot_be_written_the_watch_goes_on() -> None:
    """On a machine that does not see the folder: the page that ends the process is found by halving."""
    with time_limit.watchdog_for(1, 1) as guard:
        assert guard.notes
        blind = guard._replace(notes=guard.notes / "elsewhere")
        results, guilty = run_bisected(dawdle, pages("a", "slow"), blind)

    assert guilty["id"].to_list() == ["slow"]
    assert results == [(["a"], [])]


def test_a_rejection_says_what_to_do() -> None:
    """A row of the table of rejections."""
    rows = pl.DataFrame({"source": ["a.html"], "id": ["a"], "sha256": ["0" * 64], "bytes": [7]})

    found = time_limit.rejections(rows, "extract", 60)

    assert found.schema == REJECTION
    assert found.rows()[0][2:5] == (
        "extract",
        "too-slow",
        "it took longer than the 60 seconds that a page may take. Look at the scrape, or raise [build] page_seconds.",
    )


def ponder(pages: pl.DataFrame, guard: Watchdog) -> tuple[list[str], list[str]]:
    """Work on each group as a whole, longer than anyone waits where a slow page is in it, and say which pages were left out."""

    def some(group: pl.DataFrame, begin: Callable[[str | None], None]) -> list[str]:
        begin(None)
        if group["id"].str.starts_with("slow").any():
            time.sleep(600)
        return group["id"].to_list()

    results, late = guard.run(some, pages, pl.lit(0))
    return [id_ for group in results for id_ in group], late["id"].to_list()


def test_a_step_that_works_on_all_pages_together_is_bisected_too() -> None:
    """After few notes the page stands alone, and is known by name; the others keep their order."""
    ids = [f"page{number:02d}" for number in range(40)]
    ids[17] = "slow"
    with time_limit.watchdog_for(1, 1) as guard:
        hasty = guard._replace(loading=0)
        results, guilty = run_bisected(ponder, pages(*ids), hasty)
        notes = guard.noted()

    assert guilty.is_empty()
    assert [page for done, _ in results for page in done] == [id_ for id_ in ids if id_ != "slow"]
    assert [page for _, late in results for page in late] == ["slow"]
    assert notes <= 4


def test_what_the_work_needs_is_loaded_before_the_time_runs(tmp_path: Path) -> None:
    """Once in a process, and loading that fails fails nothing."""
    with time_limit.watchdog_for(60, 1, load=functools.partial(mark, tmp_path)) as guard, pool.process_pool(1) as executor:
        list(executor.map(ponder, [pages("a"), pages("b")], guard))

    assert len(list(tmp_path.iterdir())) == 1


def mark(folder: Path) -> None:
    """Leave a file for each call."""
    (folder / str(time.monotonic_ns())).touch()
    msg = "no such model"
    raise OSError(msg)


def end(pages: pl.DataFrame, guard: Watchdog) -> list[str]:
    """Work on pages, of which the deadly ones end the process as a native library does."""

    def some(group: pl.DataFrame, begin: Callable[[str | None], None]) -> list[str]:
        for page in group["id"]:
            begin(page)
            if page == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
        return group["id"].to_list()

    return [page for group in guard.run(some, pages, pl.lit(0))[0] for page in group]


def test_a_page_that_ends_its_process_is_not_called_late() -> None:
    """The note of a process that was killed says no time: the batch is halved, and the page is found."""
    with time_limit.watchdog_for(60, 1) as guard:
        results, guilty = run_bisected(end, pages("a", "b", "deadly", "c"), guard)

        assert guard.noted() == 0

    assert guilty["id"].to_list() == ["deadly"]
    assert [page for done in results for page in done] == ["a", "b", "c"]


def test_a_process_at_work_is_not_called_late() -> None:
    """Its note is there, and says no time yet."""
    with time_limit.watchdog_for(60, 1) as guard, guard.watch(pl.Series(["a", "b"]), 1) as begin:
        begin("a")

        assert guard.noted() == 0
        assert guard.sorted_out(pages("a", "b"))[1].is_empty()
