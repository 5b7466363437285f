"""Words and shingles: which words are equal, their offsets, and fixed hash values."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.dedup.tokens import NO_SHINGLE, hash_texts, shingles, tokenize


def split(text: str) -> list[str]:
    """Return the words of a text as substrings."""
    words = tokenize(pl.Series([text]))
    return [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]


def test_hashes_never_change() -> None:
    """Hashes of words, shingles and texts are fixed, so that a release is the same on every machine."""
    words = tokenize(pl.Series(["Saring menyaring", "L'été 2024 我们", ""]))

    expected = [
        16926823857492255804,
        1743972506337732667,
        8156730602120270348,
        10084979580088584000,
        10572990806799426624,
        8198285954568397118,
        9284685561173982744,
    ]
    assert expected == words.hashes.tolist()
    expected = [10774127628865895785, 8953415236977293530, 7622599574242807735]
    assert expected == shingles(words)[shingles(words) != NO_SHINGLE].tolist()
    assert hash_texts(words).tolist() == [10552285809029866314, 11185283117395795497, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'été, c'est l'été !", ["L", "été", "c", "est", "l", "été"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("co\u00adop", ["co\u00adop"]),
        ("我们 love 北京", ["我", "们", "love", "北", "京"]),
        ("ไทยกำ", ["ไ", "ท", "ย", "ก", "ำ"]),
        ("コーヒー", ["コ", "ー", "ヒ", "ー"]),
        ("한국 서울", ["한국", "서울"]),
        ("3.14 x²", ["3", "14", "x²"]),
        ("\u0301a 🙂🙂", ["a"]),
        ("x\0y", ["x", "y"]),
        ("", []),
        ("...", []),
    ],
)
def test_word_boundaries(text: str, expected: list[str]) -> None:
    """Words consist of letters, digits and marks; in scripts without spaces each character is one."""
    assert expected == split(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ÉTÉ", "e\u0301te\u0301"),
        ("ﬁn", "FIN"),
        ("Ｓａｒｉｎｇ", "saring"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("co\u00adop", "coop"),
        ("كَتَبَ الوَلَدُ", "كتب الولد"),
        ("الرَّحْمَـٰنِ", "الرحمن"),
        ("أإآٱ ؤ ئ", "اااا و ي"),
        ("ســـلام", "سلام"),
        ("\ufe76سلام", "سلام"),
        ("مدينةُ", "مدينة"),
        ("خانهٔ کتابی", "خانه كتابي"),
        ("على مستشفى", "علي مستشفي"),
        ("שָׁלוֹם", "שלום"),
        ("\ufb2aלום", "שלום"),
        ("הַחֹמֶר וְהַסֻּלָּם", "החומר והסולם"),
        ("לֹא רֹאשׁ אֵיפֹה", "לא ראש איפה"),
        ("ܡܰܠܟܳܐ", "ܡܠܟܐ"),
        ("зáмок".replace("á", "а\u0301"), "замок"),
        ("Ёлка ещё", "елка еще"),
        ("е\u0308лка", "ёлка"),
        ("葛\U000e0100", "葛"),
    ],
)
def test_equal_words(first: str, second: str) -> None:
    """Words that differ in case, compatibility form, composition, invisible characters or optional marks only are equal."""
    assert tokenize(pl.Series([first])).hashes.tolist() == tokenize(pl.Series([second])).hashes.tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *[("été", "ete"), ("ab", "ba"), ("a", "aa"), ("12", "21"), ("они", "ohu"), ("aab", "aba")],
        *[("पिता", "पता"), ("กิน", "กัน"), ("ދިވެހި", "ދވހ"), ("ma", "mà"), ("mā", "ma"), ("νόμος", "νομός")],
        *[("їсти", "істи"), ("ѓон", "гон"), ("мой", "мои"), ("か", "が"), ("كلب", "قلب"), ("שיר", "שר"), ("מדרסה", "מדרס")],
    ],
)
def test_different_words(first: str, second: str) -> None:
    """Words that differ in accents, order, script or marks that are always written are different."""
    assert tokenize(pl.Series([first])).hashes.tolist() != tokenize(pl.Series([second])).hashes.tolist()


def test_literal_hashes_never_change() -> None:
    """Literal hashes, which files hold, are fixed, and optional marks count in them."""
    words = tokenize(pl.Series(["كَتَبَ ёж שֻׁ"]), literal=True)

    assert words.hashes.tolist() == [605844867561450122, 1160093549898961314, 8584903261902463246]
    assert not set(words.hashes) & set(tokenize(pl.Series(["كَتَبَ ёж שֻׁ"])).hashes)


@settings(deadline=None)
@given(st.text(alphabet="سلامكتبأإشהשולםаеёїи \n.12a", max_size=30), st.data())
def test_optional_marks_change_no_word(text: str, data: st.DataObject) -> None:
    """Optional marks behind letters of their script change no hash, and each word ends behind its marks."""
    marks = (
        dict.fromkeys("سلامكتبأإش", "\u064e\u0651\u0640\u06e1")
        | dict.fromkeys("הםשל", "\u05b7\u05bc\u0591")
        | dict.fromkeys("аеи", "\u0301")
    )
    added = [data.draw(st.text(alphabet=marks[letter], max_size=2)) if letter in marks else "" for letter in text]
    plain, marked = tokenize(pl.Series([text])), tokenize(pl.Series(["".join(map("".join, zip(text, added, strict=True)))]))

    assert plain.hashes.tolist() == marked.hashes.tolist()
    before = np.cumsum([0] + [len(letter_marks) for letter_marks in added])
    assert (plain.starts + before[plain.starts]).tolist() == marked.starts.tolist()
    assert (plain.ends + before[plain.ends]).tolist() == marked.ends.tolist()


@settings(deadline=None)
@given(st.lists(st.text() | st.none(), max_size=6))
def test_words_of_a_text_do_not_depend_on_its_batch(texts: list[str | None]) -> None:
    """Words, offsets and hashes of a text are the same in any batch, and words lie within their text in order."""
    together = tokenize(pl.Series(texts, dtype=pl.String))
    for place, text in enumerate(texts):
        alone = tokenize(pl.Series([text], dtype=pl.String))
        part = slice(together.offsets[place], together.offsets[place + 1])
        assert alone.hashes.tolist() == together.hashes[part].tolist()
        assert alone.starts.tolist() == together.starts[part].tolist()
        assert alone.ends.tolist() == together.ends[part].tolist()
        edges = np.column_stack((alone.starts, alone.ends)).ravel()
        assert (np.diff(edges)[::2] > 0).all()
        assert (np.diff(edges) >= 0).all()
        assert not len(edges) or edges[-1] <= len(text or "")


def test_shingles_stop_at_the_end_of_a_text() -> None:
    """No shingle reaches into the next text, and equal words make equal shingles."""
    hashes = shingles(tokenize(pl.Series(["a b c d", "e f", "b c d"])))

    assert (hashes != NO_SHINGLE).tolist() == [True, True, False, False, False, False, True, False, False]
    assert hashes[1] == hashes[6]
