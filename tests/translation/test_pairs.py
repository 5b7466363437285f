"""Translation and retranslation pairs: the cases in tests/cases/translations.toml, and properties of any pool of texts."""

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
EXPECTED = sorted(
    (*sorted((f"{place}/{pair.split()[0]}", f"{place}/{pair.split()[1]}")), pair.split()[2])
    for place, case in enumerate(CASES)
    for pair in case["links"]
)


def find(texts: dict[str, str | None]) -> pl.DataFrame:
    """Return the overlaps between texts with the default thresholds."""
    return overlaps.find_overlaps(
        pl.DataFrame({"id": list(texts), "text": list(texts.values())}, schema=dict.fromkeys(("id", "text"), pl.String)), Overlap()
    )


def kinds(overlap_pairs: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return the two ids and the kind of each overlap."""
    return overlap_pairs.select("a", "b", "kind").rows()


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """The texts of a case by themselves overlap as the case says."""
    expected = sorted((*sorted(pair.split()[:2]), pair.split()[2]) for pair in case["links"])

    assert kinds(find(case["texts"])) == expected


def test_cases_without_an_overlap_say_why() -> None:
    """A case without an expected pair has a reason."""
    assert all(bool(case["links"]) != ("why" in case) for case in CASES)


def test_all_cases_together() -> None:
    """In one pool of all cases, the overlaps are those of each case by itself."""
    assert kinds(find(POOL)) == EXPECTED


@settings(deadline=None, max_examples=6)
@given(st.permutations(list(POOL)), st.integers(0, len(POOL)))
def test_other_documents_and_their_order_change_no_pair(ids: list[str], number: int) -> None:
    """The overlap of two texts does not depend on other texts or on their order, and no text overlaps with itself."""
    selected = set(ids[:number])

    found_pairs = kinds(find({id_: POOL[id_] for id_ in ids[:number]}))

    assert found_pairs == [pair for pair in EXPECTED if {pair[0], pair[1]} <= selected]


def test_passages_are_whole_sentences() -> None:
    """A passage of a translation pair is a whole sentence of each text; in a case translated line by line, lines correspond."""
    case = CASES[0]
    first, second = sorted(case["texts"])

    (pair,) = find(case["texts"]).iter_rows(named=True)

    passages = [
        (case["texts"][first][p["a_start"] : p["a_end"]], case["texts"][second][p["b_start"] : p["b_end"]]) for p in pair["passages"]
    ]
    lines = list(zip(case["texts"][first].strip().split("\n"), case["texts"][second].strip().split("\n"), strict=True))
    assert set(passages) <= set(lines)
    assert len(passages) >= 4
    assert 0.7 < pair["coverage_a"] <= 1


@pytest.mark.parametrize("text", ["", " ", "...", "你好。", "สวัสดี", "やあ。", "a", "1", "one two"])
def test_very_short_texts_are_no_translations(text: str) -> None:
    """Texts of a word or two have no translation pairs."""
    overlap_pairs = find({"short": text, **{id_: POOL[id_] for id_ in list(POOL)[:4]}})

    assert "short" not in {*overlap_pairs["a"], *overlap_pairs["b"]}


def test_a_declared_language_decides_the_kind() -> None:
    """Two texts declared to be in different languages are a translation pair, although identification would call them one language."""
    texts = CASES[1]["texts"]
    frame = pl.DataFrame({"id": list(texts), "text": list(texts.values()), "language": ["fr", "oc"], "language_script": ["Latn", "Latn"]})

    assert overlaps.find_overlaps(frame, Overlap())["kind"].to_list() == ["translation"]


def test_copies_do_not_hide_a_translation() -> None:
    """A text that occurs two hundred times has one translation pair, that of its first copy."""
    texts = CASES[0]["texts"]
    overlap_pairs = find({f"copy{n:03}": texts["id"] for n in range(200)} | {"fr": texts["fr"]})

    assert overlap_pairs.filter(pl.col("kind") == "exact").height == 199
    assert kinds(overlap_pairs.filter(pl.col("kind") != "exact")) == [("copy000", "fr", "translation")]


def test_a_translated_template_makes_no_translation_pairs() -> None:
    """A menu and a footer in two languages around different articles are no translation."""
    menus = {
        "id": "Beranda\nBerita terbaru hari ini\nHubungi kami di kantor redaksi\nSemua hak dilindungi undang-undang",
        "fr": "Accueil\nLes nouvelles du jour\nContactez-nous à la rédaction\nTous droits réservés par la loi",
    }
    generator = random.Random(5)  # noqa: S311 (made-up words, not secrets)
    rows = [
        (f"{number:02}", f"{made_up_sentences(generator)}\n{menus[language]}", language, "Latn")
        for number in range(20)
        for language in [("id", "fr")[number % 2]]
    ]

    overlap_pairs = overlaps.find_overlaps(
        pl.DataFrame(rows, schema=["id", "text", "language", "language_script"], orient="row"), Overlap()
    )

    assert overlap_pairs.height == 0


def made_up_sentences(generator: random.Random) -> str:
    """Return five sentences of random words that are in no language."""
    syllables = [consonant + vowel for consonant in "bdfghklmnprstvw" for vowel in "aeiou"]
    words = ["".join(generator.choices(syllables, k=3)) for _ in range(60)]
    return " ".join(word + "." * (place % 12 == 11) for place, word in enumerate(words))


def test_translations_can_be_switched_off() -> None:
    """With `translations = false` the other overlaps are the same."""
    texts = pl.DataFrame({"id": list(POOL), "text": list(POOL.values())})

    overlap_pairs = overlaps.find_overlaps(texts, Overlap(translations=False))

    assert {"translation", "retranslation"}.isdisjoint(overlap_pairs["kind"])
    assert overlap_pairs.equals(overlaps.find_overlaps(texts, Overlap()).filter(~pl.col("kind").is_in(["translation", "retranslation"])))
