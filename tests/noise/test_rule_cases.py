"""pipeline/saring/noise/rule_cases.py: rules that fail their own test cases are reported with expected and actual deletions."""

from __future__ import annotations

import pytest

from saring.config import rules
from saring.config.rules import Case, Rule
from saring.core.errors import ConfigError
from saring.noise.rule_cases import FailedCase, check_rule_cases, failing_cases


def rule(*, fires: tuple[Case, ...] = (), spares: tuple[Case, ...] = (), sites: tuple[str, ...] = (), file: str = "corpus.toml") -> Rule:
    """Return a rule that deletes the line "iklan", with these test cases."""
    return Rule(id="bad", kind="ad", reason="none", scope="line", literals=("iklan",), fires=fires, spares=spares, sites=sites, file=file)


def test_a_failing_case_is_reported() -> None:
    """A rule that fails its own cases is listed with the expected and the actual deletions."""
    failures = failing_cases([rule(fires=(Case(text="Rapat dimulai.\nIKLAN", cuts=((0, 5),)),), spares=(Case(text="Iklan"),))])

    assert failures == [
        FailedCase("bad", "fires[0]", "Rapat dimulai.\nIKLAN", "cuts ['Rapat']", "cuts ['IKLAN']"),
        FailedCase("bad", "spares[0]", "Iklan", "cuts nothing", "cuts ['Iklan']"),
    ]


@pytest.mark.parametrize(
    ("case", "failures"),
    [
        (Case(text="Iklan\nRapat", cuts=((0, 5),)), []),
        (Case(text="Iklan\nRapat", cuts=((0, 6),)), []),
        (Case(text="Iklan\nRapat"), []),
        (Case(text="Rapat"), [("cuts something", "cuts nothing")]),
        (Case(text="Iklan\na\nIklan", cuts=((0, 5),)), [("cuts ['Iklan']", "cuts ['Iklan', 'Iklan']")]),
        (Case(text="市长\n Iklan", cuts=((4, 9),)), []),
    ],
)
def test_deletions_are_compared_without_white_space(case: Case, failures: list[tuple[str, str]]) -> None:
    """A case in which nothing is marked only has to be changed; otherwise exactly the marked strings have to go."""
    assert [(failure.expected, failure.found) for failure in failing_cases([rule(fires=(case,))])] == failures


def test_deletions_by_other_rules_do_not_count() -> None:
    """All rules are active while one is tested, but only its own deletions are compared."""
    other = Rule(id="other", kind="ad", reason="none", scope="line", literals=("rapat",))
    case = Case(text="Iklan\nRapat", cuts=((0, 5),))

    assert failing_cases([rule(fires=(case,), spares=(Case(text="rapat"),)), other]) == []
    assert [failure.found for failure in failing_cases([other, rule(fires=(Case(text="Rapat", cuts=((0, 5),)),))])] == ["cuts nothing"]


def test_a_case_is_a_page_of_the_first_site() -> None:
    """The cases of a rule for sites count as pages of the first of them."""
    assert failing_cases([rule(fires=(Case(text="Iklan"),), sites=("kota.example", "desa.example"))]) == []


def test_only_the_tested_rules_are_run() -> None:
    """The other rules are active without their cases being run; without cases nothing is run."""
    bad, good = rule(spares=(Case(text="Iklan"),)), Rule(id="good", kind="ad", reason="none", scope="line", literals=("x",))

    assert failing_cases([bad, good], [good]) == []
    assert failing_cases([bad, good], []) == []
    assert len(failing_cases([bad, good], [bad])) == 1
    assert failing_cases([]) == []


def test_a_failing_rule_of_the_corpus_is_an_error() -> None:
    """The message names file, rule, case, expected and actual deletions, and how many more fail."""
    one, two = (Case(text="Iklan"),), (Case(text="Iklan"), Case(text="IKLAN"))

    with pytest.raises(ConfigError) as failure:
        check_rule_cases([rule(spares=one)])
    with pytest.raises(ConfigError) as failures:
        check_rule_cases([rule(spares=two)])

    assert str(failure.value) == (
        "corpus.toml: rule 'bad': spares[0]: expected that it cuts nothing in 'Iklan', found that it cuts ['Iklan']. "
        "Correct the rule or the case; `saring rules test` lists all failing cases."
    )
    assert "found that it cuts ['Iklan'], and 1 more." in str(failures.value)


def test_shipped_rules_are_not_checked_again() -> None:
    """A rule of a shipped pack, and rules whose cases hold, raise no error."""
    check_rule_cases([rule(spares=(Case(text="Iklan"),), file=str(rules.FOLDER / "ad.toml")), rule(fires=(Case(text="Iklan"),))])
    check_rule_cases([])
