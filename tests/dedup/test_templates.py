"""Filled templates: pages of one template and works under one notice are kept, copies are duplicates; tests/cases/templates.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config import Config, Dataset, Overlap
from saring.corpus import overlaps

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "templates.toml").read_text("utf-8"))["case"]


def roles(texts: dict[str, str], thresholds: Overlap | None = None) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return the overlaps between texts, and the role of each text by id."""
    documents = pl.DataFrame({"id": list(texts), "text": list(texts.values())})
    config = Config(dataset=Dataset(name="x"), overlap=thresholds or Overlap())
    pairs = overlaps.find_overlaps(documents, config.overlap)
    counted = documents.select(
        "id", pl.col("text").str.len_chars().cast(pl.Int64).alias("characters"), pl.lit(None, pl.String).alias("language")
    )
    decided = overlaps.assign_roles(counted, pairs, pl.DataFrame(schema={"id": pl.String, "edits": pl.Int64}), config)
    return pairs, dict(decided.select("id", "role").iter_rows())


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """Two texts are both kept or one is a duplicate, whichever id is smaller."""
    for ids in ("ab", "ba"):
        pairs, role = roles({ids[0]: case["a"], ids[1]: case["b"]})

        assert case["apart"] == (set(role.values()) == {"kept"}), pairs.drop("passages").rows()
        assert pairs["kind"].is_in(["template"] if case["apart"] else ["exact", "near", "contained"]).to_list() == [True]


TOWNS = ("Anse", "Kell", "Lorne", "Dunmore", "Ashby", "Wenn", "Tarrow", "Dolor", "Brenes", "Oberau")


def page(number: int) -> str:
    """Return the page of one bridge in a register."""
    town, builder = TOWNS[number % 10], TOWNS[(number * 7 + 3) % 10]
    return (
        f"Bridge {number + 110} (B {number + 110}) crosses the river at {town}. It was built in {1801 + 3 * number} by the office at {builder}. "
        f"It carries {number * 13 + 40} carts a day and is closed when the water is high. The planks are of oak."
    )


def test_fifty_pages_of_a_template_are_kept_and_copies_of_them_are_not() -> None:
    """Pages of one template are all kept; a copy of one with a changed word, and one in capitals, are duplicates."""
    pages = {f"{number:02}": page(number) for number in range(50)}
    copies = {"x7": page(7).replace("oak", "elm"), "x8": page(8).upper()}
    pairs, role = roles(pages | copies)

    assert {id_ for id_ in pages if role[id_] != "kept"} <= {"07", "08"}
    assert sorted(id_ for id_, its_role in role.items() if its_role == "duplicate") in (
        ["07", "08"],
        ["07", "x8"],
        ["08", "x7"],
        ["x7", "x8"],
    )
    assert pairs.filter(pl.col("kind") == "template").height >= 49


def test_template_detection_can_be_switched_off() -> None:
    """With `templates = false` pages of one template are duplicates; so are they with too few facts of their own."""
    pair = {"a": page(3), "b": page(4)}

    assert roles(pair)[0]["kind"].to_list() == ["template"]
    assert sorted(roles(pair, Overlap(templates=False))[1].values()) == ["duplicate", "kept"]
    assert roles({"a": page(3), "b": page(3).replace("1810", "1820")}, Overlap(own_at=0.1))[0]["kind"].to_list() == ["near"]


numbers = st.lists(st.integers(100, 999), min_size=6, max_size=6, unique=True)


@settings(deadline=None, max_examples=20)
@given(numbers, numbers)
def test_a_form_with_other_numbers_is_another_page(first: list[int], second: list[int]) -> None:
    """Two pages of a form are kept if all numbers differ; if only one differs, one page is a duplicate."""
    form = "Gauge at the weir: {} mm of rain in the night, {} mm by noon, wind {} over the dam, level {} at the sluice, {} fish counted, {} eels."
    second = [number + 900 if number in first else number for number in second]
    one_changed = [*first[:5], second[5]]

    assert set(roles({"a": form.format(*first), "b": form.format(*second)})[1].values()) == {"kept"}
    assert sorted(roles({"a": form.format(*first), "b": form.format(*one_changed)})[1].values()) == ["duplicate", "kept"]
