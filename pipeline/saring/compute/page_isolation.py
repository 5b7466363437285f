"""Isolate the pages on which a step fails: the batch is bisected until each of them stands alone, and they alone are rejected.

This is for failures that Python can catch. A page that ends its process, or that takes too long, is isolated by `saring.compute.bisection`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import polars as pl

from saring.compute.bisection import isolate_failures
from saring.compute.time_limit import no_watch
from saring.core.errors import LedgerError, SaringError
from saring.core.printable import printable
from saring.core.tables import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FAILED", "Failure", "StepError", "rejections", "run_isolating_pages", "run_step"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

#: The reason of a rejection for an exception.
FAILED = "failed"

#: Characters of an exception's own message that are quoted.
_QUOTED = 200

#: What a step may raise. A panic of Polars is no Exception, though it says no more than that one batch could not be worked on.
_CAUGHT = (Exception, pl.exceptions.PanicException)


class StepError(Exception):
    """A step raised something: its name, and what it raised (`__cause__`)."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class Failure(NamedTuple):
    """A page on which a step fails: the id of the page, the name of the step, and the exception in words."""

    id: str
    step: str
    message: str


def run_step(name: str, function: Callable[Parameters, Result], *arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
    """Call a function, so that whatever it raises says in which step that was.

    Raises:
        StepError: the function raised an exception that may be a page's fault.
        SaringError: what it raised is a fault of the configuration or of the disk.
    """
    try:
        return function(*arguments, **options)
    except _CAUGHT as error:
        if _is_elsewhere(error):
            raise
        raise StepError(name) from error


def run_isolating_pages(
    work: Callable[[pl.DataFrame], Result],
    rows: pl.DataFrame,
    probe: Callable[[], object],
    begin: Callable[[str | None], None] = no_watch,
) -> tuple[list[Result], list[Failure]]:
    """Call a function on a batch of pages, and bisect the batch where it fails.

    Where the pages that are left can be worked on together, they are: so the others come out as if the failing ones had never been there.

    Args:
        work: the function; it looks at each page by itself.
        rows: a row for each page, with its `id`.
        probe: calls the function on a page of no consequence. Where that fails too, the fault is not a page's, and the exception is raised.
        begin: is told the id of a page before it is tried alone, and None before several are tried together (`watchdog.watch`).

    Returns:
        What the function returned, for the batch or for its parts in order; and the pages on which it failed, in order.
    """
    outcome = _attempt(work, rows)
    if not isinstance(outcome, _Raised):
        return [outcome], []
    _check_probe(probe, outcome.error)

    def attempt(part: pl.DataFrame) -> Result | _Raised:
        begin(part["id"][0] if part.height == 1 else None)
        return _attempt(work, part)

    results: list[Result] = []
    failures: list[Failure] = []
    parts: Iterator[tuple[pl.DataFrame, Result | _Raised]] = isolate_failures(rows, outcome, attempt, _has_raised)
    for part, part_outcome in parts:
        if isinstance(part_outcome, _Raised):
            failures.append(_failure(part, part_outcome.error))
        else:
            results.append(part_outcome)
    begin(None)
    if failures and results:
        together = _attempt(work, rows.filter(~pl.col("id").is_in([failure.id for failure in failures])))
        if not isinstance(together, _Raised):
            return [together], failures
    return results, failures


class _Raised(NamedTuple):
    """The exception that a step raised on a batch, in place of the step's result."""

    error: BaseException


def _has_raised(outcome: object) -> bool:
    return isinstance(outcome, _Raised)


def _attempt(work: Callable[[pl.DataFrame], Result], rows: pl.DataFrame) -> Result | _Raised:
    """Call a step on a batch; return its result, or the exception where a page may be at fault (others are raised)."""
    try:
        return work(rows)
    except _CAUGHT as error:
        if _is_elsewhere(error):
            raise
        return _Raised(error)


def rejections(rows: pl.DataFrame, failures: list[Failure]) -> pl.DataFrame:
    """Return the rejections of the pages on which a step failed.

    Args:
        rows: source, id, sha256 and bytes of all pages, as the rejections are to have them.
        failures: as `run_isolating_pages` returns them.
    """
    table = pl.DataFrame(failures, schema=dict.fromkeys(Failure._fields, pl.String()), orient="row")
    return (
        table.join(rows.select("source", "id", "sha256", "bytes"), on="id", maintain_order="left")
        .with_columns(pl.lit(FAILED).alias("reason"))
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
    )


def _is_elsewhere(error: BaseException) -> bool:
    """Tell whether an exception says that the configuration or the disk is at fault, and no page."""
    return isinstance(error, SaringError) and not isinstance(error, LedgerError)


def _check_probe(probe: Callable[[], object], error: BaseException) -> None:
    try:
        probe()
    except _CAUGHT:
        raise error.__cause__ or error from None


def _failure(row: pl.DataFrame, error: BaseException) -> Failure:
    name, cause = (error.name, error.__cause__ or error) if isinstance(error, StepError) else ("clean", error)
    quoted = " ".join(printable(str(cause)[:_QUOTED]).split())
    message = f"the step {name} failed on this page with {type(cause).__name__}{f' ({quoted})' if quoted else ''}. Look at the scrape."
    return Failure(row["id"][0], name, message)
