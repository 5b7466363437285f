"""Tests of pipeline/saring/core/ids.py: resolving ids, prefixes of ids and sources to documents."""

from __future__ import annotations

import polars as pl
import pytest

from saring.core import ids
from saring.core.errors import NoInputError

DOCUMENTS = pl.DataFrame(
    [
        ("aaaa1111111111111111", "id/satu.txt"),
        ("aaaa1111111111111111.01234567", "id/satu-lama.txt"),
        ("aaaa1111111111111111.01299999", "id/satu-tua.txt"),
        ("aaaa2222222222222222", "fr/deux.html"),
        ("bbbb3333333333333333", "pages.jsonl#3"),
    ],
    schema=["id", "source"],
    orient="row",
)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("aaaa1111111111111111", ["aaaa1111111111111111"]),
        ("aaaa1111", ["aaaa1111111111111111"]),
        ("AAAA1111", ["aaaa1111111111111111"]),
        ("b", ["bbbb3333333333333333"]),
        ("aaaa", ["aaaa1111111111111111", "aaaa2222222222222222"]),
        ("aaaa1111111111111111.01234567", ["aaaa1111111111111111.01234567"]),
        ("aaaa1111111111111111.0123", ["aaaa1111111111111111.01234567"]),
        ("aaaa1111111111111111.012", ["aaaa1111111111111111.01234567", "aaaa1111111111111111.01299999"]),
        ("aaaa1111111111111111.9", []),
        ("aaaa1111.0123", []),
        ("fr/deux.html", ["aaaa2222222222222222"]),
        ("raw/fr/deux.html", ["aaaa2222222222222222"]),
        ("raw/pages.jsonl#3", ["bbbb3333333333333333"]),
        ("pages.jsonl", []),
        ("deux.html", []),
        ("cccc", []),
        ("", []),
    ],
)
def test_a_reference_matches_by_id_prefix_or_source(reference: str, expected: list[str]) -> None:
    """A complete id takes precedence over a prefix; a page's id matches its newest scrape; an older revision needs its own digits."""
    assert ids.matching_documents(DOCUMENTS, reference)["id"].sort().to_list() == expected
    if len(expected) == 1:
        assert ids.resolve_id(DOCUMENTS, reference, "v1.0.0") == expected[0]
        return
    with pytest.raises(NoInputError) as raised:
        ids.resolve_id(DOCUMENTS, reference, "v1.0.0")
    assert f"v1.0.0: expected one document called {reference!r}, found {len(expected)}" in str(raised.value)
    assert all(id_ in str(raised.value) for id_ in expected)
    assert raised.value.exit_code == 2
