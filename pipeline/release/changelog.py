"""CHANGELOG.md: what changed against the parent, in counts and examples, newest version first.

What is gone is counted, never quoted: it may be gone because somebody asked for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pipeline.release import quote
from pipeline.release.layout import CHANGELOG
from pipeline.release.version import COUNTED

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.release.facts import Facts
    from pipeline.release.version import Change

__all__ = ["render"]

_HEAD = "# Changelog"
_EXAMPLES = 10
#: A row of a table of examples, which begins with an id.
_EXAMPLE = re.compile(r"\| `([0-9a-f]{20}(?:\.[0-9a-f]{8})?)` \|")


def render(version: str, parent: Path | None, change: Change, facts: Facts, documents: pl.LazyFrame) -> str:
    """Return the changelog: this version's part, then the parent's.

    Args:
        version: of the release.
        parent: the folder of the release before.
        change: the records that differ.
        facts: the numbers of the new release.
        documents: the documents of the new release.
    """
    if parent is None:
        parts = [f"The first version: {change.added.height:,} records.", _sites("Records by site", documents), _rules(None, facts.rules)]
        return "\n\n".join([_HEAD, f"## {version}", *filter(None, parts)]) + "\n"
    old = pl.scan_parquet(parent / "all" / "*.parquet")
    counts = f"{change.added.height:,} records added, {change.removed.height:,} removed, {change.edited.height:,} edited."
    if not any(frame.height for frame in change):
        counts = "The same records; files or card were written anew."
    parts = [
        counts,
        _sites("Added, by site", documents, change.added),
        _examples("Among the added", documents, change.added),
        _sites("Removed, by site", old, change.removed),
        _columns(old, documents, change.edited),
        _sites("Edited, by site", documents, change.edited),
        _examples("Among the edited", documents, change.edited),
        _rules(parent, facts.rules),
    ]
    before = (parent / CHANGELOG).read_bytes().decode("utf-8").removeprefix(_HEAD).strip()
    return "\n\n".join([_HEAD, f"## {version}", *filter(None, parts), _without_gone(before, documents)]) + "\n"


def _without_gone(before: str, documents: pl.LazyFrame) -> str:
    """Return the older parts without the examples that are no records any more."""
    lines = before.split("\n")
    ids = [found[1] if (found := _EXAMPLE.match(line)) else None for line in lines]
    quoted = documents.select("id").filter(pl.col("id").is_in([id_ for id_ in ids if id_])).collect()
    there = set(quoted["id"])
    return "\n".join(line for line, id_ in zip(lines, ids, strict=True) if id_ is None or id_ in there)


def _of(documents: pl.LazyFrame, ids: pl.DataFrame | None) -> pl.LazyFrame:
    return documents if ids is None else documents.join(ids.lazy(), on="id", how="semi")


def _sites(head: str, documents: pl.LazyFrame, ids: pl.DataFrame | None = None) -> str:
    found = _of(documents, ids).group_by("site").len().sort("len", "site", descending=[True, False], nulls_last=True).collect()
    rows = [[quote.code(site) if site else "no site known", count] for site, count in found.head(_EXAMPLES).iter_rows()]
    rows += [[f"{found.height - len(rows):,} others", int(found["len"][len(rows) :].sum())]] if found.height > len(rows) else []
    return f"### {head}\n\n{quote.table(['site', 'records'], rows)}" if rows else ""


def _examples(head: str, documents: pl.LazyFrame, ids: pl.DataFrame) -> str:
    if not ids.height:
        return ""
    some = documents.filter(pl.col("id").is_in(ids["id"].head(_EXAMPLES).to_list())).select("id", "title", "source").sort("id").collect()
    rows = [[quote.code(id_), quote.code(title), quote.code(source)] for id_, title, source in some.iter_rows()]
    return f"### {head}\n\n{quote.table(['id', 'title', 'source'], rows)}"


def _columns(old: pl.LazyFrame, new: pl.LazyFrame, edited: pl.DataFrame) -> str:
    """Return in how many of the edited records each column changed."""
    if not edited.height:
        return ""
    # Hashes, so that the join holds numbers instead of the texts of both releases.
    hashed = [pl.struct(name).hash().alias(name) for name in COUNTED]
    sides = [_of(side, edited).select("id", *hashed) for side in (old, new)]
    counts = sides[0].join(sides[1], on="id", suffix=" new").select((pl.col(name) != pl.col(f"{name} new")).sum() for name in COUNTED)
    rows = [[name, int(count)] for name, count in zip(COUNTED, counts.collect().row(0), strict=True) if count]
    return f"### Edited, by column\n\n{quote.table(['column', 'records'], rows)}"


def _rules(parent: Path | None, new: pl.DataFrame) -> str:
    """Return how often each rule changed something, where that differs from the parent."""
    if parent is None:
        rows = [[step, kind, quote.code(rule), edits] for step, kind, rule, edits in new.iter_rows()]
        return f"### Edits, by rule\n\n{quote.table(['step', 'kind', 'rule', 'edits'], rows)}" if rows else ""
    old = pl.scan_parquet(parent / "edits" / "*.parquet").group_by("step", "kind", "rule").agg(pl.len().alias("before")).collect()
    both = old.join(new, on=["step", "kind", "rule"], how="full", coalesce=True).with_columns(pl.col("before", "edits").fill_null(0))
    changed = (
        both.filter(pl.col("before") != pl.col("edits")).sort("step", "kind", "rule").select("step", "kind", "rule", "before", "edits")
    )
    rows = [[step, kind, quote.code(rule), before, now] for step, kind, rule, before, now in changed.iter_rows()]
    return f"### Edits, by rule\n\n{quote.table(['step', 'kind', 'rule', 'before', 'now'], rows)}" if rows else ""
