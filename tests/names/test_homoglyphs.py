"""pipeline/saring/names/homoglyphs.py: words in two scripts are read in one, others are left alone."""

from __future__ import annotations

import polars as pl
import pytest

from saring.names.homoglyphs import single_script_readings


@pytest.mark.parametrize(
    ("part", "readings"),
    [
        ("Durоv", {"Durov"}),  # a Cyrillic о
        ("Дурoв", {"Дуров"}),  # a Latin o
        ("Дуров", set()),
        ("Durov", set()),
        ("Durov Дуров", set()),
    ],
)
def test_mixed_words_are_read_in_each_script(part: str, readings: set[str]) -> None:
    """A reading has as many code points as the part; parts without a mixed word have none."""
    frame = pl.DataFrame({"id": ["a"], "start": [0], "part": [part]})

    table = single_script_readings(frame)

    assert readings <= set(table["part"])
    assert bool(len(table)) == bool(readings)
    assert table.filter(pl.col("part").str.len_chars() != pl.col("raw").str.len_chars()).is_empty()
    assert set(table["raw"]) <= {part}
