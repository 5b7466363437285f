"""Clean one batch of scrapes into documents and their edit ledger: the whole path of a page on one screen.

    scrapes -> prepare: extract, repair -> clean: exempted repairs, noise, language, names -> documents, edits, rejections

Cleaning a document never looks at another: the lines that its site repeats, which it needs, are passed in as a table. So the result is a
function of the scrape, that table, the configuration and the code, and can be cached: `prepare`, which takes longest, by the scrape alone,
since no rule changes its result, and the format of its text; `clean` by all of them. A page on which a step raises an exception becomes a rejection, and the other
pages of the batch come out as if it had never been in it (`saring.compute.page_isolation`).
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring import extract, language, names, noise, repair
from saring.compute import page_isolation
from saring.compute.page_isolation import run_step
from saring.compute.time_limit import no_watch
from saring.config import language_tags
from saring.core import ledger
from saring.core.printable import printable
from saring.core.tables import CLEANED, EFFECT, PREPARED, REJECTION, SCRAPE, empty_table
from saring.exemptions import Exemptions
from saring.noise import markdown_marks, site_line_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from saring.config import Config

__all__ = ["Cleaned", "Prepared", "clean", "preload", "prepare", "site_line_occurrences"]

_SAMPLE_HTML = (
    "<html><body><article><p>The ferry leaves at nine.</p><p>It is back at noon, and leaves again at one.</p></article></body></html>"
)
_SAMPLE_TEXT = "The ferry leaves at nine."


class Prepared(NamedTuple):
    """Scrapes after extraction and encoding repair: each is in `pages` (`tables.PREPARED`) or in `rejections`; `edits` are the repairs."""

    pages: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame


class Cleaned(NamedTuple):
    """Cleaned pages: each is in `documents` (`tables.CLEANED`) or in `rejections`, and every change to a document's text is in `edits`.

    `effects` (`tables.EFFECT`) lists uses of rules, names and exceptions that leave no edit in `edits`, such as edits of rejected pages; by
    them a build tells which settings have no effect.
    """

    documents: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame
    effects: pl.DataFrame


def _extract_and_repair(scrapes: pl.DataFrame, announce: Callable[[str | None], None], text_format: str = "text") -> Prepared:
    """Run the first two steps on a batch of scrapes: extraction of text and metadata, then encoding repair."""
    # 1. Extraction.
    pages, rejections = run_step("extract", functools.partial(extract.extract, text_format=text_format), scrapes, announce)
    pages = pages.with_columns(language_tags.language_codes(pages["language"]).alias("language"))

    # 2. Encoding repair, after extraction: ftfy on markup breaks quoted attributes.
    repairs = run_step("repair", repair.find_repairs, pages)
    repaired = run_step("repair", ledger.apply, pages, repairs)

    origin = scrapes.select("id", pl.col("sha256").alias("scrape_sha256"), pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))
    return Prepared(repaired.join(origin, on="id", how="left", maintain_order="left").select(PREPARED.names()), repairs, rejections)


def _clean_pages(prepared: Prepared, config: Config, site_lines: pl.DataFrame | None, *, blank: bool) -> Cleaned:
    """Run the remaining steps on a batch of prepared pages: noise, language, names; then make its documents, ledger and effects."""
    exemptions = Exemptions(prepared.pages, config.keeps)

    # Repairs that an exception forbids are undone first, so that the steps below read the text as it will be published.
    pages, repairs = run_step("repair", _without_exempted_repairs, prepared, exemptions)

    # 3. Noise, before language: widget labels, often English, mislead the identifier.
    off_effects = run_step("noise", _effects_of_rules_off, pages, config)
    counts = site_lines if config.noise.site_lines else None
    find_noise = functools.partial(noise.find, text_format=config.extract.format)
    candidates = run_step("noise", find_noise, pages, config.rules, noise.classifier_of(config.noise), counts)
    deletions = run_step("noise", exemptions.allowed_edits, candidates, pages)
    # Captures after exemptions: a date line that stays in the text is not taken for the publication date.
    pages = run_step("noise", lambda: noise.fill_captures(ledger.apply(pages, deletions), deletions, config.rules))

    # 4. Language, before names: a variant may be scoped to one language.
    identified = run_step("language", language.identify, pages.select("id", "text", "title", "language"), config.dataset.languages)
    pages = pages.drop("language").join(identified, on="id", how="left", maintain_order="left")

    # 5. Names, in the text without noise.
    corrections = run_step("names", lambda: exemptions.allowed_edits(names.find(pages, config.names), pages))
    pages, author_edits = run_step(
        "names",
        lambda: names.correct_authors(ledger.apply(pages, corrections), config.names, exemptions.allowed_author_edits),
    )

    kept = pages if blank else pages.filter(pl.col("text").str.contains(r"\S"))
    rejected = pages.join(kept.select("id"), on="id", how="anti")
    edits = pl.concat([repairs, deletions, corrections])
    edits_of_rejected = edits.join(rejected.select("id"), on="id", how="semi", maintain_order="left")
    unlisted = _unlisted_effects(pl.concat([edits_of_rejected, author_edits, exemptions.exempted_edits]))
    return Cleaned(
        documents=_documents(kept, deletions),
        edits=edits.join(kept.select("id"), on="id", how="semi", maintain_order="left"),
        rejections=pl.concat([prepared.rejections, _rejections_as_noise(rejected)]),
        effects=pl.concat([off_effects, exemptions.effects, unlisted]),
    )


def prepare(scrapes: pl.DataFrame, announce: Callable[[str | None], None] = no_watch, *, text_format: str = "text") -> Prepared:
    """Extract the text of scrapes, repair its encoding, and normalise the declared language to its code; failing pages are rejected.

    Args:
        scrapes: columns of `tables.SCRAPE`; ids without repeats.
        announce: called with the id of each page before work on it alone begins, and with None afterwards (`time_limit.Watchdog`).
        text_format: of the text of HTML pages, `text` or `markdown` (`[extract] format`).
    """

    def prepare_subset(rows: pl.DataFrame) -> Prepared:
        return _extract_and_repair(rows, announce, text_format)

    results, failures = page_isolation.run_isolating_pages(
        prepare_subset, scrapes, lambda: _extract_and_repair(_sample_scrapes(), no_watch, text_format), announce
    )
    pages, repairs, rejections = _concatenated(results) if results else prepare_subset(scrapes.clear())
    if failures:
        sized = scrapes.with_columns(pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))
        rejections = pl.concat([rejections, page_isolation.rejections(sized, failures)])
    # Messages quote exceptions of libraries, and those quote the page: control characters and all.
    return Prepared(pages, repairs, rejections.with_columns(pl.Series("message", list(map(printable, rejections["message"])), pl.String)))


def clean(
    prepared: Prepared,
    config: Config,
    site_lines: pl.DataFrame | None = None,
    announce: Callable[[str | None], None] = no_watch,
    *,
    blank: bool = False,
) -> Cleaned:
    """Remove noise from a prepared batch, identify languages and correct names; pages on which a step fails are rejected.

    Args:
        prepared: as `prepare` returns it.
        config: its rules, names, exceptions and languages.
        site_lines: the site-line counts, as `noise.find` takes them; None where `config` does not want any.
        announce: called with the id of each page before work on it alone begins, and with None afterwards (`time_limit.Watchdog`).
        blank: whether pages that are noise from end to end become documents without text, instead of rejections, so that `saring explain`
            can show their edits.

    Returns:
        The documents; the ledger of all their edits, repairs included; the rejections, those of `prepare` included; and uses of
        settings that the ledger does not show.
    """

    def clean_subset(pages: pl.DataFrame) -> Cleaned:
        is_batch = pages.height == prepared.pages.height
        repairs = prepared.edits if is_batch else prepared.edits.join(pages.select("id"), on="id", how="semi", maintain_order="left")
        return _clean_pages(Prepared(pages, repairs, prepared.rejections.clear()), config, site_lines, blank=blank)

    results, failures = page_isolation.run_isolating_pages(
        clean_subset, prepared.pages, lambda: _clean_pages(_sample_pages(), config, site_lines, blank=blank), announce
    )
    documents, edits, rejections, effects = _concatenated(results) if results else clean_subset(prepared.pages.clear())
    failed = [page_isolation.rejections(prepared.pages.rename({"scrape_sha256": "sha256"}), failures)] if failures else []
    return Cleaned(documents, edits, pl.concat([prepared.rejections, rejections, *failed]), effects)


def _without_exempted_repairs(prepared: Prepared, exemptions: Exemptions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return pages and encoding repairs without the repairs that an exception forbids: those are undone in the text."""
    pages, repairs = prepared.pages, prepared.edits
    if not exemptions:
        return pages, repairs
    extracted = ledger.undo(pages, repairs)
    allowed = exemptions.allowed_edits(repairs, extracted)
    return ledger.apply(extracted, allowed), allowed


def _documents(pages: pl.DataFrame, deletions: pl.DataFrame) -> pl.DataFrame:
    """Return pages as documents (`tables.CLEANED`): hash, characters, words and removed share of their text added."""
    removed = deletions.filter(pl.col("field") == "text").group_by("id").agg((pl.col("end") - pl.col("start")).sum().alias("removed"))
    return (
        pages.join(removed, on="id", how="left", maintain_order="left")
        .with_columns(
            _sha256(pages["text"]),
            pl.col("text").str.len_chars().cast(pl.Int64).alias("characters"),
            pl.col("text").str.count_matches(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*").cast(pl.Int64).alias("words"),
            (pl.col("removed").fill_null(0) / pl.col("extracted").clip(1)).alias("removed_share"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in CLEANED.items())
    )


def _sha256(texts: pl.Series) -> pl.Series:
    # Polars has no SHA-256: one call per document, 1.5 GB/s.
    return pl.Series("sha256", [hashlib.sha256(text.encode()).hexdigest() for text in texts], dtype=pl.String)


def _rejections_as_noise(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the rejections (`tables.REJECTION`) of pages whose whole text was deleted as noise."""
    message = "all {} characters of the page are noise; `saring explain` on the scrape shows which rules say so"
    return pages.with_columns(
        pl.lit("noise").alias("step"),
        pl.lit("nothing-left").alias("reason"),
        pl.format(message, "extracted").alias("message"),
        pl.col("scrape_sha256").alias("sha256"),
    ).select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())


def _effects_of_rules_off(pages: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return, for each page, the disabled rules (`[noise] off`) that would delete something of it, as rows of `tables.EFFECT`."""
    if not config.off:
        return empty_table(EFFECT)
    matches = noise.find(noise.could_match(pages, config.off), config.off, text_format=config.extract.format)
    return _effects(matches.unique(["id", "rule"], maintain_order=True), "off", pl.lit(""))


def _unlisted_effects(edits: pl.DataFrame) -> pl.DataFrame:
    """Return the edits of rejected pages and of authors, and exempted edits, as rows of `tables.EFFECT`: no released ledger lists them.

    Without them a rule or name that acts on nothing else would be reported as unused.
    """
    return _effects(edits, "unlisted", pl.when(pl.col("step") == "names").then("original").otherwise(pl.lit("")))


def _effects(edits: pl.DataFrame, effect: str, text: pl.Expr) -> pl.DataFrame:
    """Return edits as rows of `tables.EFFECT`, one for each page, rule and text, with the given value in the column `effect`."""
    rows = edits.with_columns(pl.lit(effect).alias("effect"), text.alias("text"), pl.lit(None, dtype=pl.String).alias("exception"))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in EFFECT.items()).unique(maintain_order=True)


def _concatenated(results: Sequence[tuple[pl.DataFrame, ...]]) -> tuple[pl.DataFrame, ...]:
    """Concatenate the tables of several results, table by table; a batch has several where it was bisected to isolate a failing page."""
    return results[0] if len(results) == 1 else tuple(map(pl.concat, zip(*results, strict=True)))


def site_line_occurrences(pages: pl.DataFrame, *, text_format: str = "text") -> pl.DataFrame:
    """Return the lines of pages from which site-line counts are made (`site_line_counts.line_occurrences`); none of a page that fails."""

    def occurrences(rows: pl.DataFrame) -> pl.DataFrame:
        return site_line_counts.line_occurrences(markdown_marks.hide_marks(rows, text_format)[0])

    results, _ = page_isolation.run_isolating_pages(occurrences, pages, lambda: occurrences(_sample_pages().pages))
    return pl.concat([pl.DataFrame(schema=site_line_counts.LINE_OCCURRENCES), *results])


def preload(config: Config) -> None:
    """Clean two throwaway pages, so that models, libraries and patterns that load at first use are loaded before the first real page.

    That takes a second or more. One page is markup; the other holds the required words of every rule, since the pattern of a rule is
    compiled when a line could match it first: half a second for the patterns of all packs.
    """
    words = "\n".join(need for rule in config.rules for need in rule.needs)
    scrapes = _sample_scrapes(f"{words}\n{words.replace(chr(10), ' ')}")
    clean(prepare(scrapes, text_format=config.extract.format), config)


def _sample_scrapes(text: str = _SAMPLE_TEXT) -> pl.DataFrame:
    """Return two harmless scrapes, one of HTML and one of flat text: where a step fails on them too, no page is at fault."""
    contents = {"text/html": _SAMPLE_HTML, "text/plain": text}
    rows = [
        {"id": kind, "source": "", "media_type": kind, "charset": "utf-8", "sha256": "", "content": content}
        for kind, content in contents.items()
    ]
    return pl.DataFrame(rows, schema=SCRAPE)


def _sample_pages() -> Prepared:
    """Return the pages of the harmless sample scrapes, extracted and repaired."""
    return _extract_and_repair(_sample_scrapes(), no_watch)
