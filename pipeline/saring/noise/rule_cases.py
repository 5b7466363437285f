"""Test noise rules against their own cases: each must delete what its `fires` cases mark, and nothing in its `spares` cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.config.rules import is_shipped
from saring.core.errors import ConfigError
from saring.noise import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Case, Rule

__all__ = ["FailedCase", "check_rule_cases", "failing_cases"]


class FailedCase(NamedTuple):
    """A failed case of a noise rule: rule id, case (such as `fires[0]`), its text, and the expected and actual deletions in words."""

    rule: str
    case: str
    text: str
    expected: str
    found: str


def check_rule_cases(rules: Sequence[Rule]) -> None:
    """Check the rules of corpus.toml against their own cases; rules that ship with saring are not checked again.

    Args:
        rules: all rules of the build.

    Raises:
        ConfigError: a case fails; names the rule, the case, and the expected and actual deletions.
    """
    failures = failing_cases(rules, [rule for rule in rules if not is_shipped(rule)])
    if not failures:
        return
    first = failures[0]
    more = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
    raise ConfigError(
        file=next(rule.file for rule in rules if rule.id == first.rule),
        path=f"rule {first.rule!r}: {first.case}",
        expected=f"that it {first.expected} in {first.text!r}",
        found=f"that it {first.found}{more}",
        hint="Correct the rule or the case; `saring rules test` lists all failing cases.",
    )


def failing_cases(rules: Sequence[Rule], tested: Sequence[Rule] | None = None) -> list[FailedCase]:
    """Run the cases of noise rules with all rules active, and return those that fail.

    Deletions are compared without the white space around them, which depends on what else is deleted. The cases of a rule that is bound to
    sites count as pages of the first of them.

    Args:
        rules: the active rules.
        tested: the rules whose cases are run; by default all.
    """
    tested_rules = rules if tested is None else tested
    named_cases = [(rule, case, f"fires[{number}]") for rule in tested_rules for number, case in enumerate(rule.fires)]
    named_cases += [(rule, case, f"spares[{number}]") for rule in tested_rules for number, case in enumerate(rule.spares)]
    cases = [(rule, case) for rule, case, _ in named_cases]
    if not cases:
        return []
    texts = pl.DataFrame(
        {
            "id": [str(number) for number in range(len(cases))],
            "text": [case.text for _, case in cases],
            "site": [rule.sites[0] if rule.sites else None for rule, _ in cases],
        },
        schema={"id": pl.String, "text": pl.String, "site": pl.String},
    )
    edits = find(texts, rules).sort("id", "seq").select("id", "rule", pl.col("original").str.strip_chars())
    deletions = {key[0]: group["original"].to_list() for key, group in _group_by_case(edits, cases)}
    failures = []
    for number, (rule, case, name) in enumerate(named_cases):
        expected = [case.text[start:end].strip() for start, end in case.cuts]
        deleted = deletions.get(str(number), [])
        if name.startswith("fires") and (deleted != expected if expected else not deleted):
            failures.append(FailedCase(rule.id, name, case.text, f"cuts {expected or 'something'}", f"cuts {deleted or 'nothing'}"))
        elif not name.startswith("fires") and deleted:
            failures.append(FailedCase(rule.id, name, case.text, "cuts nothing", f"cuts {deleted}"))
    return failures


def _group_by_case(edits: pl.DataFrame, cases: Sequence[tuple[Rule, Case]]) -> pl.dataframe.group_by.GroupBy:
    """Group the deletions by case, only those made by the case's own rule."""
    own = pl.DataFrame({"id": [str(number) for number in range(len(cases))], "rule": [rule.id for rule, _ in cases]})
    return edits.join(own, on=["id", "rule"], how="semi", maintain_order="left").group_by("id", maintain_order=True)
