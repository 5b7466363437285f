"""Progress of a flow run: whole percents are sent to the server, and a failing display stops nothing."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from saring.flows import progress
from saring.flows.progress import Progress, bullets


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """Return the list of percentages and descriptions that would be sent to a server, which is not there."""
    sent: list[tuple[float, str]] = []

    def update(artifact: str, percent: float, *, description: str) -> None:
        assert artifact == "artifact"
        sent.append((percent, description))

    monkeypatch.setattr(progress, "create_progress_artifact", lambda *_, **__: "artifact")
    monkeypatch.setattr(progress, "update_progress_artifact", update)
    monkeypatch.setattr(progress, "get_run_logger", lambda: logging.getLogger("flow"))
    return sent


def test_steps_count_equally(updates: list[tuple[float, str]]) -> None:
    """The second of four steps goes from 25 to 50 percent, by batches; what is below a whole percent is not sent."""
    callback = Progress(4).callback(1)

    for done in (0, 1, 50, 51, 200):
        callback("cleaning", done, 200)

    assert updates == [(percent, f"Step 2 of 4: cleaning, {done} of 200 batches") for percent, done in ((25, 0), (31.25, 50), (50, 200))]


def test_a_step_without_a_total_is_at_its_beginning(updates: list[tuple[float, str]]) -> None:
    """While the number of batches is unknown, the step counts as begun; one batch is no plural."""
    shown = Progress(2)

    shown.callback(1)("reading", 7, 0)
    shown.callback(1)("cleaning", 1, 1)

    assert updates == [(50, "Step 2 of 2: reading"), (100, "Step 2 of 2: cleaning, 1 of 1 batch")]


def test_progress_does_not_go_back(updates: list[tuple[float, str]]) -> None:
    """A percentage that was reached is not sent again, nor a lower one."""
    shown = Progress(1)

    for percent in (10.0, 10.9, 9.0, 10.0, 11.0):
        shown.show(percent, "x")

    assert [percent for percent, _ in updates] == [10.0, 11.0]


def test_at_most_a_hundred_updates_are_sent(updates: list[tuple[float, str]]) -> None:
    """However many batches there are, each whole percent is sent once."""
    callback = Progress(1).callback(0)

    for done in range(5_001):
        callback("cleaning", done, 5_000)

    assert [int(percent) for percent, _ in updates] == list(range(1, 101))


@pytest.mark.usefixtures("updates")
def test_a_failing_display_does_not_stop_the_build(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """An error of the server is a warning in the log of the run."""

    def update(*_: Any, **__: Any) -> None:  # noqa: ANN401 - as prefect calls it
        message = "no server"
        raise OSError(message)

    monkeypatch.setattr(progress, "update_progress_artifact", update)

    Progress(1).show(50, "x")

    assert caplog.messages == ["the progress artifact was not updated: no server"]


@pytest.mark.parametrize(
    ("lines", "markdown"), [(["a", "  b", "c"], "- a\n  - b\n- c"), ([], ""), (["é"], "- é")], ids=["nested", "none", "one"]
)
def test_lines_are_bullets(lines: list[str], markdown: str) -> None:
    """Each line is an item; an indented one is nested."""
    assert bullets(lines) == markdown
