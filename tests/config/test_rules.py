"""pipeline/rules: the packs are linted as code is, and every rule proves itself."""

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
    """Each rule cuts what its cases mark and spares its near misses."""
    assert failing_cases(RULES) == []


def test_a_case_that_does_not_hold_is_told() -> None:
    """The check can fail: a rule that misses its own cases is listed with what it cut."""
    case = rules.Case(text="Rapat dimulai.\nIKLAN", cuts=((0, 5),))
    spared = rules.Case(text="Iklan")
    rule = Rule(id="bad", kind="ad", reason="none", scope="line", literals=("iklan",), fires=(case,), spares=(spared,))

    found = failing_cases([rule])

    assert [(failure.expected, failure.found) for failure in found] == [
        ("cuts ['Rapat']", "cuts ['IKLAN']"),
        ("cuts nothing", "cuts ['Iklan']"),
    ]


def test_every_pack_is_loaded() -> None:
    """PACKS names all files in the folder, and no others."""
    assert sorted(PACKS) == sorted(file.stem for file in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_holds_one_kind_of_noise(name: str) -> None:
    """A pack is named after the kind that its rules cut; counters stand with comments, consent with log-in."""
    kinds = {rule.kind for rule in RULES if rule.file == str(FOLDER / f"{name}.toml")}

    assert kinds == {name}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_literals_are_folded_and_unique(rule: Rule) -> None:
    """No literal stands twice in a rule, nor only differs in case from another."""
    assert len(set(rule.literals)) == len(rule.literals)


def test_no_literal_is_shadowed() -> None:
    """A whole line that two rules of the same standing cut would always be named by the first."""
    owner: dict[str, str] = {}
    for rule in RULES:
        for literal in rule.literals if rule.scope in ("line", "block") and not rule.beside else ():
            assert owner.setdefault(literal, rule.id) == rule.id, literal


@pytest.mark.parametrize("file", sorted((FOLDER / "words").glob("*.txt")), ids=lambda file: file.stem)
def test_word_lists_have_no_repeats(file: Path) -> None:
    """Each word stands once."""
    found = word_list(file.stem)

    assert len(found) == len(set(found)) > 0
