"""Retry network calls with exponential backoff, and turn their errors into messages without secrets."""

from __future__ import annotations

import json
import logging
import random
import re
import time
from typing import TYPE_CHECKING, TypeVar

from saring.core.errors import SaringError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["call_with_retries", "error_message", "is_transient", "quiet_logs"]

T = TypeVar("T")

#: Seconds between attempts; each is multiplied by a random factor, so that clients that failed together do not retry together. A judgement.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
#: Maximum number of seconds to wait, whatever the server's Retry-After header says. A judgement.
LONGEST = 300.0

_TIMEOUT, _TOO_MANY, _SERVER = 408, 429, 500


def call_with_retries(where: str, call: Callable[[], T], lost_answer: Callable[[Exception], T | None] = lambda _: None) -> T:
    """Call a function, with retries after connection errors, server errors and rate limits, but not after a refusal.

    Args:
        where: the address that is contacted, for the message.
        call: the function; must be idempotent.
        lost_answer: is called after each failure, and returns the result if the call succeeded although its answer was lost, else None.

    Returns:
        The result of the function.

    Raises:
        SaringError: all attempts failed, or the server refused; the message says why.
    """
    for wait in (*WAITS, None):
        try:
            return call()
        except SaringError:
            raise
        except Exception as error:
            if (result := lost_answer(error)) is not None:
                return result
            if wait is None or not is_transient(error):
                raise SaringError(f"{where}: {error_message(error)}") from error
            time.sleep(min(_retry_after(error) or wait * random.uniform(0.5, 1.0), LONGEST))  # noqa: S311 - spreads load, keeps no secret
    raise AssertionError  # the last turn returns or raises


def is_transient(error: BaseException) -> bool:
    """Tell whether an error may be transient, such as a timeout, a rate limit or a server error, so that a retry may succeed."""
    import httpx2  # noqa: PLC0415 - only publishing needs it

    for cause in _causes(error):
        status = _status(cause)
        if status is not None:
            return status in (_TIMEOUT, _TOO_MANY) or status >= _SERVER
        # A server in trouble answers with a page of HTML where JSON is expected.
        if isinstance(cause, (httpx2.TransportError, ConnectionError, TimeoutError, json.JSONDecodeError)):
            return True
    return False


def error_message(error: BaseException) -> str:
    """Return the error message for a failed network call, with advice, and without URL parameters, which may contain signatures."""
    causes = list(_causes(error))
    root = next((cause for cause in causes if _status(cause) is not None), causes[-1])
    status = _status(root)
    text = re.sub(r"\?[^\s'\"]+", "?…", " ".join(str(root).split()))[:500]
    if status in (401, 403, 404):
        hint = "Set HF_TOKEN, or run `hf auth login`, with a token that may write there."
    elif is_transient(error):
        hint = "No incomplete release is visible: run the command again, and it continues where it stopped."
    else:
        hint = "Fix that and run the command again."
    return f"{text.rstrip('.') or type(root).__name__}. {hint}"


def quiet_logs() -> None:
    """Remove URL parameters, which may contain signatures, from the messages that `huggingface_hub` logs on retries."""
    logger = logging.getLogger("huggingface_hub.utils._http")
    if not any(isinstance(log_filter, _NoParameters) for log_filter in logger.filters):
        logger.addFilter(_NoParameters())


class _NoParameters(logging.Filter):
    """Log filter that removes the parameters of URLs from messages."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = re.sub(r"\?[^\s'\"]+", "?…", record.getMessage()), ()
        return True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the chain of its causes."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _status(error: BaseException) -> int | None:
    """Return the HTTP status of the response that an error carries, if any."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else None


def _retry_after(error: BaseException) -> float | None:
    """Return the seconds in the Retry-After header of the response that an error carries, if any."""
    for cause in _causes(error):
        value = getattr(getattr(cause, "response", None), "headers", {}).get("Retry-After", "")
        if str(value).isdigit():
            return float(value)
    return None
