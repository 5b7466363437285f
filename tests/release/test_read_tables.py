"""Tables of releases are read with the columns of today's schemas (cases/older.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring.core.errors import ReleaseError
from saring.release import read_tables, validation
from saring.release.layout import CONFIGS
from tests.release.older import age

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.release import WriteResult
    from tests.release.conftest import Corpus

    Build = Callable[..., WriteResult]

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "older.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_every_table_of_an_old_release_has_the_columns_of_today(case: dict[str, Any], corpus: Corpus, build: Build) -> None:
    """Reading an older release: missing columns are null, other types are cast, unknown columns are dropped, and all rows are present."""
    old = build(corpus).folder
    before = {config: read_tables.scan_table(old, config).collect() for config in CONFIGS}
    age(old, case)

    lacking = {path for path in case.get("without", ()) if "." not in path} | {
        name for name, kind in case.get("types", {}).items() if kind == "list"
    }
    for config, table in CONFIGS.items():
        rows = read_tables.scan_table(old, config).collect()
        assert rows.schema == validation.table_columns(table)
        absent = lacking if table == case["table"] else set()
        assert set(rows.columns) - set(read_tables.today_columns(old, config)) == absent
        kept = [
            name for name in rows.columns if name not in absent and not (case.get("without") == ["passages.score"] and name == "passages")
        ]
        assert rows.select(kept).equals(before[config].select(kept))
        assert all(rows[name].is_null().all() for name in absent)


def test_a_damaged_file_is_a_release_error(corpus: Corpus, build: Build) -> None:
    """Reading a damaged Parquet file raises `ReleaseError`, not an error of Polars."""
    folder = build(corpus).folder
    (folder / "all" / "test-00000.parquet").write_bytes(b"PAR1")
    (folder / "all" / "train-00000.parquet").write_bytes(b"PAR1")

    with pytest.raises(ReleaseError, match="all: expected intact Parquet files, found"):
        read_tables.scan_table(folder, "all")


def edits_release(folder: Path, seq: pl.Series) -> Path:
    """Write a release that has nothing but the config `edits`, with ids and this column `seq`; return its folder."""
    (folder / "edits").mkdir(parents=True)
    pl.DataFrame({"id": [str(number) for number in range(len(seq))], "seq": seq}).write_parquet(folder / "edits" / "train-00000.parquet")
    return folder


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pl.Series([5, 2**40, None]), [5, None, None]),
        (pl.Series(["7", "seven", ""]), [7, None, None]),
        (pl.Series([1.0, 2.9, None]), [1, 2, None]),
        (pl.Series([[1], [], None]), [None, None, None]),
        (pl.Series([{"a": 1}, {"a": 2}, None]), [None, None, None]),
    ],
    ids=["too large", "strings", "floats", "lists", "structs"],
)
def test_values_of_another_type_are_cast_or_null(values: pl.Series, expected: list[int | None], tmp_path: Path) -> None:
    """A value that fits today's type is cast, any other is null; no type makes reading fail."""
    folder = edits_release(tmp_path, values)

    assert read_tables.scan_table(folder, "edits").collect()["seq"].to_list() == expected
    (batch,) = read_tables.table_batches(folder, "edits", ["id", "seq"])
    assert batch["seq"].to_list() == expected
    assert read_tables.today_columns(folder, "edits") == (["id"] if values.dtype.is_nested() else ["id", "seq"])


def test_times_may_be_strings(tmp_path: Path) -> None:
    """Times that an older release has as strings are read as times; a string that is none is null."""
    (tmp_path / "all").mkdir()
    pl.DataFrame({"created": ["2024-05-01T00:00:00Z", "yesterday"]}).write_parquet(tmp_path / "all" / "train-00000.parquet")

    created = read_tables.scan_table(tmp_path, "all").collect()["created"]

    assert created.dtype == pl.Datetime("us", "UTC")
    assert created.is_null().to_list() == [False, True]


def test_batches_and_scan_agree(corpus: Corpus, build: Build) -> None:
    """The rows in batches are those of the scan, in the order of the files, with the columns that are wanted."""
    folder = build(corpus).folder
    for config in CONFIGS:
        scanned = read_tables.scan_table(folder, config).collect()

        assert pl.concat(read_tables.table_batches(folder, config)).equals(scanned)
        assert pl.concat(read_tables.table_batches(folder, config, [scanned.columns[1]])).equals(scanned.select(scanned.columns[1]))


def test_a_config_without_files_has_no_rows(tmp_path: Path) -> None:
    """A config that a release lacks has the columns and no rows, and no batches."""
    table = read_tables.scan_table(tmp_path, "edits").collect()

    assert (table.height, table.schema) == (0, validation.table_columns("edit"))
    assert list(read_tables.table_batches(tmp_path, "edits")) == []
    assert read_tables.today_columns(tmp_path, "edits") == []


@pytest.mark.xfail(reason="a selection of literals alone has one row")
def test_rows_without_a_column_of_today_are_counted(tmp_path: Path) -> None:
    """Rows of which a release has none of the wanted columns are as many as it has, and null."""
    folder = edits_release(tmp_path, pl.Series([1, 2, 3]))

    (batch,) = read_tables.table_batches(folder, "edits", ["rule"])

    assert batch["rule"].to_list() == [None, None, None]
