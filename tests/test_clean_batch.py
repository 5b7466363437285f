"""pipeline/saring/clean_batch.py: the ledger of a cleaned batch is valid, applies and undoes; exceptions keep their texts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import read
from saring.clean_batch import Cleaned, Prepared, clean, prepare
from saring.config import Config, Dataset, ExemptedText, Name, Noise, load_config
from saring.config.rules import load_packs
from saring.core import ledger
from saring.core.tables import CLEANED, PAGE_TYPES, REJECTION, SCRAPE
from saring.read.declared_metadata import NO_METADATA
from saring.read.jsonl import Line, line_scrape, parse_line
from saring.read.scrape import Scrape, scrape_table
from saring.release.validation import schema_violations

HOME = Path(__file__).parents[1]
SAMPLE_CONFIG = load_config(HOME / "corpus.toml")
SAMPLES = pl.concat([batch.scrapes for batch in read.read_batches(HOME / "raw", SAMPLE_CONFIG)])

#: Every rule pack, and two names, of which one has variants in one language only.
CONFIG = Config(
    dataset=Dataset(name="a", languages=("id", "fr", "en")),
    rules=load_packs(),
    names=(
        Name(canonical="Durov", kind="person", variants=("DuRove", "Du Rove"), full="Pavel Durov"),
        Name(canonical="Kaliurang", kind="place", variants=("Kali Urang",), languages=("id",)),
    ),
)


def assert_ledger_holds(prepared: Prepared, cleaned: Cleaned) -> None:
    """Hold the ledger of a cleaned batch to its promises: the schema, spans, numbering, and that it applies and undoes exactly."""
    edits, documents = cleaned.edits, cleaned.documents
    assert schema_violations(edits, "edit").rows() == []

    # Each edit is one of a document, and spans what it quotes.
    assert edits.join(documents, on="id", how="anti").rows() == []
    assert edits.filter(pl.col("end") - pl.col("start") != pl.col("original").str.len_chars()).rows() == []

    # The edits of one step and field are numbered from 0, by position, and do not overlap.
    by_position = edits.sort("id", "step", "field", "start", "end", "seq")
    keys = ("id", "step", "field")
    numbered = by_position.with_columns(
        pl.int_range(pl.len()).over(keys).alias("number"), pl.col("end").shift(fill_value=0).over(keys).alias("previous_end")
    )
    assert numbered.filter(pl.col("seq") != pl.col("number")).rows() == []
    assert numbered.filter(pl.col("start") < pl.col("previous_end")).rows() == []

    # Undone, the ledger gives the extracted text and title of each document; applied to those, it gives the document.
    extracted = ledger.undo(prepared.pages.select("id", "text", "title"), prepared.edits)
    extracted = documents.select("id").join(extracted, on="id", how="left", maintain_order="left")
    published = documents.select("id", "text", "title")
    undone = ledger.undo(published, edits)
    # A title that was null may be filled by the headline, which the ledger puts back into the text.
    extracted = extracted.with_columns(pl.coalesce("title", undone["title"]).alias("title"))
    assert undone.equals(extracted)
    assert ledger.apply(extracted, edits).equals(published)


def assert_nothing_is_lost(scrapes: pl.DataFrame, cleaned: Cleaned) -> None:
    """Check that every scrape became one document or one rejection, in tables with all their columns."""
    assert (cleaned.documents.schema, cleaned.rejections.schema) == (CLEANED, REJECTION)
    assert sorted([*cleaned.documents["id"], *cleaned.rejections["id"]]) == sorted(scrapes["id"])


def test_the_ledger_of_the_sample_pages_holds() -> None:
    """All scrapes of raw/ in one batch, with the configuration of the samples; each step that changes texts changed some of them."""
    prepared = prepare(SAMPLES)
    cleaned = clean(prepared, SAMPLE_CONFIG)

    assert_ledger_holds(prepared, cleaned)
    assert_nothing_is_lost(SAMPLES, cleaned)
    assert set(cleaned.edits["step"]) == set(ledger.STEPS)


@pytest.mark.parametrize("keep_blank", [False, True], ids=["rejected", "kept"])
def test_the_ledger_of_a_page_that_is_all_noise_holds(keep_blank: bool) -> None:  # noqa: FBT001 - a case
    """Such a page is a rejection without edits; kept to be explained, a document without text, whose edits give its text back."""
    scrapes = scrape_rows([{"media_type": "text/plain", "content": "IKLAN\n\nBagikan ke Facebook"}])
    prepared = prepare(scrapes)
    cleaned = clean(prepared, CONFIG, blank=keep_blank)

    assert_ledger_holds(prepared, cleaned)
    assert_nothing_is_lost(scrapes, cleaned)
    assert cleaned.documents["text"].to_list() == ([""] if keep_blank else [])
    assert cleaned.rejections["reason"].to_list() == ([] if keep_blank else ["nothing-left"])


@pytest.mark.parametrize("blank", [False, True], ids=["built", "explained"])
def test_pages_of_other_types_are_rejected(blank: bool) -> None:  # noqa: FBT001 - a case
    """By `[noise] types`, with type, score and setting in the message; a page whose type extraction knows has that one."""
    scrapes = scrape_rows(
        [{"media_type": "text/plain", "content": "Nelayan menepi lebih awal karena ombak tinggi, kata ketua kelompok."}] * 2
    )
    prepared = prepare(scrapes)
    known = pl.Series("page_type", ["product", "forum"]), pl.Series("page_type_score", [0.75, 0.5], dtype=pl.Float32)
    prepared = prepared._replace(pages=prepared.pages.with_columns(*known))
    cleaned = clean(prepared, dataclasses.replace(CONFIG, noise=Noise(types=("forum", "article"))), blank=blank)

    assert_nothing_is_lost(scrapes, cleaned)
    assert cleaned.documents["page_type"].to_list() == (["product", "forum"] if blank else ["forum"])
    assert cleaned.rejections["reason"].to_list() == ([] if blank else ["page-type"])
    if not blank:
        message = cleaned.rejections["message"][0]
        assert all(part in message for part in ("product", "0.75", 'types = ["forum", "article"]'))


def test_every_document_has_a_type() -> None:
    """Also where the classifier is off; what reads like nothing known, or has no text, is `other`."""
    prepared = prepare(SAMPLES)
    for config in (SAMPLE_CONFIG, dataclasses.replace(SAMPLE_CONFIG, noise=Noise(off=("classifier",)))):
        documents = clean(prepared, config).documents

        assert set(documents["page_type"]) <= set(PAGE_TYPES)
        assert documents["page_type_score"].is_between(0, 1).all()


def scrape_rows(pages: list[dict[str, Any]]) -> pl.DataFrame:
    """Return scrapes with working ids from some of their columns; the others are null."""
    filled = [
        dict.fromkeys(SCRAPE) | {"id": f"{number:020x}.{number:08x}", "source": f"a/{number}", "sha256": "ab" * 32} | page
        for number, page in enumerate(pages)
    ]
    return pl.DataFrame(filled, schema=SCRAPE)


#: Paragraphs of which some are noise, some hold a name variant, some damaged encoding, and some more than one of these.
_PARAGRAPHS = st.sampled_from(
    [
        "Nelayan menepi lebih awal karena ombak tinggi, kata ketua kelompok di dermaga barat.",
        "JAKARTA, KOMPAS.com - Lurah bertemu DuRove di balai desa, lalu keduanya berjalan ke Kali Urang pada sore hari.",
        "Warung cafÃ© itu dibuka DuRove bersama Ã©poux tetangganya, dan buka sampai malam.",
        "Les pêcheurs sont rentrés tôt, car la houle était forte; Du Rove les attendait à Kali Urang.",
        "Baca juga: cafÃ© DuRove tutup sementara",
        "Diterbitkan Selasa, 12 Mar 2019 | 14:05 WIB",
        "IKLAN",
        "ADVERTISEMENT",
        "Bagikan ke Facebook",
        "0 komentar:",
        "😀 DuRove\u00a0e\u0301",
    ]
)
_PARTS = st.lists(_PARAGRAPHS | st.text(max_size=20), min_size=1, max_size=6)
_FLAT_TEXT = st.builds(lambda parts, gap: gap.join(parts), _PARTS, st.sampled_from(["\n", "\n\n", "\r\n", " "]))
_HTML = st.builds(
    lambda parts, tag: f"<html><body><article>{''.join(f'<{tag}>{part}</{tag}>' for part in parts)}</article></body></html>",
    _PARTS,
    st.sampled_from(["p", "div", "li"]),
)
_PAGES = st.one_of(
    st.builds(lambda text: {"media_type": "text/plain", "content": text}, _FLAT_TEXT),
    st.builds(lambda markup: {"media_type": "text/html", "content": markup}, _HTML),
)
_TITLED_PAGES = st.builds(
    lambda page, title, authors: page | {"title": title, "authors": authors},
    _PAGES,
    st.none() | st.sampled_from(["DuRove dan cafÃ© tua", "Pelabuhan ditutup"]),
    st.none() | st.just(["Pavel DuRove"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_TITLED_PAGES, max_size=3), st.booleans())
def test_the_ledger_of_any_batch_holds(pages: list[dict[str, Any]], keep_blank: bool) -> None:  # noqa: FBT001 - drawn
    """Of pages with noise, damaged encoding, name variants and arbitrary characters, in flat text or markup, with titles and without."""
    scrapes = scrape_rows(pages)
    prepared = prepare(scrapes)
    cleaned = clean(prepared, CONFIG, blank=keep_blank)

    assert_ledger_holds(prepared, cleaned)
    assert_nothing_is_lost(scrapes, cleaned)


@settings(max_examples=6, deadline=None)
@given(st.lists(_TITLED_PAGES, min_size=2, max_size=3))
def test_a_page_is_cleaned_alike_alone_and_in_a_batch(pages: list[dict[str, Any]]) -> None:
    """Cleaning one document never looks at another: its document and its edits are the same."""
    scrapes = scrape_rows(pages)
    cleaned = clean(prepare(scrapes), CONFIG)

    for number in range(scrapes.height):
        page = scrapes.slice(number, 1)
        alone = clean(prepare(page), CONFIG)
        assert cleaned.documents.join(page, on="id", how="semi").equals(alone.documents)
        assert cleaned.edits.join(page, on="id", how="semi", maintain_order="left").equals(alone.edits)


_TEXT = "Ia menandatangani surat itu dengan nama “DuRove” saja.\nKemudian DuRove pulang ke rumahnya di kota."


def _scrape(text: str) -> Scrape:
    """Return a scrape of a JSON line that holds a text and nothing else."""
    line = Line(place="x#1", line=b'{"text": "%s"}' % text.replace("\n", "\\n").encode())
    record, charset = parse_line(line.line)
    return line_scrape(record, charset, line, NO_METADATA)


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ("DuRove", _TEXT),
        ("nama “DuRove” saja", _TEXT.replace("Kemudian DuRove", "Kemudian Durov")),
        ("DuRove pulang", _TEXT.replace("“DuRove”", "“Durov”")),
        ("nama “DuRove” tadi", _TEXT.replace("DuRove", "Durov")),
        ("Rov", _TEXT),
    ],
    ids=["the variant everywhere", "a quotation", "other words", "a text that is not on the page", "a part of the variant"],
)
def test_an_exception_keeps_a_text_and_what_lies_within(keep: str, expected: str) -> None:
    """A quotation stays as it is written, and the same variant elsewhere in the document is corrected."""
    scrapes = scrape_table([_scrape(_TEXT)])
    name = Name(canonical="Durov", kind="person", variants=("DuRove",))
    exemption = ExemptedText(id=scrapes["id"][0].partition(".")[0], rule="name:Durov", keep=keep)
    config = dataclasses.replace(CONFIG, dataset=Dataset(name="a", languages=("id",)), rules=(), names=(name,), keeps=(exemption,))
    prepared = prepare(scrapes)

    cleaned = clean(prepared, config)

    assert cleaned.documents["text"].item() == expected
    assert_ledger_holds(prepared, cleaned)
