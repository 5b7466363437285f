"""Takedowns: texts are recognised by fingerprints, and a build publishes and stores nothing of them."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring import release
from saring.config import TAKEDOWNS, load_config
from saring.config.settings import Takedown
from saring.core.errors import ConfigError
from saring.corpus import takedowns
from saring.dedup.signatures import fingerprint_hashes
from saring.runs import build, report
from saring.runs.workspace import Job
from saring.tools.takedown.reach import affected_versions, find_reach, takedown_by_url

if TYPE_CHECKING:
    from typing import Any

HOME = Path(__file__).parents[2]

TEXT = (
    "Kapal penumpang itu meninggalkan pelabuhan sebelum fajar dengan membawa sekitar empat puluh orang nelayan. "
    "Menurut petugas syahbandar, cuaca pagi itu cerah dan gelombang tidak lebih tinggi dari setengah meter. "
    "Keluarga para nelayan menunggu kabar di dermaga sampai malam tiba."
)


def frame(*texts: str) -> pl.DataFrame:
    """Return documents of these texts."""
    return pl.DataFrame({"id": [str(number) for number in range(len(texts))], "text": texts})


def test_a_text_is_recognised_in_its_copies() -> None:
    """A takedown matches its text in capitals, with a changed word, and inside a longer page; not a text on its subject, nor one sentence."""
    copies = [TEXT, TEXT.upper(), TEXT.replace("cerah", "buruk"), f"Berita hari ini.\n{TEXT}\nSampai jumpa besok pagi di kanal yang sama."]
    others = ["Kapal penumpang lain meninggalkan pelabuhan kemarin sore.", TEXT.split(". ")[2], "", "cerah"]

    matches = takedowns.match_texts(frame(*copies, *others), [takedowns.takedown_of_text(TEXT)])

    assert matches["id"].to_list() == ["0", "1", "2", "3"]


def test_a_quotation_is_only_reported() -> None:
    """A document that quotes one sentence of the text does not match, but is reported to the person who asks for the takedown."""
    quoting = frame(f"Seorang warga bercerita. {TEXT.split('. ')[2]}")

    assert takedowns.match_texts(quoting, [takedowns.takedown_of_text(TEXT)]).is_empty()
    assert takedowns.match_texts(quoting, [takedowns.takedown_of_text(TEXT)], least=takedowns.REPORT_SHARE)["id"].to_list() == ["0"]


def test_a_short_text_is_recognised_by_all_its_words() -> None:
    """A text with too few words for a fingerprint matches texts with exactly its words only."""
    matches = takedowns.match_texts(
        frame("Nomor saya 0812 345.", "nomor saya 0812 345", "Nomor saya 0812 346."), [takedowns.takedown_of_text("Nomor saya 0812 345")]
    )

    assert matches["id"].to_list() == ["0", "1"]


def test_fingerprints_recorded_with_optional_marks_still_match() -> None:
    """Old takedowns stay valid: literal fingerprints of a vocalised text match it, as those without optional marks do."""
    vocalised = "كَتَبَ الصَّيَّادُ رِسَالَةً إِلَى الوَالِي وَطَلَبَ مِنْهُ مَرْكَبًا جَدِيدًا"
    numbered = pl.DataFrame({"doc": [0], "text": [vocalised]}, schema={"doc": pl.UInt32, "text": pl.String})
    old = Takedown(prints=tuple(f"{key:016x}" for key in fingerprint_hashes(numbered, literal=True)["key"].sort()))
    plain = "كتب الصياد رسالة الى الوالي وطلب منه مركبا جديدا"

    assert set(old.prints).isdisjoint(takedowns.takedown_of_text(vocalised).prints)
    assert takedowns.match_texts(frame(vocalised, plain), [old])["id"].to_list() == ["0"]
    assert takedowns.match_texts(frame(vocalised, plain), [takedowns.takedown_of_text(plain)])["id"].to_list() == ["0", "1"]


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_every_text_with_words_matches_itself(others: list[str], text: str) -> None:
    """A takedown of any text with words matches that text, whatever other texts there are."""
    takedown = takedowns.takedown_of_text(text)

    matches = takedowns.match_texts(frame(text, *others), [takedown] if takedown.prints else [])

    assert ("0" in matches["id"]) == bool(takedown.prints)


def test_the_file_holds_no_content_and_reads_back(tmp_path: Path) -> None:
    """Takedowns written to takedowns.toml are read back unchanged, whatever their reason, and the file holds no word of the text."""
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "x"\n', encoding="utf-8")
    written = [
        dataclasses.replace(takedowns.takedown_of_text(TEXT), asked="2026-01-02", reason='"quoted" \\ and\x7f 😀\nnew line'),
        Takedown(id="b5b10dd0429e69ac7cfa"),
    ]

    takedowns.append_takedowns(tmp_path / TAKEDOWNS, written[:1])
    takedowns.append_takedowns(tmp_path / TAKEDOWNS, written[1:])

    assert load_config(tmp_path / "corpus.toml").takedowns == tuple(written)
    assert not any(word in (tmp_path / TAKEDOWNS).read_text(encoding="utf-8").lower() for word in ("kapal", "nelayan", "dermaga"))


def test_an_entry_without_id_and_fingerprints_is_an_error(tmp_path: Path) -> None:
    """The message for an empty takedown names the file and the entry."""
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "x"\n', encoding="utf-8")
    (tmp_path / TAKEDOWNS).write_text('[[takedown]]\nreason = "?"\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"takedowns\.toml.*takedown\[0\]"):
        load_config(tmp_path / "corpus.toml")


def content_of(folder: Path) -> bytes:
    """Return the content of all files of a folder, and of Parquet files also as JSON."""
    contents = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            contents.append(file.read_bytes())
        if file.suffix == ".parquet":
            contents.append(pl.read_parquet(file).write_json().encode())
    return b"\n".join(contents)


@pytest.mark.parametrize("by", ["id", "text"])
def test_a_build_leaves_nothing_of_what_is_taken_down(by: str, tmp_path: Path) -> None:
    """No file of the new release or of the workspace holds words of a scrape taken down by id or by text."""
    raw = tmp_path / "raw"
    shutil.copytree(HOME / "raw" / "fr", raw)
    job = Job(raw=raw, out=tmp_path / "out", config=load_config(HOME / "corpus.toml"), workers=0)
    build(job)
    (raw / "gone.txt").write_text(f"Empat puluh nelayan berangkat\n\n{TEXT}\n\nShare on Facebook\n", encoding="utf-8")
    first = build(job)
    folder = Path(first["write_release"]["folder"])
    document = pl.read_parquet(folder / "all" / "*.parquet").filter(pl.col("source") == "gone.txt")
    before = first["relate_documents"]["documents"]
    takedown = Takedown(id=document["id"][0]) if by == "id" else takedowns.takedown_of_text(document["text"][0])
    less = dataclasses.replace(job, config=dataclasses.replace(job.config, takedowns=(takedown,)))

    reports: list[dict[str, Any]] = [build(less), build(less)]

    assert reports[0]["write_release"]["version"] == "2.0.0"
    assert [step_reports["relate_documents"]["documents"] for step_reports in reports] == [before - 1] * 2
    assert report.rejected_share(reports[1]) == report.rejected_share(first)
    new = Path(reports[0]["write_release"]["folder"])
    release.verify(new)
    tombstones = pl.read_parquet(new / "rejections" / "*.parquet").filter(pl.col("reason") == "taken-down")
    assert tombstones["source"].to_list() == ["gone.txt"]
    for place in (new, less.folder):
        content = content_of(place)
        for piece in ("Kapal penumpang", "nelayan berangkat", "syahbandar"):
            assert piece.encode() in content_of(folder)
            assert piece.encode() not in content, f"{piece!r} is still in {place.name}"


WEEKS = (
    "Pasar ikan buka kembali setelah lantainya ditinggikan, dan pedagang kini menimbang ikan di bawah atap yang baru.",
    "Perpustakaan keliling singgah setiap Kamis sore di depan sekolah, membawa dua ratus buku untuk anak kelas satu.",
    "Jembatan bambu diganti kayu ulin oleh warga sendiri, sebab anggaran desa baru turun pada akhir tahun depan.",
)
BOX = (
    "Beranda | Ekonomi | Olahraga",
    "Setiap Jumat redaksi memilih lima cerita bagi pembaca yang suka berjalan kaki dan minum kopi",
    "Hubungi kami",
)


def site_page(number: int, *paragraphs: str) -> dict[str, str]:
    """Return a page of a site, with its own paragraphs and the box that all pages of the site repeat."""
    people = ("camat", "lurah", "guru", "nakhoda", "tabib", "juru tulis")
    own = [f"Pada minggu ke-{number} {who} itu menulis bahwa belum ada yang tahu apa yang akan terjadi dengan suratnya." for who in people]
    return {"url": f"https://kabar.example/{number}", "title": f"Kabar {number}", "text": "\n\n".join([*paragraphs, *own, *BOX])}


def build_with_takedown(folder: Path, pages: list[dict[str, str]], rule: str = "") -> tuple[dict[str, Any], list[dict[str, Any]], Job]:
    """Build a release of pages, then take TEXT down and build twice, and check that no file holds it.

    Returns:
        The report of the first build, those of the other two, and the job of these.
    """
    raw = folder / "raw"
    raw.mkdir()
    for number, page in enumerate(pages):
        (raw / f"{number}.jsonl").write_text(json.dumps(page) + "\n", encoding="utf-8")
    (folder / "corpus.toml").write_text(f'[dataset]\nname = "kabar"\n{rule}', encoding="utf-8")
    job = Job(raw=raw, out=folder / "out", config=load_config(folder / "corpus.toml"), workers=0)
    first = build(job)
    less = dataclasses.replace(job, config=dataclasses.replace(job.config, takedowns=(takedowns.takedown_of_text(TEXT),)))

    reports = [build(less), build(less)]

    new = Path(reports[0]["write_release"]["folder"])
    release.verify(new)
    for piece in ("kapal penumpang", "syahbandar", "menunggu kabar di dermaga"):
        assert piece.encode() in content_of(Path(first["write_release"]["folder"])).lower()
        for place in (new, less.folder):
            assert piece.encode() not in content_of(place).lower(), f"{piece!r} is still in {place.name}"
    assert [step_reports["write_release"]["changed"] for step_reports in reports] == [True, False]
    assert reports[1]["clean_pages"]["cleaned"] == reports[1]["extract_pages"]["extracted"] == 0
    return first, reports, less


@pytest.mark.parametrize("others", [2, 3])
def test_a_page_with_repeated_site_lines_is_taken_down(others: int, tmp_path: Path) -> None:
    """A page that shares lines with others of its site is removed, and the others are cleaned as if it had never been there."""
    first, reports, job = build_with_takedown(tmp_path, [site_page(number, body) for number, body in enumerate((*WEEKS[:others], TEXT))])

    assert first["count_site_lines"]["lines"] == 3
    assert [step_reports["relate_documents"]["documents"] for step_reports in reports] == [others] * 2
    assert [step_reports["relate_documents"]["taken"] for step_reports in reports] == [1] * 2
    fresh = dataclasses.replace(job, out=tmp_path / "fresh")
    build(fresh)
    for name in ("documents", "edits", "rejections"):
        assert (job.tables / f"{name}.parquet").read_bytes() == (fresh.tables / f"{name}.parquet").read_bytes()


def test_a_text_on_several_pages_of_a_site_leaves_the_site_lines(tmp_path: Path) -> None:
    """Three pages that hold the text, each with another story, are removed, and their lines leave the table of site lines."""
    holding = [site_page(number, body, TEXT) for number, body in enumerate(WEEKS)]

    first, reports, _ = build_with_takedown(
        tmp_path, [*holding, site_page(9, "Hujan deras turun di hulu sungai sejak Minggu sore dan belum berhenti.")]
    )

    table = pl.read_parquet(Path(first["write_release"]["folder"]) / "site_lines.parquet")
    assert table["line"].str.contains("syahbandar").any()
    assert [step_reports["relate_documents"]["documents"] for step_reports in reports] == [1, 1]


def test_a_page_whose_ledger_quotes_the_text_is_taken_down(tmp_path: Path) -> None:
    """A page from which a rule deleted the text is removed too, since its ledger would quote it."""
    rule = "\n".join(
        [
            *("[[rule]]", 'id = "letter"', 'kind = "comment"', 'reason = "a letter of a reader"', 'scope = "line"'),
            *("pattern = 'K[a-z]+ p[a-z]+ itu .*'", 'fires = ["⟦Kota pantai itu ramai.⟧"]', 'spares = ["Di kota pantai itu ramai."]'),
        ]
    )
    pages = [{"title": "Pasar", "text": "\n\n".join([*WEEKS[:2], TEXT])}, {"title": "Jembatan", "text": WEEKS[2]}]
    first, reports, job = build_with_takedown(tmp_path, pages, rule)

    folder = Path(first["write_release"]["folder"])
    assert not pl.read_parquet(folder / "all" / "*.parquet")["text"].str.contains("syahbandar").any()
    assert pl.read_parquet(folder / "edits" / "*.parquet")["original"].str.contains("syahbandar").any()
    assert [step_reports["relate_documents"]["taken"] for step_reports in reports] == [1, 1]
    assert affected_versions(job.out / "kabar", job.config.takedowns) == ["1.0.0"]


def test_a_page_is_taken_down_by_its_canonical_url(tmp_path: Path) -> None:
    """Scrapes without an address of their own are removed if their markup declares the canonical URL; the next build skips them unread."""
    raw = tmp_path / "raw"
    raw.mkdir()
    link = '<link rel="canonical" href="http://www.pasar.example/kapal/?utm_source=x">'
    for name, head, body in (("a", link, TEXT), ("b", link, f"{TEXT} Kapal itu kembali."), ("c", "", " ".join(WEEKS))):
        (raw / f"{name}.html").write_text(
            f"<html><head>{head}</head><body><article><p>{body}</p></article></body></html>", encoding="utf-8"
        )
    job = Job(raw=raw, out=tmp_path / "out", config=load_config(HOME / "corpus.toml"), workers=0)
    first = build(job)
    folder = Path(first["write_release"]["folder"])
    takedown = takedown_by_url("https://www.pasar.example/kapal")
    reach = find_reach(takedown, job.out, job.config)
    less = dataclasses.replace(job, config=dataclasses.replace(job.config, takedowns=(takedown,)))

    reports = [build(less), build(less)]

    urls = pl.read_parquet(folder / "all" / "*.parquet").sort("source")["url"].to_list()
    assert urls == ["http://www.pasar.example/kapal/", "http://www.pasar.example/kapal/", None]
    assert sorted(reach.removed_documents["source"]) == ["a.html", "b.html"]
    assert reach.versions == ["1.0.0"]
    assert [step_reports["relate_documents"]["documents"] for step_reports in reports] == [1, 1]
    assert [step_reports["relate_documents"]["taken"] for step_reports in reports] == [2, 2]
    assert reports[1]["write_release"]["changed"] is False
