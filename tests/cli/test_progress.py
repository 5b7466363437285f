"""Progress of a command: plain lines in a log, a bar on a terminal."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from saring.cli.progress import show_progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """Text that is written to a terminal."""

    def isatty(self) -> bool:
        """Tell that this is a terminal."""
        return True


def test_a_log_has_a_line_for_each_activity(capsys: pytest.CaptureFixture[str]) -> None:
    """Each activity is printed once, when it begins, with the batches that are left to do where they are known."""
    with show_progress() as on_progress:
        on_progress("reading", 0, 0)
        on_progress("reading", 500, 0)
        on_progress("cleaning", 1_000, 3_000)
        on_progress("cleaning", 1_001, 3_000)
        on_progress("linking\x1b[2J", 0, 1)
        on_progress("reading", 900, 0)

    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[:2] == ["reading ...", "cleaning (2,000 of 3,000 batches) ..."]
    assert lines[2].endswith("(1 of 1 batch) ...")
    assert "\x1b" not in err
    assert len(lines) == 3


def test_nothing_is_printed_without_activity(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that reports nothing prints nothing."""
    with show_progress():
        pass

    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar counts batches and is gone at the end."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)

    with show_progress() as on_progress:
        on_progress("cleaning", 1, 3)

    assert "cleaning" in terminal.getvalue()
    assert "1/3" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")
