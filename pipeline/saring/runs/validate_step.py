"""The tables of a build against schemas/, before they are released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring.core.errors import ReleaseError
from saring.core.plurals import counted
from saring.core.progress import no_progress
from saring.release import parquet, validation
from saring.runs.relate_step import load_record, save_record
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["validate_tables"]


def validate_tables(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """The tables against schemas/: types, formats, unique ids, links that resolve.

    Raises:
        ReleaseError: names the first rows that break a promise; nothing is released.
    """
    on_progress("validating", 0, 0)
    made = load_record(job)
    if "validated" not in made:
        made["validated"] = _validate(job)
        save_record(job, made)
    return {"rows": made["validated"]}


def _validate(job: Job) -> int:
    done = 0
    tables = local_copy(job.tables)
    for name in validation.Tables._fields:
        schema = name.removesuffix("s")
        start = 0
        for rows in parquet.read(tables / f"{name}.parquet"):
            problems = validation.schema_violations(rows, schema)
            if problems.height:
                first = [
                    f"{column} of row {start + row}: expected {wanted}, found {found}"
                    for row, column, wanted, found in problems.head(5).rows()
                ]
                broken = counted(problems.height, "value")
                raise ReleaseError(
                    f"{broken} of {name} {'breaks' if problems.height == 1 else 'break'} schemas/{schema}.schema.json: {'; '.join(first)}."
                )
            start += rows.height
        done += start
    validation.check_tables(validation.Tables.scan(tables))
    return done
