"""Quality scores on the sets in `sets/` do not fall below their floors, and floors are not moved without a reason."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bench import mutants
from tests.quality import score

STORED = score.floors()


@pytest.mark.parametrize("family", score.FAMILIES)
def test_scores_reach_their_floors(family: str) -> None:
    """Every score of a family is at least its floor, and every score has one."""
    reached = score.scores(family)
    below = {name: f"{value} < {STORED['floors'][name]['at']}" for name, value in reached.items() if value < STORED["floors"][name]["at"]}

    assert not below


def test_floors_were_taken_on_these_sets() -> None:
    """A set that has changed makes its floors meaningless: `python -m tests.quality.score --rebase REASON` takes them again."""
    sets = {name for _, names in score.FAMILIES.values() for name in names}

    assert STORED["sets"] == {name: score.digest(name) for name in sets}
    assert {file.relative_to(score.SETS).as_posix() for file in score.SETS.rglob("*.toml")} == sets
    assert len(STORED["rebased"]) >= 20


@pytest.mark.parametrize("name", STORED["floors"])
def test_a_lowered_floor_has_a_reason(name: str) -> None:
    """Raising is free; a floor below the highest score ever recorded says why."""
    floor = STORED["floors"][name]

    assert set(floor) <= {"at", "highest", "reason"}
    assert 0 <= floor["at"] <= floor["highest"] <= 1
    assert floor["at"] == floor["highest"] or len(floor.get("reason", "")) >= 20


def test_every_group_has_six_pages() -> None:
    """Per language and per type of page, the noise sets have at least six pages, so that one page does not decide a score."""
    files = [score.load(f"noise/{file.name}") for file in (score.SETS / "noise").glob("*.toml")]
    groups = [group for file in files for page in file["page"] for group in (file["language"], page["type"])]

    assert len({*groups}) == 12
    assert min(groups.count(group) for group in {*groups}) >= 6


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: f"{mutant.name} {mutant.new}")
def test_mutants_change_constants_that_exist(mutant: mutants.Mutant) -> None:
    """`bench/mutants.py` knows the constants of today: a renamed or changed one is changed in its table too."""
    source = (Path(mutants.PACKAGE) / mutant.module).read_text(encoding="utf-8")

    changed = mutants.mutated(source, mutant)

    assert changed != source
    assert ast.parse(changed)
