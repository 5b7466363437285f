"""Drift alerts: sources of which a build removes far more than usual, since their template changed or a rule or duplicate match went wrong.

Text that cleaning removed raises an alert and releases: a person looks at it, and switches the rule off or leaves it on. Whole documents that
would be set aside as duplicates, beyond a share of their source, stop the build.
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

#: A source of fewer extracted characters raises no alert: of a short page, the menu may be half. A judgement.
_LEAST_CHARACTERS = 2_000

#: A source of fewer documents never stops a build: all of them may well be duplicates of other sources. A judgement.
_FEWEST_DOCUMENTS = 20

#: Columns of documents that drift alerts need.
REMOVED_COLUMNS = ("source", "characters", "removed_share")


#: Columns of documents that `mostly_dropped` needs.
DROPPED_COLUMNS = ("source", "dropped_share")

#: Pages are named of which extraction left out more than this share. Menus, lists of other pages and comments are a fifth of the visible text of
#: an article, seldom more than three fifths; on pages whose own text was missed, nearly all is left out.
_MOSTLY_DROPPED = 0.7

#: Pages that are named.
_NAMED = 10


class Dropped(NamedTuple):
    """Pages of which extraction left out most of the visible text: how many, and the worst of them as pairs of source and share left out."""

    pages: int
    worst: list[tuple[str, float]]


class DriftAlert(NamedTuple):
    """Drift alert of one source: the share of its text that this build removed, and the share that is usual for it."""

    source: str
    share: float
    usual: float


def drift_alerts(documents: pl.DataFrame, last: pl.DataFrame | None, alarm_share: float) -> list[DriftAlert]:
    """Return drift alerts for the sources of which a build removes far more than usual, the worst first.

    A source is a folder of raw/, or a file of many records. The usual share is what the last release removed from the source; for a new
    source, what this build removes from all other sources together.

    Args:
        documents: columns `source`, `characters` and `removed_share` of this build.
        last: the same columns of the last release, if there is one.
        alarm_share: a source is named when the removed share exceeds the usual one by more than this.
    """
    now = _by_source(documents)
    before = (now.head(0) if last is None else _by_source(last)).select("origin", (pl.col("removed") / pl.col("extracted")).alias("before"))
    # origin  removed  extracted  share  before  others  usual
    # a            30        100   0.30    0.10    0.10   0.10  an alert, if 0.30 - 0.10 > alarm_share
    # b            10        100   0.10    null    0.30   0.30  a new source: usual is what is removed from all others
    others = (pl.col("removed").sum() - pl.col("removed")) / (pl.col("extracted").sum() - pl.col("extracted"))
    alerts = (
        now.with_columns(others.alias("others"))
        .join(before, on="origin", how="left")
        .filter(pl.col("extracted") >= _LEAST_CHARACTERS)
        .select("origin", (pl.col("removed") / pl.col("extracted")).alias("share"), pl.coalesce("before", "others").alias("usual"))
        .filter(pl.col("usual").is_finite() & (pl.col("share") - pl.col("usual") > alarm_share))
        .sort(pl.col("usual") - pl.col("share"), "origin")
    )
    return [DriftAlert(*row) for row in alerts.iter_rows()]


def mostly_dropped(documents: pl.DataFrame) -> Dropped:
    """Count the HTML pages of which extraction left out most of the visible text, and name the ten with the largest share.

    Args:
        documents: columns `source` and `dropped_share` of this build.
    """
    high = documents.filter(pl.col("dropped_share") > _MOSTLY_DROPPED).sort(-pl.col("dropped_share"), "source")
    return Dropped(high.height, list(high.select(*DROPPED_COLUMNS).head(_NAMED).iter_rows()))


def check_set_aside(documents: pl.DataFrame, alarm_share: float) -> None:
    """Check that no source has more than a share of its documents set aside as duplicates, as where a frame makes pages look alike.

    Args:
        documents: columns `source` and `role` of this build.
        alarm_share: the largest share of the documents of a source (see `drift_alerts`); a source of fewer than 20 documents always passes.

    Raises:
        ReleaseError: names the worst source, and what to do.
    """
    worst = (
        documents.group_by(_origin().alias("origin"))
        .agg(pl.len().alias("documents"), (pl.col("role") == "duplicate").sum().alias("duplicates"))
        .filter((pl.col("documents") >= _FEWEST_DOCUMENTS) & (pl.col("duplicates") > alarm_share * pl.col("documents")))
        .sort(pl.col("duplicates") / pl.col("documents"), "origin", descending=[True, False])
    )
    for origin, count, duplicates in worst.head(1).iter_rows():
        msg = (
            f"{origin}: {duplicates:,} of {count:,} documents are duplicates, more than [overlap] alarm_share = {alarm_share:g} allows. "
            "Nothing was released. If they really are, raise alarm_share; if a frame that all pages share makes them look so, see `saring rules suggest`."
        )
        raise ReleaseError(msg)


def last_release_columns(out: Path, dataset: str) -> pl.DataFrame | None:
    """Return the columns that `drift_alerts` needs from the newest release; None where there is none, or it lacks one of the columns.

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
    return read_tables.scan_table(folder, "all").select(*REMOVED_COLUMNS).collect()


def _by_source(documents: pl.DataFrame) -> pl.DataFrame:
    """Sum the removed and extracted characters of documents by source: columns origin, removed and extracted.

    A document of 60 characters with a removed share of 0.4 had 60 / (1 - 0.4) = 100 characters, of which 40 were removed.
    """
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
    """Return the source that a document counts for: `feeds/x.jsonl` for `feeds/x.jsonl#7`, `news` for `news/a.txt`, `.` for `a.txt`."""
    folder = pl.col("source").str.extract(r"^(.*)/[^/]*$", 1).fill_null(".")
    return pl.coalesce(pl.col("source").str.extract(r"^(.*)#\d+$", 1), folder)
