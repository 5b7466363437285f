"""pipeline/saring/names/spellings.py: the search strings of a name."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config import Name
from saring.names.spellings import spellings

_WORDS = st.text(st.characters(categories=["L", "M", "Nd", "Zs"]), min_size=1, max_size=8)


def test_a_name_is_written_in_its_own_case_and_in_capitals() -> None:
    """Rank 0 is the registry's case; the canonical spelling replaces itself, in every language."""
    table = spellings((Name(canonical="René", kind="person", variants=("Rene",), languages=("fr",)),))

    assert table.select("spelling", "replacement", "rank", "languages").rows() == [
        ("René", "René", 0, None),
        ("Rene\u0301", "Rene\u0301", 0, None),
        ("RENÉ", "RENÉ", 1, None),
        ("RENE\u0301", "RENE\u0301", 1, None),
        ("Rene", "René", 0, ["fr"]),
        ("RENE", "RENÉ", 1, ["fr"]),
    ]


def test_word_boundaries_are_required_where_words_have_them() -> None:
    """Not beside scripts without spaces, not after Korean, not at punctuation."""
    variants = ("Rove", "罗夫", "로프", "«Rove»", "2Rove夫")
    table = spellings((Name(canonical="x", kind="person", variants=variants),))

    boundaries = {row[0]: row[1:] for row in table.select("spelling", "bound_before", "bound_after").iter_rows()}

    assert {variant: boundaries[variant] for variant in variants} == {
        "Rove": (True, True),
        "罗夫": (False, False),
        "로프": (True, False),
        "«Rove»": (False, False),
        "2Rove夫": (True, False),
    }


@settings(deadline=None)
@given(_WORDS, _WORDS)
def test_every_normal_form_of_a_variant_is_among_the_spellings(canonical: str, variant: str) -> None:
    """A variant is listed composed and decomposed, in its own case and in capitals."""
    table = spellings((Name(canonical=canonical, kind="person", variants=(variant,)),))
    forms = {
        unicodedata.normalize(form, text) for form in ("NFC", "NFD") for text in (canonical, variant, canonical.upper(), variant.upper())
    }

    assert forms <= set(table["spelling"])
    assert table.select("spelling", "replacement", "rank", "languages").is_duplicated().sum() == 0
