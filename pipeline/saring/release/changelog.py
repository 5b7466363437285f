"""CHANGELOG.md of a release: counts and examples of the changes against its parent release, newest version first.

Removed records are counted, never quoted, since somebody may have asked for their removal. For the same reason no words of edited texts
appear; `saring diff` shows them to anyone who has both releases.
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
#: Matches a row of a table of example records, which begins with an id.
_EXAMPLE_ROW = re.compile(r"\| `([0-9a-f]{20}(?:\.[0-9a-f]{8})?)` \|")


def render(version: str, parent: Path | None, diff: Diff, documents: pl.LazyFrame) -> str:
    """Render the changelog: the section of this version, followed by the sections of the parent's changelog.

    Args:
        version: the version of the release.
        parent: the folder of the parent release.
        diff: the differences from the parent.
        documents: the documents of the new release.
    """
    change = diff.change
    parts = [
        _summary(diff, first=parent is None),
        _schema_section(diff.schemas),
        _source_section(diff.sources),
        _column_section(diff.columns),
        "" if parent is None else _examples("Among the added", documents, change.added),
        _examples("Among the edited", documents, change.edited),
        _rule_section(diff.rules),
    ]
    if parent is not None:
        before = (parent / CHANGELOG).read_bytes().decode("utf-8").removeprefix(_HEAD).strip()
        parts.append(_drop_removed_examples(before, documents))
    return "\n\n".join([_HEAD, f"## {version}", *filter(None, parts)]) + "\n"


def _drop_removed_examples(sections: str, documents: pl.LazyFrame) -> str:
    """Return the sections of older versions without example rows of records that the new release no longer has."""
    lines = sections.split("\n")
    ids = [match[1] if (match := _EXAMPLE_ROW.match(line)) else None for line in lines]
    quoted = documents.select("id").filter(pl.col("id").is_in([id_ for id_ in ids if id_])).collect()
    present = set(quoted["id"])
    return "\n".join(line for line, id_ in zip(lines, ids, strict=True) if id_ is None or id_ in present)


def _summary(diff: Diff, *, first: bool) -> str:
    added, removed, edited = (frame.height for frame in diff.change)
    if first:
        return f"The first version: {counted(added, 'record')}, {counted(diff.words_added, 'word')}."
    if not added + removed + edited:
        return "The same records; only files, schemas or the card changed."
    words = f"{counted(diff.words_added, 'word')} added, {diff.words_removed:,} removed"
    return f"{counted(added, 'record')} added, {removed:,} removed, {edited:,} edited; {words}."


def _schema_section(changes: pl.DataFrame) -> str:
    rows = [
        [table, markdown.code_span(column) if column else "", change, before, now]
        for table, column, change, before, now in changes.iter_rows()
    ]
    return f"### Schemas\n\n{markdown.markdown_table(['table', 'column', 'change', 'before', 'now'], rows)}" if rows else ""


def _source_section(sources: pl.DataFrame) -> str:
    """Return the table of changes by source: the first `_EXAMPLES` sources, and the sum of the rest."""
    rows = [[markdown.code_span(name), *counts] for name, *counts in sources.head(_EXAMPLES).iter_rows()]
    rest = sources[len(rows) :]
    rows += [[counted(rest.height, "other"), *rest.drop("source").sum().row(0)]] if rest.height else []
    heads = ["site or folder", "added", "removed", "edited", "words added", "words removed"]
    return f"### By source\n\n{markdown.markdown_table(heads, rows)}" if rows else ""


def _column_section(columns: pl.DataFrame) -> str:
    rows = list(columns.iter_rows())
    return f"### Edited, by column\n\n{markdown.markdown_table(['column', 'records'], rows)}" if rows else ""


def _examples(head: str, documents: pl.LazyFrame, ids: pl.DataFrame) -> str:
    if not ids.height:
        return ""
    wanted = ids["id"].head(_EXAMPLES).to_list()
    examples = documents.filter(pl.col("id").is_in(wanted)).select("id", "title", "source").sort("id").collect()
    rows = [[markdown.code_span(id_), markdown.code_span(title), markdown.code_span(source)] for id_, title, source in examples.iter_rows()]
    return f"### {head}\n\n{markdown.markdown_table(['id', 'title', 'source'], rows)}"


def _rule_section(rules: pl.DataFrame) -> str:
    rows = [[step, kind, markdown.code_span(rule), *counts] for step, kind, rule, *counts in rules.iter_rows()]
    heads = ["step", "kind", "rule", "edits before", "now", "words before", "now"]
    return f"### Edits, by rule\n\n{markdown.markdown_table(heads, rows)}" if rows else ""
