"""Reflowing of texts for judging: wrapped lines and texts without line breaks; deletions refer to the original text."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import noise
from saring.config import default_config
from saring.config.rules import Rule
from saring.core import ledger
from saring.noise import line_layout

if TYPE_CHECKING:
    from collections.abc import Sequence

READ_ALSO = Rule(id="read-also", kind="related", reason="test", scope="line", pattern=r"(?:ADVERTISEMENT|Baca juga:.*)")
CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "layout.toml").read_text(encoding="utf-8"))
ABOVE = (
    "Pemerintah daerah membuka kembali pasar ikan di pelabuhan lama setelah perbaikan selama dua tahun. "
    "Para pedagang mengaku lega karena atap yang bocor akhirnya diganti. Warga datang sejak subuh untuk membeli kakap dan cumi."
)
BELOW = (
    "Wali kota berjanji bahwa sewa kios tidak akan naik sampai akhir tahun depan. Pendapatan pedagang turun sepertiga selama pasar ditutup. "
    "Petugas menyiapkan dua puluh tong sampah baru di setiap pintu masuk."
)


def table(text: str) -> pl.DataFrame:
    """Return a text as the table that the noise step receives."""
    columns = {"id": ["a"], "text": [text], "language": [None], "site": [None]}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def deleted_strings(text: str, rules: Sequence[Rule] | None = None) -> list[str]:
    """Return the strings that rules (by default those shipped) delete from a text, having checked that undoing restores it."""
    texts = table(text)
    edits = noise.find(texts, default_config().rules if rules is None else rules)
    made = ledger.apply(texts, edits)
    assert ledger.undo(made, edits).equals(texts)
    return edits["original"].to_list()


@pytest.mark.parametrize("case", CASES["unbroken"], ids=lambda case: case["label"])
def test_a_text_without_breaks_is_judged_by_sentences(case: dict[str, Any]) -> None:
    """A noisy sentence is deleted from the middle of one long line."""
    assert "cut" in case or "why" in case
    assert deleted_strings(f"{ABOVE} {case['text']} {BELOW}") == case.get("cut", [])


@pytest.mark.parametrize("case", CASES["wrapped"], ids=lambda case: case["label"])
def test_a_wrapped_text_is_judged_by_its_paragraphs(case: dict[str, Any]) -> None:
    """A noisy paragraph of a wrapped text is deleted in full; the others keep their line breaks."""
    paragraphs = case["text"].strip().split("\n")
    filler = textwrap.wrap(f"{ABOVE} {BELOW}", case["width"])
    text = "\n".join([*(line for paragraph in paragraphs for line in textwrap.wrap(paragraph, case["width"])), *filler])

    assert "cut" in case or "why" in case
    assert "\v" in line_layout.reflow(table(text))["text"][0]
    assert deleted_strings(text) == case.get("cut", [])


@pytest.mark.parametrize(
    "text",
    [
        "Beranda\nEkonomi\nOlahraga\n" * 5,
        "\n".join(f"Harga {fish} di pasar ikan turun tajam menjelang hari raya" for fish in ("kakap", "cumi", "tongkol", "udang") * 3),
        f"{ABOVE}\n{BELOW}",
        "Pasar ikan dibuka kembali. Wali kota hadir.",
        "",
    ],
    ids=["menu", "headlines of one length", "paragraphs", "a short line", "nothing"],
)
def test_texts_with_breaks_of_their_own_are_judged_as_they_are(text: str) -> None:
    """Menus, lists of headlines, paragraphs and short lines are not reflowed."""
    assert line_layout.reflow(table(text))["text"][0] == text


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.sampled_from([*ABOVE.split(". "), *BELOW.split(". "), "ADVERTISEMENT", "\v", "Baca juga: Pasar. Tutup?", "x" * 120]), max_size=12
    ),
    st.sampled_from([0, 40, 72, 100]),
    st.sampled_from([" ", ". ", "\n"]),
)
def test_reflowed_texts_keep_offsets(pieces: list[str], width: int, between: str) -> None:
    """A reflowed text differs from the original in white space alone, and every deletion quotes the original."""
    text = between.join(pieces)
    text = textwrap.fill(text, width, break_long_words=False, replace_whitespace=False) if width else text
    judged = line_layout.reflow(table(text))["text"][0]

    assert len(judged) == len(text)
    assert all(one == other or one in " \n" for one, other in zip(text, judged, strict=True))
    deleted_strings(text, [READ_ALSO])
