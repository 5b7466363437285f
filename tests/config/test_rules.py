"""Tests of pipeline/saring/config/rules.py and the shipped rule packs: their consistency, and the test cases of every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saring.config import rules
from saring.config.rules import PACKS, Rule, load_packs, word_list
from saring.noise.rule_cases import failing_cases

if TYPE_CHECKING:
    from pathlib import Path

RULES = load_packs()
FOLDER = rules.FOLDER


def test_every_case_of_every_rule_holds() -> None:
    """Each shipped rule deletes exactly the spans marked in its cases, and nothing in its near misses."""
    assert failing_cases(RULES) == []


def test_every_pack_is_loaded() -> None:
    """`PACKS` lists exactly the rule packs in the folder."""
    assert sorted(PACKS) == sorted(file.stem for file in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_holds_one_kind_of_noise(name: str) -> None:
    """All rules of a pack have the kind after which the pack is named."""
    kinds = {rule.kind for rule in RULES if rule.file == str(FOLDER / f"{name}.toml")}

    assert kinds == {name}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_literals_are_folded_and_unique(rule: Rule) -> None:
    """No two literals of a rule are equal when case is ignored."""
    assert len(set(rule.literals)) == len(rule.literals)


def test_no_literal_is_shadowed() -> None:
    """No literal for a full line is in two rules: only the first of them could ever be recorded in the ledger."""
    owner: dict[str, str] = {}
    for rule in RULES:
        for literal in rule.literals if rule.scope in ("line", "block") and not rule.beside else ():
            assert owner.setdefault(literal, rule.id) == rule.id, literal


@pytest.mark.parametrize("file", sorted((FOLDER / "words").glob("*.txt")), ids=lambda file: file.stem)
def test_word_lists_have_no_repeats(file: Path) -> None:
    """Each shipped word list is non-empty and has no repeated words."""
    words = word_list(file.stem)

    assert len(words) == len(set(words)) > 0
