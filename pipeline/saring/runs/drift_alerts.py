"""Sources that lost far more than usual: a template changed, a rule runs wild, or a frame that all pages share passes for what they say.

What cleaning removed holds nothing back: a person looks, and switches off the rule or keeps it. What the comparison of all documents would
set aside does: it is whole documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring import release
from saring.core.errors import NoInputError, ReleaseError
from saring.release import read_tables

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DROPPED_COLUMNS",
    "REMOVED_COLUMNS",
    "DriftAlert",
    "Dropped",
    "check_set_aside",
    "drift_alerts",
    "last_release_columns",
    "mostly_dropped",
]

#: Fewer characters than this are a short page whose menu is half of it, and no sign of anything.
_LEAST = 2_000

#: Fewer documents than this may well all stand elsewhere too.
_FEW = 20

#: What of a document tells how much was removed.
REMOVED_COLUMNS = ("source", "characters", "removed_share")


#: What of a document tells how much of its page extraction left out.
DROPPED_COLUMNS = ("source", "dropped_share")

#: Menus, lists of other pages and comments are a fifth of what a reader sees of an article, seldom more than three fifths; of pages that lost
#: their text it is nearly all.
_MOSTLY = 0.7
_NAMED = 10


class Dropped(NamedTuple):
    """Pages of which extraction left out most: how many, and the worst of them as pairs of source and share."""

    pages: int
    worst: list[tuple[str, float]]


class DriftAlert(NamedTuple):
    """A source, the share of its text that was removed, and the share that is usual for it."""

    source: str
    share: float
    usual: float


def drift_alerts(documents: pl.DataFrame, last: pl.DataFrame | None, alarm_share: float) -> list[DriftAlert]:
    """Return the sources of which a build removes far more than usual, the worst first.

    A source is a folder of raw/ or a file of many records. Usual is what the last release removed from it, and for a source that is new
    what this build removes from all the others.

    Args:
        documents: columns `source`, `characters` and `removed_share` of this build.
        last: the same of the last release, if there is one.
        alarm_share: a source is named when more than this share of its text, beyond what is usual, was removed.
    """
    now = _by_source(documents)
    before = (now.head(0) if last is None else _by_source(last)).select("origin", (pl.col("removed") / pl.col("extracted")).alias("before"))
    others = (pl.col("removed").sum() - pl.col("removed")) / (pl.col("extracted").sum() - pl.col("extracted"))
    found = (
        now.with_columns(others.alias("others"))
        .join(before, on="origin", how="left")
        .filter(pl.col("extracted") >= _LEAST)
        .select("origin", (pl.col("removed") / pl.col("extracted")).alias("share"), pl.coalesce("before", "others").alias("usual"))
        .filter(pl.col("usual").is_finite() & (pl.col("share") - pl.col("usual") > alarm_share))
        .sort(pl.col("usual") - pl.col("share"), "origin")
    )
    return [DriftAlert(*row) for row in found.iter_rows()]


def mostly_dropped(documents: pl.DataFrame) -> Dropped:
    """Return the pages of markup of which extraction left out most of what a reader sees, the first ten by share.

    Args:
        documents: columns `source` and `dropped_share` of this build.
    """
    high = documents.filter(pl.col("dropped_share") > _MOSTLY).sort(-pl.col("dropped_share"), "source")
    return Dropped(high.height, list(high.select(*DROPPED_COLUMNS).head(_NAMED).iter_rows()))


def check_set_aside(documents: pl.DataFrame, alarm_share: float) -> None:
    """Refuse to set aside more than a share of a source's documents as duplicates.

    Args:
        documents: columns `source` and `role` of this build.
        alarm_share: of the documents of one source, as in `drift_alerts`; a source of a few documents never counts.

    Raises:
        ReleaseError: names the worst source, and what to do.
    """
    worst = (
        documents.group_by(_origin().alias("origin"))
        .agg(pl.len().alias("documents"), (pl.col("role") == "duplicate").sum().alias("duplicates"))
        .filter((pl.col("documents") >= _FEW) & (pl.col("duplicates") > alarm_share * pl.col("documents")))
        .sort(pl.col("duplicates") / pl.col("documents"), "origin", descending=[True, False])
    )
    for origin, count, duplicates in worst.head(1).iter_rows():
        msg = (
            f"{origin}: {duplicates:,} of {count:,} documents say what others say, more than [overlap] alarm_share = {alarm_share:g} allows. "
            "Nothing was released. If they are copies indeed, raise alarm_share; if a frame makes them alike, see `saring rules suggest`."
        )
        raise ReleaseError(msg)


def last_release_columns(out: Path, dataset: str) -> pl.DataFrame | None:
    """Return what `drift_alerts` needs of the newest release, or None where there is none, or it is older than a column of these.

    Raises:
        ReleaseError: it is damaged.
    """
    try:
        folder = release.find_release(out, dataset)
    except NoInputError:
        return None
    release.check_release(folder, "all")
    if set(REMOVED_COLUMNS) - set(read_tables.today_columns(folder, "all")):
        return None
    return read_tables.scan(folder, "all").select(*REMOVED_COLUMNS).collect()


def _by_source(documents: pl.DataFrame) -> pl.DataFrame:
    """Return columns `origin`, `removed` and `extracted`, in characters; what was extracted follows from what is left and its share."""
    extracted = pl.col("characters") / (1 - pl.col("removed_share")).clip(0.001)
    return (
        documents.select(
            _origin().alias("origin"),
            extracted.alias("extracted"),
            (extracted * pl.col("removed_share")).alias("removed"),
        )
        .group_by("origin")
        .sum()
    )


def _origin() -> pl.Expr:
    """Return the file of many records, or else the folder, that a document came from."""
    folder = pl.col("source").str.extract(r"^(.*)/[^/]*$", 1).fill_null(".")
    return pl.coalesce(pl.col("source").str.extract(r"^(.*)#\d+$", 1), folder)
