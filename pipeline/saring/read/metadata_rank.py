"""How much a scrape declares about itself: of several with the same bytes, the one that says most is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.tables import DECLARED_METADATA
from saring.read import sidecar

if TYPE_CHECKING:
    from saring.config import Config

__all__ = ["RANK", "rank_metadata"]

#: Whether a scrape states its URL, and how much else it does: the more, the greater.
RANK = pl.Schema({"addressed": pl.Boolean(), "declared": pl.Int32()})

_FIELDS = [name for name in DECLARED_METADATA if name != "created_offset"]

#: What a scrape or its sidecar states counts for more than all that corpus.toml states about its path.
_OWN = len(_FIELDS) + 1


def rank_metadata(scrapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return columns `RANK` of scrapes, in their order.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        config: its `sources`.
    """
    file = pl.col("source").str.extract(r"^(.*?)(?:#\d+)?$", 1).alias("file")
    rows = scrapes.select(file, *_FIELDS)
    stated = [sidecar.source_defaults(path, config.sources) for path in rows["file"].unique(maintain_order=True)] if config.sources else []
    paths = rows["file"].unique(maintain_order=True) if config.sources else rows["file"].clear()
    usual = pl.DataFrame(
        {
            "file": paths,
            **{name: pl.Series([getattr(said, name) for said in stated], dtype=pl.String) for name in ("site", "license", "language")},
        }
    )
    joined = rows.join(usual, on="file", how="left", suffix="_usual", maintain_order="left")
    said = [pl.col(name).is_not_null() for name in _FIELDS]
    own = [
        (pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_usual")))
        if f"{name}_usual" in joined.columns
        else pl.col(name).is_not_null()
        for name in _FIELDS
    ]
    number = pl.sum_horizontal(own).cast(pl.Int32) * _OWN + pl.sum_horizontal(said).cast(pl.Int32)
    return joined.select(addressed=pl.col("url").is_not_null(), declared=number)
