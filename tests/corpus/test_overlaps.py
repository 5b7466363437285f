"""`overlap.find`: the cases in tests/cases/overlap.toml, and what holds for any texts."""

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
a_text = st.lists(st.sampled_from(SENTENCES) | st.text(max_size=6), max_size=7).map(" ".join) | st.none()
some_texts = st.lists(a_text, max_size=7).map(
    lambda texts: pl.DataFrame(
        {"id": [f"t{place}" for place in range(len(texts))], "text": texts}, schema=dict.fromkeys(("id", "text"), pl.String)
    )
)


def find(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the links with the default thresholds."""
    return overlaps.find_overlaps(texts, Overlap())


def said(text: str) -> list[int]:
    """Return the words of a text, as far as they are compared."""
    return list(tokenize(pl.Series([text])).hashes)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """Each pair of texts is linked as the case says, or not at all; either text may come first."""
    for texts in ((case["a"], case["b"]), (case["b"], case["a"])):
        links = find(pl.DataFrame({"id": ["a", "b"], "text": texts}))

        assert [case["kind"]] if "kind" in case else links["kind"].to_list() == []
        if "lesser" in case:
            counts = [len(said(text)) for text in texts]
            column = "coverage_a" if counts[0] <= counts[1] else "coverage_b"
            assert case["lesser"] <= links[column][0]


def test_cases_without_a_link_say_why() -> None:
    """A near miss explains itself."""
    assert all(("kind" in case) != ("why" in case) for case in CASES)


@settings(deadline=None, max_examples=25)
@given(some_texts, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(texts: pl.DataFrame, random: Any) -> None:  # noqa: ANN401 (hypothesis' own Random)
    """Shuffled rows give the same links, and so does a second look."""
    places = list(range(texts.height))
    random.shuffle(places)
    shuffled = texts[places] if places else texts

    assert find(texts).equals(find(shuffled))
    assert find(texts).equals(find(texts.with_columns(language=pl.lit("id"))))


@settings(deadline=None, max_examples=40)
@given(some_texts)
def test_links_are_whole(texts: pl.DataFrame) -> None:
    """Columns, order of ids and range of every number are as promised, and each pair comes once."""
    links = find(texts)

    assert links.schema == OVERLAP
    assert (links["a"] < links["b"]).all()
    assert links.equals(links.sort("a", "b"))
    assert links.select("a", "b").is_unique().all()
    assert set(links["kind"]) <= {"exact", "near", "contained", "template", "retranslation", "translation"}
    for column in ("score", "coverage_a", "coverage_b"):
        assert links[column].is_between(0, 1).all()


@settings(deadline=None, max_examples=60)
@given(some_texts)
def test_passages_say_the_same(texts: pl.DataFrame) -> None:
    """A passage lies in both texts, in order of a, over no other; with score 1 its words are the same in both, unless they are retold."""
    text = dict(texts.fill_null("").iter_rows())
    for link in find(texts).iter_rows(named=True):
        a, b, done = text[link["a"]], text[link["b"]], 0
        for passage in link["passages"]:
            assert done <= passage["a_start"] < passage["a_end"] <= len(a)
            assert 0 <= passage["b_start"] < passage["b_end"] <= len(b)
            done = passage["a_end"]
            one, other = said(a[passage["a_start"] : passage["a_end"]]), said(b[passage["b_start"] : passage["b_end"]])
            assert one
            assert link["kind"] in ("retranslation", "translation") or (one == other) == (passage["score"] == 1)


@settings(deadline=None, max_examples=40)
@given(some_texts)
def test_exact_is_exact(texts: pl.DataFrame) -> None:
    """Two texts with the same words, and only such, hang together by exact links."""
    group = {id_: said(text or "") for id_, text in texts.iter_rows()}
    links = find(texts)
    leads = {id_: id_ for id_ in group}
    for a, b in links.filter(pl.col("kind") == "exact").select("a", "b").iter_rows():
        assert group[a] == group[b]
        leads[b] = leads[a]
    for id_, of in group.items():
        first = min(other for other in group if group[other] == of)
        assert leads[id_] == (first if of else id_)


def test_passages_of_a_vocalised_copy_refer_to_both_texts() -> None:
    """Each passage begins and ends with its words in either text, marks included, whatever stands around them."""
    vocalised = "كَتَبَ القَاضِي رِسَالَةً إِلَى أَهْلِ المَدِينَةِ وَوَضَعَهَا عَلَى بَابِ السُّوقِ قَبْلَ طُلُوعِ الشَّمْسِ بِسَاعَةٍ"
    plain = "كتب القاضي رســـالة الى اهل المدينة ووضعها على باب السوق قبل طلوع الشمس بساعة"
    a = f"نص أول لا علاقة له بما يليه.\n{vocalised}، وهنا كلام آخر عن السوق والميناء."
    (link,) = find(pl.DataFrame({"id": ["a", "b"], "text": [a, f"«{plain}»"]})).rows(named=True)
    (passage,) = link["passages"]

    assert a[passage["a_start"] : passage["a_end"]] == vocalised
    assert (passage["b_start"], passage["b_end"], passage["score"]) == (1, 1 + len(plain), 1.0)
    assert (link["kind"], link["coverage_b"]) == ("contained", 1.0)


def test_copies_are_a_star() -> None:
    """A thousand copies make 999 links and not half a million."""
    text = "Rapat desa menunda keputusan tentang pasar malam sampai kepala adat pulang."
    links = find(pl.DataFrame({"id": [f"{n:04}" for n in range(1000)], "text": [text + " " * (n % 2) for n in range(1000)]}))

    assert links.height == 999
    assert set(links["a"]) == {"0000"}


def test_mirrors_with_a_counter_stay_linear() -> None:
    """Hundreds of texts that differ in one word make a few links each, and all are linked to the most complete."""
    text = "Le conseil a voté le budget de la bibliothèque, du port et des trois écoles, puis il a dîné."
    texts = pl.DataFrame({"id": [f"{n:04}" for n in range(400)], "text": [f"{text} Page {n:0{4 + (n == 77)}}" for n in range(400)]})
    links = find(texts)

    assert links.height < 10 * 400
    assert links.filter((pl.col("a") == "0077") | (pl.col("b") == "0077")).height == 399


def test_a_copy_of_a_part_is_found_through_what_it_is_like() -> None:
    """A near duplicate of a contained text is looked at beside the text that contains it."""
    part = SENTENCES[0] + " " + SENTENCES[1] + " " + SENTENCES[2]
    texts = {"a": part, "b": part + " Fin.", "c": " ".join(SENTENCES[:5]) + " " + part.upper()[::-1]}
    links = find(pl.DataFrame({"id": list(texts), "text": list(texts.values())}))

    assert {("a", "b"), ("a", "c"), ("b", "c")} == set(links.select("a", "b").iter_rows())
    assert links["kind"].to_list() == ["near", "contained", "contained"]


def test_repetition_is_not_quadratic() -> None:
    """Texts that say one word ten thousand times are compared all the same."""
    links = find(pl.DataFrame({"id": ["a", "b"], "text": ["ha " * 10_000, "ha " * 9_000 + "ho"]}))

    assert links["kind"].to_list() == ["contained"]
    assert links["coverage_b"][0] > 0.99


def test_no_texts() -> None:
    """No texts have no links."""
    assert find(pl.DataFrame(schema={"id": pl.String, "text": pl.String})).equals(pl.DataFrame(schema=OVERLAP))
