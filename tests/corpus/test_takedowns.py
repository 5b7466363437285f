"""pipeline/takedown: what was taken down is recognised from hashes, and a build leaves nothing of it."""

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
from saring.dedup.signatures import anchor_hashes
from saring.runs import build, report
from saring.runs.workspace import Job
from saring.tools.takedown.reach import find_reach, takedown_by_url, versions_holding

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
    """Set otherwise, with a word changed, or inside a longer page; but not by its subject, nor by one sentence of it."""
    copies = [TEXT, TEXT.upper(), TEXT.replace("cerah", "buruk"), f"Berita hari ini.\n{TEXT}\nSampai jumpa besok pagi di kanal yang sama."]
    others = ["Kapal penumpang lain meninggalkan pelabuhan kemarin sore.", TEXT.split(". ")[2], "", "cerah"]

    found = takedowns.match_texts(frame(*copies, *others), [takedowns.takedown_of_text(TEXT)])

    assert found["id"].to_list() == ["0", "1", "2", "3"]


def test_a_quotation_is_told_apart_from_the_text() -> None:
    """It is shown to the person who asks, who decides."""
    quoting = frame(f"Seorang warga bercerita. {TEXT.split('. ')[2]}")

    assert takedowns.match_texts(quoting, [takedowns.takedown_of_text(TEXT)]).is_empty()
    assert takedowns.match_texts(quoting, [takedowns.takedown_of_text(TEXT)], least=takedowns.REPORT_SHARE)["id"].to_list() == ["0"]


def test_a_short_text_is_recognised_as_a_whole() -> None:
    """Too few words for a fingerprint: only the very same words count."""
    found = takedowns.match_texts(
        frame("Nomor saya 0812 345.", "nomor saya 0812 345", "Nomor saya 0812 346."), [takedowns.takedown_of_text("Nomor saya 0812 345")]
    )

    assert found["id"].to_list() == ["0", "1"]


def test_prints_made_before_optional_marks_were_left_out_still_count() -> None:
    """A takedown stays one: prints of a vocalised text as it is written, and those of its words without the marks, recognise it."""
    vocalised = "كَتَبَ الصَّيَّادُ رِسَالَةً إِلَى الوَالِي وَطَلَبَ مِنْهُ مَرْكَبًا جَدِيدًا"
    numbered = pl.DataFrame({"doc": [0], "text": [vocalised]}, schema={"doc": pl.UInt32, "text": pl.String})
    old = Takedown(prints=tuple(f"{key:016x}" for key in anchor_hashes(numbered, literal=True)["key"].sort()))
    plain = "كتب الصياد رسالة الى الوالي وطلب منه مركبا جديدا"

    assert set(old.prints).isdisjoint(takedowns.takedown_of_text(vocalised).prints)
    assert takedowns.match_texts(frame(vocalised, plain), [old])["id"].to_list() == ["0"]
    assert takedowns.match_texts(frame(vocalised, plain), [takedowns.takedown_of_text(plain)])["id"].to_list() == ["0", "1"]


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_every_text_with_words_holds_itself(others: list[str], text: str) -> None:
    """Whatever it is, and whatever stands beside it."""
    mark = takedowns.takedown_of_text(text)

    found = takedowns.match_texts(frame(text, *others), [mark] if mark.prints else [])

    assert ("0" in found["id"]) == bool(mark.prints)


def test_the_file_holds_no_content_and_reads_back(tmp_path: Path) -> None:
    """What is written is what is read, whatever the reason says."""
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "x"\n', encoding="utf-8")
    asked = [
        dataclasses.replace(takedowns.takedown_of_text(TEXT), asked="2026-01-02", reason='"quoted" \\ and\x7f 😀\nnew line'),
        Takedown(id="b5b10dd0429e69ac7cfa"),
    ]

    takedowns.append_takedowns(tmp_path / TAKEDOWNS, asked[:1])
    takedowns.append_takedowns(tmp_path / TAKEDOWNS, asked[1:])

    assert load_config(tmp_path / "corpus.toml").takedowns == tuple(asked)
    assert not any(word in (tmp_path / TAKEDOWNS).read_text(encoding="utf-8").lower() for word in ("kapal", "nelayan", "dermaga"))


def test_an_entry_of_nothing_is_an_error(tmp_path: Path) -> None:
    """The message says where."""
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "x"\n', encoding="utf-8")
    (tmp_path / TAKEDOWNS).write_text('[[takedown]]\nreason = "?"\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"takedowns\.toml.*takedown\[0\]"):
        load_config(tmp_path / "corpus.toml")


def everything(folder: Path) -> bytes:
    """Return all that a folder holds, byte by byte, and Parquet unpacked too."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            found.append(file.read_bytes())
        if file.suffix == ".parquet":
            found.append(pl.read_parquet(file).write_json().encode())
    return b"\n".join(found)


@pytest.mark.parametrize("by", ["id", "text"])
def test_a_build_leaves_nothing_of_what_is_taken_down(by: str, tmp_path: Path) -> None:
    """Searched for byte by byte: not in the new release, not in its card, its changelog or its ledger, not in the workspace."""
    raw = tmp_path / "raw"
    shutil.copytree(HOME / "raw" / "fr", raw)
    job = Job(raw=raw, out=tmp_path / "out", config=load_config(HOME / "corpus.toml"), workers=0)
    build(job)
    (raw / "gone.txt").write_text(f"Empat puluh nelayan berangkat\n\n{TEXT}\n\nShare on Facebook\n", encoding="utf-8")
    first = build(job)
    folder = Path(first["write_release"]["folder"])
    document = pl.read_parquet(folder / "all" / "*.parquet").filter(pl.col("source") == "gone.txt")
    before = first["relate_documents"]["documents"]
    asked = Takedown(id=document["id"][0]) if by == "id" else takedowns.takedown_of_text(document["text"][0])
    less = dataclasses.replace(job, config=dataclasses.replace(job.config, takedowns=(asked,)))

    reports: list[dict[str, Any]] = [build(less), build(less)]

    assert reports[0]["write_release"]["version"] == "2.0.0"
    assert [said["relate_documents"]["documents"] for said in reports] == [before - 1] * 2
    assert report.rejected_share(reports[1]) == report.rejected_share(first)
    new = Path(reports[0]["write_release"]["folder"])
    release.verify(new)
    tombstones = pl.read_parquet(new / "rejections" / "*.parquet").filter(pl.col("reason") == "taken-down")
    assert tombstones["source"].to_list() == ["gone.txt"]
    for place in (new, less.folder):
        held = everything(place)
        for piece in ("Kapal penumpang", "nelayan berangkat", "syahbandar"):
            assert piece.encode() in everything(folder)
            assert piece.encode() not in held, f"{piece!r} is still in {place.name}"


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


def of_site(number: int, *paragraphs: str) -> dict[str, str]:
    """Return a page of a site, with lines of its own that tell it from the others."""
    people = ("camat", "lurah", "guru", "nakhoda", "tabib", "juru tulis")
    own = [f"Pada minggu ke-{number} {who} itu menulis bahwa belum ada yang tahu apa yang akan terjadi dengan suratnya." for who in people]
    return {"url": f"https://kabar.example/{number}", "title": f"Kabar {number}", "text": "\n\n".join([*paragraphs, *own, *BOX])}


def taken_down(folder: Path, pages: list[dict[str, str]], rule: str = "") -> tuple[dict[str, Any], list[dict[str, Any]], Job]:
    """Build a release of some pages, then two without TEXT, and look for it in all that is left."""
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
        assert piece.encode() in everything(Path(first["write_release"]["folder"])).lower()
        for place in (new, less.folder):
            assert piece.encode() not in everything(place).lower(), f"{piece!r} is still in {place.name}"
    assert [said["write_release"]["changed"] for said in reports] == [True, False]
    assert reports[1]["clean_pages"]["cleaned"] == reports[1]["extract_pages"]["extracted"] == 0
    return first, reports, less


@pytest.mark.parametrize("others", [2, 3])
def test_what_the_site_repeats_on_a_page_hides_nothing(others: int, tmp_path: Path) -> None:
    """A page that shares lines with others of its site: the others stay, cleaned as if it had never been."""
    first, reports, job = taken_down(tmp_path, [of_site(number, body) for number, body in enumerate((*WEEKS[:others], TEXT))])

    assert first["count_site_lines"]["lines"] == 3
    assert [said["relate_documents"]["documents"] for said in reports] == [others] * 2
    assert [said["relate_documents"]["taken"] for said in reports] == [1] * 2
    fresh = dataclasses.replace(job, out=tmp_path / "fresh")
    build(fresh)
    for name in ("documents", "edits", "rejections"):
        assert (job.tables / f"{name}.parquet").read_bytes() == (fresh.tables / f"{name}.parquet").read_bytes()


def test_a_text_on_several_pages_of_a_site_leaves_their_table_of_lines(tmp_path: Path) -> None:
    """Three pages hold it, each with a story of its own: all of them go, and their lines with them."""
    whole = [of_site(number, body, TEXT) for number, body in enumerate(WEEKS)]

    first, reports, _ = taken_down(tmp_path, [*whole, of_site(9, "Hujan deras turun di hulu sungai sejak Minggu sore dan belum berhenti.")])

    table = pl.read_parquet(Path(first["write_release"]["folder"]) / "site_lines.parquet")
    assert table["line"].str.contains("syahbandar").any()
    assert [said["relate_documents"]["documents"] for said in reports] == [1, 1]


def test_a_text_that_was_cut_from_a_page_is_in_its_ledger(tmp_path: Path) -> None:
    """As a letter below a story: the ledger would quote it, so the page goes too."""
    rule = "\n".join(
        [
            *("[[rule]]", 'id = "letter"', 'kind = "comment"', 'reason = "a letter of a reader"', 'scope = "line"'),
            *("pattern = 'K[a-z]+ p[a-z]+ itu .*'", 'fires = ["⟦Kota pantai itu ramai.⟧"]', 'spares = ["Di kota pantai itu ramai."]'),
        ]
    )
    pages = [{"title": "Pasar", "text": "\n\n".join([*WEEKS[:2], TEXT])}, {"title": "Jembatan", "text": WEEKS[2]}]
    first, reports, job = taken_down(tmp_path, pages, rule)

    folder = Path(first["write_release"]["folder"])
    assert not pl.read_parquet(folder / "all" / "*.parquet")["text"].str.contains("syahbandar").any()
    assert pl.read_parquet(folder / "edits" / "*.parquet")["original"].str.contains("syahbandar").any()
    assert [said["relate_documents"]["taken"] for said in reports] == [1, 1]
    assert versions_holding(job.out / "kabar", job.config.takedowns) == ["1.0.0"]


def test_an_address_that_a_page_gives_is_taken_down(tmp_path: Path) -> None:
    """A file of markup without an address of its scrape goes, with every other that gives the same one; the next build leaves it out unread."""
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
    asked = takedown_by_url("https://www.pasar.example/kapal")
    found = find_reach(asked, job.out, job.config)
    less = dataclasses.replace(job, config=dataclasses.replace(job.config, takedowns=(asked,)))

    reports = [build(less), build(less)]

    urls = pl.read_parquet(folder / "all" / "*.parquet").sort("source")["url"].to_list()
    assert urls == ["http://www.pasar.example/kapal/", "http://www.pasar.example/kapal/", None]
    assert sorted(found.gone["source"]) == ["a.html", "b.html"]
    assert found.versions == ["1.0.0"]
    assert [said["relate_documents"]["documents"] for said in reports] == [1, 1]
    assert [said["relate_documents"]["taken"] for said in reports] == [2, 2]
    assert reports[1]["write_release"]["changed"] is False
