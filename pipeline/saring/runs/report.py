"""The summary of a build for a person: sentences about scrapes, rejections, drift alerts, settings without effect, and the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core.errors import TooManyRejectedError
from saring.core.plurals import counted
from saring.release import markdown
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from saring.config import Config

__all__ = ["by_rule", "check_rejected", "rejected_by_reason", "rejected_share", "removals", "summary"]

#: Most rejections that a summary names, and most reasons that it lists.
_NAMED = 10

#: Reasons of rejection that count as no loss: the text of a copy is in another document, and what is taken down is rejected on purpose.
_NO_LOSS = ("copy", "taken-down")

#: Most languages that a sentence lists.
_MOST_LISTED = 5


def summary(reports: dict[str, dict[str, Any]], quoted: Callable[[str], str] | None = None) -> list[str]:
    """Return the summary of a build as sentences, from the reports of its steps.

    Args:
        reports: the reports by the names of the steps (`build_steps.run_steps`).
        quoted: escapes text that comes from scrapes, such as file names; by default for a terminal.
    """
    read, extracted, cleaned = (reports[name] for name in ("read_scrapes", "extract_pages", "clean_pages"))
    related, released = (reports[name] for name in ("relate_documents", "write_release"))
    quoted = quoted or (lambda text: markdown.markdown_line(text, 200))
    alerts = [
        f"{quoted(source)}: {share:.0%} of the text was removed, where {usual:.0%} is usual; `saring explain` shows what was cut from a document"
        for source, share, usual in related["alarms"]
    ]
    pages, worst = related["dropped"]
    named = "; ".join(f"{quoted(source)} ({share:.0%})" for source, share in worst)
    dropped = [
        f"{counted(pages, 'page')} of which extraction left out most of the visible text: {named}; check that their own text was extracted"
    ]
    any_cached = extracted["pages"] > extracted["extracted"] or cleaned["documents"] > cleaned["cleaned"]
    return [
        f"{counted(read['scrapes'], 'scrape')} read ({read['bytes'] / 1e6:,.1f} MB), {related['rejections']:,} rejected",
        *_rejected(related.get("rejected", ()), quoted),
        f"{counted(extracted['extracted'], 'page')} extracted, {cleaned['cleaned']:,} cleaned{'; the others were in the cache' if any_cached else ''}",
        f"{counted(related['documents'], 'document')}, {related['kept']:,} kept, {counted(related['overlaps'], 'overlap')}",
        *_unknown_languages(read.get("unknown_languages", {}), quoted),
        *alerts,
        *(f"no effect: {line}" for line in related["unused"]),
        *(dropped if pages else ()),
        *(f"schema: {line}" for line in released.get("schema", ())),
        *_released(released),
    ]


def _released(released: dict[str, Any]) -> list[str]:
    """Return the sentences about the release: what changed, or that nothing did, and what that means after a rollback."""
    version, before, rolled_back = (released.get(name) for name in ("version", "before", "rolled_back"))
    counts = f"{released['added']:,} added, {released['edited']:,} edited, {released['removed']:,} removed"
    outcome = f"v{version}: {counts}" if released["changed"] else f"v{version} is unchanged: nothing new"
    if not rolled_back:
        return [outcome]
    latest = f"v{rolled_back} is the latest, because `saring rollback` chose it"
    if not released["changed"]:
        return [outcome, f"{latest}, and remains so; `saring rollback v{version}` makes v{version} the latest again"]
    if released.get("folder") is None:
        compared = f"Compared with v{before}, the newest version, whose number it would follow: a number is never used twice"
        return [outcome, f"{latest}; v{version} would take its place. {compared}"]
    compared = f"Compared with v{before}, the newest version before, whose number it follows: a number is never used twice"
    shown = f"`saring diff v{rolled_back} v{version}` shows what changes for those who have v{rolled_back}"
    return [outcome, f"v{version} is the latest now, in place of v{rolled_back}, which `saring rollback` chose. {compared}. {shown}"]


def rejected_by_reason(rejections: pl.DataFrame) -> list[dict[str, Any]]:
    """Group rejections by step and reason, with examples: plain data for a report, the most frequent reason first.

    Copies and taken-down scrapes come last: they are no loss.

    Args:
        rejections: source, step, reason and message.

    Returns:
        For each reason `step`, `reason`, `count` and `examples`: the first ten as pairs of source and message, in the order of the sources.
    """
    first = [pl.col(name).sort_by("source", "message").head(_NAMED) for name in ("source", "message")]
    groups = rejections.group_by("step", "reason").agg(pl.len().alias("count"), *first)
    by_frequency = groups.sort(pl.col("reason").is_in(_NO_LOSS), "count", "step", "reason", descending=[False, True, False, False])
    return [
        {"step": step, "reason": reason, "count": count, "examples": [list(pair) for pair in zip(sources, messages, strict=True)]}
        for step, reason, count, sources, messages in by_frequency.iter_rows()
    ]


def _rejected(groups: list[dict[str, Any]], quoted: Callable[[str], str]) -> list[str]:
    """Return a line for each reason of rejection, with its named examples below it: no more than ten examples over all reasons.

    Args:
        groups: as `rejected_by_reason` returns them.
        quoted: as for `summary`.
    """
    shares = _share_out([len(group["examples"]) for group in groups[:_NAMED]])
    lines = []
    for group, share in zip(groups, shares, strict=False):
        lines.append(f"  {quoted(group['reason'])} ({group['step']}): {group['count']:,}")
        lines += [f"    {quoted(source)}: {quoted(message)}" for source, message in group["examples"][:share]]
        lines += [f"    and {group['count'] - share:,} more"] if group["count"] > share else []
    rest = groups[_NAMED:]
    if rest:
        total = sum(group["count"] for group in rest)
        lines.append(f"  and {total:,} more, for {counted(len(rest), 'other reason')}")
    return lines


def _share_out(available: list[int]) -> list[int]:
    """Divide ten examples among reasons in turns, one to each reason per turn: [7, 1, 5] examples available -> [5, 1, 4] named."""
    shares = [0] * len(available)
    for _ in range(_NAMED):
        for place, most in enumerate(available):
            if shares[place] < most and sum(shares) < _NAMED:
                shares[place] += 1
    return shares


def check_rejected(reports: dict[str, dict[str, Any]], config: Config) -> None:
    """Check that the share of rejected scrapes is at most [build] reject_share.

    Raises:
        TooManyRejectedError: more scrapes were rejected.
    """
    share, limit = rejected_share(reports), config.build.reject_share
    if share <= limit:
        return
    released = reports["write_release"].get("folder")
    where = "; the config `rejections` of the release lists each with its reason" if released else ""
    raise TooManyRejectedError(
        f"More than {100 * limit:g}% of the scrapes were rejected, namely {share:.1%}{where}. "
        "Look at the reasons, and fix the scrapes or raise [build] reject_share."
    )


def _unknown_languages(counts: dict[str, int], quoted: Callable[[str], str]) -> Iterator[str]:
    """Yield at most one sentence: which declared languages of scrapes were not recognised as languages, the most frequent first.

    Args:
        counts: how many scrapes declare each.
        quoted: escapes text that comes from scrapes for where the sentence is shown.
    """
    if counts:
        by_frequency = sorted(counts, key=lambda declared: (-counts[declared], declared))
        listed = ", ".join(f"{quoted(repr(declared[:40]))} ({counts[declared]:,})" for declared in by_frequency[:_MOST_LISTED])
        more = f" and {len(by_frequency) - _MOST_LISTED:,} others" if len(by_frequency) > _MOST_LISTED else ""
        yield f"{counted(sum(counts.values()), 'scrape')} with an unknown declared language: {listed}{more}; it was identified instead"


def rejected_share(reports: dict[str, dict[str, Any]]) -> float:
    """Return the share of all scrapes that were rejected, not counting copies and taken-down scrapes, which are no loss."""
    read, related = reports["read_scrapes"], reports["relate_documents"]
    lost = related["rejections"] - related["copies"] - related["taken"]
    return float(lost / max(read["scrapes"] + read["rejected"], 1))


def by_rule(ledger: pl.LazyFrame, *more: pl.Expr) -> pl.DataFrame:
    """Count edits and removed characters of a ledger by step, kind and rule, the most frequent rule first.

    Args:
        ledger: columns of `tables.EDIT`.
        more: further aggregates of each group.
    """
    grown = pl.col("replacement").str.len_chars().cast(pl.Int64) - pl.col("original").str.len_chars()
    return (
        ledger.group_by("step", "kind", "rule")
        .agg(pl.len().alias("edits"), (-grown).sum().alias("characters"), *more)
        .sort("edits", "rule", descending=[True, False])
        .collect()
    )


def removals(tables: Path) -> pl.DataFrame:
    """Count the edits of a build by rule (`by_rule`), each rule with an example of up to 60 characters of text that it changed."""
    example = pl.col("original").sort_by("id", "seq").first().str.strip_chars().str.slice(0, 60).alias("example")
    return by_rule(pl.scan_parquet(local_copy(tables) / "edits.parquet"), example)
