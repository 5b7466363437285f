"""pipeline/saring/tools/suggest_rules/suggest.py: rules for strings that pages of a site repeat, and for no others."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import noise
from saring.config import default_config
from saring.config.rules import load_packs
from saring.core import ledger
from saring.core.errors import NoInputError
from saring.noise.rule_cases import failing_cases
from saring.tools.suggest_rules import suggest

if TYPE_CHECKING:
    from pathlib import Path

    from saring.tools.suggest_rules.draft import Suggestion

BRAND = "Kilau Emas Sentosa"
INVITATION = "Daftar sekarang juga di Kilau Emas."
LINE = "Kabar pasar setiap pagi hari bersama kami"

PAGES = {
    "a": f"""Pasar induk dibuka lagi

Wali kota membuka pasar itu pada hari Senin bersama para pedagang dari lima kecamatan.
{BRAND} - Harga beras naik tiga persen pada pekan ini menurut dinas pasar kota.
{LINE}
Pedagang berharap harga segera turun. {INVITATION} Gudang masih penuh sampai pekan depan kata mereka.
Para kuli angkut pulang lebih awal pada hari itu. - {BRAND}
""",
    "b": f"""Jembatan tua diperbaiki

Nelayan menunggu di tepi utara. {BRAND} - Jembatan tua di hilir diperbaiki selama empat bulan oleh dinas kota.
{LINE}
Pasar induk dibuka lagi
Para nelayan memindahkan perahu mereka ke tepi utara. {INVITATION} Mereka akan kembali bulan Mei.
Perahu terakhir pindah menjelang malam bersama pemiliknya. - {BRAND}
""",
    "c": f"""Sekolah baru di atas bukit

Sekolah itu menampung dua ratus murid dari desa di sekitarnya dan dibuka bulan depan.
{BRAND} - "Kami senang sekali," kata kepala sekolah kepada wartawan yang datang pagi itu.
{LINE}
Guru datang dari kota. {INVITATION} Mereka tinggal di asrama yang baru dibangun itu.
Asrama itu menghadap ke laut dan punya dua belas kamar. - {BRAND}
""",
}


def folder(tmp_path: Path, pages: dict[str, str]) -> Path:
    """Write pages as scrapes into the folder of one site, and return the folder of all scrapes."""
    raw = tmp_path / "raw" / "warta"
    raw.mkdir(parents=True)
    for name, text in pages.items():
        (raw / f"{name}.txt").write_text(text, encoding="utf-8")
    return raw.parent


def suggested(raw: Path) -> dict[tuple[str, str], Suggestion]:
    """Return the suggestions for a folder of scrapes by type and text."""
    return {(suggestion.candidate_type, suggestion.text): suggestion for suggestion in suggest.suggest_rules(raw, default_config())}


def test_repeated_strings_are_suggested(tmp_path: Path) -> None:
    """Exactly a glued brand, a sentence among unrelated ones, a repeated line, and the title of another page."""
    suggestions = suggested(folder(tmp_path, PAGES))

    assert set(suggestions) == {
        ("prefix", BRAND),
        ("suffix", BRAND),
        ("inline", INVITATION),
        ("line", LINE),
        ("headline", "Pasar induk dibuka lagi"),
    }
    assert {(suggestion.candidate_type, suggestion.pages, suggestion.places) for suggestion in suggestions.values()} == {
        ("prefix", 3, 3),
        ("suffix", 3, 3),
        ("inline", 3, 3),
        ("line", 3, 3),
        ("headline", 1, 1),
    }
    assert all("⟦" in context for suggestion in suggestions.values() for context in suggestion.contexts)


def test_suggested_rules_work_as_a_pack(tmp_path: Path) -> None:
    """The pack loads and passes its cases; its rules delete the strings from the pages, and leave the sentences around them."""
    raw = folder(tmp_path, PAGES)
    pack = tmp_path / "pack.toml"
    pack.write_text("\n".join(suggestion.toml for suggestion in suggested(raw).values()), encoding="utf-8")
    rules = load_packs([pack])
    pages = pl.DataFrame({"id": list(PAGES), "text": list(PAGES.values())})

    assert failing_cases(rules) == []
    cleaned = "\n".join(ledger.apply(pages, noise.find(pages, rules))["text"])
    assert not [text for text in (BRAND, INVITATION, LINE) if text in cleaned]
    assert "Nelayan menunggu di tepi utara. Jembatan tua di hilir" in cleaned
    assert "Pedagang berharap harga segera turun. Gudang masih penuh" in cleaned
    assert suggest.suggest_rules(raw, default_config()) != []


def test_copies_of_a_page_count_once(tmp_path: Path) -> None:
    """Three copies of one page that differ in widgets around the same prose give no suggestion."""
    copies = {name: f"{PAGES['a']}\nWidget {name}\n" for name in "abc"}

    assert suggested(folder(tmp_path, copies)) == {}


def test_a_sentence_that_is_quoted_with_its_dash_is_not_injected(tmp_path: Path) -> None:
    """A repeated sentence that contains a dash has the same neighbour everywhere, and is not suggested."""
    pages = {
        name: f"{text.splitlines()[0]}\n\n{text.splitlines()[2]}\nKota Lama - Sejarah sebuah pasar tua di tepi sungai besar itu."
        for name, text in PAGES.items()
    }

    assert not [key for key in suggested(folder(tmp_path, pages)) if key[0] in ("prefix", "suffix", "inline")]


def test_strings_of_existing_rules_are_not_suggested(tmp_path: Path) -> None:
    """Rules of the packs are applied first, so that lines which they delete give no suggestion."""
    pages = {name: f"{text}\nPosting Komentar\nBagikan:\n" for name, text in PAGES.items()}

    assert not [key for key in suggested(folder(tmp_path, pages)) if key[1] in ("Posting Komentar", "Bagikan:")]


def test_a_rule_is_restricted_to_a_declared_site(tmp_path: Path) -> None:
    """Pages that declare a site give rules for that site alone; pages grouped by folder give rules for all sites."""
    raw = folder(tmp_path, PAGES)
    assert "sites" not in tomllib.loads(suggested(raw)["prefix", BRAND].toml)["rule"][0]
    for name in PAGES:
        (raw / "warta" / f"{name}.txt.meta.toml").write_text('site = "warta.example"\n', encoding="utf-8")

    assert tomllib.loads(suggested(raw)["prefix", BRAND].toml)["rule"][0]["sites"] == ["warta.example"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """The message is that of a build."""
    with pytest.raises(NoInputError, match="expected a folder of scrapes"):
        suggest.suggest_rules(tmp_path / "none", default_config())
