"""Contents of CHANGELOG.md: counts and examples of changes, without quoting removed records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.release.conftest import Corpus, document

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.release import WriteResult

    Build = Callable[..., WriteResult]


def test_the_changelog_counts_changes(corpus: Corpus, build: Build) -> None:
    """The section of a version counts added, removed and edited records by source, column and rule, above older sections."""
    build(corpus)
    ids = corpus.documents["id"]
    changed = (
        corpus.without(ids[3]).edited(ids[1], text="Kapal berlayar lagi.").with_documents(document("new", "Hujan turun.", title="Hujan"))
    )

    changelog = (build(changed).folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert changelog.index("## 2.0.0") < changelog.index("## 1.0.0")
    assert changelog.count("# Changelog\n") == 1
    section = changelog.split("## 1.0.0")[0]
    assert "1 record added, 1 removed, 1 edited; 4 words added, 16 removed." in section
    assert f"| `{document('new', '')['id']}` | `Hujan` | `new` |" in section
    assert "| `gazette.example` | 0 | 1 | 0 | 0 | 9 |" in section
    assert "| text | 1 |" in section
    assert "| noise | navigation | `read-also` | 5 | 3 | 15 | 11 |" in section
    assert "Kapal penyeberangan" not in changelog


def test_removed_records_are_not_quoted(corpus: Corpus, build: Build) -> None:
    """The changelog counts removed records without quoting them, since somebody may have asked for their removal."""
    build(corpus)
    removed = corpus.documents.row(3, named=True)

    changelog = (build(corpus.without(removed["id"])).folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert removed["title"] not in changelog
    assert removed["id"] not in changelog
