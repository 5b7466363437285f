"""A rule proves itself: it cuts what its cases mark, and spares its near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline.noise import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.rules import Case, Rule

__all__ = ["Failure", "failures"]


class Failure(NamedTuple):
    """A case that does not hold: the rule, the case's text, what it should cut and what it cuts."""

    rule: str
    text: str
    expected: str
    found: str


def failures(rules: Sequence[Rule]) -> list[Failure]:
    """Run the cases of all rules, all rules at work together.

    Cuts are compared without the white space around them, which depends on what else is cut. The cases of a rule that is bound to sites
    are pages of the first of them.
    """
    cases = [(rule, case, True) for rule in rules for case in rule.fires] + [(rule, case, False) for rule in rules for case in rule.spares]
    texts = pl.DataFrame(
        {
            "id": [str(number) for number in range(len(cases))],
            "text": [case.text for _, case, _ in cases],
            "site": [rule.sites[0] if rule.sites else None for rule, _, _ in cases],
        },
        schema={"id": pl.String, "text": pl.String, "site": pl.String},
    )
    found = find(texts, rules).sort("id", "seq").select("id", "rule", pl.col("original").str.strip_chars())
    cuts = {key[0]: group["original"].to_list() for key, group in _by_case(found, cases)}
    failed = []
    for number, (rule, case, fires) in enumerate(cases):
        expected = [case.text[start:end].strip() for start, end in case.cuts]
        cut = cuts.get(str(number), [])
        if fires and (cut != expected if expected else not cut):
            failed.append(Failure(rule.id, case.text, f"cuts {expected or 'something'}", f"cuts {cut or 'nothing'}"))
        elif not fires and cut:
            failed.append(Failure(rule.id, case.text, "cuts nothing", f"cuts {cut}"))
    return failed


def _by_case(found: pl.DataFrame, cases: Sequence[tuple[Rule, Case, bool]]) -> pl.dataframe.group_by.GroupBy:
    """Group the cuts that a case's own rule made by case."""
    own = pl.DataFrame({"id": [str(number) for number in range(len(cases))], "rule": [rule.id for rule, _, _ in cases]})
    return found.join(own, on=["id", "rule"], how="semi", maintain_order="left").group_by("id", maintain_order=True)
