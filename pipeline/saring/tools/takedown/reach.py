"""Reach of a takedown: the documents that it removes, similar documents that stay, and the releases that contain any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring import read, release
from saring.config.settings import Takedown
from saring.core import ids, urls
from saring.core.errors import NoInputError
from saring.core.tables import content_id
from saring.corpus.takedowns import REPORT_SHARE, match_texts, match_urls, names_scrape, takedown_of_text
from saring.release import read_tables, staging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saring.config import Config

__all__ = ["Reach", "affected_versions", "find_reach", "takedown_by_id", "takedown_by_text", "takedown_by_url", "takedown_of_page"]


class Reach(NamedTuple):
    """The documents and releases that a takedown affects.

    Attributes:
        removed_documents: id, source and title of the documents of the newest release that it removes.
        similar_documents: id, source, share: similar documents that stay unless they are taken down themselves. They contain part of the
            text to be taken down (`share` is the share of that text), or overlap a removed document (`share` is the share of their own text
            that it covers).
        versions: the versions that contain removed documents, oldest first.
        searched: all versions of the dataset, all of which were searched, oldest first.
        rejected: source and reason of the rejections of the newest release that it matches.
    """

    removed_documents: pl.DataFrame
    similar_documents: pl.DataFrame
    versions: list[str]
    searched: list[str]
    rejected: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        """Whether the takedown matches no document, edit or rejection of any release."""
        return not (self.removed_documents.height or self.versions or self.rejected.height)


def takedown_by_url(url: str) -> Takedown:
    """Return the takedown of all scrapes of a URL.

    Raises:
        NoInputError: the URL is not the address of a web page.
    """
    cleaned = urls.clean_url(url)
    if cleaned is None:
        raise NoInputError(
            f"expected the address of a web page, found {url!r}. Give it as in the column `url`, such as https://example.org/a."
        )
    return Takedown(id=content_id(urls.url_identity(cleaned)))


def takedown_by_id(wanted: str, out: Path, dataset: str) -> Takedown:
    """Return the takedown of a document with all scrapes of its URL, since older revisions have much the same text.

    Args:
        wanted: the id of a document, a prefix of the id of a released document, or the source of one. A full id need not be in any release.
        out: the folder of all releases.
        dataset: the name of the dataset.

    Raises:
        NoInputError: no document of the releases matches, or several do.
    """
    if ids.is_page_id(wanted):
        return takedown_of_page(wanted.lower())
    if ids.is_id(wanted) and len(wanted) < ids.FEWEST_DIGITS:
        raise NoInputError(
            f"expected an id, or at least {ids.FEWEST_DIGITS} digits of one, found {wanted!r}. Give it as in the column `id`."
        )
    home = out / dataset
    no_documents = pl.DataFrame(schema={"id": pl.String, "source": pl.String})
    for version in reversed(staging.list_versions(home)):  # the document may be in an older release only
        documents = read_tables.scan_table(home / f"v{version}", "all").select("id", "source").collect()
        if ids.matching_documents(documents, wanted).height:
            return takedown_of_page(ids.resolve_id(documents, wanted, f"v{version}"))
    return takedown_of_page(ids.resolve_id(no_documents, wanted, str(home)))


def takedown_of_page(id_: str) -> Takedown:
    """Return the takedown of all scrapes of a page, from the full id of any of its documents."""
    return Takedown(id=id_.partition(".")[0])


def takedown_by_text(file: Path, config: Config) -> Takedown:
    """Return the takedown of all documents that contain at least half of a text, which is stored only as fingerprints.

    Args:
        file: a scrape, which is cleaned as in a build, or a plain text file.
        config: the corpus' configuration.

    Raises:
        NoInputError: the file does not exist, or contains no words.
    """
    from saring.clean_batch import clean, prepare  # noqa: PLC0415 - imports the whole pipeline, which only this function needs

    batch = read.read_one(file, config)
    text = "\n".join(clean(prepare(batch.scrapes, text_format=config.extract.format), config).documents["text"])
    takedown = takedown_of_text(text)
    if not takedown.prints:
        raise NoInputError(
            f"{file}: expected a text with words, found none. Save the page to be taken down as text or HTML, and name that file."
        )
    return takedown


def find_reach(takedown: Takedown, out: Path, config: Config) -> Reach:
    """Return the documents, rejections and releases of a dataset that a takedown affects.

    Suppose that the takedown removes document 1, that document 2 contains 40 % of the text to be taken down, and that document 1 covers
    90 % of document 3. Then `removed_documents` has 1, and `similar_documents` has 3 (0.9) and 2 (0.4). Of two shares the larger
    one counts.
    """
    home = out / config.dataset.name
    versions, searched = affected_versions(home, (takedown,)), staging.list_versions(home)
    try:
        newest = release.find_release(out, config.dataset.name)
    except NoInputError:
        return Reach(pl.DataFrame(), pl.DataFrame(), versions, searched, pl.DataFrame())
    release.check_release(newest, "overlaps", "rejections")
    rejected = (
        read_tables.scan_table(newest, "rejections").filter(names_scrape((takedown,))).select("source", "reason").sort("source").collect()
    )
    shares = _shares(newest, takedown, REPORT_SHARE)
    removed, partial = shares.filter(pl.col("removed")), shares.filter(~pl.col("removed"))
    overlapping = _overlapping(newest, removed["id"])
    documents = read_tables.scan_table(newest, "all").select("id", "source", "title")
    candidates = pl.concat([partial.select("id", "share"), overlapping]).join(removed, on="id", how="anti")
    similar = candidates.group_by("id").agg(pl.col("share").max())
    return Reach(
        documents.join(removed.select("id").lazy(), on="id", how="semi").sort("source", "id").collect(),
        documents.select("id", "source").join(similar.lazy(), on="id").sort("share", "id", descending=[True, False]).collect(),
        versions,
        searched,
        rejected,
    )


def affected_versions(home: Path, takedowns: tuple[Takedown, ...]) -> list[str]:
    """Return the versions of a dataset that contain any text that is taken down, oldest first.

    Raises:
        ReleaseError: a release is damaged, so that it cannot be searched completely.
    """
    versions = staging.list_versions(home)
    for version in versions:
        release.check_release(home / f"v{version}", "all", "edits")
    return [version for version in versions if any(_removed(rows, takedowns).height for rows in _texts(home / f"v{version}"))]


def _texts(folder: Path) -> Iterator[pl.DataFrame]:
    """Yield all texts of a release by document id: those of its documents, and the originals that its ledger quotes."""
    columns = ("id", "text", "url") if "url" in read_tables.today_columns(folder, "all") else ("id", "text")
    yield from read_tables.table_batches(folder, "all", columns)
    for rows in read_tables.table_batches(folder, "edits", ("id", "original")):
        yield rows.group_by("id", maintain_order=True).agg(pl.col("original").str.join("\n").alias("text"))


def _removed(rows: pl.DataFrame, takedowns: tuple[Takedown, ...]) -> pl.DataFrame:
    """Return the ids of the texts that takedowns remove, by id, URL or text."""
    by_address = [match_urls(rows, takedowns).select("id")] if "url" in rows.columns else []
    return pl.concat([rows.filter(names_scrape(takedowns)).select("id"), *by_address, match_texts(rows, takedowns).select("id")])


def _shares(folder: Path, takedown: Takedown, least: float) -> pl.DataFrame:
    """Return the documents of a release that a takedown matches, completely or in part.

    Args:
        folder: the folder of the release.
        takedown: the takedown.
        least: the smallest share of the text of the takedown that counts as a match in part.

    Returns:
        Columns `id`, `share` (of the text of the takedown that the document contains) and `removed`.
    """
    parts = [pl.DataFrame(schema={"id": pl.String, "share": pl.Float64, "removed": pl.Boolean})]
    for rows in _texts(folder):
        removed = _removed(rows, (takedown,))
        matches = pl.concat([removed.with_columns(pl.lit(1.0).alias("share")), match_texts(rows, (takedown,), least).select("id", "share")])
        parts.append(matches.unique("id", keep="first").with_columns(pl.col("id").is_in(removed["id"].implode()).alias("removed")))
    return pl.concat(parts)


def _overlapping(folder: Path, removed: pl.Series) -> pl.DataFrame:
    """Return the documents of a release that overlap removed ones: id, and the share of their text that the removed one covers."""
    links = read_tables.scan_table(folder, "overlaps")
    ids = removed.to_list()
    sides = [
        links.filter(pl.col(own).is_in(ids)).select(pl.col(side).alias("id"), pl.col(f"coverage_{side}").cast(pl.Float64).alias("share"))
        for own, side in (("a", "b"), ("b", "a"))
    ]
    return pl.concat(sides).collect()
