"""CHANGELOG.md: what changed against the parent, in counts and examples, newest version first.

What is gone is counted, never quoted: it may be gone because somebody asked for it. So no word of an edited text stands here either;
`saring diff` shows them to whoever has both releases.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from saring.core.plurals import counted
from saring.release import markdown
from saring.release.layout import CHANGELOG

if TYPE_CHECKING:
    from pathlib import Path

    from saring.release.diff import Diff

__all__ = ["render"]

_HEAD = "# Changelog"
_EXAMPLES = 10
#: A row of a table of examples, which begins with an id.
_EXAMPLE = re.compile(r"\| `([0-9a-f]{20}(?:\.[0-9a-f]{8})?)` \|")


def render(version: str, parent: Path | None, diff: Diff, documents: pl.LazyFrame) -> str:
    """Return the changelog: this version's part, then the parent's.

    Args:
        version: of the release.
        parent: the folder of the release before.
        diff: what differs from it.
        documents: the documents of the new release.
    """
    change = diff.change
    parts = [
        _sentence(diff, first=parent is None),
        _schemas(diff.schemas),
        _sources(diff.sources),
        _columns(diff.columns),
        "" if parent is None else _examples("Among the added", documents, change.added),
        _examples("Among the edited", documents, change.edited),
        _rules(diff.rules),
    ]
    if parent is not None:
        before = (parent / CHANGELOG).read_bytes().decode("utf-8").removeprefix(_HEAD).strip()
        parts.append(_without_gone(before, documents))
    return "\n\n".join([_HEAD, f"## {version}", *filter(None, parts)]) + "\n"


def _without_gone(before: str, documents: pl.LazyFrame) -> str:
    """Return the older parts without the examples that are no records any more."""
    lines = before.split("\n")
    ids = [found[1] if (found := _EXAMPLE.match(line)) else None for line in lines]
    quoted = documents.select("id").filter(pl.col("id").is_in([id_ for id_ in ids if id_])).collect()
    there = set(quoted["id"])
    return "\n".join(line for line, id_ in zip(lines, ids, strict=True) if id_ is None or id_ in there)


def _sentence(diff: Diff, *, first: bool) -> str:
    added, removed, edited = (frame.height for frame in diff.change)
    if first:
        return f"The first version: {counted(added, 'record')}, {counted(diff.words_added, 'word')}."
    if not added + removed + edited:
        return "The same records; files, schemas or card were written anew."
    words = f"{counted(diff.words_added, 'word')} added, {diff.words_removed:,} removed"
    return f"{counted(added, 'record')} added, {removed:,} removed, {edited:,} edited; {words}."


def _schemas(found: pl.DataFrame) -> str:
    rows = [
        [table, markdown.code_span(column) if column else "", change, before, now]
        for table, column, change, before, now in found.iter_rows()
    ]
    return f"### Schemas\n\n{markdown.markdown_table(['table', 'column', 'change', 'before', 'now'], rows)}" if rows else ""


def _sources(found: pl.DataFrame) -> str:
    rows = [[markdown.code_span(name), *counts] for name, *counts in found.head(_EXAMPLES).iter_rows()]
    rest = found[len(rows) :]
    rows += [[counted(rest.height, "other"), *rest.drop("source").sum().row(0)]] if rest.height else []
    heads = ["site or folder", "added", "removed", "edited", "words added", "words removed"]
    return f"### By source\n\n{markdown.markdown_table(heads, rows)}" if rows else ""


def _columns(found: pl.DataFrame) -> str:
    rows = list(found.iter_rows())
    return f"### Edited, by column\n\n{markdown.markdown_table(['column', 'records'], rows)}" if rows else ""


def _examples(head: str, documents: pl.LazyFrame, ids: pl.DataFrame) -> str:
    if not ids.height:
        return ""
    some = documents.filter(pl.col("id").is_in(ids["id"].head(_EXAMPLES).to_list())).select("id", "title", "source").sort("id").collect()
    rows = [[markdown.code_span(id_), markdown.code_span(title), markdown.code_span(source)] for id_, title, source in some.iter_rows()]
    return f"### {head}\n\n{markdown.markdown_table(['id', 'title', 'source'], rows)}"


def _rules(found: pl.DataFrame) -> str:
    rows = [[step, kind, markdown.code_span(rule), *counts] for step, kind, rule, *counts in found.iter_rows()]
    heads = ["step", "kind", "rule", "edits before", "now", "words before", "now"]
    return f"### Edits, by rule\n\n{markdown.markdown_table(heads, rows)}" if rows else ""
