"""pipeline/saring/tools/suggest_names/suggest.py: variants that nobody has listed, and look-alikes that are none."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from rich.console import Console

from saring.config import Name
from saring.core.tables import OVERLAP, empty_table
from saring.tools.suggest_names.suggest import SUGGESTION, suggest_names
from saring.tools.suggest_names.table import table


def _documents(*texts: tuple[str, str, str]) -> pl.DataFrame:
    """Documents from (id, language, text)."""
    return pl.DataFrame(
        {
            "id": [id_ for id_, _, _ in texts],
            "text": [text for _, _, text in texts],
            "language": [language for _, language, _ in texts],
            "site": [f"{id_}.example" for id_, _, _ in texts],
            "source": [f"{id_}.txt" for id_, _, _ in texts],
        }
    )


def _link(documents: pl.DataFrame, a: str, b: str, *said: tuple[str, str], kind: str = "translation") -> dict[str, Any]:
    texts = dict(documents.select("id", "text").iter_rows())
    passages = [
        {
            "a_start": texts[a].index(x),
            "a_end": texts[a].index(x) + len(x),
            "b_start": texts[b].index(y),
            "b_end": texts[b].index(y) + len(y),
            "score": 0.9,
        }
        for x, y in said
    ]
    return {"a": a, "b": b, "kind": kind, "score": 0.9, "coverage_a": 0.5, "coverage_b": 0.5, "passages": passages}


_ID = "Pendiri Telegram DuRove ditahan di Paris. Ia membantah. DuRove berjanji akan bekerja sama."
_FR = (
    "Le fondateur de Telegram, Pavel Durov, a été arrêté à Paris, à l'aéroport du Bourge. La durée est inconnue. Durov promet de coopérer."
)
_PAGES = _documents(
    ("a", "id", _ID),
    ("b", "fr", _FR),
    ("c", "id", "Pavel Durov datang ke Jakarta. Menurut Durov, Telegram aman."),
    ("d", "id", "Nikolai Durov, kakaknya, menulis protokol. Nikolai diam."),
)
_LINKS = pl.DataFrame(
    [
        _link(
            _PAGES,
            "a",
            "b",
            ("Pendiri Telegram DuRove ditahan di Paris.", "Le fondateur de Telegram, Pavel Durov, a été arrêté à Paris"),
            ("DuRove berjanji akan bekerja sama.", "Durov promet de coopérer."),
        )
    ],
    schema=OVERLAP,
)


def test_aligned_passages_put_the_variant_first() -> None:
    """One translation says DuRove where the other says Durov: twice, and both places are shown."""
    first = suggest_names(_PAGES, _LINKS, ()).row(0, named=True)

    assert (first["verdict"], first["canonical"], first["variant"], first["aligned"]) == ("propose", "Durov", "DuRove", 2)
    assert (first["documents"], first["languages"], first["canonical_documents"]) == (1, ["id"], 3)
    assert {passage["a_text"] for passage in first["passages"]} == {
        "Pendiri Telegram DuRove ditahan di Paris.",
        "DuRove berjanji akan bekerja sama.",
    }
    assert first["neighbours"] == ["Paris", "Telegram"]
    assert not first["registered"]


def test_a_name_beside_an_aligned_passage_counts_for_half() -> None:
    """A translation that turns what he said into the first person leaves his name in the sentence beside it."""
    pages = _documents(
        ("a", "id", "Demikian DuRove. Perusahaan menghapus jutaan kiriman."),
        ("b", "id", "Perusahaan itu menghapus jutaan kiriman. Demikian kata Durov."),
        ("c", "id", "Durov pulang."),
    )
    said = ("Perusahaan menghapus jutaan kiriman.", "Perusahaan itu menghapus jutaan kiriman.")
    links = pl.DataFrame([_link(pages, "a", "b", said, kind="retranslation")], schema=OVERLAP)

    found = suggest_names(pages, links, ())

    assert found.select("verdict", "canonical", "variant", "aligned", "beside").rows() == [("propose", "Durov", "DuRove", 0, 1)]
    assert found["passages"][0][0]["a_text"].startswith("Demikian DuRove.")


def test_the_spelling_of_another_language_is_no_variant() -> None:
    """Passages that set Rusia against Russie are a translation, not a mistake; a capital inside a word is one in any language."""
    pages = _documents(
        ("a", "id", "Perusahaan itu ditutup di Rusia. Menurut Durov, ia tidak menyesal."),
        ("b", "fr", "L'entreprise a fermé en Russie. Selon DuRove, il ne regrette rien."),
        ("c", "id", "Di Rusia Durov dikenal."),
    )
    said = [
        ("Perusahaan itu ditutup di Rusia.", "L'entreprise a fermé en Russie."),
        ("Menurut Durov, ia tidak menyesal.", "Selon DuRove, il ne regrette rien."),
    ]
    links = pl.DataFrame([_link(pages, "a", "b", *said)], schema=OVERLAP)

    found = suggest_names(pages, links, ())

    assert found.filter(pl.col("verdict") == "propose").select("canonical", "variant").rows() == [("Durov", "DuRove")]


def test_look_alikes_are_risks_with_a_reason() -> None:
    """A place, a common word and a brother are listed, and not proposed."""
    found = suggest_names(_PAGES, _LINKS, ())
    risks = dict(found.filter(pl.col("verdict") == "risk").select("variant", "reason").iter_rows())

    assert found.filter(pl.col("verdict") == "propose")["variant"].to_list() == ["DuRove"]
    assert risks["du Bourge"] == "a small word and a name"
    assert risks["durée"] == "a common word"
    assert risks["Nikolai Durov"] == "another person or thing of this name"


def test_the_registered_spelling_is_the_name() -> None:
    """Even where the corpus prefers the other one; and what is registered is no suggestion."""
    dourov = Name(canonical="DuRove", kind="person")
    listed = Name(canonical="Durov", kind="person", variants=("DuRove",))

    assert suggest_names(_PAGES, _LINKS, (dourov,)).row(0, named=True)["variant"] == "Durov"
    assert "DuRove" not in suggest_names(_PAGES, _LINKS, (listed,))["variant"].to_list()


@pytest.mark.parametrize(
    ("documents", "variant", "reason"),
    [
        pytest.param(
            _documents(
                ("a", "id", "Putin di Moskow."),
                ("b", "id", "Kata Putin di Moskow."),
                ("c", "id", "Putin."),
                ("d", "fr", "Poutine à Moscou."),
                ("e", "fr", "Selon Poutine."),
            ),
            "Poutine",
            "may be the usual spelling in fr",
            id="another language has its own spelling",
        ),
        pytest.param(
            _documents(("a", "id", "Sutrisno dan Soetrisno di Solo."), ("b", "id", "Sutrisno dari Solo."), ("c", "id", "Kata Sutrisno.")),
            "Soetrisno",
            "Sutrisno stands in 1 of its 1 document too",
            id="one page has both",
        ),
        pytest.param(
            _documents(("a", "id", "Sutrisno tiba."), ("b", "id", "Kata Sutrisno."), ("c", "id", "Lalu Soetrisno pulang.")),
            "Soetrisno",
            "only looks alike: no aligned passage, and no common neighbour of one sound",
            id="nothing else in common",
        ),
    ],
)
def test_likeness_alone_is_not_enough(documents: pl.DataFrame, variant: str, reason: str) -> None:
    """A registered name's look-alike is listed with what speaks against it."""
    names = [Name(canonical=canonical, kind="person") for canonical in ("Putin", "Sutrisno")]

    found = suggest_names(documents, empty_table(OVERLAP), names)

    assert found.select("verdict", "variant", "reason").rows() == [("risk", variant, reason)]


def test_common_neighbours_and_one_sound_make_a_proposal() -> None:
    """Without any link between documents."""
    documents = _documents(
        ("a", "id", "Presiden Sutrisno membuka pasar di Solo."),
        ("b", "id", "Di Solo, Sutrisno bicara."),
        ("c", "id", "Pasar di Solo dibuka oleh Soetrisno."),
    )

    found = suggest_names(documents, empty_table(OVERLAP), ())

    assert found.select("verdict", "canonical", "variant", "neighbours").rows() == [("propose", "Sutrisno", "Soetrisno", ["Solo"])]


@pytest.mark.parametrize("texts", [[], [("a", "id", "")], [("a", "id", "tanpa nama")], [("a", "id", "Satu Nama Saja")]])
def test_a_corpus_without_variants_gives_an_empty_table(texts: list[tuple[str, str, str]]) -> None:
    """With its columns; so does one without documents."""
    documents = _documents(*texts).cast(pl.String)
    found = suggest_names(documents, empty_table(OVERLAP), ())

    assert found.rows() == []
    assert found.schema == SUGGESTION


def test_an_inflected_name_is_no_variant() -> None:
    """The matcher keeps endings by itself."""
    documents = _documents(("a", "id", "Telegramnya di Jakarta rusak."), ("b", "id", "Telegram dari Jakarta."), ("c", "id", "Telegram."))

    assert suggest_names(documents, empty_table(OVERLAP), ()).rows() == []


def test_the_table_shows_the_evidence() -> None:
    """Number, passages, risks; nothing in it can steer a terminal."""
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=False, stderr=True)
    with console.capture() as captured:
        for part in table(suggest_names(_PAGES, _LINKS, ())):
            console.print(part, soft_wrap=True)
    shown = captured.get()

    assert "1  DuRove" in shown
    assert "a: … Pendiri Telegram DuRove ditahan di Paris. …" in shown
    assert "not proposed: du Bourge for Durov: a small word and a name" in shown
