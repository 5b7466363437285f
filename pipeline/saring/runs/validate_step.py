"""The step `validate_tables`: the tables of a build against schemas/*.schema.json and against each other, before they are released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring.core.errors import ReleaseError
from saring.core.plurals import counted
from saring.core.progress import no_progress
from saring.release import parquet, validation
from saring.runs.relate_step import load_tables_record, save_tables_record
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["validate_tables"]

#: Values that an error names.
_NAMED = 5


def validate_tables(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Validate the tables of a build: types, formats, unique ids, references between tables. Tables that were validated before are not again.

    Returns:
        `rows`: how many rows the tables have.

    Raises:
        ReleaseError: names the first values that break a schema; nothing is released.
    """
    on_progress("validating", 0, 0)
    record = load_tables_record(job)
    if "validated" not in record:
        record["validated"] = _validate(job)
        save_tables_record(job, record)
    return {"rows": record["validated"]}


def _validate(job: Job) -> int:
    """Validate the tables, a row group at a time; return how many rows they have. Errors are those of `validate_tables`."""
    rows_total = 0
    tables = local_copy(job.tables)
    for name in validation.Tables._fields:
        schema = name.removesuffix("s")
        start = 0
        for rows in parquet.read(tables / f"{name}.parquet"):
            problems = validation.schema_violations(rows, schema)
            if problems.height:
                first = [
                    f"{column} of row {start + row}: expected {expected}, found {value}"
                    for row, column, expected, value in problems.head(_NAMED).rows()
                ]
                verb = "breaks" if problems.height == 1 else "break"
                raise ReleaseError(
                    f"{counted(problems.height, 'value')} of {name} {verb} schemas/{schema}.schema.json: {'; '.join(first)}."
                )
            start += rows.height
        rows_total += start
    validation.check_tables(validation.Tables.scan(tables))
    return rows_total
