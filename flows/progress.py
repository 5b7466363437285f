"""Where a build is, as a progress artifact of the flow run: what the bar of `saring build` shows on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from saring.flows import settings  # noqa: F401 - sets up prefect: before prefect is imported

from prefect import get_run_logger  # isort: skip
from prefect.artifacts import create_progress_artifact, update_progress_artifact  # isort: skip

from saring.core.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from saring.runs import ProgressCallback

__all__ = ["Progress", "bullets"]


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a Markdown list; a line that is set in by spaces becomes an item below the one before."""
    return "\n".join(f"{' ' * (len(line) - len(line.lstrip()))}- {line.lstrip()}" for line in lines)


class Progress:
    """The progress of a list of steps: each counts the same, and within a step each batch.

    Steps take unequal time, so the number says how far the build is, not how long it will be. The server hears of whole percents alone:
    a hundred requests, however many batches there are.

    Args:
        steps: how many there are.
    """

    def __init__(self, steps: int) -> None:
        self._steps, self._shown = steps, 0
        # Prefect types it as what may have to be awaited; in a flow that is no coroutine it is an id.
        self._artifact = cast("UUID", create_progress_artifact(0.0, key="progress", description="Not begun"))

    def of(self, step: int) -> ProgressCallback:
        """Return what a step, counted from 0, tells its progress to."""

        def on_progress(what: str, done: int, total: int) -> None:
            get_run_logger().info("%s: %s%s", what, done, f" of {total}" if total else "")
            place = f"Step {step + 1} of {self._steps}: {what}" + (f", {done} of {counted(total, 'batch', 'batches')}" if total else "")
            self.show(100 * (step + (done / total if total else 0)) / self._steps, place)

        return on_progress

    def show(self, percent: float, what: str) -> None:
        """Show a number from 0 to 100 and a line of text; less than a whole percent more is not shown."""
        if int(percent) <= self._shown:
            return
        self._shown = int(percent)
        try:
            update_progress_artifact(self._artifact, percent, description=what)
        except Exception as error:  # noqa: BLE001 - what only shows a build must not end it, whatever became of the server
            get_run_logger().warning("the progress artifact was not updated: %s", error)
