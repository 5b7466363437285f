"""What is tried again when a network or a server fails, and how long it is waited for."""

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

#: Seconds between tries; each wait is shortened by chance, so that many who failed together do not come back together.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
#: No server is waited for longer than this, whatever it asks for.
LONGEST = 300.0

_TIMEOUT, _TOO_MANY, _SERVER = 408, 429, 500


def call_with_retries(where: str, call: Callable[[], T], settled: Callable[[Exception], T | None] = lambda _: None) -> T:
    """Call until it works: again after a cut connection, a server's error or its demand to slow down; never after a refusal.

    Args:
        where: what is talked to, for the message.
        call: what to do; must do no harm when done twice.
        settled: after each failure is asked whether the call had its effect nevertheless: an answer may be lost on its way.

    Raises:
        SaringError: it did not work; says why.
    """
    for wait in (*WAITS, None):
        try:
            return call()
        except SaringError:
            raise
        except Exception as error:
            if (found := settled(error)) is not None:
                return found
            if wait is None or not is_transient(error):
                raise SaringError(f"{where}: {error_message(error)}") from error
            time.sleep(min(_asked(error) or wait * random.uniform(0.5, 1.0), LONGEST))  # noqa: S311 - spreads load, keeps no secret
    raise AssertionError  # the last turn returns or raises


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again may help."""
    import httpx2  # noqa: PLC0415 - only who publishes needs it

    for found in _causes(error):
        status = _status(found)
        if status is not None:
            return status in (_TIMEOUT, _TOO_MANY) or status >= _SERVER
        # A server in trouble answers with a page of HTML where JSON is expected.
        if isinstance(found, (httpx2.TransportError, ConnectionError, TimeoutError, json.JSONDecodeError)):
            return True
    return False


def error_message(error: BaseException) -> str:
    """Return what to tell a person, without the parts of addresses in which signatures travel."""
    causes = list(_causes(error))
    found = next((cause for cause in causes if _status(cause) is not None), causes[-1])
    status = _status(found)
    said = re.sub(r"\?[^\s'\"]+", "?…", " ".join(str(found).split()))[:500]
    if status in (401, 403, 404):
        hint = "Set HF_TOKEN, or run `hf auth login`, with a token that may write there."
    elif is_transient(error):
        hint = "Nothing is published half: run the command again, it goes on where it was."
    else:
        hint = "Mend that and run the command again."
    return f"{said.rstrip('.') or type(found).__name__}. {hint}"


def quiet_logs() -> None:
    """Keep the parameters of addresses, in which signatures travel, out of what `huggingface_hub` logs when it tries again."""
    logger = logging.getLogger("huggingface_hub.utils._http")
    if not any(isinstance(found, _NoParameters) for found in logger.filters):
        logger.addFilter(_NoParameters())


class _NoParameters(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = re.sub(r"\?[^\s'\"]+", "?…", record.getMessage()), ()
        return True


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else None


def _asked(error: BaseException) -> float | None:
    """Return how many seconds a server asks to wait."""
    for found in _causes(error):
        value = getattr(getattr(found, "response", None), "headers", {}).get("Retry-After", "")
        if str(value).isdigit():
            return float(value)
    return None
