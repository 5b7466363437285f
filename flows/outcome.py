"""How a flow run ends: an error that a person may meet becomes the state Failed, with its reason as one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from saring.flows import settings  # noqa: F401 - sets up prefect: before prefect is imported

from prefect.states import Failed  # isort: skip

from saring.core.errors import SaringError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.client.schemas.objects import State

__all__ = ["outcome", "reason"]

Result = TypeVar("Result")

#: Where a sentence ends and the next begins: file names and abbreviations are followed by no capital.
_NEXT = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def outcome(function: Callable[..., Result], *args: object) -> Result | State[Any]:
    """Return what the body of a flow returns; where it raises an error that a person may meet, the state Failed with its reason.

    Whoever calls the flow gets the error itself, as if the flow had raised it. Other errors are for Prefect to describe.
    """
    try:
        return function(*args)
    except SaringError as error:
        return Failed(message=reason(error), data=error)


def reason(error: SaringError) -> str:
    """Return the first sentence of an error; of one that lists what is wrong, the first item and how many more there are."""
    head, *rest = str(error).splitlines() or [type(error).__name__]
    items = [line.removeprefix("- ") for line in rest if line.startswith("- ")]
    if not items:
        return _NEXT.split(head)[0]
    more = f" (and {len(items) - 1:,} more)" if len(items) > 1 else ""
    return f"{head} {_NEXT.split(items[0])[0]}{more}"
