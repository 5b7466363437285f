"""Rank scrapes by how much metadata they declare: of several with identical bytes, the one that declares most is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.tables import DECLARED_METADATA
from saring.read import sidecar

if TYPE_CHECKING:
    from saring.config import Config

__all__ = ["RANK", "rank_metadata"]

#: Columns of a rank: whether the scrape declares its URL, and a number that grows with how much else it declares.
RANK = pl.Schema({"addressed": pl.Boolean(), "declared": pl.Int32()})

_FIELDS = [name for name in DECLARED_METADATA if name != "created_offset"]

#: Weight of a field that the scrape or its sidecar declares: one counts for more than all that corpus.toml declares for its path.
_OWN_WEIGHT = len(_FIELDS) + 1


def rank_metadata(scrapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Rank scrapes by their declared metadata, to choose among scrapes with identical bytes.

    In the column `declared`, a field counts 1 if it has a value, and `_OWN_WEIGHT` more unless that value is what corpus.toml sets for the
    path. With eight fields and a weight of 9, a scrape with a title of its own and the language from corpus.toml ranks 1 * 9 + 2 = 11.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        config: the configuration, of which `sources` (the [[source]] tables) is used.

    Returns:
        A row for each scrape, in order, with the columns `addressed` (whether it declares a URL) and `declared` (a number).
    """
    file = pl.col("source").str.extract(r"^(.*?)(?:#\d+)?$", 1).alias("file")
    rows = scrapes.select(file, *_FIELDS)
    paths = rows["file"].unique(maintain_order=True) if config.sources else rows["file"].clear()
    configured = [sidecar.source_defaults(path, config.sources) for path in paths]
    configured_columns = {
        name: pl.Series([getattr(metadata, name) for metadata in configured], dtype=pl.String) for name in ("site", "license", "language")
    }
    defaults = pl.DataFrame({"file": paths, **configured_columns})
    joined = rows.join(defaults, on="file", how="left", suffix="_default", maintain_order="left")
    has_value = [pl.col(name).is_not_null() for name in _FIELDS]
    is_own = [
        (pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_default")))
        if f"{name}_default" in joined.columns
        else pl.col(name).is_not_null()
        for name in _FIELDS
    ]
    declared = pl.sum_horizontal(is_own).cast(pl.Int32) * _OWN_WEIGHT + pl.sum_horizontal(has_value).cast(pl.Int32)
    return joined.select(addressed=pl.col("url").is_not_null(), declared=declared)
