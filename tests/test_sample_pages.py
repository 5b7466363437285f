"""The samples of raw/, read and cleaned, give the pages that a person expects: tests/pages, beside their raw text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from saring import read
from saring.clean_batch import clean, prepare
from saring.config import load_config
from saring.core import ledger

if TYPE_CHECKING:
    from typing import Any

HOME = Path(__file__).parents[1]
PAGES = Path(__file__).parent / "pages"
CONFIG = load_config(HOME / "corpus.toml")
EXPECTED = sorted(file.relative_to(PAGES).as_posix() for file in PAGES.rglob("*.expected.txt"))


def shown(document: dict[str, Any]) -> str:
    """Return a document in the format of the goldens."""
    head = [f"title: {document['title'] or ''}"]
    if document["created"]:
        head.append(f"created: {moment(document['created'], document['created_offset'])}")
    if document["authors"]:
        head.append(f"authors: {'; '.join(document['authors'])}")
    return "\n".join([*head, f"language: {document['language']}", "", document["text"], ""])


def moment(utc: dt.datetime, offset: int | None) -> str:
    """Return a moment in its own offset; a date alone where the page gave no time."""
    if offset is None:
        return utc.date().isoformat() if utc.time() == dt.time() else utc.isoformat()
    return utc.astimezone(dt.timezone(dt.timedelta(minutes=offset))).isoformat()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_gives_the_expected_page(name: str) -> None:
    """Every sentence is kept, all noise is gone, and undoing the ledger gives the extracted text."""
    scrape = HOME / "raw" / name.removesuffix(".expected.txt")
    cleaned = clean(prepare(read.read_one(scrape, CONFIG).scrapes), CONFIG)

    assert shown(cleaned.documents.to_dicts()[0]) == (PAGES / name).read_text(encoding="utf-8")

    before = ledger.undo(cleaned.documents, cleaned.edits)
    assert ledger.apply(before, cleaned.edits).equals(cleaned.documents)


def test_there_are_goldens() -> None:
    """An empty folder would pass the test above."""
    assert len(EXPECTED) >= 12
