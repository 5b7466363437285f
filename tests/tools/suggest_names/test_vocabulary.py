"""pipeline/saring/tools/suggest_names/vocabulary.py: word forms, their counts and their neighbours."""

from __future__ import annotations

import polars as pl

from saring.core.lines import split_lines
from saring.tools.suggest_names.vocabulary import FORMS, appearances, neighbours, word_forms

DOCUMENTS = pl.DataFrame(
    {
        "id": ["a", "b"],
        "text": ["Pavel Durov tiba di Paris.\nDurov diam, kata dia.", "Durov, le Bourget et NATO. Kata Durov."],
        "language": ["id", "fr"],
        "site": [None, "kabar.example"],
        "source": ["a.txt", "b.txt"],
    }
)


def test_forms_are_counted() -> None:
    """With documents, sources and languages; forms in capitals are left out, and words that are mostly in lower case are no names."""
    forms = word_forms(DOCUMENTS)
    rows = {row["form"]: row for row in forms.to_dicts()}

    assert forms.schema == FORMS
    assert rows["Durov"] == {
        "form": "Durov",
        "occurrences": 4,
        "documents": 2,
        "sources": 2,
        "languages": ["fr", "id"],
        "words": 1,
        "name": True,
    }
    assert (rows["Pavel Durov"]["words"], rows["le Bourget"]["words"]) == (2, 2)
    assert not rows["Kata"]["name"]
    assert "NATO" not in rows


def test_appearances_and_neighbours() -> None:
    """The documents with a form, and the names in the same paragraph."""
    forms = pl.Series(["Durov", "Bourget"])

    found_in = appearances(DOCUMENTS, forms).sort("form", "id")
    beside = neighbours(split_lines(DOCUMENTS), forms, pl.Series(["Paris", "Bourget", "Durov"])).sort("form", "neighbour")

    assert found_in.rows() == [("Bourget", "b"), ("Durov", "a"), ("Durov", "b")]
    assert beside.rows() == [("Bourget", "Durov"), ("Durov", "Bourget"), ("Durov", "Paris")]
