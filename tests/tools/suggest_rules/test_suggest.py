"""pipeline/saring/tools/suggest_rules/suggest.py: what pages of a site share is suggested, with rules that hold; what one page says is not."""

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
from saring.tools.suggest_rules.draft import Suggestion, draft_rules
from saring.tools.suggest_rules.repeated_lines import CANDIDATE

if TYPE_CHECKING:
    from pathlib import Path

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
    """Write pages as scrapes of one site."""
    raw = tmp_path / "raw" / "warta"
    raw.mkdir(parents=True)
    for name, text in pages.items():
        (raw / f"{name}.txt").write_text(text, encoding="utf-8")
    return raw.parent


def suggested(raw: Path) -> dict[tuple[str, str], Suggestion]:
    """Return suggestions by what and text."""
    return {(one.what, one.text): one for one in suggest.suggest_rules(raw, default_config())}


def test_what_pages_share_is_suggested(tmp_path: Path) -> None:
    """A glued brand, a sentence among unrelated ones, a repeated line, and the title of another page; nothing else."""
    found = suggested(folder(tmp_path, PAGES))

    assert set(found) == {
        ("prefix", BRAND),
        ("suffix", BRAND),
        ("inline", INVITATION),
        ("line", LINE),
        ("headline", "Pasar induk dibuka lagi"),
    }
    assert {(one.what, one.pages, one.places) for one in found.values()} == {
        ("prefix", 3, 3),
        ("suffix", 3, 3),
        ("inline", 3, 3),
        ("line", 3, 3),
        ("headline", 1, 1),
    }
    assert all("⟦" in context for one in found.values() for context in one.contexts)


def test_a_suggested_rule_is_ready(tmp_path: Path) -> None:
    """As a pack it loads and holds its cases, and it cuts what it was made for: the sentences stay."""
    raw = folder(tmp_path, PAGES)
    pack = tmp_path / "pack.toml"
    pack.write_text("\n".join(one.toml for one in suggested(raw).values()), encoding="utf-8")
    made = load_packs([pack])
    pages = pl.DataFrame({"id": list(PAGES), "text": list(PAGES.values())})

    assert failing_cases(made) == []
    left = "\n".join(ledger.apply(pages, noise.find(pages, made))["text"])
    assert not [text for text in (BRAND, INVITATION, LINE) if text in left]
    assert "Nelayan menunggu di tepi utara. Jembatan tua di hilir" in left
    assert "Pedagang berharap harga segera turun. Gudang masih penuh" in left
    assert suggest.suggest_rules(raw, default_config()) != []


def test_copies_of_a_page_count_once(tmp_path: Path) -> None:
    """Three copies of one page with other widgets around its prose repeat nothing."""
    copies = {name: f"{PAGES['a']}\nWidget {name}\n" for name in "abc"}

    assert suggested(folder(tmp_path, copies)) == {}


def test_a_sentence_that_is_quoted_with_its_dash_is_not_injected(tmp_path: Path) -> None:
    """Its neighbour is the same everywhere."""
    quoted = {
        name: f"{text.splitlines()[0]}\n\n{text.splitlines()[2]}\nKota Lama - Sejarah sebuah pasar tua di tepi sungai besar itu."
        for name, text in PAGES.items()
    }

    assert not [key for key in suggested(folder(tmp_path, quoted)) if key[0] in ("prefix", "suffix", "inline")]


def test_what_a_rule_cuts_already_is_not_suggested(tmp_path: Path) -> None:
    """Suggestions begin where the packs end."""
    known = {name: f"{text}\nPosting Komentar\nBagikan:\n" for name, text in PAGES.items()}

    assert not [key for key in suggested(folder(tmp_path, known)) if key[1] in ("Posting Komentar", "Bagikan:")]


def test_a_rule_is_bound_to_the_site_that_pages_state(tmp_path: Path) -> None:
    """Pages with a stated site give rules for that site alone; where it is only guessed, rules are for all."""
    raw = folder(tmp_path, PAGES)
    assert "sites" not in tomllib.loads(suggested(raw)["prefix", BRAND].toml)["rule"][0]
    for name in PAGES:
        (raw / "warta" / f"{name}.txt.meta.toml").write_text('site = "warta.example"\n', encoding="utf-8")

    assert tomllib.loads(suggested(raw)["prefix", BRAND].toml)["rule"][0]["sites"] == ["warta.example"]


@pytest.mark.parametrize("text", ["a ''' b", 'say "no" (now) [x] {y} ^$ .*+?| \\ & ~ #', "ligne\tcoupée", "e\u0301", "⟦x⟧"])
def test_any_string_makes_a_rule_that_holds_or_none(text: str) -> None:
    """What TOML or a pattern could trip over is escaped; what no rule can spell is left out."""
    places = {"group": "g", "site": None, "text": text, "pages": 3, "places": 3}
    contexts = {
        "prefix": f"⟦{text} - ⟧Kami pulang.",
        "suffix": f"Kami pulang.⟦ - {text}⟧",
        "inline": f"Kami. ⟦{text}⟧ Pulang.",
        "line": f"⟦{text}⟧\nKami.",
    }
    table = pl.DataFrame([{"what": what, **places, "contexts": [context]} for what, context in contexts.items()], schema=CANDIDATE)

    for one in draft_rules(table):
        assert tomllib.loads(one.toml)["rule"][0]["fires"]


def test_no_scrapes_are_an_error(tmp_path: Path) -> None:
    """As for a build."""
    with pytest.raises(NoInputError, match="expected a folder of scrapes"):
        suggest.suggest_rules(tmp_path / "none", default_config())
