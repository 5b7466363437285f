"""Golden files: the samples of raw/, read and cleaned, give the pages in tests/pages, which a person wrote."""

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


def as_golden(document: dict[str, Any]) -> str:
    """Return a document in the format of the golden files: a head of title, date, authors and language, then the text."""
    head = [f"title: {document['title'] or ''}"]
    if document["created"]:
        head.append(f"created: {local_time(document['created'], document['created_offset'])}")
    if document["authors"]:
        head.append(f"authors: {'; '.join(document['authors'])}")
    return "\n".join([*head, f"language: {document['language']}", "", document["text"], ""])


def local_time(utc: dt.datetime, offset: int | None) -> str:
    """Return a publication time in its own UTC offset; a date alone where the page gave no time."""
    if offset is None:
        return utc.date().isoformat() if utc.time() == dt.time() else utc.isoformat()
    return utc.astimezone(dt.timezone(dt.timedelta(minutes=offset))).isoformat()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_gives_the_expected_page(name: str) -> None:
    """Every sentence is kept, all noise is gone, and undoing the ledger gives the extracted text."""
    scrape = HOME / "raw" / name.removesuffix(".expected.txt")
    cleaned = clean(prepare(read.read_one(scrape, CONFIG).scrapes), CONFIG)

    assert as_golden(cleaned.documents.to_dicts()[0]) == (PAGES / name).read_text(encoding="utf-8")

    extracted = ledger.undo(cleaned.documents, cleaned.edits)
    assert ledger.apply(extracted, cleaned.edits).equals(cleaned.documents)


def test_there_are_golden_files() -> None:
    """An empty folder would pass the test above."""
    assert len(EXPECTED) >= 12
