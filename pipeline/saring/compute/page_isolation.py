"""Isolate the pages on which a step raises an exception: bisect the batch, and reject these pages alone.

This is for failures that Python can catch. A page that ends its process, or exceeds its time limit, is isolated by
`saring.compute.bisection.bisect_batch`.
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

#: Reason of the rejection of a page on which a step raised an exception.
FAILED = "failed"

#: Characters of the message of an exception that a rejection quotes.
_QUOTED = 200

#: Exceptions of a step that a page may cause. A panic of Polars is no `Exception`, though only one batch could not be worked on.
_CAUGHT = (Exception, pl.exceptions.PanicException)


class StepError(Exception):
    """Exception of a step, with the name of the step and, as `__cause__`, the exception that it raised."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class Failure(NamedTuple):
    """A page on which a step fails: the id of the page, the name of the step, and the exception in words."""

    id: str
    step: str
    message: str


def run_step(name: str, function: Callable[Parameters, Result], *arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
    """Call the function of a step; an exception that it raises is wrapped with the name of the step.

    Raises:
        StepError: the function raised an exception that a page may have caused.
        SaringError: the function raised this: the configuration or the disk is at fault, and no page.
    """
    try:
        return function(*arguments, **options)
    except _CAUGHT as error:
        if _is_environment_error(error):
            raise
        raise StepError(name) from error


def run_isolating_pages(
    work: Callable[[pl.DataFrame], Result],
    rows: pl.DataFrame,
    probe: Callable[[], object],
    announce: Callable[[str | None], None] = no_watch,
) -> tuple[list[Result], list[Failure]]:
    """Call a function on a batch of pages; if it raises, bisect the batch to isolate the failing pages, and call it on all other pages together.

    The last call makes the results of the other pages independent of the failing ones. Where it raises (pages that fail only together), the
    results of the parts are returned.

    Args:
        work: the function; its result for a page does not depend on other pages.
        rows: a row for each page, with its `id`.
        probe: calls the function on a harmless page. If that raises too, no page is at fault, and the first exception is raised.
        announce: callback of the watchdog (`Watchdog.watch`): called with the id of a page that is worked on alone, else with None.

    Returns:
        The results of the function, one for the batch or several for its parts in order; and the failing pages, in order.

    Raises:
        SaringError: the configuration or the disk is at fault, and no page.
    """
    outcome = _attempt(work, rows)
    if not isinstance(outcome, _Raised):
        return [outcome], []
    _check_probe(probe, outcome.error)

    def attempt(part: pl.DataFrame) -> Result | _Raised:
        announce(part["id"][0] if part.height == 1 else None)
        return _attempt(work, part)

    results: list[Result] = []
    failures: list[Failure] = []
    parts: Iterator[tuple[pl.DataFrame, Result | _Raised]] = isolate_failures(rows, outcome, attempt, _has_raised)
    for part, part_outcome in parts:
        if isinstance(part_outcome, _Raised):
            failures.append(_failure(part, part_outcome.error))
        else:
            results.append(part_outcome)
    announce(None)
    if failures and results:
        together = _attempt(work, rows.filter(~pl.col("id").is_in([failure.id for failure in failures])))
        if not isinstance(together, _Raised):
            return [together], failures
    return results, failures


class _Raised(NamedTuple):
    """Wraps the exception that a step raised on a batch, to be returned instead of a result."""

    error: BaseException


def _has_raised(outcome: object) -> bool:
    """Tell whether the outcome of a step on a batch is an exception."""
    return isinstance(outcome, _Raised)


def _attempt(work: Callable[[pl.DataFrame], Result], rows: pl.DataFrame) -> Result | _Raised:
    """Call a step on a batch; return its result, or an exception that a page of the batch may have caused. Other exceptions are raised."""
    try:
        return work(rows)
    except _CAUGHT as error:
        if _is_environment_error(error):
            raise
        return _Raised(error)


def rejections(rows: pl.DataFrame, failures: list[Failure]) -> pl.DataFrame:
    """Return the rejections (columns of `tables.REJECTION`) of the pages on which a step failed.

    Args:
        rows: source, id, sha256 and bytes of all pages of the batch.
        failures: as `run_isolating_pages` returns them.
    """
    table = pl.DataFrame(failures, schema=dict.fromkeys(Failure._fields, pl.String()), orient="row")
    return (
        table.join(rows.select("source", "id", "sha256", "bytes"), on="id", maintain_order="left")
        .with_columns(pl.lit(FAILED).alias("reason"))
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
    )


def _is_environment_error(error: BaseException) -> bool:
    """Tell whether the configuration or the disk, and no page, caused an exception: any `SaringError` except `LedgerError`."""
    return isinstance(error, SaringError) and not isinstance(error, LedgerError)


def _check_probe(probe: Callable[[], object], error: BaseException) -> None:
    """Check that a step works on a harmless page; if it fails there too, no page caused the exception of the batch: raise that.

    Args:
        probe: calls the step on the harmless page.
        error: the exception that the step raised on the batch.
    """
    try:
        probe()
    except _CAUGHT:
        raise error.__cause__ or error from None


def _failure(row: pl.DataFrame, error: BaseException) -> Failure:
    """Describe the exception that a step raised on one page (`row`, with its `id`)."""
    name, cause = (error.name, error.__cause__ or error) if isinstance(error, StepError) else ("clean", error)
    quoted = " ".join(printable(str(cause)[:_QUOTED]).split())
    message = f"the step {name} failed on this page with {type(cause).__name__}{f' ({quoted})' if quoted else ''}. Look at the scrape."
    return Failure(row["id"][0], name, message)
