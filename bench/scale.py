"""What a corpus larger than this machine would cost: `python bench/scale.py [--documents N] [--characters N] [--cores N] [--memory BYTES]`.

Nothing is built: figures measured on small corpora (`FIGURES`, from bench/README.md) are multiplied, and the part that workers do is simulated
task by task, with workers that are lost and a scheduler that hands out one task after the other. docs/scale.md says what follows.
"""

from __future__ import annotations

import argparse
import heapq
from typing import NamedTuple

import numpy as np

__all__ = ["Cluster", "Figures", "main", "simulate"]


class Figures(NamedTuple):
    """What was measured of one core.

    Attributes:
        read: MB of raw text read a second, in the one process that reads.
        extract: MB of text extracted and repaired a second, flat text.
        clean: MB of text cleaned a second.
        survey: MB of text whose lines are counted a second, in one process.
        relate: MB of text searched for copies a second, in one process; translations not looked for.
        translate: MB of text cut into sentences and compared with others for translations a second, on workers.
        near: MB of text of which the nearest others are looked up a second, in one process.
        release: MB of text validated, written, verified a second, in one process.
        cache: bytes kept in both caches for a byte of text.
        known: bytes of memory that the steps after cleaning need for a document, whatever its length.
        searched: bytes of temporary files that the search writes for a character.
        dispatch: seconds in which the scheduler of a cluster hands out a task; Dask's own documentation has a millisecond.
    """

    read: float = 52
    extract: float = 13
    clean: float = 5.9
    survey: float = 72
    relate: float = 8
    translate: float = 0.73
    near: float = 5.8
    release: float = 11
    cache: float = 0.8
    known: float = 1_300
    searched: float = 20
    dispatch: float = 0.001


FIGURES = Figures()

BATCH = 8e6  # bytes of text a task
_SPREAD = 0.35  # of the logarithm of a task's seconds: half of them within a quarter of the median


class Cluster(NamedTuple):
    """What the tasks of a step take on a cluster: hours by the clock, the share of the cores' time that is work, tasks done twice."""

    hours: float
    busy: float
    again: int


def simulate(tasks: int, seconds: float, cores: int, lost_an_hour: float, dispatch: float) -> Cluster:
    """Let cores do tasks, one after the other as the scheduler hands them out.

    Args:
        tasks: how many.
        seconds: that one takes, on average.
        cores: that work.
        lost_an_hour: the chance that a core is lost within an hour, with what it was doing; another takes its place at once.
        dispatch: seconds of the scheduler for a task.
    """
    chance = np.random.default_rng(1)
    free = [0.0] * cores
    scheduler = work = 0.0
    again = done = 0
    lengths = chance.lognormal(np.log(seconds) - _SPREAD**2 / 2, _SPREAD, tasks)
    luck = chance.random(tasks)
    while done < tasks:
        scheduler = max(scheduler + dispatch, free[0])
        length = float(lengths[done])
        lost = luck[done] < lost_an_hour * length / 3600
        luck[done] = 1.0  # no task is lost twice: it would not change the picture
        heapq.heapreplace(free, scheduler + length)
        work += length
        if lost:
            again += 1
        else:
            done += 1
    end = max(free)
    return Cluster(end / 3600, work / (end * cores), again)


def main() -> None:
    """Parse, multiply, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=float, default=1e9)
    parser.add_argument("--characters", type=float, default=3_000)
    parser.add_argument("--cores", type=int, default=1_000)
    parser.add_argument("--memory", type=float, default=64e9, help="of the machine that builds, in bytes")
    parser.add_argument("--lost-an-hour", type=float, default=0.05, help="the chance that a core is lost within an hour")
    asked = parser.parse_args()
    megabytes = asked.documents * asked.characters / 1e6
    tasks = int(megabytes * 1e6 // BATCH) + 1
    print(f"{asked.documents:,.0f} documents of {asked.characters:,.0f} characters: {megabytes / 1e6:,.2f} TB, {tasks:,} tasks of 8 MB")
    print("on the cluster")
    for name, rate in (("extract", FIGURES.extract), ("clean", FIGURES.clean), ("translate", FIGURES.translate)):
        found = simulate(tasks, BATCH / 1e6 / rate, asked.cores, asked.lost_an_hour, FIGURES.dispatch)
        print(
            f"  {name}: {megabytes / rate / 3600:,.0f} core hours; on {asked.cores:,} cores {found.hours:,.1f} hours, "
            f"{found.busy:.0%} of their time, {found.again:,} tasks twice"
        )
    print(f"  bytes moved: {megabytes * (1 + 2 * FIGURES.cache) / 1e6:,.1f} TB, kept: {megabytes * FIGURES.cache / 1e6:,.1f} TB")
    print("in one process")
    for name in ("read", "survey", "relate", "near", "release"):
        print(f"  {name}: {megabytes / getattr(FIGURES, name) / 3600:,.0f} hours")
    print(
        f"  memory: {asked.documents * FIGURES.known / 1e9:,.0f} GB for what is known of documents; {asked.memory / 1e9:,.0f} GB hold "
        f"{asked.memory / FIGURES.known / 1e6:,.0f} million"
    )
    print(f"  temporary files of the search: {megabytes * FIGURES.searched / 1e6:,.0f} TB")


if __name__ == "__main__":
    main()
