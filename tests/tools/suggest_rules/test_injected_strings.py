"""pipeline/saring/tools/suggest_rules/injected_strings.py: strings that recur in unrelated contexts, glued by a dash or between sentences."""

from __future__ import annotations

import polars as pl
import pytest

from saring.core.lines import split_lines
from saring.noise.line_features import line_features
from saring.tools.suggest_rules.injected_strings import glued_strings, injected_strings
from saring.tools.suggest_rules.repeated_lines import CANDIDATE

SENTENCES = ("Harga beras naik tiga persen pekan ini.", "Jembatan tua di hilir diperbaiki.", "Sekolah itu menampung dua ratus murid.")
INVITATION = "Daftar sekarang juga di sini."


def lines_of(*texts: str, group: str = "a") -> pl.DataFrame:
    """Return the lines of pages of one group with their features."""
    pages = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})
    return line_features(split_lines(pages)).with_columns(pl.lit(group).alias("group"), pl.lit(None, pl.String).alias("site"), page="id")


def glued(*texts: str) -> list[tuple[str, str, int]]:
    """Return the strings that are glued to sentences: type, string and number of pages."""
    return glued_strings(lines_of(*texts)).select("candidate_type", "text", "pages").rows()


def injected(*texts: str) -> list[tuple[str, int]]:
    """Return the sentences and brackets that are injected, with the number of pages."""
    return injected_strings(lines_of(*texts)).select("text", "pages").rows()


@pytest.mark.parametrize("dash", ["-", "–", "—", "|", "--"])
def test_a_brand_at_either_end_is_glued(dash: str) -> None:
    """The string is found without its dash; the context shows both between brackets."""
    before = glued_strings(lines_of(*(f"KOTA KITA {dash} {sentence}" for sentence in SENTENCES)))
    after = glued_strings(lines_of(*(f"{sentence} {dash} Kota Kita" for sentence in SENTENCES)))

    assert before.select("candidate_type", "text", "pages", "places").rows() == [("prefix", "KOTA KITA", 3, 3)]
    assert before["contexts"][0][0] == f"⟦KOTA KITA {dash} ⟧{SENTENCES[0]}"
    assert after.select("candidate_type", "text", "pages", "places").rows() == [("suffix", "Kota Kita", 3, 3)]
    assert after["contexts"][0][0] == f"{SENTENCES[0]}⟦ {dash} Kota Kita⟧"


def test_two_pages_with_three_neighbours_suffice() -> None:
    """One page does not, nor do two different neighbours."""
    lines = [f"Kota Kita - {sentence}" for sentence in SENTENCES]

    assert glued("\n".join(lines[:2]), lines[2]) == [("prefix", "Kota Kita", 2)]
    assert glued("\n".join(lines)) == []
    assert glued(lines[0], lines[1], lines[1]) == []


def test_other_dashes_glue_nothing() -> None:
    """A string in small letters, a sentence in small letters behind the dash, and lines of three words are ordinary text."""
    assert glued(*(f"kota kita - {sentence}" for sentence in SENTENCES)) == []
    assert glued(*(f"Kota Kita - {sentence.lower()}" for sentence in SENTENCES)) == []
    assert glued("Kota - Ani", "Kota - Budi", "Kota - Cici") == []


def test_a_sentence_among_unrelated_ones_is_injected() -> None:
    """It must be on three pages with three different neighbours, between other sentences of a line of prose."""
    first, second, third = (
        f"{sentence} {INVITATION} Gudang {number} masih penuh kata mereka." for number, sentence in enumerate(SENTENCES)
    )

    assert injected(first, second, third) == [(INVITATION, 3)]
    assert injected(f"{first}\n{second}", third) == []
    assert injected(first, first, second) == []
    assert injected(*[INVITATION] * 3) == []


@pytest.mark.parametrize(("sentence", "is_found"), [("Ya, di kota.", False), ("Ya, di kota itu.", True), (f"{'A' * 161}.", False)])
def test_short_and_long_sentences_repeat_by_chance(sentence: str, is_found: bool) -> None:  # noqa: FBT001 - a case
    """From 15 to 160 characters a sentence counts."""
    texts = [f"{own} {sentence} Gudang {number} masih penuh sampai pekan depan." for number, own in enumerate(SENTENCES)]

    assert injected(*texts) == ([(sentence, 3)] if is_found else [])


def test_a_remark_in_brackets_is_injected() -> None:
    """Round or square brackets count, with the text around them as neighbour."""
    texts = [f"{own.removesuffix('.')} [daftar di laman kami] kata para pedagang nomor {number}." for number, own in enumerate(SENTENCES)]

    assert injected(*texts) == [("[daftar di laman kami]", 3)]
    assert injected_strings(lines_of(*texts))["contexts"][0][0] == (
        "Harga beras naik tiga persen pekan ini ⟦[daftar di laman kami]⟧ kata para pedagang nomor 0."
    )


def test_no_lines_give_an_empty_table() -> None:
    """It has all columns."""
    assert glued_strings(lines_of()).schema == injected_strings(lines_of()).schema == pl.Schema(CANDIDATE)
    assert glued("") == []
    assert injected("satu\ndua") == []
