"""What processes inherit that start within a block: one Polars thread, and no Ctrl-C."""

from __future__ import annotations

import os
import signal
from multiprocessing import resource_tracker

import pytest

from saring.compute.spawning import ignoring_interrupt, single_polars_thread


@pytest.mark.parametrize("before", [None, "3"])
def test_the_number_of_threads_is_restored(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the block the environment says one thread; afterwards, also after an error, it says what it said before."""
    if before is None:
        monkeypatch.delenv("POLARS_MAX_THREADS", raising=False)
    else:
        monkeypatch.setenv("POLARS_MAX_THREADS", before)

    with pytest.raises(RuntimeError), single_polars_thread():  # noqa: PT012 - it is the block that fails
        assert os.environ["POLARS_MAX_THREADS"] == "1"
        raise RuntimeError

    assert os.environ.get("POLARS_MAX_THREADS") == before


def blocked_signals() -> set[int]:
    """Return the signals that this thread blocks, which its processes inherit."""
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, set())}


def test_an_interrupt_waits_for_the_end_of_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the block SIGINT is blocked; it is delivered behind the block, and then the mask is as before."""
    tracker: list[bool] = []
    monkeypatch.setattr(resource_tracker, "ensure_running", lambda: tracker.append(signal.SIGINT in blocked_signals()))
    before = blocked_signals()

    with pytest.raises(KeyboardInterrupt), ignoring_interrupt():  # noqa: PT012 - it comes behind the block
        assert blocked_signals() == before | {signal.SIGINT}
        signal.raise_signal(signal.SIGINT)

    assert blocked_signals() == before
    assert tracker == [False]


def test_a_blocked_interrupt_stays_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks within each other: after the inner one SIGINT is still blocked."""
    monkeypatch.setattr(resource_tracker, "ensure_running", lambda: None)
    before = blocked_signals()

    with ignoring_interrupt():
        with ignoring_interrupt():
            pass
        assert signal.SIGINT in blocked_signals()

    assert blocked_signals() == before
