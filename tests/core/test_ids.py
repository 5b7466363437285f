"""pipeline/saring/core/ids.py: what names a document, and what names several."""

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
    ("wanted", "found"),
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
def test_a_document_is_named_by_the_beginning_of_its_id_or_its_source(wanted: str, found: list[str]) -> None:
    """The id in full before all that begin so; the id of a page means its newest scrape; an older one has digits of its own."""
    assert ids.matching_documents(DOCUMENTS, wanted)["id"].sort().to_list() == found
    if len(found) == 1:
        assert ids.resolve_id(DOCUMENTS, wanted, "v1.0.0") == found[0]
        return
    with pytest.raises(NoInputError) as raised:
        ids.resolve_id(DOCUMENTS, wanted, "v1.0.0")
    assert f"v1.0.0: expected one document called {wanted!r}, found {len(found)}" in str(raised.value)
    assert all(id_ in str(raised.value) for id_ in found)
    assert raised.value.exit_code == 2
