"""Schema evolution: schema changes determine the version and are reported, and older releases stay readable (cases/older.toml)."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring import release, schemas
from saring.core.errors import ReleaseError
from saring.release import manifest, read_tables, schema
from saring.tools import diff_report
from tests.release.conftest import Corpus, reseal
from tests.release.older import age

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.release import WriteResult

    Build = Callable[..., WriteResult]

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "older.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_changed_schema_makes_a_version_and_is_reported(case: dict[str, Any], corpus: Corpus, build: Build) -> None:
    """An older release verifies; the same records make the version that the schema change asks for; result, changelog and diff name it."""
    old = build(corpus).folder
    age(old, case)
    checked = release.verify(old)

    written = build(corpus)

    assert (written.version, written.changed) == (case["version"], True)
    assert written[3:6] == (0, 0, 0)
    assert [line for line in case["said"] if line not in written.schema] == []
    assert bool(written.schema) is bool(case["said"])
    assert all(any(line in sentence for sentence in checked) for line in case["said"])
    changes = [row for row in diff_report.compare(old, written.folder).diff.schemas.iter_rows() if row[0] == case["table"]]
    assert len(changes) == len(written.schema)
    log = (written.folder / "CHANGELOG.md").read_text(encoding="utf-8").split("## 1.0.0")[0]
    assert ("### Schemas" in log) is bool(case["said"])
    for _, column, change, *_ in changes:
        assert f"| {case['table']} | `{column}` | {change} |" in log


def test_a_table_that_a_release_lacks_has_no_rows(corpus: Corpus, build: Build) -> None:
    """A release without the config `rejections` reads as one without rejections."""
    import shutil  # noqa: PLC0415

    folder = build(corpus).folder
    shutil.rmtree(folder / "rejections")
    (folder / "schemas" / "rejection.schema.json").unlink()

    assert read_tables.scan_table(folder, "rejections").collect().height == 0
    assert read_tables.today_columns(folder, "rejections") == []
    assert schema.schema_changes_text(schema.compare_schemas(schema.release_schemas(folder), schema.current_schemas())) == [
        "the table rejection is new (a table)"
    ]


def test_schemas_are_derived_from_files_if_a_release_carries_none(corpus: Corpus, build: Build) -> None:
    """Schemas of a release that carries none are derived from its files, or are today's if version and columns are the same."""
    folder = build(corpus).folder
    age(folder, {"table": "document", "without": ["created_offset"]}, carries=False)

    derived = schema.release_schemas(folder)

    assert derived["edit"] == schemas.load("edit")
    assert derived["document"]["version"] == "0.9.0"
    assert schema.compare_schemas(derived, schema.current_schemas()).rows() == [
        ("document", "created_offset", "added", "", "int16, may be null")
    ]
    assert release.verify(folder)
    assert build(corpus).version == "1.1.0"


def test_a_release_carries_its_schemas(corpus: Corpus, build: Build) -> None:
    """A release carries one JSON Schema file per table, of the version that its manifest names."""
    folder = build(corpus).folder

    carried = schema.release_schemas(folder)

    assert carried == {table: schemas.load(table) for table in ("document", "edit", "overlap", "rejection")}
    assert {table: schema_["version"] for table, schema_ in carried.items()}.items() <= manifest.load_manifest(folder)["schemas"].items()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"properties": {"id": {}}}', '{"properties": {"id": 5}}'])
def test_an_invalid_schema_file_is_named(text: str, corpus: Corpus, build: Build) -> None:
    """A schema file that is not the schema of a table is an error that names it, in `verify` and in `diff`."""
    folder = build(corpus).folder
    (folder / "schemas" / "edit.schema.json").write_text(text, encoding="utf-8")
    reseal(folder)

    with pytest.raises(ReleaseError, match=r"edit\.schema\.json: expected the schema of a table"):
        release.verify(folder)
    with pytest.raises(ReleaseError, match=r"edit\.schema\.json: expected the schema of a table"):
        diff_report.compare(folder, folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "7.0.0"}, r"schemas/edit\.schema\.json: expected version 1\.0\.0, as manifest\.json has it, found 7\.0\.0"),
        ({"x-arrow": "duration[s]"}, r"schemas/edit\.schema\.json: its columns|not those of schemas/edit|does not know"),
        ({"x-arrow": "mood"}, r"schemas/edit\.schema\.json: a type that this version of saring does not know"),
    ],
)
def test_a_schema_that_does_not_fit_is_found(change: dict[str, str], message: str, corpus: Corpus, build: Build) -> None:
    """A carried schema of another version than the manifest's, or that the Parquet files do not match, fails verification."""
    folder = build(corpus).folder
    file = folder / "schemas" / "edit.schema.json"
    carried = json.loads(file.read_text(encoding="utf-8"))
    if "version" in change:
        carried |= change
    else:
        carried["properties"]["seq"] |= change
    file.write_text(json.dumps(carried), encoding="utf-8")
    reseal(folder)

    with pytest.raises(ReleaseError, match=message):
        release.verify(folder)


def test_records_are_compared_by_common_columns(corpus: Corpus, build: Build) -> None:
    """If a release has new columns, only records that changed in common columns count as edited."""
    old = build(corpus).folder
    age(old, {"table": "document", "without": ["site", "created_offset"]})

    written = build(corpus.edited(corpus.documents["id"][1], text="Kapal berlayar lagi."))

    assert written[3:6] == (0, 0, 1)
    compared = diff_report.compare(old, written.folder)
    assert compared.diff.columns.rows() == [("text", 1)]
    assert "Schemas\n  table" in diff_report.as_text(compared)
    assert json.loads(diff_report.as_json(compared))["schemas"][0]["column"] == "site"
    assert "<h2>Schemas</h2>" in diff_report.as_html(compared)


def test_newer_and_older_compare_in_both_directions(corpus: Corpus, build: Build) -> None:
    """A column that is added in one direction is removed in the other."""
    old = build(corpus).folder
    age(old, {"table": "document", "without": ["site"]})
    new = build(corpus).folder

    back = diff_report.compare(new, old).diff

    assert back.schemas.rows() == [("document", "site", "removed", "string, may be null", "")]
    assert [frame.height for frame in back.change] == [0, 0, 0]
    assert pl.concat([back.columns.select("column"), back.words.select(column="word")]).is_empty()
