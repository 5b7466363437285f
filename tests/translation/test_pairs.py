"""Translations and retranslations: the cases in tests/cases/translations.toml, and what holds for any pool."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config import Overlap
from saring.corpus import overlaps

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "translations.toml").read_text("utf-8"))["case"]
POOL = {f"{place}/{name}": text for place, case in enumerate(CASES) for name, text in case["texts"].items()}
SAID = sorted(
    (*sorted((f"{place}/{link.split()[0]}", f"{place}/{link.split()[1]}")), link.split()[2])
    for place, case in enumerate(CASES)
    for link in case["links"]
)


def find(texts: dict[str, str | None]) -> pl.DataFrame:
    """Return the links with the default thresholds."""
    return overlaps.find_overlaps(
        pl.DataFrame({"id": list(texts), "text": list(texts.values())}, schema=dict.fromkeys(("id", "text"), pl.String)), Overlap()
    )


def pairs(links: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return the two ids and the kind of each link."""
    return links.select("a", "b", "kind").rows()


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """Alone in the world, two texts are linked as the case says."""
    expected = sorted((*sorted(link.split()[:2]), link.split()[2]) for link in case["links"])

    assert pairs(find(case["texts"])) == expected


def test_cases_without_a_link_say_why() -> None:
    """A near miss explains itself."""
    assert all(bool(case["links"]) != ("why" in case) for case in CASES)


def test_all_cases_together() -> None:
    """In one pool, nothing is linked that is not linked alone, and nothing is lost."""
    assert pairs(find(POOL)) == SAID


@settings(deadline=None, max_examples=6)
@given(st.permutations(list(POOL)), st.integers(0, len(POOL)))
def test_other_documents_and_their_order_change_no_link(ids: list[str], number: int) -> None:
    """Among any other texts, in any order, two that tell the same are linked, and no text to itself."""
    there = set(ids[:number])

    found = pairs(find({id_: POOL[id_] for id_ in ids[:number]}))

    assert found == [link for link in SAID if {link[0], link[1]} <= there]


def test_passages_are_the_sentences() -> None:
    """A passage is a sentence of either text, whole; those of the line-by-line cases correspond line by line."""
    case = CASES[0]
    one, other = sorted(case["texts"])

    (link,) = find(case["texts"]).iter_rows(named=True)

    told = [(case["texts"][one][p["a_start"] : p["a_end"]], case["texts"][other][p["b_start"] : p["b_end"]]) for p in link["passages"]]
    lines = list(zip(case["texts"][one].strip().split("\n"), case["texts"][other].strip().split("\n"), strict=True))
    assert set(told) <= set(lines)
    assert len(told) >= 4
    assert 0.7 < link["coverage_a"] <= 1


@pytest.mark.parametrize("text", ["", " ", "...", "你好。", "สวัสดี", "やあ。", "a", "1", "one two"])
def test_hardly_a_text_is_a_translation_of_nothing(text: str) -> None:
    """Texts too short to say anything are linked to none in other words."""
    found = find({"short": text, **{id_: POOL[id_] for id_ in list(POOL)[:4]}})

    assert "short" not in {*found["a"], *found["b"]}


def test_a_declared_language_decides_the_kind() -> None:
    """Two texts that are said to be in one language are told again in it; the others are translated."""
    texts = CASES[1]["texts"]
    frame = pl.DataFrame({"id": list(texts), "text": list(texts.values()), "language": ["fr", "oc"], "language_script": ["Latn", "Latn"]})

    assert overlaps.find_overlaps(frame, Overlap())["kind"].to_list() == ["translation"]


def test_copies_leave_their_translation_linked() -> None:
    """A text that stands two hundred times is linked to its translation once, by its first copy."""
    texts = CASES[0]["texts"]
    found = find({f"copy{n:03}": texts["id"] for n in range(200)} | {"fr": texts["fr"]})

    assert found.filter(pl.col("kind") == "exact").height == 199
    assert pairs(found.filter(pl.col("kind") != "exact")) == [("copy000", "fr", "translation")]


def test_a_template_links_nothing() -> None:
    """A menu and a footer in two languages around different articles are no statement."""
    menus = {
        "id": "Beranda\nBerita terbaru hari ini\nHubungi kami di kantor redaksi\nSemua hak dilindungi undang-undang",
        "fr": "Accueil\nLes nouvelles du jour\nContactez-nous à la rédaction\nTous droits réservés par la loi",
    }
    chance = random.Random(5)  # noqa: S311 (made-up words, not secrets)
    rows = [
        (f"{number:02}", f"{made_up(chance)}\n{menus[language]}", language, "Latn")
        for number in range(20)
        for language in [("id", "fr")[number % 2]]
    ]

    found = overlaps.find_overlaps(pl.DataFrame(rows, schema=["id", "text", "language", "language_script"], orient="row"), Overlap())

    assert found.height == 0


def made_up(chance: random.Random) -> str:
    """Return five sentences of words that no language has."""
    syllables = [consonant + vowel for consonant in "bdfghklmnprstvw" for vowel in "aeiou"]
    words = ["".join(chance.choices(syllables, k=3)) for _ in range(60)]
    return " ".join(word + "." * (place % 12 == 11) for place, word in enumerate(words))


def test_a_corpus_may_not_want_them() -> None:
    """With `translations` off, only the same words count."""
    texts = pl.DataFrame({"id": list(POOL), "text": list(POOL.values())})

    found = overlaps.find_overlaps(texts, Overlap(translations=False))

    assert {"translation", "retranslation"}.isdisjoint(found["kind"])
    assert found.equals(overlaps.find_overlaps(texts, Overlap()).filter(~pl.col("kind").is_in(["translation", "retranslation"])))
