"""pipeline/saring/exemptions.py: exceptions of corpus.toml keep their texts, whichever edits they forbid."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import exemptions
from saring.clean_batch import Prepared, clean, prepare
from saring.config import Config, Dataset, ExemptedText, Name
from saring.config.rules import load_packs
from saring.core import ledger
from saring.core.errors import ConfigError
from saring.core.tables import OVERLAP, REJECTION, SCRAPE, empty_table
from saring.release import validation

if TYPE_CHECKING:
    from saring.clean_batch import Cleaned

ID = "0123456789abcdef0123"
NAMES = (
    Name(canonical="Durov", kind="person", variants=("DuRove",), full="Pavel Durov"),
    Name(canonical="Kaliurang", kind="place", variants=("Kali Urang",)),
)
CONFIG = Config(dataset=Dataset(name="a", languages=("id", "fr", "en")), rules=load_packs(), names=NAMES)

#: Paragraphs of which some are noise, some hold a name variant, some damaged encoding, and some more than one of these.
PARTS = (
    "Nelayan menepi lebih awal karena ombak tinggi, kata ketua kelompok di dermaga barat.",
    "Baca juga: Ombak tinggi menutup pelabuhan",
    "IKLAN",
    "ADVERTISEMENT",
    "Lurah bertemu DuRove di balai desa, lalu keduanya berjalan ke Kali Urang pada sore hari.",
    "Warung cafÃ© itu dibuka DuRove bersama Ã©poux tetangganya, dan buka sampai malam.",
    "Bagikan ke Facebook",
    "Les pêcheurs sont rentrés tôt, car la houle était forte près de la jetée du nord.",
    "Baca juga: cafÃ© DuRove tutup sementara",
    "0 komentar:",
)


def scrape(text: str, **declared: Any) -> pl.DataFrame:  # noqa: ANN401 - columns of a scrape
    """Return a scrape of flat text, with some declared metadata."""
    row = {"id": f"{ID}.00000000", "source": "a/b.txt", "media_type": "text/plain", "sha256": "ab" * 32, "content": text, **declared}
    return pl.DataFrame([row], schema=SCRAPE)


def cleaned(prepared: Prepared, *keeps: ExemptedText) -> Cleaned:
    """Return a prepared page after cleaning with these exceptions."""
    return clean(prepared, dataclasses.replace(CONFIG, keeps=keeps))


def check(prepared: Prepared, result: Cleaned) -> None:
    """Check the tables and the ledger of a cleaned page as a release does, and that the ledger applies and undoes exactly."""
    roles = {"cluster": None, "role": "kept", "kept_id": ID, "split": "train"}
    documents = result.documents.with_columns(pl.lit(ID).alias("id"), *(pl.lit(v, pl.String).alias(k) for k, v in roles.items()))
    edits = result.edits.with_columns(pl.lit(ID).alias("id"))
    validation.check_tables(validation.Tables(documents.lazy(), edits.lazy(), empty_table(OVERLAP).lazy(), empty_table(REJECTION).lazy()))
    assert validation.schema_violations(edits, "edit").is_empty()
    extracted = ledger.undo(prepared.pages.select("id", "text", "title"), prepared.edits)
    published = result.documents.select("id", "text", "title")
    assert ledger.undo(published, result.edits).equals(extracted)
    assert ledger.apply(extracted, result.edits).equals(published)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=2, max_size=7), st.sampled_from([None, "DuRove dan cafÃ© tua"]), st.data())
def test_any_edits_may_be_exempted(parts: list[str], title: str | None, data: st.DataObject) -> None:
    """The ledger of the remaining edits is valid, applies and undoes; no edit of an exempted rule touches the text to keep."""
    prepared = prepare(scrape("\n\n".join(["Pelabuhan ditutup sehari karena ombak, dan nelayan menunggu.", *parts]), title=title))
    before = cleaned(prepared)
    chosen = data.draw(st.lists(st.sampled_from(range(before.edits.height)), unique=True)) if before.edits.height else []
    rows = before.edits.select("rule", "original", "field").rows()
    keeps = [ExemptedText(id=ID, rule=rows[index][0], keep=rows[index][1].strip() or rows[index][1]) for index in chosen]

    after = cleaned(prepared, *keeps)

    check(prepared, after)
    for keep in keeps:
        assert after.edits.filter((pl.col("rule") == keep.rule) & pl.col("original").str.contains(keep.keep, literal=True)).is_empty()
    effective = after.effects.filter(pl.col("effect") == "exempted").select("rule", "text").rows()
    # Where a repair is exempted, a later step receives another text, and a text to keep that was quoted from the repaired one may not occur
    # in it.
    if all(keep.rule != "ftfy" for keep in keeps):
        assert {(keep.rule, keep.keep) for keep in keeps} == set(effective)


_PAGE = (
    "JAKARTA, KOMPAS.com - Nelayan menepi lebih awal karena ombak tinggi, kata ketua kelompok di dermaga barat.\n\n"
    "IKLAN\n\n"
    "Baca juga: CafÃ© Baru di Tepi Pantai\n\n"
    "Warung cafÃ© itu dibuka DuRove pada hari Senin, dan “cafÃ© DuRove” tertulis di papan namanya yang lama.\n\n"
    "ADVERTISEMENT\n\n"
    "Para tamu menulis di buku “DuRove” lalu pulang membawa ikan asin dan kerupuk udang."
)


@pytest.mark.parametrize(
    ("rule", "keep", "kept", "changed"),
    [
        ("ad-label", "IKLAN", ["\n\nIKLAN\n\n"], ["ADVERTISEMENT"]),
        ("ad-label", "ADVERTISEMENT", ["\n\nADVERTISEMENT\n\n"], ["IKLAN"]),
        ("ad-label", "VERTISE", ["ADVERTISEMENT"], ["IKLAN"]),
        ("ad-label", "IKLAN\n\nBaca juga", ["IKLAN"], ["Baca juga", "ADVERTISEMENT"]),
        ("related-label", "Café Baru di Tepi Pantai", ["Baca juga: Café Baru di Tepi Pantai"], ["IKLAN"]),
        ("related-label", "CafÃ© Baru di Tepi Pantai", ["Baca juga: Café Baru di Tepi Pantai"], ["IKLAN"]),
        ("ftfy", "Warung cafÃ© itu", ["Warung cafÃ© itu", "“café Durov”"], ["IKLAN"]),
        ("name:Durov", "buku “DuRove” lalu", ["buku “DuRove” lalu", "dibuka Durov"], ["IKLAN"]),
        ("name:Durov", "“cafÃ© DuRove” tertulis", ["“café DuRove” tertulis", "buku “Durov”"], []),
        ("name:Durov", "“café DuRove” tertulis", ["“café DuRove” tertulis", "buku “Durov”"], []),
        ("ftfy + name:Durov", "“cafÃ© DuRove”", ["“cafÃ© DuRove”", "Warung café", "buku “Durov”"], []),
        ("dateline-place-site", "KOMPAS.com", ["JAKARTA, KOMPAS.com - Nelayan"], ["IKLAN"]),
        ("name:Durov", "di papan nama yang lain", ["“café Durov”"], ["DuRove", "IKLAN"]),
        ("ad-label", "", ["IKLAN", "ADVERTISEMENT"], ["Baca juga"]),
    ],
)
def test_the_text_to_keep_is_quoted_in_any_way(rule: str, keep: str, kept: list[str], changed: list[str]) -> None:
    """In part, with more around it, as it was extracted or as it is published; the rule still changes the rest of the document."""
    prepared = prepare(scrape(_PAGE))

    result = cleaned(prepared, ExemptedText(id=ID, rule=rule, keep=keep))

    check(prepared, result)
    text = result.documents["text"][0]
    assert [part for part in kept if part not in text] == []
    assert [part for part in changed if part in text] == []


@pytest.mark.parametrize(
    ("id_", "applies"),
    [
        (ID, True),
        (ID[:4], True),
        (ID[:9].upper(), True),
        (f"{ID}.abab", True),
        (f"{ID}.abab" + "ab" * 30, True),
        (f"{ID}.00000000", False),
        (f"{ID[:19]}f", False),
        ("a/b.txt", True),
        ("raw/a/b.txt", True),
        ("b.txt", False),
    ],
)
def test_a_document_is_named_by_its_published_id_or_source(id_: str, applies: bool) -> None:  # noqa: FBT001 - a case
    """Or by the beginning of that id, and one scrape of a page by digits of its hash; working ids, which no release shows, do not count."""
    text = cleaned(prepare(scrape(_PAGE)), ExemptedText(id=id_, rule="ad-label", keep="IKLAN")).documents["text"][0]

    assert ("IKLAN" in text) is applies


def test_a_line_that_is_kept_gives_no_metadata() -> None:
    """A date line that stays in the text sets no publication date or site, and does not count in the removed share."""
    page = f"Diterbitkan Selasa, 12 Mar 2019 | 14:05 WIB\n\n{_PAGE}"
    prepared = prepare(scrape(page))
    plain = cleaned(prepared)
    rule = plain.edits.filter(pl.col("original").str.contains("12 Mar 2019"))["rule"][0]

    kept = cleaned(
        prepared, ExemptedText(id=ID, rule=rule, keep="12 Mar 2019"), ExemptedText(id=ID, rule="dateline-place-site", keep="KOMPAS.com")
    )

    assert plain.documents.select("created", "site").null_count().row(0) == (0, 0)
    assert kept.documents.select("created", "site").null_count().row(0) == (1, 1)
    removed = kept.edits.filter(pl.col("step") == "noise").select((pl.col("end") - pl.col("start")).sum()).item()
    assert kept.documents["removed_share"][0] == pytest.approx(removed / len(page))
    assert kept.documents["removed_share"][0] < plain.documents["removed_share"][0]


@pytest.mark.parametrize(
    ("keep", "authors"),
    [("DuRove", ["Pavel DuRove", "Sari"]), ("Pavel DuRove", ["Pavel DuRove", "Sari"]), ("buku “DuRove”", ["Pavel Durov", "Sari"])],
)
def test_an_author_is_kept_where_the_name_itself_is(keep: str, authors: list[str]) -> None:
    """An exception that quotes more of the text than the name does not apply to the authors."""
    prepared = prepare(scrape(_PAGE, authors=["Pavel DuRove", "Sari"]))

    result = cleaned(prepared, ExemptedText(id=ID, rule="name:Durov", keep=keep))

    assert result.documents["authors"][0].to_list() == authors
    assert set(result.effects["effect"]) >= {"exempted", "unlisted"}
    assert set(result.effects["id"]) == set(prepared.pages["id"])


@pytest.mark.parametrize(
    ("id_", "matching"),
    [("0123", 3), ("01234", 2), ("0123456", 1), ("ffff", 0), ("0123456789abcdef0123", 1), ("a/b.txt", 0)],
)
def test_the_beginning_of_several_ids_is_an_error(id_: str, matching: int) -> None:
    """The error names the exception and the ids; several scrapes of one page are one document."""
    heads = ["0123456789abcdef0123", "0123456789abcdef0123", "01234fffffffffffffff", "0123ffffffffffffffff"]
    working = pl.Series([f"{head}.{number:08d}" for number, head in enumerate(heads)])
    keeps = (ExemptedText(id="ffff", rule="x", keep="y"), ExemptedText(id=id_, rule="x", keep="y"))

    if matching < 2:
        exemptions.check_exemptions(keeps, working)
        return
    with pytest.raises(ConfigError, match=rf"exception\[1\].id: expected .* which {matching} ids begin with: 0123456789abcdef0123, "):
        exemptions.check_exemptions(keeps, working)


@pytest.mark.parametrize(
    ("rule", "rules"),
    [
        ("ad-label", {"ad-label"}),
        ("ftfy + name:Durov", {"ftfy + name:Durov", "ftfy", "name:Durov"}),
        ("classifier", {"classifier", "site-line"}),
        ("site-line", {"classifier", "site-line"}),
        ("ftfy + classifier", {"ftfy + classifier", "ftfy", "classifier", "site-line"}),
    ],
)
def test_an_exception_is_for_rules_as_explain_shows_them(rule: str, rules: set[str]) -> None:
    """Several rules that made one change, joined by " + "; and both rule ids of the classifier for either of them."""
    assert exemptions.exempted_rules(ExemptedText(id=ID, rule=rule, keep="a")) == rules
