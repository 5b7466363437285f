"""Explain documents: the original text with every edit in place, the rules that fired, and why a document was kept or set aside."""

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
    "TextSegment",
    "blank_documents",
    "choice_reason",
    "explain",
    "load_site_lines",
    "published_document",
    "undecided_lines",
    "use_published_ids",
]


class TextSegment(NamedTuple):
    """A segment of an extracted text: unchanged if `change` is None, else replaced as `change` says."""

    text: str
    change: edits.Change | None = None


class Explained(NamedTuple):
    """A document with the edits that cleaning made and its overlaps with other documents.

    Attributes:
        document: the row of the document.
        title: segments of the extracted title, in order; joined they give it in full.
        text: segments of the extracted text, likewise.
        rules: how often each rule fired: step, kind, rule, edits, characters.
        links: the rows of `overlaps` that name the document.
    """

    document: dict[str, Any]
    title: list[TextSegment]
    text: list[TextSegment]
    rules: list[dict[str, Any]]
    links: list[dict[str, Any]]


def explain(documents: pl.DataFrame, ledger: pl.DataFrame, links: pl.DataFrame | None = None) -> Iterator[Explained]:
    """Yield each document as its text before cleaning, cut into kept and changed segments, with its overlaps with other documents.

    Args:
        documents: published or cleaned documents: `id`, `text`, `title` and any other columns.
        ledger: a table that contains their edits.
        links: a table that contains their overlaps; None for documents that were not compared with others.
    """
    before = edits.undo(documents, ledger.join(documents.select("id"), on="id", how="semi"))
    changes = edits.changes_of(ledger)
    for document, original in zip(documents.iter_rows(named=True), before.iter_rows(named=True), strict=True):
        id_ = document["id"]
        fields = {
            field: list(_segments(original[field] or "", edits.compose(changes.get((id_, field), ())))) for field in ("title", "text")
        }
        own_links = [] if links is None else links.filter((pl.col("a") == id_) | (pl.col("b") == id_)).to_dicts()
        rules = by_rule(ledger.lazy().filter(pl.col("id") == id_)).to_dicts()
        yield Explained(document, fields["title"], fields["text"], rules, own_links)


def choice_reason(explained: Explained) -> str | None:
    """Return in words why a document of a release was kept or set aside as a duplicate; None if it overlaps no other document."""
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


def undecided_lines(documents: pl.DataFrame, ledger: pl.DataFrame, config: Config, release: Path | None = None) -> pl.DataFrame:
    """Return the kept lines on which the line classifier abstains, its score being between the two thresholds, for review.

    Args:
        documents: published or cleaned documents.
        ledger: a table that contains their edits.
        config: the rules and thresholds.
        release: the release of the documents, whose repeated site lines are features of the classifier.

    Returns:
        Columns `id`, `original` (the line), `kind` (the kind of noise that it would be) and `score`, in text order.
    """
    from saring import noise  # noqa: PLC0415 - heavy, and only this function needs it

    classifier = noise.classifier_of(config.noise)
    if classifier is None:
        return pl.DataFrame(schema={"id": pl.String, "original": pl.String, "kind": pl.String, "score": pl.Float32})
    own = ledger.join(documents.select("id"), on="id", how="semi").filter(pl.col("step") != "repair")
    # The texts as the step `noise` received them. Without the language, which was not yet identified then, and would activate other rules.
    received = edits.undo(documents.drop("language"), own)
    lines = load_site_lines(release, config)
    columns = ["id", "original", "kind", "score"]
    parts, _ = page_isolation.run_isolating_pages(
        lambda rows: noise.doubtful(rows, config.rules, classifier, lines, text_format=config.extract.format).select(columns),
        received,
        lambda: None,
    )
    return pl.concat(parts) if parts else noise.doubtful(received.clear(), config.rules, classifier).select(columns)


def load_site_lines(release: Path | None, config: Config) -> pl.DataFrame | None:
    """Read the table of lines that the sites of a release repeat; None if it has none, or `[noise] site_lines` is off."""
    table = local_copy(release, SITE_LINES) / SITE_LINES if release and config.noise.site_lines else None
    return pl.read_parquet(table) if table and table.exists() else None


def published_document(release: Path, wanted: str) -> tuple[Cleaned, pl.DataFrame]:
    """Read a document of a release with its edits and its overlaps.

    Args:
        release: the folder of the release.
        wanted: the id of the document, a prefix of it, or its source; see `ids.matching_documents`.

    Returns:
        The document and its edits in the form of a cleaned batch, and the rows of `overlaps` that name it.

    Raises:
        NoInputError: no document matches, or several do.
    """
    from saring.clean_batch import Cleaned  # noqa: PLC0415 - imports the whole pipeline, which only this function needs

    rows = read_tables.scan_table(release, "all")
    id_ = ids.resolve_id(rows.select("id", "source").collect(), wanted, str(release))
    documents = rows.filter(pl.col("id") == id_).collect()
    ledger = read_tables.scan_table(release, "edits").filter(pl.col("id") == id_).collect()
    links = read_tables.scan_table(release, "overlaps").filter((pl.col("a") == id_) | (pl.col("b") == id_)).collect()
    return Cleaned(documents, ledger, documents.clear(), empty_table(EFFECT)), links


def use_published_ids(cleaned: Cleaned, scrapes: pl.DataFrame, config: Config, release: Path | None) -> Cleaned:
    """Replace the internal ids of freshly cleaned scrapes by the ids that their documents have in a release, or would have in the next.

    An internal id consists of the published id of a page, a point, and more digits for each of its scrapes. For scrapes 1 and 2 of one URL,
    of which 2 is the newer, they map to

        internal id    published id
        b5b1….11111111 b5b1….11111111   if the release has 1 as an older revision; else b5b1…
        b5b1….22222222 b5b1…

    A scrape that is a copy of another gets the id of that one.

    Args:
        cleaned: the cleaned scrapes, under internal ids.
        scrapes: the scrapes that were cleaned, with the columns of `tables.SCRAPE`.
        config: the configuration, whose `sources` give metadata.
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
        known = read_tables.scan_table(release, "all").select(older="id").join(older.lazy(), on="older").collect()
        named = named.join(known, on="id", how="left").select("id", pl.coalesce("older", "published").alias("published"))
    public = dict(named.iter_rows())
    documents, ledger = (table.with_columns(pl.col("id").replace(public)) for table in (cleaned.documents, cleaned.edits))
    return cleaned._replace(documents=documents, edits=ledger)


def blank_documents(cleaned: Cleaned) -> list[dict[str, Any]]:
    """Return the rejections that a build would write for the documents whose whole text was deleted: source, step, reason and message."""
    message = "all of the page is noise; an exception in corpus.toml with its id, a rule and a text keeps what it should"
    blank = cleaned.documents.filter(~pl.col("text").str.contains(r"\S"))
    return [{"source": source, "step": "noise", "reason": "nothing-left", "message": message} for source in blank["source"]]


def _segments(text: str, changes: list[edits.Change]) -> Iterator[TextSegment]:
    """Split a text into changed and unchanged segments: "Ads. Rice" with [0, 5) deleted gives "Ads. " (deleted) and "Rice"."""
    done = 0
    for change in changes:
        if change.start > done:
            yield TextSegment(text[done : change.start])
        yield TextSegment(change.original, change)
        done = change.end
    if done < len(text):
        yield TextSegment(text[done:])
