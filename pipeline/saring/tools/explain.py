"""One document as a person wants to see it: what was cut or changed, where, by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.compute import page_isolation
from saring.core import ids
from saring.core import ledger as edits
from saring.core.tables import EFFECT, empty_table
from saring.corpus import revisions
from saring.read.metadata_rank import rank_metadata
from saring.release import read_tables
from saring.release.layout import SITE_LINES
from saring.runs.report import by_rule
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saring.clean_batch import Cleaned
    from saring.config import Config

__all__ = [
    "Explained",
    "Piece",
    "blank_documents",
    "choice_reason",
    "doubtful",
    "explain",
    "published_document",
    "site_lines",
    "under_published_ids",
]


class Piece(NamedTuple):
    """A stretch of text: kept where `change` is None, else what was changed, to what, and why."""

    text: str
    change: edits.Change | None = None


class Explained(NamedTuple):
    """A document with its history.

    Attributes:
        document: its row.
        title, text: the pieces that, joined, give what extraction gave.
        rules: how often each rule fired: step, kind, rule, edits, characters.
        links: its rows of `overlaps`.
    """

    document: dict[str, Any]
    title: list[Piece]
    text: list[Piece]
    rules: list[dict[str, Any]]
    links: list[dict[str, Any]]


def explain(documents: pl.DataFrame, ledger: pl.DataFrame, links: pl.DataFrame | None = None) -> Iterator[Explained]:
    """Yield each document with what happened to it.

    Args:
        documents: published or cleaned documents: `id`, `text`, `title`, and what else there is.
        ledger: their edits, at least.
        links: their overlaps, at least.
    """
    before = edits.undo(documents, ledger.join(documents.select("id"), on="id", how="semi"))
    changes = edits.changes_of(ledger)
    for document, original in zip(documents.iter_rows(named=True), before.iter_rows(named=True), strict=True):
        id_ = document["id"]
        fields = {field: list(_pieces(original[field] or "", edits.compose(changes.get((id_, field), ())))) for field in ("title", "text")}
        near = [] if links is None else links.filter((pl.col("a") == id_) | (pl.col("b") == id_)).to_dicts()
        yield Explained(document, fields["title"], fields["text"], by_rule(ledger.lazy().filter(pl.col("id") == id_)).to_dicts(), near)


def choice_reason(explained: Explained) -> str | None:
    """Return in words why a document of a release is kept or set aside; None where nothing else says the same."""
    document, links = explained.document, explained.links
    if not links or document.get("role") is None:
        return None
    id_, kept = document["id"], document["kept_id"]
    if document["role"] == "kept":
        centre = document["cluster"] == id_
        template = [link["b"] if link["a"] == id_ else link["a"] for link in links if link["kind"] == "template"]
        if template and all(link["kind"] in ("template", "exact") for link in links):
            more = f" and {len(template) - 1} more" if len(template) > 1 else ""
            return f"kept: it shares its words with {template[0]}{more}, but has numbers, names or a body of its own (template)"
        return f"kept: {'the most complete of those that say the same' if centre else 'no kept document covers enough of it'}"
    link = next((link for link in links if kept in (link["a"], link["b"])), None)
    if link is None:
        return f"set aside: it is a copy or an older revision of one that {kept} is kept for"
    if link["kind"] == "revision":
        return f"set aside: {kept} is the newer scrape of its URL, or kept for that one"
    share = link["coverage_a"] if link["a"] == id_ else link["coverage_b"]
    return f"set aside: {kept}, the more complete one, says {share:.0%} of it ({link['kind']})"


def doubtful(documents: pl.DataFrame, ledger: pl.DataFrame, config: Config, release: Path | None = None) -> pl.DataFrame:
    """Return the lines of documents that stay though the line classifier doubts them, for a person to look at.

    Args:
        documents: published or cleaned documents.
        ledger: their edits, at least.
        config: its rules and thresholds.
        release: the release that they are in, whose sites' lines count.

    Returns:
        Columns `id`, `original`, `kind` (what the line would be cut as) and `score`, by place.
    """
    from saring import noise  # noqa: PLC0415 - heavy, and only this function needs it

    classifier = noise.classifier_of(config.noise)
    if classifier is None:
        return pl.DataFrame(schema={"id": pl.String, "original": pl.String, "kind": pl.String, "score": pl.Float32})
    own = ledger.join(documents.select("id"), on="id", how="semi").filter(pl.col("step") != "repair")
    received = edits.undo(documents.drop("language"), own)  # the language as identified would bind rules that it did not bind then
    lines = site_lines(release, config)
    columns = ["id", "original", "kind", "score"]
    parts, _ = page_isolation.run_isolating_pages(
        lambda rows: noise.doubtful(rows, config.rules, classifier, lines).select(columns), received, lambda: None
    )
    return pl.concat(parts) if parts else noise.doubtful(received.clear(), config.rules, classifier).select(columns)


def site_lines(release: Path | None, config: Config) -> pl.DataFrame | None:
    """Return the lines that the sites of a release repeat; None where there are none, or the corpus does not want them."""
    table = local_copy(release, SITE_LINES) / SITE_LINES if release and config.noise.site_lines else None
    return pl.read_parquet(table) if table and table.exists() else None


def published_document(release: Path, wanted: str) -> tuple[Cleaned, pl.DataFrame]:
    """Read one document of a release with its ledger and its links.

    Args:
        release: a folder vX.Y.Z.
        wanted: its id, the beginning of its id, or its source; see `ids.matching_documents`.

    Raises:
        NoInputError: no document is called so, or several are.
    """
    from saring.clean_batch import Cleaned  # noqa: PLC0415 - imports the whole pipeline, which only this function needs

    rows = read_tables.scan(release, "all")
    id_ = ids.resolve_id(rows.select("id", "source").collect(), wanted, str(release))
    found = rows.filter(pl.col("id") == id_).collect()
    ledger = read_tables.scan(release, "edits").filter(pl.col("id") == id_).collect()
    links = read_tables.scan(release, "overlaps").filter((pl.col("a") == id_) | (pl.col("b") == id_)).collect()
    return Cleaned(found, ledger, found.clear(), empty_table(EFFECT)), links


def under_published_ids(cleaned: Cleaned, scrapes: pl.DataFrame, config: Config, release: Path | None) -> Cleaned:
    """Return scrapes that were cleaned just now under the ids that their documents have in a release, or would have in the next.

    Args:
        cleaned: under working ids.
        scrapes: columns of `tables.SCRAPE`, what was cleaned.
        config: its `sources`.
        release: the newest release, if there is one.
    """
    metadata = pl.concat([scrapes.select("id"), rank_metadata(scrapes, config)], how="horizontal")
    about = cleaned.documents.select("id", "source", "added", sha256="scrape_sha256").join(metadata, on="id", maintain_order="left")
    resolved = revisions.resolve_revisions(about)
    copied = resolved.select(pl.col("copy_of"), copy="id").join(about.select("id", copy_of="source"), on="copy_of").drop("copy_of")
    originals = resolved.drop_nulls("published").select("id", "published")
    named = pl.concat([originals, copied.join(originals, on="id").select(pl.col("copy").alias("id"), "published")])
    if release is not None:
        older = about.select("id", ids.published_id().alias("older"))
        known = read_tables.scan(release, "all").select(older="id").join(older.lazy(), on="older").collect()
        named = named.join(known, on="id", how="left").select("id", pl.coalesce("older", "published").alias("published"))
    public = dict(named.iter_rows())
    documents, ledger = (table.with_columns(pl.col("id").replace(public)) for table in (cleaned.documents, cleaned.edits))
    return cleaned._replace(documents=documents, edits=ledger)


def blank_documents(cleaned: Cleaned) -> list[dict[str, Any]]:
    """Return what a build would say of documents without text (`clean_batch.clean`): columns source, step, reason and message."""
    message = "all of the page is noise; an exception in corpus.toml with its id, a rule and a text keeps what it should"
    gone = cleaned.documents.filter(~pl.col("text").str.contains(r"\S"))
    return [{"source": source, "step": "noise", "reason": "nothing-left", "message": message} for source in gone["source"]]


def _pieces(text: str, changes: list[edits.Change]) -> Iterator[Piece]:
    done = 0
    for change in changes:
        if change.start > done:
            yield Piece(text[done : change.start])
        yield Piece(change.original, change)
        done = change.end
    if done < len(text):
        yield Piece(text[done:])
