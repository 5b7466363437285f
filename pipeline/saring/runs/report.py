"""What a build says of itself when it is done."""

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

#: Rejections that a summary names, and reasons that it lists.
_NAMED = 10

#: Reasons that are no loss: what a copy says is in another document, and what was taken down was to go.
_NO_LOSS = ("copy", "taken-down")


#: Values that a sentence lists.
_MOST_LISTED = 5


def summary(reports: dict[str, dict[str, Any]], quoted: Callable[[str], str] | None = None) -> list[str]:
    """Return the sentences that tell a person what happened, from what the steps returned.

    Args:
        reports: what each step returned, by its name.
        quoted: makes harmless what comes from scrapes, such as their names; by default for a terminal.
    """
    read, extracted, cleaned = (reports[name] for name in ("read_scrapes", "extract_pages", "clean_pages"))
    related, released = (reports[name] for name in ("relate_documents", "write_release"))
    quoted = quoted or (lambda text: markdown.markdown_line(text, 200))
    alarms = [
        f"{quoted(source)}: {share:.0%} of the text was removed, where {usual:.0%} is usual: `saring explain` shows the cuts of a document"
        for source, share, usual in related["alarms"]
    ]
    pages, worst = related["dropped"]
    named = "; ".join(f"{quoted(source)} ({share:.0%})" for source, share in worst)
    dropped = [
        f"{counted(pages, 'page')} of which extraction left out most of what a reader sees: {named}; look whether their text is there"
    ]
    known = extracted["pages"] > extracted["extracted"] or cleaned["documents"] > cleaned["cleaned"]
    return [
        f"{counted(read['scrapes'], 'scrape')} read ({read['bytes'] / 1e6:,.1f} MB), {related['rejections']:,} rejected",
        *_rejected(related.get("rejected", ()), quoted),
        f"{counted(extracted['extracted'], 'page')} extracted, {cleaned['cleaned']:,} cleaned{'; the others were already' if known else ''}",
        f"{counted(related['documents'], 'document')}, {related['kept']:,} kept, {counted(related['overlaps'], 'overlap')}",
        *_unknown_languages(read.get("unknown_languages", {}), quoted),
        *alarms,
        *(f"no effect: {line}" for line in related["unused"]),
        *(dropped if pages else ()),
        *(f"schema: {line}" for line in released.get("schema", ())),
        *_released(released),
    ]


def _released(released: dict[str, Any]) -> list[str]:
    """Return what became of the release, and how a rollback before it bears on that."""
    version, before, rolled_back = (released.get(name) for name in ("version", "before", "rolled_back"))
    counts = f"{released['added']:,} added, {released['edited']:,} edited, {released['removed']:,} removed"
    said = f"v{version}: {counts}" if released["changed"] else f"v{version} stands: nothing new"
    if not rolled_back:
        return [said]
    latest = f"v{rolled_back} is the latest, because `saring rollback` made it so"
    if not released["changed"]:
        return [said, f"{latest}, and stays it; `saring rollback v{version}` makes v{version} the latest again"]
    if released.get("folder") is None:
        compared = f"Compared with v{before}, the newest, whose number it would follow: a number is never used twice"
        return [said, f"{latest}; v{version} would take its place. {compared}"]
    compared = f"Compared with v{before}, the newest before, whose number it follows: a number is never used twice"
    shown = f"`saring diff v{rolled_back} v{version}` shows what changes for those who have v{rolled_back}"
    return [said, f"v{version} is the latest now, in place of v{rolled_back}, which `saring rollback` had chosen. {compared}. {shown}"]


def rejected_by_reason(rejections: pl.DataFrame) -> list[dict[str, Any]]:
    """Return how many scrapes were rejected for each reason, with the first of them: plain data, the most frequent reason first.

    Copies, and what was taken down, come last: they are no loss.

    Args:
        rejections: source, step, reason and message.

    Returns:
        For each reason `step`, `reason`, `count` and `examples`, a list of source and message, in the order of the sources.
    """
    first = [pl.col(name).sort_by("source", "message").head(_NAMED) for name in ("source", "message")]
    groups = rejections.group_by("step", "reason").agg(pl.len().alias("count"), *first)
    found = groups.sort(pl.col("reason").is_in(_NO_LOSS), "count", "step", "reason", descending=[False, True, False, False])
    return [
        {"step": step, "reason": reason, "count": count, "examples": [list(pair) for pair in zip(sources, messages, strict=True)]}
        for step, reason, count, sources, messages in found.iter_rows()
    ]


def _rejected(groups: list[dict[str, Any]], quoted: Callable[[str], str]) -> list[str]:
    """Return a line for each reason, and below it those rejections that are named: of all reasons together no more than ten."""
    shares = _shared_out([len(group["examples"]) for group in groups[:_NAMED]])
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


def _shared_out(wanted: list[int]) -> list[int]:
    """Return how many of each are named: one of each first, then another of each that has more, as long as there is room."""
    shares = [0] * len(wanted)
    for _ in range(_NAMED):
        for place, most in enumerate(wanted):
            if shares[place] < most and sum(shares) < _NAMED:
                shares[place] += 1
    return shares


def check_rejected(reports: dict[str, dict[str, Any]], config: Config) -> None:
    """Compare the share of rejected scrapes with the configuration.

    Raises:
        TooManyRejectedError: more was rejected than it allows.
    """
    share, limit = rejected_share(reports), config.build.reject_share
    if share <= limit:
        return
    released = reports["write_release"].get("folder")
    where = "; the config `rejections` of the release lists each with its reason" if released else ""
    raise TooManyRejectedError(
        f"More than {100 * limit:g}% of the scrapes were rejected, namely {share:.1%}{where}. "
        "Look at the reasons, and mend the scrapes or raise [build] reject_share."
    )


def _unknown_languages(counts: dict[str, int], quoted: Callable[[str], str]) -> Iterator[str]:
    if counts:
        most = sorted(counts, key=lambda stated: (-counts[stated], stated))
        listed = ", ".join(f"{quoted(repr(stated[:40]))} ({counts[stated]:,})" for stated in most[:_MOST_LISTED])
        more = f" and {len(most) - _MOST_LISTED:,} others" if len(most) > _MOST_LISTED else ""
        yield f"{counted(sum(counts.values()), 'scrape')} with a stated language that is none: {listed}{more}; it was identified instead"


def rejected_share(reports: dict[str, dict[str, Any]]) -> float:
    """Return the share of all scrapes that became a rejection, copies and what was taken down aside: they are no loss."""
    read, related = reports["read_scrapes"], reports["relate_documents"]
    lost = related["rejections"] - related["copies"] - related["taken"]
    return float(lost / max(read["scrapes"] + read["rejected"], 1))


def by_rule(ledger: pl.LazyFrame, *more: pl.Expr) -> pl.DataFrame:
    """Return what was changed by step, kind and rule, the most frequent first: number of edits, characters cut, and `more` of each group."""
    grown = pl.col("replacement").str.len_chars().cast(pl.Int64) - pl.col("original").str.len_chars()
    return (
        ledger.group_by("step", "kind", "rule")
        .agg(pl.len().alias("edits"), (-grown).sum().alias("characters"), *more)
        .sort("edits", "rule", descending=[True, False])
        .collect()
    )


def removals(tables: Path) -> pl.DataFrame:
    """Return what the steps of a build changed, by rule, each with an example."""
    example = pl.col("original").sort_by("id", "seq").first().str.strip_chars().str.slice(0, 60).alias("example")
    return by_rule(pl.scan_parquet(local_copy(tables) / "edits.parquet"), example)
