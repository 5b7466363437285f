"""One batch, from scrapes to documents: the whole path of a page on one screen.

Cleaning a document never looks at another: what it needs of its site, the lines that the site repeats, is handed to it as a table. So the
result is a function of the scrape, that table, the rules and the code, and can be cached: what `prepare` gives by the scrape alone, since
it takes longest and no rule changes it; what `clean` gives by all of them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline import edits, extract, language, language_tags, names, noise, repair
from pipeline.records import CLEANED, PREPARED, REJECTION, SCRAPE
from pipeline.watchdog import unwatched

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.config import Config, Keep

__all__ = ["Cleaned", "Prepared", "clean", "prepare", "warm_up"]

_ANY_PAGE = (
    "<html><body><article><p>The ferry leaves at nine.</p><p>It is back at noon, and leaves again at one.</p></article></body></html>"
)


class Prepared(NamedTuple):
    """What became of scrapes before any rule looked at them: every one is a page (`records.PREPARED`) or a rejection."""

    pages: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame


class Cleaned(NamedTuple):
    """What became of pages: every one is a document (`records.CLEANED`) or a rejection, every change is in the ledger."""

    documents: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame


def prepare(scrapes: pl.DataFrame, begin: Callable[[str | None], None] = unwatched) -> Prepared:
    """Take the text out of scrapes, repair its encoding, and bring the language that is stated under its one code.

    Args:
        scrapes: columns of `records.SCRAPE`; ids without repeats.
        begin: as for `extract.extract`.
    """
    pages, rejections = extract.extract(scrapes, begin)
    pages = pages.with_columns(language_tags.codes(pages["language"]).alias("language"))
    repaired = repair.find(pages)
    origin = scrapes.select("id", pl.col("sha256").alias("scrape_sha256"), pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))
    whole = edits.apply(pages, repaired).join(origin, on="id", how="left", maintain_order="left")
    return Prepared(whole.select(PREPARED.names()), repaired, rejections)


def clean(prepared: Prepared, config: Config, site_lines: pl.DataFrame | None = None) -> Cleaned:
    """Clean one batch.

    Args:
        prepared: as `prepare` gives it.
        config: its rules, names, exceptions and languages.
        site_lines: as for `noise.find`; None where `config` does not want any.

    Returns:
        The documents; the ledger of all their edits, repairs included; and the rejections, those of `prepare` included.
    """
    pages, repaired = _repaired(prepared, config.keeps)

    listed = site_lines if config.noise.site_lines else None
    # Before language: labels of widgets, often English, mislead the identifier.
    cut = _spared(noise.find(pages, config.rules, noise.classifier_of(config.noise), listed), config.keeps, pages)
    pages = noise.fill(edits.apply(pages, cut), cut, config.rules)

    # Before names: a variant may count in one language only.
    identified = language.identify(pages.select("id", "text", "title", "language"), config.dataset.languages)
    pages = pages.drop("language").join(identified, on="id", how="left", maintain_order="left")

    named = _spared(names.find(pages, config.names), config.keeps, pages)
    pages = names.correct_authors(edits.apply(pages, named), config.names)

    left = pages.filter(pl.col("text").str.contains(r"\S"))
    ledger = pl.concat([repaired, cut, named]).join(left.select("id"), on="id", how="semi", maintain_order="left")
    gone = _gone(pages.join(left.select("id"), on="id", how="anti"))
    return Cleaned(_documents(left, cut), ledger, pl.concat([prepared.rejections, gone]))


def warm_up(config: Config) -> None:
    """Clean two pages of no consequence, so that what is loaded at first use is there: a second or more before the first page that counts.

    One is markup; the other says what each rule needs to see, since the pattern of a rule is compiled where a line could match it, which is
    half a second for those of all packs.
    """
    labels = "\n".join(need for rule in config.rules for need in rule.needs)
    kinds = {"text/html": _ANY_PAGE, "text/plain": f"{labels}\n{labels.replace(chr(10), ' ')}"}
    pages = [
        {"id": kind, "source": "", "media_type": kind, "charset": "utf-8", "sha256": "", "content": page} for kind, page in kinds.items()
    ]
    clean(prepare(pl.DataFrame(pages, schema=SCRAPE)), config)


def _repaired(prepared: Prepared, keeps: tuple[Keep, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pages and the repairs that stand: those that an exception forbids are taken back."""
    pages, repaired = prepared.pages, prepared.edits
    if not repaired["rule"].is_in([keep.rule for keep in keeps]).any():
        return pages, repaired
    before = edits.undo(pages, repaired)
    left = _spared(repaired, keeps, before)
    return edits.apply(before, left), left


def _spared(found: pl.DataFrame, keeps: tuple[Keep, ...], texts: pl.DataFrame) -> pl.DataFrame:
    """Drop the edits that an exception in corpus.toml forbids: those that would change the text it keeps, or a part of that text.

    A published id is the working id up to its tail or all of it.
    """
    for keep in keeps:
        pinned = pl.col("id").str.starts_with(keep.id) & (pl.col("rule") == keep.rule)
        found = found.filter(~(pinned & pl.col("original").str.contains(keep.keep, literal=True)))
        if found.filter(pinned & pl.lit(keep.keep).str.contains(pl.col("original"), literal=True)).height:
            found = found.join(
                _inside(found.filter(pinned), keep.keep, texts), on=["id", "field", "seq"], how="anti", maintain_order="left"
            )
    return found


def _inside(found: pl.DataFrame, kept: str, texts: pl.DataFrame) -> pl.DataFrame:
    """Return the edits that stand inside the kept text: a quotation of which one word would change."""
    fields = texts.select("id", *found["field"].unique()).unpivot(index="id", variable_name="field", value_name="string")
    return (
        found.join(fields, on=["id", "field"])
        # So wide that the kept text fits in only where it covers the edit.
        .with_columns((pl.col("end") - len(kept)).clip(0).alias("first"))
        .with_columns((pl.col("start") + len(kept) - pl.col("first")).alias("width"))
        .filter(pl.col("string").str.slice("first", "width").str.contains(kept, literal=True))
    )


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
