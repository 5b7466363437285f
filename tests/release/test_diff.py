"""Differences between two releases, and their report as text, JSON and HTML."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saring.core import tables
from saring.core.errors import ReleaseError
from saring.release import diff
from saring.storage import external_sort
from saring.tools import diff_report
from tests.release.conftest import Corpus, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.release import WriteResult

    Build = Callable[..., WriteResult]

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)> \x1b[2J \u202e $counts & \" '"


class TagCounter(HTMLParser):
    """Parser that counts the tags of an HTML page and collects its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an opening tag."""
        del attrs
        self.tags[tag] += 1

    def handle_data(self, data: str) -> None:
        """Collect the text of the page."""
        self.text += data


@pytest.fixture
def two(corpus: Corpus, build: Build) -> tuple[Path, Path]:
    """Return two releases of five records: in the second, one record was removed, one edited, and one added."""
    ids = corpus.documents["id"]
    first = build(corpus).folder
    new = document("id/new.txt", "Hujan turun lagi.", title="Hujan")
    return first, build(corpus.without(ids[3]).edited(ids[1], text="Kapal berlayar lagi lagi.").with_documents(new)).folder


def test_all_differences_are_counted(two: tuple[Path, Path], corpus: Corpus) -> None:
    """Differences are counted by record, column, source, rule and word; a word that only moved is not counted."""
    differences = diff.compare_releases(*two)

    ids = corpus.documents["id"]
    assert [frame["id"].to_list() for frame in differences.change] == [[tables.content_id("id/new.txt")], [ids[3]], [ids[1]]]
    assert differences.columns.rows() == [("text", 1)]
    expected = {("gazette.example", 0, 1, 0, 0, 9), ("id/", 1, 0, 0, 3, 0), ("warta.example", 0, 0, 1, 3, 7)}
    assert set(differences.sources.rows()) == expected
    assert differences.rules.rows() == [("noise", "navigation", "read-also", 5, 3, 15, 11)]
    assert differences.words.rows()[0] == ("lagi", 0, 2)
    assert (differences.words_added, differences.words_removed) == (6, 16)


def test_the_same_release_twice_differs_in_nothing(two: tuple[Path, Path]) -> None:
    """Comparing a release with itself gives empty frames, and every report still works."""
    compared = diff_report.compare(two[1], two[1])

    assert [frame.height for frame in (*compared.diff.change, *compared.diff[1:])] == [0] * 9
    assert "0 records added, 0 removed, 0 edited" in diff_report.as_text(compared)
    assert json.loads(diff_report.as_json(compared))["records"] == []
    assert "<table>" not in diff_report.as_html(compared)


def test_text_json_and_html_agree(two: tuple[Path, Path], corpus: Corpus) -> None:
    """Text, JSON and HTML reports name both versions, the counts and the records."""
    compared = diff_report.compare(*two)

    text, data, page = diff_report.as_text(compared), json.loads(diff_report.as_json(compared)), diff_report.as_html(compared)

    assert text.startswith("v1.0.0 -> v2.0.0\n1 record added, 1 removed, 1 edited\n6 words added, 16 removed\n")
    assert (data["from"], data["to"]) == ("v1.0.0", "v2.0.0")
    assert data["counts"] == {"added": 1, "removed": 1, "edited": 1, "words_added": 6, "words_removed": 16}
    assert {(row["id"], row["change"]) for row in data["records"]} == set(compared.diff.records.select("id", "change").rows())
    assert "<del>" in page
    assert "<ins>" in page
    for id_ in compared.diff.records["id"]:
        assert id_ in text
        assert id_ in page


def test_hostile_text_cannot_affect_the_reports(corpus: Corpus, build: Build) -> None:
    """Markup in texts, titles and sites is shown as text, and no control characters reach a terminal."""
    tags = []
    for words in ("harmless", HOSTILE):
        row = document(f"pages/{words[:3]}.html", f"{words} one", title=words, site=words)
        old = build(corpus.with_documents(row)).folder
        new = build(corpus.with_documents(row).edited(row["id"], text=f"{words} two", title=f"{words} too")).folder
        compared = diff_report.compare(old, new)
        parser = TagCounter()
        parser.feed(diff_report.as_html(compared))
        tags.append(parser.tags)
        for shown in (diff_report.as_text(compared), parser.text):
            assert not {"\x1b", "\u202e"} & set(shown)
    assert tags[0] == tags[1]
    assert "<script>alert(1)</script>" in parser.text


def test_a_folder_that_is_no_release_is_named(two: tuple[Path, Path], tmp_path: Path) -> None:
    """Comparing with a folder that is not a release is an error that says so."""
    with pytest.raises(ReleaseError, match="expected a manifest"):
        diff_report.compare(tmp_path, two[1])


TEXTS = st.lists(st.sampled_from(["laut", "Laut", "été", "12", "-", "\n", "東京"]), max_size=6).map(" ".join)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.dictionaries(st.sampled_from("abcde"), TEXTS), after=st.dictionaries(st.sampled_from("abcde"), TEXTS))
def test_word_counts_equal_multiset_differences(
    before: dict[str, str], after: dict[str, str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For random texts and tiny partitions, words added and removed by record equal the differences of their word multisets."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 14)
    folders = []
    for texts in (before, after):
        folders.append(tmp_path_factory.mktemp("side"))
        rows = [document(id_, text) | {"id": id_, "words": len(words(text))} for id_, text in texts.items()]
        for name, frame in {"all": pl.DataFrame(rows, schema=tables.DOCUMENT), "edits": tables.empty_table(tables.EDIT)}.items():
            (folders[-1] / name).mkdir()
            frame.write_parquet(folders[-1] / name / "train-00000.parquet")

    differences = diff.compare_releases(*folders)

    expected = {}
    for id_ in before.keys() | after.keys():
        if before.get(id_) != after.get(id_):
            old, new = (Counter(words(texts.get(id_, ""))) for texts in (before, after))
            expected[id_] = ((new - old).total(), (old - new).total())
    assert {
        id_: (added, removed) for id_, added, removed in differences.records.select("id", "words_added", "words_removed").rows()
    } == expected
    assert sum(differences.sources["added", "removed", "edited"].sum().row(0)) == len(expected)


def words(text: str) -> list[str]:
    """Return the words of a text that was joined with spaces, without hyphens."""
    return [word for word in text.split() if word != "-"]
