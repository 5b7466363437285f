"""Tests of pipeline/saring/repair/mojibake.py: lines that were decoded in a wrong charset."""

from __future__ import annotations

import polars as pl
import pytest

from saring.core import ledger
from saring.repair import encoding


def page(text: str) -> pl.DataFrame:
    """Return a table of one text without a title."""
    return pl.DataFrame({"id": ["a"], "text": [text], "title": [None]}, schema={"id": pl.String, "text": pl.String, "title": pl.String})


#: Charsets of East Asia, Russia, Greece and Thailand, each with a sentence.
SENTENCES = {
    "gb18030": "孩子们帮他把网拉上岸，然后大家坐在海边喝热汤，说起昨天的大风。",
    "big5": "孩子們幫他把網拉上岸，然後大家坐在海邊喝熱湯，說起昨天的大風。",
    "cp932": "子どもたちは網を引くのを手伝い、それからみんなで浜辺に座って味噌汁を飲んだ。",
    "euc_jp": "子どもたちは網を引くのを手伝い、それからみんなで浜辺に座って味噌汁を飲んだ。",
    "cp949": "아이들은 그물을 끌어 올리는 일을 도왔고, 모두 바닷가에 앉아 국을 먹었다.",
    "cp1251": "Мальчишки спорили, кто первым перейдёт на другую сторону за хлебом.",
    "koi8-r": "Мальчишки спорили, кто первым перейдёт на другую сторону за хлебом.",
    "cp1253": "Τα παιδιά του τον περίμεναν στην προκυμαία με ένα φανάρι.",
    "cp874": "เด็กๆ วิ่งไปช่วยลากอวนขึ้นจากน้ำ แล้วทุกคนก็นั่งกินข้าวต้มด้วยกัน",
}


@pytest.mark.parametrize("wrong", ["latin-1", "sloppy-windows-1252"])
@pytest.mark.parametrize("codec", SENTENCES)
def test_lines_in_other_charsets_are_decoded_again_completely_or_not_at_all(codec: str, wrong: str) -> None:
    """Any beginning of a sentence that was decoded in a wrong charset is repaired completely, or stays as it is."""
    for size in range(4, len(SENTENCES[codec]) + 1, 3):
        text = SENTENCES[codec][:size]
        damage = text.encode(codec).decode(wrong)
        if not any(mark in damage for mark in "\x85\x1c\x1d\x1e"):
            assert encoding.repair_line(damage) in (text, damage)


@pytest.mark.parametrize("codec", SENTENCES)
def test_a_damaged_line_among_good_ones_is_decoded_again(codec: str) -> None:
    """A damaged line is repaired by itself: the good lines around it stay."""
    damage = SENTENCES[codec].encode(codec).decode("latin-1")
    before = page(f"Ein guter Satz über Öfen.\n{damage}\nUne phrase saine, là aussi.")
    after = ledger.apply(before, encoding.find_repairs(before))

    assert after["text"][0] in (before["text"][0], before["text"][0].replace(damage, SENTENCES[codec]))


def test_a_lone_letter_is_repaired_among_damage() -> None:
    """Where other lines of a text are damaged, a lone Ã is an à; one in quotation marks stays."""
    before = page("Le prix Ã payer.\nL’Ã©tÃ© fut long.\nLa lettre « Ã » est rare.")
    after = ledger.apply(before, encoding.find_repairs(before))

    assert after["text"][0] == "Le prix à payer.\nL’été fut long.\nLa lettre « Ã » est rare."
