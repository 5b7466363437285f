"""Suggest noise rules from an entire corpus: cleaning looks at one page at a time, this looks at all pages of a site.

    scrapes -> read_cleaned_pages  pages after the present rules, copies of a page counted once
            -> repeated_lines      lines on many pages of a site, and headlines that are titles of other pages
            -> injected_strings    strings that pages of a site share in unrelated contexts within lines
            -> draft               each as a rule in TOML, with cases made from its contexts

Nothing is applied: a person reads the rules, and writes accepted ones to corpus.toml or a pack.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import polars as pl

from saring import noise, read
from saring.clean_batch import prepare
from saring.compute import page_isolation
from saring.core import ledger
from saring.core.lines import split_lines
from saring.noise import line_features
from saring.tools.suggest_rules import draft, injected_strings, repeated_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from saring.tools.suggest_rules.draft import Suggestion

__all__ = ["read_cleaned_pages", "suggest_for_pages", "suggest_rules"]

#: How many pages of a site are read: enough to show what its template repeats; more would only cost memory. A judgement.
MAX_PAGES = 2_000


def suggest_rules(raw: Path, config: Config, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> list[Suggestion]:
    """Suggest noise rules for a folder of scrapes, those that apply to the most pages first.

    Args:
        raw: the folder, read as a build reads it.
        config: its rules are applied first, so that nothing is suggested which they delete already.
        on_progress: called with the name of the stage, the number of scrapes read, and the total, 0 where it is unknown.

    Raises:
        NoInputError: the folder does not exist, or there is no scrape in it.
    """
    return suggest_for_pages(read_cleaned_pages(raw, config, on_progress))


def suggest_for_pages(pages: pl.DataFrame) -> list[Suggestion]:
    """Suggest noise rules for the pages of a corpus, with columns as `read_cleaned_pages` returns them."""
    page_columns = pages.select("id", "group", "page", "site")
    lines = line_features.line_features(split_lines(pages)).join(page_columns, on="id", how="left", maintain_order="left")
    candidates = [
        repeated_lines.repeated_lines(lines),
        repeated_lines.related_headlines(lines, pages),
        injected_strings.glued_strings(lines),
        injected_strings.injected_strings(lines),
    ]
    return draft.draft_rules(pl.concat(candidates))


def read_cleaned_pages(raw: Path, config: Config, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> pl.DataFrame:
    """Read a folder of scrapes and delete known noise, as input for the search for repeated lines and strings.

    Args:
        raw: the folder, read as a build reads it.
        config: its rules say what noise is known.
        on_progress: called with the name of the stage, the number of scrapes read, and the total, 0 where it is unknown.

    Returns:
        Columns `id`, `text` and `title`; `site` as declared or extracted; `group`, the site, else the host of the page's URL, else its
        folder; `page`, a key that copies of a page share. At most 2,000 pages of each group, and one copy of each page.
    """
    cleaned: list[pl.DataFrame] = []
    done = 0
    for batch in read.read_batches(raw, config):
        # As plain text, whatever `[extract] format` is: so rules see the lines of Markdown too (`noise.markdown_marks`).
        parts, _ = page_isolation.run_isolating_pages(
            functools.partial(_without_noise, config=config), prepare(batch.scrapes).pages, lambda: None
        )
        cleaned += [part.select("id", "source", "url", "site", "title", "text") for part in parts]
        done += batch.scrapes.height
        on_progress("reading", done, 0)
    if not cleaned:
        return pl.DataFrame(schema=dict.fromkeys(("id", "text", "title", "site", "group", "page"), pl.String))
    host = pl.col("url").str.extract(r"^[a-z]+://(?:www\.)?([^/:?#]+)", 1).str.to_lowercase()
    folder = pl.col("source").str.extract(r"^(.*)/", 1).fill_null("")
    grouped = pl.concat(cleaned).with_columns(pl.coalesce("site", host, folder).alias("group"))
    # Copies of a page may differ in widgets around the same prose.
    prose_hashes = (
        line_features.line_features(split_lines(grouped))
        .filter("prose")
        .group_by("id")
        .agg(pl.col("text").str.join("\n").hash().alias("prose"))
    )
    return (
        grouped.join(prose_hashes, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("url", pl.col("prose").cast(pl.String), "id").alias("page"))
        .unique(["group", "page"], keep="first", maintain_order=True)
        .unique(["group", "prose"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over("group") < MAX_PAGES)
        .select("id", "text", "title", "site", "group", "page")
    )


def _without_noise(pages: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return prepared pages without the noise that rules delete, and with the metadata that rules capture; no classifier."""
    deletions = noise.find(pages, config.rules)
    return noise.fill_captures(ledger.apply(pages, deletions), deletions, config.rules)
