"""pipeline/build/choices.py: a changed rule cleans again what it can touch, and the result is as if all had been."""

from __future__ import annotations

import dataclasses
import functools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read
from pipeline.build import build
from pipeline.build.choices import Choices
from pipeline.clean import Prepared, clean, prepare
from pipeline.config import load_config
from pipeline.settings import Keep
from pipeline.workspace import Job

if TYPE_CHECKING:
    from pipeline.config import Config

HOME = Path(__file__).parent.parent.parent
CONFIG = load_config(HOME / "corpus.toml")


@functools.cache
def samples() -> Prepared:
    """Return the pages of raw/."""
    return prepare(pl.concat([batch.scrapes for batch in read.batches(HOME / "raw", CONFIG)]))


def without(off: set[int]) -> Config:
    """Return the configuration without some of its rules."""
    return dataclasses.replace(CONFIG, rules=tuple(rule for index, rule in enumerate(CONFIG.rules) if index not in off))


@settings(max_examples=15)
@given(st.sets(st.integers(0, len(CONFIG.rules) - 1), max_size=4), st.sets(st.integers(0, len(CONFIG.rules) - 1), max_size=4))
def test_what_is_not_touched_comes_out_the_same(before: set[int], after: set[int]) -> None:
    """Whichever rules come and go, a page that they do not match is cleaned as before."""
    old, new = without(before), without(after)
    touched = Choices.of(new).touched(samples().pages, Choices.of(old))
    assert touched is not None

    results = [clean(samples(), config) for config in (old, new)]

    for name in ("documents", "edits"):
        one, other = (
            getattr(result, name).filter(~pl.col("id").is_in(touched.implode())).sort(pl.all().exclude("authors")) for result in results
        )
        assert one.equals(other)


def test_few_pages_are_touched_by_one_rule() -> None:
    """That is what it is for."""
    spam = next(index for index, rule in enumerate(CONFIG.rules) if rule.kind == "icon")

    touched = Choices.of(without({spam})).touched(samples().pages, Choices.of(CONFIG))

    assert touched is not None
    assert len(touched) < samples().pages.height / 4


def test_the_order_of_rules_touches_all() -> None:
    """The first of two rules that match names the cut."""
    turned = dataclasses.replace(CONFIG, rules=CONFIG.rules[::-1])

    assert Choices.of(turned).touched(samples().pages, Choices.of(CONFIG)) is None


def test_an_exception_touches_its_document() -> None:
    """And no other."""
    id_ = samples().pages["id"][3]
    pinned = dataclasses.replace(CONFIG, keeps=(Keep(id=id_.partition(".")[0], rule="classifier", keep="a"),))

    touched = Choices.of(pinned).touched(samples().pages, Choices.of(CONFIG))

    assert touched is not None
    assert touched.to_list() == [id_]


def test_choices_survive_their_file(tmp_path: Path) -> None:
    """What is read is what was written; a file that is missing or of another version is none."""
    choices = Choices.of(CONFIG)
    choices.save(tmp_path)

    assert Choices.load(tmp_path, choices.digest()) == choices
    assert Choices.load(tmp_path, "0" * 64) is None
    (tmp_path / f"{choices.digest()}.json").write_text('{"rules": [{"id": "x", "colour": 1}], "keeps": []}', encoding="utf-8")
    assert Choices.load(tmp_path, choices.digest()) is None


def test_a_rule_changes_after_scrapes_went(tmp_path: Path) -> None:
    """What is left of their bundles is found where it stands now."""
    raw = tmp_path / "raw"
    shutil.copytree(HOME / "raw" / "fr", raw)
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    build(job)
    for file in raw.rglob("*"):
        if file.is_file() and file.suffix != ".md":
            file.unlink()
    left = build(job)["clean_pages"]["documents"]

    again = build(dataclasses.replace(job, config=without(set(range(len(CONFIG.rules))))))["clean_pages"]

    assert again["cleaned"] + again["spared"] == left


@pytest.mark.parametrize("changed", ["rule", "exception"])
def test_a_build_after_a_changed_rule_cleans_what_it_touches(changed: str, tmp_path: Path) -> None:
    """The tables are those of a build from nothing, and most documents are not cleaned again."""
    first = Job(raw=HOME / "raw", out=tmp_path / "one", config=CONFIG, workers=0)
    documents = build(first)["clean_pages"]["documents"]
    spam = next(rule for rule in CONFIG.rules if rule.kind == "spam")
    if changed == "rule":
        config = dataclasses.replace(CONFIG, rules=tuple(rule for rule in CONFIG.rules if rule != spam))
    else:
        page = samples().pages["id"][0].partition(".")[0]
        config = dataclasses.replace(CONFIG, keeps=(Keep(id=page, rule=spam.id, keep=""),))

    again = build(dataclasses.replace(first, config=config))["clean_pages"]
    fresh = Job(raw=HOME / "raw", out=tmp_path / "two", config=config, workers=0)
    build(fresh)

    assert [file.stem for file in (first.folder / "choices").iterdir()] == [Choices.of(config).digest()]
    assert 0 < again["cleaned"] < documents / 2
    assert again["cleaned"] + again["spared"] == documents
    for table in ("documents", "edits", "overlaps", "rejections"):
        assert (first.tables / f"{table}.parquet").read_bytes() == (fresh.tables / f"{table}.parquet").read_bytes()
