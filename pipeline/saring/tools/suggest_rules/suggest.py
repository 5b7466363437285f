"""Suggest rules for noise that only a whole corpus shows: cleaning looks at one page, this looks at all of them.

    scrapes -> gather     pages as the rules at hand leave them, copies of a page counted once
            -> repeated   lines on many pages of a site, headlines that are titles of other pages
            -> injected   strings that pages of a site share at unrelated places inside sentences
            -> draft      each as a rule in TOML, with cases made of where it was found

Nothing is applied: a person reads, accepts, and writes the rule to corpus.toml or a pack.
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

__all__ = ["find", "gather", "suggest_rules"]

#: So many pages of a site show what its template repeats; more would only cost memory.
MOST_PAGES = 2_000


def suggest_rules(raw: Path, config: Config, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> list[Suggestion]:
    """Return rules that a folder of scrapes suggests, those for the most pages first.

    Args:
        raw: the folder, read as a build reads it.
        config: its rules run first, so that only what they leave is suggested.
        on_progress: is told what is being done, how much of it is done, and how much there is.

    Raises:
        NoInputError: there is no such folder, or no scrape in it.
    """
    return find(gather(raw, config, on_progress))


def find(pages: pl.DataFrame) -> list[Suggestion]:
    """Return rules that these pages suggest.

    Args:
        pages: as `gather` gives them.
    """
    of = pages.select("id", "group", "page", "site")
    lines = line_features.line_features(split_lines(pages)).join(of, on="id", how="left", maintain_order="left")
    found = [
        repeated_lines.repeated_lines(lines),
        repeated_lines.related_headlines(lines, pages),
        injected_strings.glued_strings(lines),
        injected_strings.injected_strings(lines),
    ]
    return draft.draft_rules(pl.concat(found))


def gather(raw: Path, config: Config, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> pl.DataFrame:
    """Read scrapes and clean them as far as noise.

    Returns:
        Columns `id`, `text` and `title`; `site` as the page states it; `group`, what counts as its site here (the host of its address, else
        its folder, where it states none); `page`, which copies of a page share. At most 2,000 pages a group, one of each page.
    """
    kept: list[pl.DataFrame] = []
    done = 0
    for batch in read.read_batches(raw, config):
        parts, _ = page_isolation.run_isolating_pages(
            functools.partial(_without_noise, config=config), prepare(batch.scrapes).pages, lambda: None
        )
        kept += [part.select("id", "source", "url", "site", "title", "text") for part in parts]
        done += batch.scrapes.height
        on_progress("reading", done, 0)
    if not kept:
        return pl.DataFrame(schema=dict.fromkeys(("id", "text", "title", "site", "group", "page"), pl.String))
    host = pl.col("url").str.extract(r"^[a-z]+://(?:www\.)?([^/:?#]+)", 1).str.to_lowercase()
    folder = pl.col("source").str.extract(r"^(.*)/", 1).fill_null("")
    named = pl.concat(kept).with_columns(pl.coalesce("site", host, folder).alias("group"))
    prose = (
        line_features.line_features(split_lines(named))
        .filter("prose")
        .group_by("id")
        .agg(pl.col("text").str.join("\n").hash().alias("prose"))
    )
    return (
        named.join(prose, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("url", pl.col("prose").cast(pl.String), "id").alias("page"))
        .unique(["group", "page"], keep="first", maintain_order=True)
        .unique(["group", "prose"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over("group") < MOST_PAGES)
        .select("id", "text", "title", "site", "group", "page")
    )


def _without_noise(pages: pl.DataFrame, config: Config) -> pl.DataFrame:
    cut = noise.find(pages, config.rules)
    return noise.fill_captures(ledger.apply(pages, cut), cut, config.rules)
