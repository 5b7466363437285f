"""Builds of scrapes with the same bytes: which copy is published does not depend on when each was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import release
from saring.config import load_config
from saring.runs import build
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[dataset]
name = "c"
[[source]]
path = "inbox/*"
site = "inbox.example"
license = "CC0-1.0"
language = "en"
[overlap]
alarm_share = 1.0
translations = false
"""
TEXT = "The miller of Wenn sold his last sack on Friday and gave the key of the mill to the schoolmaster, who means to paint it.\n"
TITLE = 'title = "The mill"\n'
URL = 'url = "https://paper.example/mill"\n'


def build_with(folder: Path, files: dict[str, str]) -> tuple[Job, dict[str, tuple[str, str | None]], dict[str, str]]:
    """Add scrapes and build; return the job, the (id, title) of published documents by source, and the messages of rejected copies by source."""
    folder.mkdir(exist_ok=True)
    (folder / "corpus.toml").write_text(CONFIG, encoding="utf-8")
    for name, content in files.items():
        (folder / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "raw" / name).write_text(content, encoding="utf-8")
    job = Job(raw=folder / "raw", out=folder / "processed", config=load_config(folder / "corpus.toml"), workers=0)
    build(job)
    tables = release.find_release(job.out, "c")
    rows = pl.concat([pl.read_parquet(file) for file in (tables / "all").glob("*.parquet")])
    rejected = pl.concat([pl.read_parquet(file) for file in (tables / "rejections").glob("*.parquet")])
    copies = rejected.filter(pl.col("reason") == "copy")
    return (
        job,
        {source: (id_, title) for source, id_, title in rows.select("source", "id", "title").iter_rows()},
        dict(copies.select("source", "message").iter_rows()),
    )


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ({"a.txt": TEXT, "b.txt": TEXT, "b.txt.meta.toml": TITLE}, "b.txt"),
        ({"a.txt": TEXT, "a.txt.meta.toml": TITLE, "b.txt": TEXT}, "a.txt"),
        ({"a.txt": TEXT, "a.txt.meta.toml": TITLE, "b.txt": TEXT, "b.txt.meta.toml": TITLE + 'license = "CC0-1.0"\n'}, "b.txt"),
        ({"a.txt": TEXT, "a.txt.meta.toml": 'license = "CC0-1.0"\nsite = "x.example"\n', "b.txt": TEXT, "b.txt.meta.toml": URL}, "b.txt"),
        ({"inbox/a.txt": TEXT, "late/b.txt": TEXT, "late/b.txt.meta.toml": TITLE}, "late/b.txt"),
        ({"inbox/a.txt": TEXT, "late/b.txt": TEXT}, "inbox/a.txt"),
        ({"early/b.txt": TEXT, "inbox/a.txt": TEXT}, "inbox/a.txt"),
        ({"a.txt": TEXT, "b.txt": TEXT}, "a.txt"),
    ],
    ids=[
        "the later name",
        "the first name",
        "more of two",
        "a url counts most",
        "its own counts more",
        "by path",
        "by path, later",
        "equal",
    ],
)
def test_the_copy_with_most_declared_metadata_is_kept(files: dict[str, str], kept: str, tmp_path: Path) -> None:
    """The rejection of each other copy names it."""
    _, published, copies = build_with(tmp_path / "one", files)

    assert set(published) == {kept}
    assert set(copies) == {name for name in files if name.endswith(".txt")} - {kept}
    assert all(f"the same scrape as {kept}," in message for message in copies.values())


@pytest.mark.parametrize("beside", [TITLE, URL + TITLE])
def test_a_published_copy_gives_way_to_one_with_more_metadata(beside: str, tmp_path: Path) -> None:
    """Building after each addition, or once with all scrapes, gives the same tables, byte for byte."""
    first, second = (
        {"a.txt": TEXT, "other.txt": TEXT.replace("miller", "baker").replace("mill", "oven")},
        {"z.txt": TEXT, "z.txt.meta.toml": beside},
    )
    _, before, _ = build_with(tmp_path / "grown", first)
    grown, after, copies = build_with(tmp_path / "grown", second)
    fresh, *_ = build_with(tmp_path / "fresh", first | second)

    assert before["a.txt"][1] is None
    assert after["z.txt"][1] == "The mill"
    assert set(copies) == {"a.txt"}
    assert ("url" in beside) == (after["z.txt"][0] != before["a.txt"][0])  # the id stays where the URL does not give another
    for name in ("documents", "edits", "overlaps", "rejections"):
        assert (grown.tables / f"{name}.parquet").read_bytes() == (fresh.tables / f"{name}.parquet").read_bytes()


def test_a_sidecar_that_is_added_later_decides(tmp_path: Path) -> None:
    """After adding only the sidecar of a rejected copy, the next build publishes that copy."""
    build_with(tmp_path / "one", {"a.txt": TEXT, "b.txt": TEXT})
    _, published, copies = build_with(tmp_path / "one", {"b.txt.meta.toml": TITLE})

    assert set(published) == {"b.txt"}
    assert set(copies) == {"a.txt"}
