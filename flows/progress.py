"""Progress of a build as a Prefect artifact of the flow run, like the progress bar of `saring build` on a terminal."""

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
    """Format lines as a Markdown list; an indented line becomes a nested item."""
    return "\n".join(f"{' ' * (len(line) - len(line.lstrip()))}- {line.lstrip()}" for line in lines)


class Progress:
    """Progress artifact of a flow run in percent: all steps count equally, and within a step all batches.

    Steps take unequal time, so the percentage does not predict the remaining time. The server is only sent whole percents: at most a
    hundred requests, however many batches there are.

    Args:
        steps: the number of steps.
    """

    def __init__(self, steps: int) -> None:
        self._steps, self._shown = steps, 0
        # Prefect's type allows an awaitable; in a synchronous flow the result is an id.
        self._artifact = cast("UUID", create_progress_artifact(0.0, key="progress", description="Not begun"))

    def callback(self, step: int) -> ProgressCallback:
        """Return the progress callback of a step, which is numbered from 0."""

        def on_progress(activity: str, done: int, total: int) -> None:
            get_run_logger().info("%s: %s%s", activity, done, f" of {total}" if total else "")
            batches = f", {done} of {counted(total, 'batch', 'batches')}" if total else ""
            self.show(100 * (step + (done / total if total else 0)) / self._steps, f"Step {step + 1} of {self._steps}: {activity}{batches}")

        return on_progress

    def show(self, percent: float, description: str) -> None:
        """Update the progress artifact to a percentage from 0 to 100 and a description; increases below a whole percent are ignored."""
        if int(percent) <= self._shown:
            return
        self._shown = int(percent)
        try:
            update_progress_artifact(self._artifact, percent, description=description)
        except Exception as error:  # noqa: BLE001 - a failing display must not stop the build
            get_run_logger().warning("the progress artifact was not updated: %s", error)
