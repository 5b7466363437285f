"""The progress callback of callers that show no progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.core.progress import no_progress

if TYPE_CHECKING:
    import pytest

    from saring.core.progress import ProgressCallback


def test_no_progress_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """Reports are accepted, also of an unknown total, and nothing is printed."""
    on_progress: ProgressCallback = no_progress

    on_progress("reading", 3, 0)
    on_progress("cleaning", 3, 7)

    assert capfd.readouterr() == ("", "")
