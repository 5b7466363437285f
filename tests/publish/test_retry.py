"""Network calls are retried after transient errors, and their errors become messages without secrets."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, NamedTuple

import httpx2
import pytest

from saring.core.errors import LockedError, SaringError
from saring.publish.retry import LONGEST, WAITS, call_with_retries, error_message, is_transient, quiet_logs

if TYPE_CHECKING:
    from collections.abc import Callable


class Response(NamedTuple):
    """Answer of a server: its status and headers."""

    status_code: int
    headers: dict[str, str]


class AnswerError(Exception):
    """Error of a library that carries the answer of the server."""

    def __init__(self, status: int, message: str = "", **headers: str) -> None:
        super().__init__(message)
        self.response = Response(status, {name.replace("_", "-"): value for name, value in headers.items()})


def caused_by(cause: Exception, message: str = "it failed") -> Exception:
    """Return an error that was raised because of another."""
    error = RuntimeError(message)
    error.__cause__ = cause
    return error


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the list of the seconds that were waited, without waiting for them."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def failing(*errors: Exception) -> Callable[[], str]:
    """Return a function that raises these errors one after another, and then answers."""
    remaining = list(errors)

    def call() -> str:
        if remaining:
            raise remaining.pop(0)
        return "answer"

    return call


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (AnswerError(500), True),
        (AnswerError(503), True),
        (AnswerError(429), True),
        (AnswerError(408), True),
        (AnswerError(404), False),
        (AnswerError(403), False),
        (httpx2.ConnectError("refused"), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (json.JSONDecodeError("no JSON", "<html>", 0), True),
        (ValueError("no"), False),
        (caused_by(TimeoutError()), True),
        (caused_by(AnswerError(403)), False),
        (caused_by(caused_by(AnswerError(502))), True),
    ],
    ids=str,
)
def test_transient_errors(error: Exception, transient: bool) -> None:  # noqa: FBT001 - a parameter
    """Server errors, rate limits, timeouts and cut connections may pass, also as the cause of another error; a refusal does not."""
    assert is_transient(error) is transient


def test_a_call_is_retried_until_it_answers(waits: list[float]) -> None:
    """After each failure it waits longer, up to the limit of attempts."""
    assert call_with_retries("hub", failing(*[AnswerError(500)] * len(WAITS))) == "answer"

    assert len(waits) == len(WAITS)
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, WAITS, strict=True))


def test_a_call_that_keeps_failing_is_an_error(waits: list[float]) -> None:
    """After the last attempt the error names the address and says to run the command again."""
    with pytest.raises(SaringError, match=r"^hub: down\. No incomplete release is visible: run the command again"):
        call_with_retries("hub", failing(*[AnswerError(500, "down")] * (len(WAITS) + 1)))

    assert len(waits) == len(WAITS)


@pytest.mark.parametrize("error", [AnswerError(403, "no"), ValueError("no")])
def test_a_refusal_is_not_retried(error: Exception, waits: list[float]) -> None:
    """An error that will not pass is raised at once."""
    with pytest.raises(SaringError, match=r"^hub: no\."):
        call_with_retries("hub", failing(error))

    assert waits == []


def test_our_own_errors_pass(waits: list[float]) -> None:
    """An error of the package is raised as it is, without another message around it."""
    error = LockedError("Somebody publishes.")

    with pytest.raises(LockedError) as raised:
        call_with_retries("hub", failing(error))

    assert raised.value is error
    assert waits == []


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("100000", LONGEST), ("tomorrow", None), ("", None)])
def test_the_server_says_how_long_to_wait(header: str, seconds: float | None, waits: list[float]) -> None:
    """Retry-After in seconds is obeyed up to five minutes, also of the cause; any other value leaves the usual wait."""
    call_with_retries("hub", failing(caused_by(AnswerError(429, Retry_After=header))))

    assert waits == [seconds] or (seconds is None and waits[0] <= WAITS[0])


def test_a_lost_answer_is_no_failure(waits: list[float]) -> None:
    """If the call succeeded although its answer was lost, its result is returned without another attempt, whatever the error."""
    assert call_with_retries("hub", failing(AnswerError(404)), lambda error: f"done, {type(error).__name__}") == "done, AnswerError"
    assert waits == []


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AnswerError(401, "Not you."), "Not you. Set HF_TOKEN, or run `hf auth login`, with a token that may write there."),
        (AnswerError(500, ""), "AnswerError. No incomplete release is visible: run the command again, and it continues where it stopped."),
        (ValueError("two\n words"), "two words. Fix that and run the command again."),
        (
            ValueError("GET https://x.example/a?Signature=secret&b=1 failed"),
            "GET https://x.example/a?… failed. Fix that and run the command again.",
        ),
        (caused_by(AnswerError(400, "bad name")), "bad name. Fix that and run the command again."),
        (caused_by(ValueError("deep")), "deep. Fix that and run the command again."),
    ],
    ids=["refused", "no text", "lines", "a signature", "an answer as cause", "a cause"],
)
def test_a_message_says_what_to_do(error: Exception, message: str) -> None:
    """The message is that of the answer or of the first cause, on one line, without URL parameters, with advice behind it."""
    assert error_message(error) == message


def test_a_message_is_short() -> None:
    """Of a long message five hundred characters are shown."""
    assert error_message(ValueError("x" * 10_000)).startswith("x" * 500 + ". Fix")


def test_logs_hold_no_signatures(caplog: pytest.LogCaptureFixture) -> None:
    """URL parameters are removed from what the library logs; calling it twice adds one filter."""
    logger = logging.getLogger("huggingface_hub.utils._http")
    before = list(logger.filters)
    quiet_logs()
    quiet_logs()

    with caplog.at_level(logging.WARNING, logger.name):
        logger.warning("retry %s in %d s", "https://x.example/a?X-Sig=secret", 3)

    assert len(set(logger.filters) - set(before)) <= 1
    assert caplog.messages == ["retry https://x.example/a?… in 3 s"]
