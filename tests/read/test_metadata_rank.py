"""Tests of pipeline/saring/read/metadata_rank.py."""

from __future__ import annotations

import pytest

from saring.config import Config, Dataset, Source
from saring.read.declared_metadata import DeclaredMetadata
from saring.read.metadata_rank import RANK, rank_metadata
from saring.read.scrape import Scrape, scrape_table

CONFIG = Config(dataset=Dataset(name="test"), sources=(Source(path="news/*", language="id"),))


@pytest.mark.parametrize(
    ("metadata", "rank"),
    [
        (DeclaredMetadata(), (False, 0)),
        (DeclaredMetadata(language="id"), (False, 1)),
        (DeclaredMetadata(language="fr"), (False, 10)),
        (DeclaredMetadata(title="Judul", language="id"), (False, 11)),
        (DeclaredMetadata(url="https://a.example/1", site="a.example"), (True, 20)),
    ],
)
def test_rank(metadata: DeclaredMetadata, rank: tuple[bool, int]) -> None:
    """A field of the scrape's own counts 10, one with the value that corpus.toml sets for its path counts 1."""
    scrapes = scrape_table([Scrape("news/a.jsonl#3", "text/plain", "utf-8", "0", 4, "Halo", metadata)])

    assert rank_metadata(scrapes, CONFIG).rows() == [rank]


def test_no_scrapes() -> None:
    """An empty table of scrapes has an empty table of ranks with its columns."""
    assert rank_metadata(scrape_table([]), CONFIG).schema == RANK
