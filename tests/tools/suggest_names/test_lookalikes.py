"""pipeline/saring/tools/suggest_names/lookalikes.py: words that resemble a name, and other bearers of it, are listed as risks."""

from __future__ import annotations

import polars as pl
import pytest

from saring.config import Name
from saring.config.settings import ScopedVariants
from saring.tools.suggest_names.lookalikes import find_lookalikes
from saring.tools.suggest_names.suggest import SUGGESTION
from saring.tools.suggest_names.vocabulary import FORMS

PROPOSED = pl.DataFrame(
    [
        {
            "verdict": "propose",
            "canonical": "Durov",
            "variant": "DuRove",
            "canonical_documents": 9,
            "canonical_sources": 8,
            "registered": True,
        }
    ],
    schema=SUGGESTION,
)


def forms_of(*forms: str, documents: int = 2, words_are_names: bool = True) -> pl.DataFrame:
    """Return word forms with equal counts; those that begin with a capital are names."""
    rows = [(form, 5, documents, 1, ["id"], form.count(" ") + 1, words_are_names and form[0].isupper()) for form in forms]
    return pl.DataFrame(rows, schema=FORMS, orient="row")


def risks(forms: pl.DataFrame, *names: Name) -> dict[str, str]:
    """Return the look-alikes of Durov and DuRove with their reasons."""
    lookalikes = find_lookalikes(forms, PROPOSED, names)
    assert lookalikes.schema == SUGGESTION
    assert set(lookalikes["verdict"]) <= {"risk"}
    return dict(lookalikes.select("variant", "reason").iter_rows())


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("Duros", "another name"),
        ("durof", "a common word"),
        ("du Bourge", "a particle and a name"),
        ("Дурак", "another name"),
        ("Paris", None),
        ("Surov", None),
        ("Durovanianism", None),
        ("杜罗夫", None),
    ],
)
def test_a_lookalike_has_a_reason(form: str, reason: str | None) -> None:
    """A form of the same first sound and similar letters is listed; one that differs in length by more than 3 is not."""
    assert risks(forms_of(form)) == ({form: reason} if reason else {})


def test_a_form_that_contains_the_name_is_no_lookalike() -> None:
    """Endings of a name are inflections, and its parts are words of their own; for a spelling with another capital they are others."""
    one_spelling = PROPOSED.with_columns(pl.lit("Durov").alias("variant"))

    for form in ("Durovnya", "Duro"):
        assert find_lookalikes(forms_of(form), one_spelling, ()).is_empty()
    assert find_lookalikes(forms_of("Duros"), one_spelling, ()).height == 1


def test_spellings_of_the_registry_are_no_risks() -> None:
    """Neither canonical spellings nor variants, in any group, nor full names; nor the proposal itself."""
    name = Name(canonical="Duros", kind="person", variants=("Durol",), full="Ani Durov", scoped=(ScopedVariants(variants=("Duroc",)),))
    forms = forms_of("Duros", "Durol", "Duroc", "Durov", "DuRove", "Ani", "Ani Durov")

    assert risks(forms, name) == {}
    assert set(risks(forms.filter(pl.col("form").is_in(["Duros", "Durol", "Duroc"])))) == {"Duros", "Durol", "Duroc"}


def test_at_most_four_of_a_reason_are_listed() -> None:
    """The most similar first; equally similar ones in alphabetical order."""
    forms = forms_of("Durok", "Durol", "Durom", "Durop", "Duros", "Durot")

    assert list(risks(forms)) == ["Durok", "Durol", "Durom", "Durop"]


def test_other_bearers_of_the_family_name_are_risks() -> None:
    """The most frequent one is the person of the registry; a first name more frequent than the name is that of a company."""
    people = forms_of("Pavel Durov", "Pavel", documents=8)
    others = forms_of("Nikolai Durov", "Nikolai DuRove", "Nikolai", "Xenia Durov")
    company = forms_of("Telegram Durov", "Telegram", documents=10)
    reason = "another person or thing of this name"

    assert risks(pl.concat([people, others])) == {"Nikolai Durov": reason, "Nikolai DuRove": reason}
    assert risks(people) == {}
    assert risks(pl.concat([people, others, company])) == {"Nikolai Durov": reason, "Nikolai DuRove": reason}


def test_a_risk_has_the_counts_of_form_and_name() -> None:
    """The score grows with the similarity and is 0 for a namesake; evidence of passages is none."""
    people = forms_of("Pavel Durov", "Pavel", documents=4).vstack(forms_of("Nikolai Durov", "Nikolai", "Duros", documents=3))
    rows = {row["variant"]: row for row in find_lookalikes(people, PROPOSED, ()).to_dicts()}

    for row in rows.values():
        assert (row["canonical"], row["documents"], row["canonical_documents"], row["registered"]) == ("Durov", 3, 9, True)
        assert (row["aligned"], row["beside"], row["passages"]) == (0, 0, None)
    assert rows.keys() == {"Duros", "Nikolai Durov"}
    assert rows["Nikolai Durov"]["score"] == 0 < rows["Duros"]["score"] < 0.45


def test_no_names_or_forms_have_no_risks() -> None:
    """Tables without rows have all columns."""
    assert risks(forms_of()) == {}
    assert find_lookalikes(forms_of("Duros"), PROPOSED.clear(), ()).schema == SUGGESTION
