"""Overlaps between texts: the cases in tests/cases/overlap.toml, and properties of any texts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config import Overlap
from saring.core.tables import OVERLAP
from saring.corpus import overlaps
from saring.dedup.tokens import tokenize

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "overlap.toml").read_text("utf-8"))["case"]

SENTENCES = (
    "Le marché couvert rouvre samedi après six mois de travaux.",
    "Banjir merendam jalan utama, dan sekolah diliburkan dua hari.",
    "The old bridge carries trucks again; the new one never did!",
    "我们在车站等了三个小时，火车终于来了。",
    "Tiga kapal\u00a0nelayan belum kembali, kata petugas pelabuhan.",
    "E\u0301crire, c'est attendre. ",
    "ha ha ha ha ha ha ha ha",
    "one two",
    "--- 🙂 ---",
    "كَتَبَ القَاضِي رِسَالَةً إِلَى أَهْلِ المَدِينَةِ.",
    "كتب القاضي رســـالة الى اهل المدينة.",
    "הַבֹּקֶר הֵבִיא רוּחַ קָרָה וְגֶשֶׁם.",
    "הבוקר הביא רוח קרה וגשם.",
    "Письмо́ при́было ещё в понеде́льник ве́чером.",
    "Письмо прибыло еще в понедельник вечером.",
)
any_text = st.lists(st.sampled_from(SENTENCES) | st.text(max_size=6), max_size=7).map(" ".join) | st.none()
any_texts = st.lists(any_text, max_size=7).map(
    lambda texts: pl.DataFrame(
        {"id": [f"t{place}" for place in range(len(texts))], "text": texts}, schema=dict.fromkeys(("id", "text"), pl.String)
    )
)


def find(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the overlaps between texts with the default thresholds."""
    return overlaps.find_overlaps(texts, Overlap())


def word_hashes(text: str) -> list[int]:
    """Return the hashes of the words of a text."""
    return list(tokenize(pl.Series([text])).hashes)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """The two texts of a case overlap as it says, or not at all, whichever id is smaller."""
    for texts in ((case["a"], case["b"]), (case["b"], case["a"])):
        pairs = find(pl.DataFrame({"id": ["a", "b"], "text": texts}))

        assert [case["kind"]] if "kind" in case else pairs["kind"].to_list() == []
        if "lesser" in case:
            counts = [len(word_hashes(text)) for text in texts]
            column = "coverage_a" if counts[0] <= counts[1] else "coverage_b"
            assert case["lesser"] <= pairs[column][0]


def test_cases_without_an_overlap_say_why() -> None:
    """A case without an expected kind has a reason."""
    assert all(("kind" in case) != ("why" in case) for case in CASES)


@settings(deadline=None, max_examples=25)
@given(any_texts, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(texts: pl.DataFrame, random: Any) -> None:  # noqa: ANN401 (hypothesis' own Random)
    """Shuffled rows give the same overlaps, and so does a declared language."""
    places = list(range(texts.height))
    random.shuffle(places)
    shuffled = texts[places] if places else texts

    assert find(texts).equals(find(shuffled))
    assert find(texts).equals(find(texts.with_columns(language=pl.lit("id"))))


@settings(deadline=None, max_examples=40)
@given(any_texts)
def test_the_table_of_overlaps_is_valid(texts: pl.DataFrame) -> None:
    """Columns, kinds, order of ids and range of every number are as documented, and each pair comes once."""
    pairs = find(texts)

    assert pairs.schema == OVERLAP
    assert (pairs["a"] < pairs["b"]).all()
    assert pairs.equals(pairs.sort("a", "b"))
    assert pairs.select("a", "b").is_unique().all()
    assert set(pairs["kind"]) <= {"exact", "near", "contained", "template", "retranslation", "translation"}
    for column in ("score", "coverage_a", "coverage_b"):
        assert pairs[column].is_between(0, 1).all()


@settings(deadline=None, max_examples=60)
@given(any_texts)
def test_passages_correspond(texts: pl.DataFrame) -> None:
    """Passages lie in both texts, in the order of a and without overlap there; with score 1 the words are equal, except in translation pairs."""
    text = dict(texts.fill_null("").iter_rows())
    for pair in find(texts).iter_rows(named=True):
        a, b, done = text[pair["a"]], text[pair["b"]], 0
        for passage in pair["passages"]:
            assert done <= passage["a_start"] < passage["a_end"] <= len(a)
            assert 0 <= passage["b_start"] < passage["b_end"] <= len(b)
            done = passage["a_end"]
            words_a, words_b = word_hashes(a[passage["a_start"] : passage["a_end"]]), word_hashes(b[passage["b_start"] : passage["b_end"]])
            assert words_a
            assert pair["kind"] in ("retranslation", "translation") or (words_a == words_b) == (passage["score"] == 1)


@settings(deadline=None, max_examples=40)
@given(any_texts)
def test_exact_pairs_group_texts_with_equal_words(texts: pl.DataFrame) -> None:
    """Texts with equal words, and only these, are paired as exact with the first of them."""
    words = {id_: word_hashes(text or "") for id_, text in texts.iter_rows()}
    pairs = find(texts)
    first_copy = {id_: id_ for id_ in words}
    for a, b in pairs.filter(pl.col("kind") == "exact").select("a", "b").iter_rows():
        assert words[a] == words[b]
        first_copy[b] = first_copy[a]
    for id_, its_words in words.items():
        first = min(copy for copy in words if words[copy] == its_words)
        assert first_copy[id_] == (first if its_words else id_)


def test_passages_of_a_vocalised_copy_refer_to_both_texts() -> None:
    """The passage spans its words with their marks in the vocalised text, and the plain words in the other."""
    vocalised = "كَتَبَ القَاضِي رِسَالَةً إِلَى أَهْلِ المَدِينَةِ وَوَضَعَهَا عَلَى بَابِ السُّوقِ قَبْلَ طُلُوعِ الشَّمْسِ بِسَاعَةٍ"
    plain = "كتب القاضي رســـالة الى اهل المدينة ووضعها على باب السوق قبل طلوع الشمس بساعة"
    a = f"نص أول لا علاقة له بما يليه.\n{vocalised}، وهنا كلام آخر عن السوق والميناء."
    (pair,) = find(pl.DataFrame({"id": ["a", "b"], "text": [a, f"«{plain}»"]})).rows(named=True)
    (passage,) = pair["passages"]

    assert a[passage["a_start"] : passage["a_end"]] == vocalised
    assert (passage["b_start"], passage["b_end"], passage["score"]) == (1, 1 + len(plain), 1.0)
    assert (pair["kind"], pair["coverage_b"]) == ("contained", 1.0)


def test_copies_are_paired_with_the_first() -> None:
    """A thousand copies make 999 pairs, not half a million."""
    text = "Rapat desa menunda keputusan tentang pasar malam sampai kepala adat pulang."
    pairs = find(pl.DataFrame({"id": [f"{n:04}" for n in range(1000)], "text": [text + " " * (n % 2) for n in range(1000)]}))

    assert pairs.height == 999
    assert set(pairs["a"]) == {"0000"}


def test_mirrors_with_a_counter_stay_linear() -> None:
    """Hundreds of texts that differ in one word make a few pairs each, and each is paired with the most complete."""
    text = "Le conseil a voté le budget de la bibliothèque, du port et des trois écoles, puis il a dîné."
    texts = pl.DataFrame({"id": [f"{n:04}" for n in range(400)], "text": [f"{text} Page {n:0{4 + (n == 77)}}" for n in range(400)]})
    pairs = find(texts)

    assert pairs.height < 10 * 400
    assert pairs.filter((pl.col("a") == "0077") | (pl.col("b") == "0077")).height == 399


def test_a_near_duplicate_of_a_contained_text_is_compared_with_the_container() -> None:
    """A near duplicate of a contained text is paired with the text that contains both."""
    part = SENTENCES[0] + " " + SENTENCES[1] + " " + SENTENCES[2]
    texts = {"a": part, "b": part + " Fin.", "c": " ".join(SENTENCES[:5]) + " " + part.upper()[::-1]}
    pairs = find(pl.DataFrame({"id": list(texts), "text": list(texts.values())}))

    assert {("a", "b"), ("a", "c"), ("b", "c")} == set(pairs.select("a", "b").iter_rows())
    assert pairs["kind"].to_list() == ["near", "contained", "contained"]


def test_repetition_is_not_quadratic() -> None:
    """Texts that repeat one word ten thousand times are compared in linear time."""
    pairs = find(pl.DataFrame({"id": ["a", "b"], "text": ["ha " * 10_000, "ha " * 9_000 + "ho"]}))

    assert pairs["kind"].to_list() == ["contained"]
    assert pairs["coverage_b"][0] > 0.99


def test_no_texts() -> None:
    """An empty table of texts has no overlaps."""
    assert find(pl.DataFrame(schema={"id": pl.String, "text": pl.String})).equals(pl.DataFrame(schema=OVERLAP))
