"""pipeline/saring/names/protected_spans.py: the text between protected spans, with its offsets."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.lines import split_lines
from saring.names.protected_spans import unprotected_parts, without_code_blocks

_PIECES = st.sampled_from(
    [
        "kata",
        " ",
        "\n",
        "😀",
        "é",
        "`",
        "```",
        "@a",
        "#b",
        "a@b.c",
        "https://x.example/y",
        "a.jpg",
        "/a/b",
        "\\",
        ".",
        ":",
        "说",
        "(at)",
        '"',
    ]
)


def _texts(*contents: str) -> pl.DataFrame:
    """Return texts with ids d0, d1, ..."""
    return pl.DataFrame(
        {"id": [f"d{number}" for number in range(len(contents))], "text": contents}, schema={"id": pl.String, "text": pl.String}
    )


@settings(deadline=None)
@given(st.lists(st.lists(_PIECES, max_size=15).map("".join), max_size=3))
def test_offsets_of_parts_are_right_and_parts_do_not_overlap(contents: list[str]) -> None:
    """Offsets count code points from the start of the text; no part overlaps the next."""
    texts = _texts(*contents)
    by_id = dict(texts.iter_rows())
    previous_end: dict[str, int] = {}

    for id_, start, part in unprotected_parts(split_lines(texts)).sort("id", "start", pl.col("part").str.len_chars()).iter_rows():
        assert by_id[id_][start : start + len(part)] == part
        assert start >= previous_end.get(id_, 0)
        previous_end[id_] = start + len(part)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Lihat https://t.me/x?a=b#c, lalu pulang", ["Lihat ", " lalu pulang"]),
        ("`a` b ``c ` d`` e", [" b ", " e"]),
        ("surat a.b+c@d.example: kosong", ["surat ", ": kosong"]),
        ("见sina.com报道", ["见", "报道"]),
        ("3.14 persen dan 12.000 orang", ["3.14 persen dan 12.000 orang"]),
        ("dan/atau, km/jam: tidak ada berkas", [" ", ": tidak ada berkas"]),
        ("Selesai.Lalu ia pulang, P.Durov juga", ["Selesai.Lalu ia pulang, P.Durov juga"]),
    ],
)
def test_only_the_address_is_protected(line: str, expected: list[str]) -> None:
    """The text before and after it is returned in full."""
    parts = unprotected_parts(split_lines(_texts(line))).sort("start")["part"].to_list()

    assert parts == expected


def test_closed_code_blocks_are_dropped() -> None:
    """An unclosed fence is an ordinary line; the fences of each text are counted separately."""
    texts = _texts("a\n```py\nb\n```\nc\n```\nd", "e\n~~~\nf\n~~~", "g")

    assert without_code_blocks(split_lines(texts))["line"].to_list() == ["a", "c", "```", "d", "e", "g"]
