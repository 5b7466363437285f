"""pipeline/saring/tools/suggest_names/suggest.py: variants that the registry lacks, and look-alikes that are no variants."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from saring.config import Name
from saring.core.tables import OVERLAP, empty_table
from saring.tools.suggest_names.suggest import SUGGESTION, suggest_names


def _documents(*texts: tuple[str, str, str]) -> pl.DataFrame:
    """Return documents from triples of id, language and text, each on a site of its own."""
    return pl.DataFrame(
        {
            "id": [id_ for id_, _, _ in texts],
            "text": [text for _, _, text in texts],
            "language": [language for _, language, _ in texts],
            "site": [f"{id_}.example" for id_, _, _ in texts],
            "source": [f"{id_}.txt" for id_, _, _ in texts],
        }
    )


def _overlap(documents: pl.DataFrame, a: str, b: str, *aligned: tuple[str, str], kind: str = "translation") -> dict[str, Any]:
    """Return a row of `OVERLAP` for two documents with these pairs of aligned passages."""
    texts = dict(documents.select("id", "text").iter_rows())
    passages = [
        {
            "a_start": texts[a].index(x),
            "a_end": texts[a].index(x) + len(x),
            "b_start": texts[b].index(y),
            "b_end": texts[b].index(y) + len(y),
            "score": 0.9,
        }
        for x, y in aligned
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
_OVERLAPS = pl.DataFrame(
    [
        _overlap(
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
    """Two pairs of aligned passages have DuRove on one side and Durov on the other; both passages are returned as evidence."""
    first = suggest_names(_PAGES, _OVERLAPS, ()).row(0, named=True)

    assert (first["verdict"], first["canonical"], first["variant"], first["aligned"]) == ("propose", "Durov", "DuRove", 2)
    assert (first["documents"], first["languages"], first["canonical_documents"]) == (1, ["id"], 3)
    assert {passage["a_text"] for passage in first["passages"]} == {
        "Pendiri Telegram DuRove ditahan di Paris.",
        "DuRove berjanji akan bekerja sama.",
    }
    assert first["neighbours"] == ["Paris", "Telegram"]
    assert not first["registered"]


def test_names_beside_aligned_passages_are_counted_separately() -> None:
    """A translation that turns reported speech into the first person leaves the name in the sentence beside it."""
    pages = _documents(
        ("a", "id", "Demikian DuRove. Perusahaan menghapus jutaan kiriman."),
        ("b", "id", "Perusahaan itu menghapus jutaan kiriman. Demikian kata Durov."),
        ("c", "id", "Durov pulang."),
    )
    aligned = ("Perusahaan menghapus jutaan kiriman.", "Perusahaan itu menghapus jutaan kiriman.")
    overlaps = pl.DataFrame([_overlap(pages, "a", "b", aligned, kind="retranslation")], schema=OVERLAP)

    suggestions = suggest_names(pages, overlaps, ())

    assert suggestions.select("verdict", "canonical", "variant", "aligned", "beside").rows() == [("propose", "Durov", "DuRove", 0, 1)]
    assert suggestions["passages"][0][0]["a_text"].startswith("Demikian DuRove.")


def test_the_usual_spelling_of_another_language_is_no_variant() -> None:
    """Rusia and Russie in aligned passages are a translation; a capital inside a word is a mistake in any language."""
    pages = _documents(
        ("a", "id", "Perusahaan itu ditutup di Rusia. Menurut Durov, ia tidak menyesal."),
        ("b", "fr", "L'entreprise a fermé en Russie. Selon DuRove, il ne regrette rien."),
        ("c", "id", "Di Rusia Durov dikenal."),
    )
    aligned = [
        ("Perusahaan itu ditutup di Rusia.", "L'entreprise a fermé en Russie."),
        ("Menurut Durov, ia tidak menyesal.", "Selon DuRove, il ne regrette rien."),
    ]
    overlaps = pl.DataFrame([_overlap(pages, "a", "b", *aligned)], schema=OVERLAP)

    suggestions = suggest_names(pages, overlaps, ())

    assert suggestions.filter(pl.col("verdict") == "propose").select("canonical", "variant").rows() == [("Durov", "DuRove")]


def test_look_alikes_are_risks_with_a_reason() -> None:
    """A place, a common word and a brother of the person are listed as risks, and not proposed."""
    suggestions = suggest_names(_PAGES, _OVERLAPS, ())
    risks = dict(suggestions.filter(pl.col("verdict") == "risk").select("variant", "reason").iter_rows())

    assert suggestions.filter(pl.col("verdict") == "propose")["variant"].to_list() == ["DuRove"]
    assert risks["du Bourge"] == "a particle and a name"
    assert risks["durée"] == "a common word"
    assert risks["Nikolai Durov"] == "another person or thing of this name"


def test_the_registered_spelling_is_canonical() -> None:
    """Even where the corpus prefers the other spelling; and a registered variant is not suggested again."""
    misspelled = Name(canonical="DuRove", kind="person")
    registered = Name(canonical="Durov", kind="person", variants=("DuRove",))

    assert suggest_names(_PAGES, _OVERLAPS, (misspelled,)).row(0, named=True)["variant"] == "Durov"
    assert "DuRove" not in suggest_names(_PAGES, _OVERLAPS, (registered,))["variant"].to_list()


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
            "Sutrisno occurs in 1 of the variant's 1 document too",
            id="one page has both",
        ),
        pytest.param(
            _documents(("a", "id", "Sutrisno tiba."), ("b", "id", "Kata Sutrisno."), ("c", "id", "Lalu Soetrisno pulang.")),
            "Soetrisno",
            "only the spelling is similar: no aligned passage, nor an equal sound together with a common neighbour",
            id="no common neighbours",
        ),
    ],
)
def test_similarity_alone_is_not_enough(documents: pl.DataFrame, variant: str, reason: str) -> None:
    """A look-alike of a registered name without further evidence is a risk, with the reason."""
    names = [Name(canonical=canonical, kind="person") for canonical in ("Putin", "Sutrisno")]

    suggestions = suggest_names(documents, empty_table(OVERLAP), names)

    assert suggestions.select("verdict", "variant", "reason").rows() == [("risk", variant, reason)]


def test_common_neighbours_and_one_sound_make_a_proposal() -> None:
    """A pair of spellings with both is proposed even without aligned passages."""
    documents = _documents(
        ("a", "id", "Presiden Sutrisno membuka pasar di Solo."),
        ("b", "id", "Di Solo, Sutrisno bicara."),
        ("c", "id", "Pasar di Solo dibuka oleh Soetrisno."),
    )

    suggestions = suggest_names(documents, empty_table(OVERLAP), ())

    assert suggestions.select("verdict", "canonical", "variant", "neighbours").rows() == [("propose", "Sutrisno", "Soetrisno", ["Solo"])]


@pytest.mark.parametrize("texts", [[], [("a", "id", "")], [("a", "id", "tanpa nama")], [("a", "id", "Satu Nama Saja")]])
def test_a_corpus_without_variants_gives_an_empty_table(texts: list[tuple[str, str, str]]) -> None:
    """The table has all columns, also for a corpus without documents."""
    documents = _documents(*texts).cast(pl.String)
    suggestions = suggest_names(documents, empty_table(OVERLAP), ())

    assert suggestions.rows() == []
    assert suggestions.schema == SUGGESTION


def test_an_inflected_name_is_no_variant() -> None:
    """Inflections need no registration: the matcher keeps endings by itself."""
    documents = _documents(("a", "id", "Telegramnya di Jakarta rusak."), ("b", "id", "Telegram dari Jakarta."), ("c", "id", "Telegram."))

    assert suggest_names(documents, empty_table(OVERLAP), ()).rows() == []
