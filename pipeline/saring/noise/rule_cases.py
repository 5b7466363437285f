"""A rule proves itself: it cuts what its cases mark, and spares its near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.config.rules import is_shipped
from saring.core.errors import ConfigError
from saring.noise import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Case, Rule

__all__ = ["Failure", "check_rule_cases", "failing_cases"]


class Failure(NamedTuple):
    """A case that does not hold: the rule, the case (such as `fires[0]`) and its text, what it should cut and what it cuts."""

    rule: str
    case: str
    text: str
    expected: str
    found: str


def check_rule_cases(rules: Sequence[Rule]) -> None:
    """Refuse rules of corpus.toml whose own cases do not hold; those of the packs that come with saring are not tried.

    Args:
        rules: all that run.

    Raises:
        ConfigError: names the first rule and case, what was expected and what was cut.
    """
    failed = failing_cases(rules, [rule for rule in rules if not is_shipped(rule)])
    if not failed:
        return
    first = failed[0]
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    raise ConfigError(
        file=next(rule.file for rule in rules if rule.id == first.rule),
        path=f"rule {first.rule!r}: {first.case}",
        expected=f"that it {first.expected} in {first.text!r}",
        found=f"that it {first.found}{more}",
        hint="Correct the rule or the case; `saring rules test` lists all that fail.",
    )


def failing_cases(rules: Sequence[Rule], of: Sequence[Rule] | None = None) -> list[Failure]:
    """Run the cases of rules, all rules at work together.

    Args:
        rules: those at work.
        of: those whose cases are run; by default all.

    Cuts are compared without the white space around them, which depends on what else is cut. The cases of a rule that is bound to sites
    are pages of the first of them.
    """
    tried = rules if of is None else of
    named = [(rule, case, f"fires[{number}]") for rule in tried for number, case in enumerate(rule.fires)]
    named += [(rule, case, f"spares[{number}]") for rule in tried for number, case in enumerate(rule.spares)]
    cases = [(rule, case) for rule, case, _ in named]
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
    found = find(texts, rules).sort("id", "seq").select("id", "rule", pl.col("original").str.strip_chars())
    cuts = {key[0]: group["original"].to_list() for key, group in _by_case(found, cases)}
    failed = []
    for number, (rule, case, name) in enumerate(named):
        expected = [case.text[start:end].strip() for start, end in case.cuts]
        cut = cuts.get(str(number), [])
        if name.startswith("fires") and (cut != expected if expected else not cut):
            failed.append(Failure(rule.id, name, case.text, f"cuts {expected or 'something'}", f"cuts {cut or 'nothing'}"))
        elif not name.startswith("fires") and cut:
            failed.append(Failure(rule.id, name, case.text, "cuts nothing", f"cuts {cut}"))
    return failed


def _by_case(found: pl.DataFrame, cases: Sequence[tuple[Rule, Case]]) -> pl.dataframe.group_by.GroupBy:
    """Group the cuts that a case's own rule made by case."""
    own = pl.DataFrame({"id": [str(number) for number in range(len(cases))], "rule": [rule.id for rule, _ in cases]})
    return found.join(own, on=["id", "rule"], how="semi", maintain_order="left").group_by("id", maintain_order=True)
