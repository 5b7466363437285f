"""The tables of a release with the columns of today, whenever it was made.

A release is never rewritten, and the tables change: whoever reads one asks here, and gets a column that the release lacks as null, one of
another type in today's, and none that today's tables lack. `verify` alone looks at the files as they are.
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

__all__ = ["USUAL", "batches", "scan", "today_columns"]

#: Characters of a text whose release does not say how many it has: for sharing out work, which may be uneven.
USUAL = 4_000


def scan(release: Path, config: str) -> pl.LazyFrame:
    """Return the rows of a config, all splits, with today's columns.

    A value that cannot be said in today's type is null.

    Args:
        release: its folder; needs its Parquet files only.
        config: one of `layout.CONFIGS`; one that the release does not have has no rows.

    Raises:
        ReleaseError: a file is damaged.
    """
    wanted = validation.table_columns(CONFIGS[config])
    rows = _files(release, config)
    if rows is None:
        return pl.LazyFrame(schema=wanted)
    there = _schema(rows, release, config)
    return rows.select(_as(name, dtype, there) for name, dtype in wanted.items())


def batches(release: Path, config: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a config as `scan` gives them, a row group at a time, files by name.

    Args:
        release: as for `scan`.
        config: as for `scan`.
        columns: those that are wanted; by default all.

    Raises:
        ReleaseError: a file is damaged.
    """
    rows = _files(release, config)
    there = {} if rows is None else _schema(rows, release, config)
    wanted = validation.table_columns(CONFIGS[config])
    names = list(wanted) if columns is None else columns
    for file in sorted((local_copy(release, config) / config).glob("*.parquet")):
        for part in parquet.read(file, columns=[name for name in names if name in there]):
            yield part.select(_as(name, wanted[name], there) for name in names)


def today_columns(release: Path, config: str) -> list[str]:
    """Return those of today's columns that a release has, in types that can be read as today's.

    Raises:
        ReleaseError: a file is damaged.
    """
    rows = _files(release, config)
    if rows is None:
        return []
    there = _schema(rows, release, config)
    return [
        name for name, dtype in validation.table_columns(CONFIGS[config]).items() if name in there and _cast(name, dtype, there) is not None
    ]


def _files(release: Path, config: str) -> pl.LazyFrame | None:
    found = sorted((local_copy(release, config) / config).glob("*.parquet"))
    return pl.scan_parquet(found) if found else None


def _schema(rows: pl.LazyFrame, release: Path, config: str) -> pl.Schema:
    try:
        return rows.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        msg = f"{release / config}: expected whole Parquet files, found: {str(error).splitlines()[0]}. Restore them, or build again."
        raise ReleaseError(msg) from error


def _as(name: str, dtype: PolarsDataType, there: Mapping[str, PolarsDataType]) -> pl.Expr:
    found = _cast(name, dtype, there)
    return pl.lit(None, dtype=dtype).alias(name) if found is None else found


def _cast(name: str, dtype: PolarsDataType, there: Mapping[str, PolarsDataType]) -> pl.Expr | None:
    """Return a column in another type; None where it is not there, or Polars knows no way from its type."""
    if name not in there:
        return None
    column = pl.col(name)
    if there[name] == dtype:
        return column  # not cast to what it is: so Polars pushes filters down to the file
    if dtype == pl.Datetime and there[name] == pl.String:  # Polars casts no strings to times
        assert isinstance(dtype, pl.Datetime)
        return column.str.to_datetime(time_unit=dtype.time_unit, time_zone=dtype.time_zone, strict=False)
    return column.cast(dtype, strict=False) if _castable(there[name], dtype) else None


def _castable(here: PolarsDataType, wanted: PolarsDataType) -> bool:
    """Tell whether Polars casts one type to another without an error, whatever the values: no empty frame shows it."""
    match here, wanted:
        case pl.List(inner=one), pl.List(inner=other):
            return _castable(one, other)
        case pl.Struct(), pl.Struct():
            fields = {field.name: field.dtype for field in here.fields}
            return all(_castable(fields[field.name], field.dtype) for field in wanted.fields if field.name in fields)
    if here == wanted:
        return True
    plain = (pl.Boolean, pl.String)
    if wanted.is_temporal():
        return here in (pl.Date, pl.Datetime)
    return (here.is_numeric() or here in plain) and (wanted.is_numeric() or wanted == pl.String)
