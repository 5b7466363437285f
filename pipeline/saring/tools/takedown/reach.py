"""What a takedown reaches, told to the person who asks for it: what will go, what stays and says the same, where it still stands."""

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

__all__ = ["Reach", "find_reach", "takedown_by_id", "takedown_by_text", "takedown_by_url", "takedown_of_page", "versions_holding"]


class Reach(NamedTuple):
    """What a takedown touches.

    Attributes:
        gone: id, source and title of the documents of the newest release that it takes down.
        near: id, source, share: documents that hold some of the text (`takedown_by_text`), or that are linked to one that goes (the share of
            theirs that it covers); they stay unless a takedown of their own names them.
        versions: the releases that hold something of it, oldest first.
        searched: all releases of the dataset, which were looked through, oldest first.
        rejected: source, reason: what of it the newest release lists as a rejection.
    """

    gone: pl.DataFrame
    near: pl.DataFrame
    versions: list[str]
    searched: list[str]
    rejected: pl.DataFrame

    @property
    def nothing(self) -> bool:
        """Whether no release has anything of it."""
        return not (self.gone.height or self.versions or self.rejected.height)


def takedown_by_url(url: str) -> Takedown:
    """Return the takedown of all scrapes of a URL.

    Raises:
        NoInputError: it is no address of a page.
    """
    cleaned = urls.clean_url(url)
    if cleaned is None:
        raise NoInputError(
            f"expected the address of a page, found {url!r}. Give it as the column `url` has it, such as https://example.org/a."
        )
    return Takedown(id=content_id(urls.url_identity(cleaned)))


def takedown_by_id(wanted: str, out: Path, dataset: str) -> Takedown:
    """Return the takedown of a document and of all scrapes of its URL: an older revision says what the newest does.

    Args:
        wanted: an id, the beginning of one that a release has, or the source of a document. An id in full need not be in any release.
        out: the folder of all releases.
        dataset: its name.

    Raises:
        NoInputError: no document of the releases is called so, or several are.
    """
    if ids.is_head(wanted):
        return takedown_of_page(wanted.lower())
    if ids.is_id(wanted) and len(wanted) < ids.FEWEST_DIGITS:
        raise NoInputError(
            f"expected an id, or at least {ids.FEWEST_DIGITS} digits of one, found {wanted!r}. Give it as the column `id` has it."
        )
    home = out / dataset
    columns = pl.DataFrame(schema={"id": pl.String, "source": pl.String})
    for version in reversed(staging.versions(home)):  # what is to go may stand in an older release alone
        documents = read_tables.scan(home / f"v{version}", "all").select("id", "source").collect()
        if ids.matching_documents(documents, wanted).height:
            return takedown_of_page(ids.resolve_id(documents, wanted, f"v{version}"))
    return takedown_of_page(ids.resolve_id(columns, wanted, str(home)))


def takedown_of_page(id_: str) -> Takedown:
    """Return the takedown of all scrapes of the page that an id, in full, names."""
    return Takedown(id=id_.partition(".")[0])


def takedown_by_text(file: Path, config: Config) -> Takedown:
    """Return the takedown of a text: that of a page, cleaned as a build would, or of a plain file.

    Raises:
        NoInputError: there is no such file, or no words in it.
    """
    from saring.clean_batch import clean, prepare  # noqa: PLC0415 - imports the whole pipeline, which only this function needs

    batch = read.read_one(file, config)
    text = "\n".join(clean(prepare(batch.scrapes), config).documents["text"])
    found = takedown_of_text(text)
    if not found.prints:
        raise NoInputError(f"{file}: expected a text with words, found none. Save what is to be taken down as text or HTML, and name that.")
    return found


def find_reach(takedown: Takedown, out: Path, config: Config) -> Reach:
    """Return what a takedown touches in the releases of a dataset."""
    home = out / config.dataset.name
    versions, searched = versions_holding(home, (takedown,)), staging.versions(home)
    try:
        newest = release.find_release(out, config.dataset.name)
    except NoInputError:
        return Reach(pl.DataFrame(), pl.DataFrame(), versions, searched, pl.DataFrame())
    release.check_release(newest, "overlaps", "rejections")
    rejected = read_tables.scan(newest, "rejections").filter(names_scrape((takedown,))).select("source", "reason").sort("source").collect()
    shares = _shares(newest, takedown, REPORT_SHARE)
    gone, some = shares.filter(pl.col("goes")), shares.filter(~pl.col("goes"))
    linked = _linked(newest, gone["id"])
    about = read_tables.scan(newest, "all").select("id", "source", "title")
    others = pl.concat([some.select("id", "share"), linked]).join(gone, on="id", how="anti").group_by("id").agg(pl.col("share").max())
    return Reach(
        about.join(gone.select("id").lazy(), on="id", how="semi").sort("source", "id").collect(),
        about.select("id", "source").join(others.lazy(), on="id").sort("share", "id", descending=[True, False]).collect(),
        versions,
        searched,
        rejected,
    )


def versions_holding(home: Path, takedowns: tuple[Takedown, ...]) -> list[str]:
    """Return the versions of a dataset that hold something that is taken down, oldest first.

    Raises:
        ReleaseError: one of them is damaged, so that nobody can say what it held.
    """
    for version in staging.versions(home):
        release.check_release(home / f"v{version}", "all", "edits")
    return [version for version in staging.versions(home) if any(_goes(rows, takedowns).height for rows in _said(home / f"v{version}"))]


def _said(folder: Path) -> Iterator[pl.DataFrame]:
    """Yield the texts of a release's documents, and what its ledger quotes of what was cut from them."""
    columns = ("id", "text", "url") if "url" in read_tables.today_columns(folder, "all") else ("id", "text")
    yield from read_tables.batches(folder, "all", columns)
    for rows in read_tables.batches(folder, "edits", ("id", "original")):
        yield rows.group_by("id", maintain_order=True).agg(pl.col("original").str.join("\n").alias("text"))


def _goes(rows: pl.DataFrame, takedowns: tuple[Takedown, ...]) -> pl.DataFrame:
    by_address = [match_urls(rows, takedowns).select("id")] if "url" in rows.columns else []
    return pl.concat([rows.filter(names_scrape(takedowns)).select("id"), *by_address, match_texts(rows, takedowns).select("id")])


def _shares(folder: Path, takedown: Takedown, least: float) -> pl.DataFrame:
    """Return id, share and `goes` of the documents that a takedown reaches."""
    parts = [pl.DataFrame(schema={"id": pl.String, "share": pl.Float64, "goes": pl.Boolean})]
    for rows in _said(folder):
        goes = _goes(rows, (takedown,))
        found = pl.concat([goes.with_columns(pl.lit(1.0).alias("share")), match_texts(rows, (takedown,), least).select("id", "share")])
        parts.append(found.unique("id", keep="first").with_columns(pl.col("id").is_in(goes["id"].implode()).alias("goes")))
    return pl.concat(parts)


def _linked(folder: Path, gone: pl.Series) -> pl.DataFrame:
    links = read_tables.scan(folder, "overlaps")
    ids = gone.to_list()
    sides = [
        links.filter(pl.col(here).is_in(ids)).select(pl.col(there).alias("id"), pl.col(f"coverage_{there}").cast(pl.Float64).alias("share"))
        for here, there in (("a", "b"), ("b", "a"))
    ]
    return pl.concat(sides).collect()
