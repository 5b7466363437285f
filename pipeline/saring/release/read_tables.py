"""Read the tables of any release with the columns of today's schemas, whichever version of the code wrote it.

A release is never rewritten, but the schemas change. A column that the release lacks is read as null, a column of another type is cast, and
columns that today's schema lacks are dropped. Only `verify` reads the files as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.errors import ReleaseError
from saring.release import parquet, validation
from saring.release.layout import CONFIGS
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from polars._typing import PolarsDataType

__all__ = ["ASSUMED_CHARACTERS", "scan_table", "table_batches", "today_columns"]

#: Assumed length of a text in a release without the column `characters`; only used to balance partitions, so a judgement is good enough.
ASSUMED_CHARACTERS = 4_000


def scan_table(release: Path, config: str) -> pl.LazyFrame:
    """Return the rows of a config, of all splits, as a lazy frame with the columns of today's schema.

    A value that cannot be cast to today's type is null.

    Args:
        release: the folder of the release; only its Parquet files are read.
        config: one of `layout.CONFIGS`; a config that the release lacks has no rows.

    Raises:
        ReleaseError: a file is damaged.
    """
    wanted = validation.table_columns(CONFIGS[config])
    rows = _scan_files(release, config)
    if rows is None:
        return pl.LazyFrame(schema=wanted)
    file_schema = _schema(rows, release, config)
    return rows.select(_column_or_null(name, dtype, file_schema) for name, dtype in wanted.items())


def table_batches(release: Path, config: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a config in batches, in file order, with the columns and types that `scan_table` gives.

    Args:
        release: as for `scan_table`.
        config: as for `scan_table`.
        columns: the columns to read; default: all.

    Raises:
        ReleaseError: a file is damaged.
    """
    rows = _scan_files(release, config)
    file_schema = {} if rows is None else _schema(rows, release, config)
    wanted = validation.table_columns(CONFIGS[config])
    names = list(wanted) if columns is None else columns
    for file in sorted((local_copy(release, config) / config).glob("*.parquet")):
        for part in parquet.read(file, columns=[name for name in names if name in file_schema]):
            yield part.select(_column_or_null(name, wanted[name], file_schema) for name in names)


def today_columns(release: Path, config: str) -> list[str]:
    """Return the columns of today's schema that a release has, in types that can be cast to today's.

    Raises:
        ReleaseError: a file is damaged.
    """
    rows = _scan_files(release, config)
    if rows is None:
        return []
    file_schema = _schema(rows, release, config)
    return [
        name
        for name, dtype in validation.table_columns(CONFIGS[config]).items()
        if name in file_schema and _cast(name, dtype, file_schema) is not None
    ]


def _scan_files(release: Path, config: str) -> pl.LazyFrame | None:
    """Scan the Parquet files of a config as they are; None if there are none."""
    files = sorted((local_copy(release, config) / config).glob("*.parquet"))
    return pl.scan_parquet(files) if files else None


def _schema(rows: pl.LazyFrame, release: Path, config: str) -> pl.Schema:
    try:
        return rows.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        msg = f"{release / config}: expected intact Parquet files, found: {str(error).splitlines()[0]}. Restore them, or build again."
        raise ReleaseError(msg) from error


def _column_or_null(name: str, dtype: PolarsDataType, file_schema: Mapping[str, PolarsDataType]) -> pl.Expr:
    """Return a column as an expression of today's type; null if the release lacks it or its type cannot be cast."""
    column = _cast(name, dtype, file_schema)
    return pl.lit(None, dtype=dtype).alias(name) if column is None else column


def _cast(name: str, dtype: PolarsDataType, file_schema: Mapping[str, PolarsDataType]) -> pl.Expr | None:
    """Return an expression that casts a column to a type; None if the release lacks the column or Polars cannot cast it."""
    if name not in file_schema:
        return None
    column = pl.col(name)
    if file_schema[name] == dtype:
        return column  # without a cast Polars pushes filters down to the file
    if dtype == pl.Datetime and file_schema[name] == pl.String:  # Polars casts no strings to times
        assert isinstance(dtype, pl.Datetime)
        return column.str.to_datetime(time_unit=dtype.time_unit, time_zone=dtype.time_zone, strict=False)
    return column.cast(dtype, strict=False) if _castable(file_schema[name], dtype) else None


def _castable(source: PolarsDataType, target: PolarsDataType) -> bool:
    """Tell whether Polars can cast one data type to another without raising, for any values.

    Written out, because casting an empty frame does not show it: some casts raise only for certain values.
    """
    match source, target:
        case pl.List(inner=source_item), pl.List(inner=target_item):
            return _castable(source_item, target_item)
        case pl.Struct(), pl.Struct():
            fields = {field.name: field.dtype for field in source.fields}
            return all(_castable(fields[field.name], field.dtype) for field in target.fields if field.name in fields)
    if source == target:
        return True
    plain = (pl.Boolean, pl.String)
    if target.is_temporal():
        return source in (pl.Date, pl.Datetime)
    return (source.is_numeric() or source in plain) and (target.is_numeric() or target == pl.String)
