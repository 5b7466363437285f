"""Final state of a flow run: a `SaringError` becomes the Prefect state Failed, with its first sentence as message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from saring.flows import settings  # noqa: F401 - sets up prefect: before prefect is imported

from prefect.states import Failed  # isort: skip

from saring.core.errors import SaringError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.client.schemas.objects import State

__all__ = ["first_sentence", "run_body"]

Result = TypeVar("Result")

#: Matches the space between two sentences. File names and abbreviations contain points too, but no capital follows them.
_SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def run_body(function: Callable[..., Result], *args: object) -> Result | State[Any]:
    """Run the body of a flow; return its result, or the Prefect state Failed if it raises a `SaringError`.

    The caller of the flow gets the error itself, as if the flow had raised it. Other exceptions are left to Prefect.
    """
    try:
        return function(*args)
    except SaringError as error:
        return Failed(message=first_sentence(error), data=error)


def first_sentence(error: SaringError) -> str:
    """Return the first sentence of an error message; of a message with a list, its first item and the number of the rest."""
    head, *rest = str(error).splitlines() or [type(error).__name__]
    items = [line.removeprefix("- ") for line in rest if line.startswith("- ")]
    if not items:
        return _SENTENCE_BREAK.split(head)[0]
    more = f" (and {len(items) - 1:,} more)" if len(items) > 1 else ""
    return f"{head} {_SENTENCE_BREAK.split(items[0])[0]}{more}"
