"""Failures at random points of a publication: the last release stays intact, the next run completes, and nothing is published twice."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from saring import publish
from saring.core.errors import LockedError
from tests.fixtures.hub_server import TOKEN, Fault, Hub
from tests.publish import published, publisher

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from multiprocessing.process import BaseProcess
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

#: Number of points of failure that are tried; `SARING_FAULTS=200` tries as many as the design asks for.
POINTS = int(os.environ.get("SARING_FAULTS", "10"))

KINDS = ("down", "cut", "lost", "killed before", "killed after")


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of all files of a folder, by path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def committed_files(repo: dict[str, Any], commit: str) -> dict[str, str]:
    """Return the SHA-256 of the files of a commit on the hub, by path."""
    entries = repo["commits"][commit]["files"].items()
    return {path: entry["sha256"] for path, entry in entries if path != ".gitattributes"}


def titles(repo: dict[str, Any]) -> list[str]:
    """Return the titles of the commits on the branch, newest first."""
    newest_first, head = [], repo["head"]
    while head:
        newest_first.append(repo["commits"][head]["title"])
        head = repo["commits"][head]["parent"]
    return newest_first


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Return a fork server context that starts publishing processes quickly."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([publisher.__name__])
    return context


def broken(kind: str, at: int, process: BaseProcess) -> Fault:
    """Return a fault of a kind in `KINDS` that begins with request number `at`."""

    def kill() -> None:
        process.kill()

    match kind:
        case "down":
            return Fault("", 500, after=at, times=1_000)
        case "cut":
            return Fault("", "cut", after=at, times=1_000)
        case "lost":
            return Fault("", "lost", after=at, times=1_000)
        case "killed before":
            return Fault("", "cut", after=at, before=kill)
        case _:
            return Fault("", "lost", after=at, then=kill)


def test_the_hub_failing_at_random_points(server: Hub, releases: Path, processes: ForkServerContext) -> None:
    """Server errors, cut connections, lost answers and killed processes at random requests leave the hub consistent."""
    publish.publish(releases / "v1.0.0", "hf://datasets/org/first")
    start = server.repo("org/first")
    assert start
    old = published.digests(releases / "v1.0.0", "hf://datasets/org/first")
    server.seen.clear()
    server.save("org/measured", start)
    publish.publish(releases / "v2.0.0", "hf://datasets/org/measured")
    requests = len(server.seen)
    environment = {"HF_ENDPOINT": server.address, "HF_TOKEN": TOKEN}
    chance, outcomes = random.Random(20), Counter[str]()  # noqa: S311 - the same points every time

    for point in range(POINTS):
        name, kind, at = f"org/p{point}", KINDS[point % len(KINDS)], chance.randrange(requests)
        new = published.digests(releases / "v2.0.0", f"hf://datasets/{name}")
        for digest in set(new.values()) - set(old.values()):
            server.blob(digest).unlink(missing_ok=True)  # each run uploads anew
        server.save(name, start)
        process = processes.Process(target=publisher.run, args=(str(releases / "v2.0.0"), f"hf://datasets/{name}", environment))
        server.faults = [broken(kind, at, process)]
        process.start()
        process.join()
        server.faults.clear()

        repo = server.repo(name)
        assert repo
        assert committed_files(repo, repo["tags"]["v1.0.0"]) == old, (point, kind, at)
        assert committed_files(repo, repo["head"]) in (old, new), (point, kind, at)
        assert committed_files(repo, repo["tags"].get("v2.0.0", repo["head"])) in (old, new), (point, kind, at)
        outcomes["tagged" if "v2.0.0" in repo["tags"] else "committed" if committed_files(repo, repo["head"]) == new else "nothing"] += 1
        assert process.exitcode == (-signal.SIGKILL if "killed" in kind else 1 if "v2.0.0" not in repo["tags"] else process.exitcode)

        publish.publish(releases / "v2.0.0", f"hf://datasets/{name}")
        repo = server.repo(name)
        assert repo
        assert committed_files(repo, repo["head"]) == committed_files(repo, repo["tags"]["v2.0.0"]) == new, (point, kind, at)
        assert committed_files(repo, repo["tags"]["v1.0.0"]) == old, (point, kind, at)
        assert titles(repo) == ["v2.0.0", "v1.0.0", "initial commit"], (point, kind, at)
        assert not publish.publish(releases / "v2.0.0", f"hf://datasets/{name}").changed

    assert outcomes.total() == POINTS
    assert outcomes["nothing"]
    assert outcomes["committed"] + outcomes["tagged"]


def test_a_process_killed_while_publishing_to_a_folder(releases: Path, processes: ForkServerContext, tmp_path: Path) -> None:
    """A process killed while it writes files: a version without its manifest is not published, and the next run completes it."""
    start = tmp_path / "start"
    publish.publish(releases / "v1.0.0", str(start))
    files, outcomes = len(digests(releases / "v2.0.0")), Counter[str]()

    for point in range(POINTS):
        place = tmp_path / str(point)
        shutil.copytree(start, place)
        new = published.digests(releases / "v2.0.0", str(place))
        process = processes.Process(target=publisher.run, args=(str(releases / "v2.0.0"), str(place), {}))
        process.start()
        # The files are written one by one: after some number of them, the process is killed.
        wanted = point % (files + 2)
        while process.is_alive() and sum(1 for path in place.rglob("*") if path.is_file()) < 12 + wanted:
            pass
        process.kill()
        process.join()

        assert digests(place / "v1.0.0") == published.digests(releases / "v1.0.0", str(start))
        complete = (place / "v2.0.0" / "manifest.json").is_file()
        assert not complete or digests(place / "v2.0.0") == new
        assert complete or (place / "latest").read_text(encoding="utf-8") == "v1.0.0\n"
        outcomes["complete" if complete else "nothing"] += 1

        if (place / ".publishing").exists() and not complete:
            with pytest.raises(LockedError):  # an incomplete release must be finished before another begins
                publish.publish(releases / "v1.1.0", str(place))
        publish.publish(releases / "v2.0.0", str(place))
        assert digests(place / "v2.0.0") == new
        assert {path.name for path in place.iterdir()} == {"v1.0.0", "v2.0.0", "latest"}
        assert json.loads((place / "v2.0.0" / "manifest.json").read_text(encoding="utf-8"))["version"] == "2.0.0"

    assert outcomes.total() == POINTS
