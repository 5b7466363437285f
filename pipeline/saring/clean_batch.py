"""One batch, from scrapes to documents: the whole path of a page on one screen.

Cleaning a document never looks at another: what it needs of its site, the lines that the site repeats, is handed to it as a table. So the
result is a function of the scrape, that table, the rules and the code, and can be cached: what `prepare` gives by the scrape alone, since
it takes longest and no rule changes it; what `clean` gives by all of them. A page on which a step raises an exception is a rejection, and
the other pages of the batch come out as if it had never been there (`saring.compute.page_isolation`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring import extract, language, names, noise, repair
from saring.compute import page_isolation
from saring.compute.page_isolation import run_step
from saring.compute.time_limit import no_watch
from saring.config import language_tags
from saring.core import ledger as edits
from saring.core.printable import printable
from saring.core.tables import CLEANED, EFFECT, PREPARED, REJECTION, SCRAPE, empty_table
from saring.exemptions import Exemptions
from saring.noise import site_line_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from saring.config import Config

__all__ = ["Cleaned", "Prepared", "clean", "lines_of", "prepare", "warm_up"]

_ANY_PAGE = (
    "<html><body><article><p>The ferry leaves at nine.</p><p>It is back at noon, and leaves again at one.</p></article></body></html>"
)


class Prepared(NamedTuple):
    """What became of scrapes before any rule looked at them: every one is a page (`tables.PREPARED`) or a rejection."""

    pages: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame


class Cleaned(NamedTuple):
    """What became of pages: every one is a document (`tables.CLEANED`) or a rejection, every change is in the ledger.

    `effects` (`tables.EFFECT`) is what settings did besides.
    """

    documents: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame
    effects: pl.DataFrame


def prepare(scrapes: pl.DataFrame, begin: Callable[[str | None], None] = no_watch) -> Prepared:
    """Take the text out of scrapes, repair its encoding, and bring the language that is stated under its one code.

    Args:
        scrapes: columns of `tables.SCRAPE`; ids without repeats.
        begin: as for `extract.extract`.
    """
    results, failures = page_isolation.run_isolating_pages(
        lambda rows: _prepare(rows, begin), scrapes, lambda: _prepare(_any_scrapes(), no_watch), begin
    )
    pages, repaired, rejections = _joined(results) if results else _prepare(scrapes.clear(), begin)
    if failures:
        origin = scrapes.with_columns(pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))
        rejections = pl.concat([rejections, page_isolation.rejections(origin, failures)])
    # Messages quote what libraries say of a page.
    return Prepared(pages, repaired, rejections.with_columns(pl.Series("message", list(map(printable, rejections["message"])), pl.String)))


def _prepare(scrapes: pl.DataFrame, begin: Callable[[str | None], None]) -> Prepared:
    pages, rejections = run_step("extract", extract.extract, scrapes, begin)
    pages = pages.with_columns(language_tags.language_codes(pages["language"]).alias("language"))
    repaired = run_step("repair", repair.find_repairs, pages)
    origin = scrapes.select("id", pl.col("sha256").alias("scrape_sha256"), pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))
    whole = run_step("repair", edits.apply, pages, repaired).join(origin, on="id", how="left", maintain_order="left")
    return Prepared(whole.select(PREPARED.names()), repaired, rejections)


def clean(
    prepared: Prepared,
    config: Config,
    site_lines: pl.DataFrame | None = None,
    begin: Callable[[str | None], None] = no_watch,
    *,
    blank: bool = False,
) -> Cleaned:
    """Clean one batch.

    Args:
        prepared: as `prepare` gives it.
        config: its rules, names, exceptions and languages.
        site_lines: as for `noise.find`; None where `config` does not want any.
        begin: as for `isolate.per_page`.
        blank: pages that are noise from end to end become documents without text, with their ledger, instead of rejections: to be explained.

    Returns:
        The documents; the ledger of all their edits, repairs included; the rejections, those of `prepare` included; and what settings did
        that the ledger does not show.
    """

    def some(pages: pl.DataFrame) -> Cleaned:
        whole = pages.height == prepared.pages.height
        repaired = prepared.edits if whole else prepared.edits.join(pages.select("id"), on="id", how="semi", maintain_order="left")
        return _clean(Prepared(pages, repaired, prepared.rejections.clear()), config, site_lines, blank=blank)

    results, failures = page_isolation.run_isolating_pages(
        some, prepared.pages, lambda: _clean(_any_pages(), config, site_lines, blank=blank), begin
    )
    documents, ledger, rejections, effects = _joined(results) if results else some(prepared.pages.clear())
    origin = prepared.pages.rename({"scrape_sha256": "sha256"})
    failed = [page_isolation.rejections(origin, failures)] if failures else []
    return Cleaned(documents, ledger, pl.concat([prepared.rejections, rejections, *failed]), effects)


def lines_of(pages: pl.DataFrame) -> pl.DataFrame:
    """Return what a survey of sites needs of these pages (`site_line_counts.line_occurrences`); a page on which that fails has no lines."""
    results, _ = page_isolation.run_isolating_pages(
        site_line_counts.line_occurrences, pages, lambda: site_line_counts.line_occurrences(_any_pages().pages)
    )
    return pl.concat([pl.DataFrame(schema=site_line_counts.LINES), *results])


def _clean(prepared: Prepared, config: Config, site_lines: pl.DataFrame | None, *, blank: bool) -> Cleaned:
    exempt = Exemptions(prepared.pages, config.keeps)
    pages, repaired = run_step("repair", _repaired, prepared, exempt)
    effects = [run_step("noise", _effects, pages, config)]

    listed = site_lines if config.noise.site_lines else None
    # Before language: labels of widgets, often English, mislead the identifier.
    found = run_step("noise", noise.find, pages, config.rules, noise.classifier_of(config.noise), listed)
    cut = run_step("noise", exempt, found, pages)
    # After exceptions: what stays in the text is no date line.
    pages = run_step("noise", lambda: noise.fill_captures(edits.apply(pages, cut), cut, config.rules))

    # Before names: a variant may count in one language only.
    identified = run_step("language", language.identify, pages.select("id", "text", "title", "language"), config.dataset.languages)
    pages = pages.drop("language").join(identified, on="id", how="left", maintain_order="left")

    named = run_step("names", lambda: exempt(names.find(pages, config.names), pages))
    pages, authors = run_step("names", lambda: names.correct_authors(edits.apply(pages, named), config.names, exempt.authors))

    left = pages if blank else pages.filter(pl.col("text").str.contains(r"\S"))
    made = pl.concat([repaired, cut, named])
    ledger = made.join(left.select("id"), on="id", how="semi", maintain_order="left")
    gone = pages.join(left.select("id"), on="id", how="anti")
    unlisted = pl.concat([made.join(gone.select("id"), on="id", how="semi", maintain_order="left"), authors, exempt.edits])
    variant = pl.when(pl.col("step") == "names").then("original").otherwise(pl.lit(""))
    effects += [exempt.effects, _listed(unlisted, "unlisted", variant)]
    return Cleaned(_documents(left, cut), ledger, pl.concat([prepared.rejections, _gone(gone)]), pl.concat(effects))


def _joined(results: Sequence[tuple[pl.DataFrame, ...]]) -> tuple[pl.DataFrame, ...]:
    return results[0] if len(results) == 1 else tuple(map(pl.concat, zip(*results, strict=True)))


def warm_up(config: Config) -> None:
    """Clean two pages of no consequence, so that what is loaded at first use is there: a second or more before the first page that counts.

    One is markup; the other says what each rule needs to see, since the pattern of a rule is compiled where a line could match it, which is
    half a second for those of all packs.
    """
    labels = "\n".join(need for rule in config.rules for need in rule.needs)
    clean(prepare(_any_scrapes(f"{labels}\n{labels.replace(chr(10), ' ')}")), config)


def _any_scrapes(text: str = "The ferry leaves at nine.") -> pl.DataFrame:
    """Return two pages of no consequence, one of markup and one of text."""
    kinds = {"text/html": _ANY_PAGE, "text/plain": text}
    pages = [
        {"id": kind, "source": "", "media_type": kind, "charset": "utf-8", "sha256": "", "content": page} for kind, page in kinds.items()
    ]
    return pl.DataFrame(pages, schema=SCRAPE)


def _any_pages() -> Prepared:
    return _prepare(_any_scrapes(), no_watch)


def _repaired(prepared: Prepared, exempt: Exemptions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pages and the repairs that stand: those that an exception forbids are taken back."""
    pages, repaired = prepared.pages, prepared.edits
    if not exempt:
        return pages, repaired
    before = edits.undo(pages, repaired)
    made = exempt(repaired, before)
    return edits.apply(before, made), made


def _effects(pages: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return which rules that are switched off would cut something of pages (`tables.EFFECT`)."""
    if not config.off:
        return empty_table(EFFECT)
    found = noise.find(noise.could_match(pages, config.off), config.off)
    return _listed(found.unique(["id", "rule"], maintain_order=True), "off", pl.lit(""))


def _listed(found: pl.DataFrame, effect: str, text: pl.Expr) -> pl.DataFrame:
    """Return edits as rows of `tables.EFFECT`."""
    rows = found.with_columns(pl.lit(effect).alias("effect"), text.alias("text"), pl.lit(None, dtype=pl.String).alias("exception"))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in EFFECT.items()).unique(maintain_order=True)


def _gone(pages: pl.DataFrame) -> pl.DataFrame:
    """Return rejections for pages that were noise from end to end."""
    message = "all {} characters of the page are noise; `saring explain` on the scrape shows which rules say so"
    return pages.with_columns(
        pl.lit("noise").alias("step"),
        pl.lit("nothing-left").alias("reason"),
        pl.format(message, "extracted").alias("message"),
        pl.col("scrape_sha256").alias("sha256"),
    ).select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())


def _documents(pages: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
    removed = cut.filter(pl.col("field") == "text").group_by("id").agg((pl.col("end") - pl.col("start")).sum().alias("removed"))
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
    # Polars has no SHA-256: a call a document, 1.5 GB/s.
    return pl.Series("sha256", [hashlib.sha256(text.encode()).hexdigest() for text in texts], dtype=pl.String)
