"""Differences between two releases, shown as text, JSON and HTML (of real releases: release/test_diff.py)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import schemas
from saring.core.errors import ReleaseError
from saring.core.tables import DOCUMENT, EDIT
from saring.release import manifest
from saring.tools.diff_report import Compared, as_html, as_json, as_text, compare
from tests.release.conftest import document

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def release_of(folder: Path, version: str, *documents: dict[str, Any]) -> Path:
    """Write a release of documents without edits: its tables `all` and `edits`, schemas and manifest; return its folder."""
    for name, table, rows in (("all", "document", pl.DataFrame(documents, schema=DOCUMENT)), ("edits", "edit", pl.DataFrame(schema=EDIT))):
        (folder / name).mkdir(parents=True)
        rows.write_parquet(folder / name / "train-00000.parquet")
        (folder / "schemas").mkdir(exist_ok=True)
        (folder / "schemas" / f"{table}.schema.json").write_text(json.dumps(schemas.load(table)), encoding="utf-8")
    listing = {"dataset": "har<b>our", "version": version, "files": []}
    (folder / "manifest.json").write_text(manifest.manifest_text(listing | {"seal": manifest.seal(listing)}), encoding="utf-8")
    return folder


def compared(tmp_path: Path, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Compared:
    """Return the comparison of two releases of these documents."""
    return compare(release_of(tmp_path / "old", "1.0.0", *before), release_of(tmp_path / "new", "2.0.0", *after))


def page(name: str, text: str, **values: object) -> dict[str, Any]:
    """Return the document of a page of one site."""
    return document(f"{name}.html", text, site="kabar.example", **values)


def test_every_report_names_versions_and_counts(tmp_path: Path) -> None:
    """One record was added, one removed and one edited; the reports say so, and name the record of each kind."""
    before = [page("a", "Pasar dibuka hari Senin."), page("b", "Hujan turun.", title="Hujan")]
    after = [page("a", "Pasar ditutup hari Senin."), page("c", "東京は雨。", title="雨の日")]

    both = compared(tmp_path, before, after)

    text, data, html = as_text(both), json.loads(as_json(both)), as_html(both)
    assert text.startswith("v1.0.0 -> v2.0.0\n1 record added, 1 removed, 1 edited\n")
    assert [line for line in text.splitlines() if line.endswith("such as")] == ["Added, such as", "Edited, such as", "Removed, such as"]
    assert (data["from"], data["to"]) == ("v1.0.0", "v2.0.0")
    assert [data["counts"][kind] for kind in ("added", "removed", "edited")] == [1, 1, 1]
    assert {(row["id"], row["change"]) for row in data["records"]} == {
        (after[1]["id"], "added"),
        (before[1]["id"], "removed"),
        (after[0]["id"], "edited"),
    }
    assert "Pasar <del>dibuka</del><ins>ditutup</ins> hari Senin." in html
    assert "<title>har&lt;b&gt;our: v1.0.0 → v2.0.0" in html


def test_columns_of_a_table_are_aligned(tmp_path: Path) -> None:
    """In the text report wide characters count as two cells, so that columns line up."""
    both = compared(tmp_path, [], [page("a", "x", title="雨の日"), page("b", "x", title="rainy")])

    rows = as_text(both).split("Added, such as\n")[1].splitlines()

    assert rows[0].index("source") == rows[0].index("title") + len("雨の日") * 2 + 2
    assert sorted(row.split()[1] for row in rows[1:]) == ["rainy", "雨の日"]
    assert {len(row) + row.count("雨の日") * 3 for row in rows[1:]} == {len(rows[1]) + rows[1].count("雨の日") * 3}


def test_equal_releases_have_no_tables(tmp_path: Path) -> None:
    """Releases of the same records, or of none, have counts of zero and neither tables nor examples."""
    for number, documents in enumerate(([page("a", "Hujan.")], [])):
        both = compared(tmp_path / str(number), documents, documents)

        assert as_text(both) == "v1.0.0 -> v2.0.0\n0 records added, 0 removed, 0 edited\n0 words added, 0 removed\n"
        assert json.loads(as_json(both))["records"] == []
        assert "<table>" not in as_html(both)


def test_long_tables_are_cut(tmp_path: Path) -> None:
    """A table shows twenty rows and says how many more there are; JSON has all."""
    words = [f"kata{number}" for number in range(25)]
    both = compared(tmp_path, [page("a", " ".join(words))], [page("a", " ".join(word.upper() + "x" for word in words))])

    assert "\nand 30 more\n" in as_text(both)
    assert "<p>And 30 more.</p>" in as_html(both)
    assert len(json.loads(as_json(both))["words"]) == 50


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("one two", "one 2", "one <del>two</del><ins>2</ins>"),
        ("one", "one two", "one<ins> two</ins>"),
        ("one two", "two", "<del>one </del>two"),
        ("a < b", "a > b", "a <del>&lt;</del><ins>&gt;</ins> b"),
        (f"{'x' * 200} end", f"{'x' * 200} END", f" … {'x' * 59} <del>end</del><ins>END</ins>"),
        (f"start {'x' * 200}", f"START {'x' * 200}", f"<del>start</del><ins>START</ins> {'x' * 59} … "),
    ],
    ids=["changed", "appended", "cut at the start", "markup", "a long beginning", "a long end"],
)
def test_changes_are_marked(before: str, after: str, marked: str, tmp_path: Path) -> None:
    """Changed words are marked, markup is escaped, and long unchanged passages keep sixty characters beside a change."""
    both = compared(tmp_path, [page("a", before)], [page("a", after)])

    assert f"<div class=text>{marked}</div>" in as_html(both)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Control characters and markup in titles and texts are spelled out or escaped in every report; template signs are no template."""
    hostile = "</title><script>x</script>\x1b[2J\u202e$counts"
    both = compared(tmp_path, [page("a", f"{hostile} one")], [page("a", f"{hostile} two", title=hostile)])

    assert not {"\x1b", "\u202e"} & set(as_text(both) + as_html(both))
    assert "<script>" not in as_html(both)
    assert "$counts" in as_html(both)


def test_a_folder_that_is_no_release_is_named(tmp_path: Path) -> None:
    """A folder without a manifest is an error, whichever side it is."""
    folder = release_of(tmp_path / "one", "1.0.0")
    (tmp_path / "none").mkdir()

    for sides in ((tmp_path / "none", folder), (folder, tmp_path / "none")):
        with pytest.raises(ReleaseError, match=r"none/manifest\.json: expected a manifest, found none"):
            compare(*sides)
