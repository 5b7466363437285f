"""One document as a person wants to see it: what was cut or changed, where, by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pipeline import edits
from pipeline.copies import near
from pipeline.errors import NoInputError
from pipeline.release import reading
from pipeline.release.layout import SITE_LINES
from pipeline.report import by_rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.clean import Cleaned
    from pipeline.config import Config

__all__ = ["Explained", "Piece", "choice", "doubtful", "explain", "published"]


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


def choice(explained: Explained) -> str | None:
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
    from pipeline import noise  # noqa: PLC0415 - heavy, and only this function needs it

    classifier = noise.classifier_of(config.noise)
    if classifier is None:
        return pl.DataFrame(schema={"id": pl.String, "original": pl.String, "kind": pl.String, "score": pl.Float32})
    own = ledger.join(documents.select("id"), on="id", how="semi").filter(pl.col("step") != "repair")
    received = edits.undo(documents.drop("language"), own)  # the language as identified would bind rules that it did not bind then
    table = near(release, SITE_LINES) / SITE_LINES if release else None
    site_lines = pl.read_parquet(table) if table and table.exists() and config.noise.site_lines else None
    return noise.doubtful(received, config.rules, classifier, site_lines).select("id", "original", "kind", "score")


def published(release: Path, wanted: str) -> tuple[Cleaned, pl.DataFrame]:
    """Read one document of a release with its ledger and its links.

    Args:
        release: a folder vX.Y.Z.
        wanted: its id, the beginning of its id, or its source.

    Raises:
        NoInputError: no document is called so, or several are.
    """
    from pipeline.clean import Cleaned  # noqa: PLC0415 - imports the whole pipeline, which only this function needs

    rows = reading.scan(release, "all")
    found = rows.filter((pl.col("id") == wanted) | (pl.col("source") == wanted)).collect()
    if found.is_empty():
        found = rows.filter(pl.col("id").str.starts_with(wanted)).collect()
    if found.height != 1:
        some = "" if found.is_empty() else f": {', '.join(found['id'].head(5))}"
        raise NoInputError(f"{release}: expected one document called {wanted!r}, found {found.height}{some}. Its column `id` lists them.")
    id_ = found["id"][0]
    ledger = reading.scan(release, "edits").filter(pl.col("id") == id_).collect()
    links = reading.scan(release, "overlaps").filter((pl.col("a") == id_) | (pl.col("b") == id_)).collect()
    return Cleaned(found, ledger, found.clear()), links


def _pieces(text: str, changes: list[edits.Change]) -> Iterator[Piece]:
    done = 0
    for change in changes:
        if change.start > done:
            yield Piece(text[done : change.start])
        yield Piece(change.original, change)
        done = change.end
    if done < len(text):
        yield Piece(text[done:])
