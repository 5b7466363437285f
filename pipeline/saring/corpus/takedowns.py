"""Texts that somebody asked to be taken down: recognised without being kept.

`takedowns.toml` stands beside corpus.toml, is written by `saring takedown`, and holds no content: the ids of scrapes, and of texts the
hashes of some of their words. A build makes a rejection of every scrape that it names (reason `taken-down`), and of every document that
holds half of such a text or more.

`asking` tells a person what a takedown reaches before it is written down, `purge` deletes old releases.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from saring.config.settings import Takedown
from saring.config.toml_table import quoted
from saring.core import urls
from saring.core.tables import REJECTION, content_id
from saring.dedup.optional_marks import SPELLING_VARIANTS
from saring.dedup.signatures import anchor_hashes
from saring.storage.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "MATCH_SHARE",
    "REPORT_SHARE",
    "append_takedowns",
    "match_texts",
    "match_urls",
    "names_scrape",
    "takedown_of_text",
    "takedown_rejections",
]

#: A document that holds this share of a text's fingerprints is the text, whatever else it holds: where every twelfth word was changed half
#: of them are left. One that holds less, but this much, is named to the person who asks, to decide.
MATCH_SHARE = 0.5
REPORT_SHARE = 0.1


def append_takedowns(file: Path, new: Sequence[Takedown]) -> None:
    """Add takedowns to a file, leaving what is in it as it is."""
    before = file.read_text(encoding="utf-8") if file.exists() else "# Written by `saring takedown`. A build publishes nothing of these.\n"
    with atomic_write(file) as temporary:
        temporary.write_text(before + "".join(map(_toml, new)), encoding="utf-8", newline="\n")


def _toml(takedown: Takedown) -> str:
    said = {"id": takedown.id, "prints": list(takedown.prints), "asked": takedown.asked, "reason": takedown.reason}
    lines = [f"{name} = {quoted(value) if isinstance(value, str) else json.dumps(value)}" for name, value in said.items() if value]
    return "\n".join(["", "[[takedown]]", *lines, ""])


def takedown_of_text(text: str) -> Takedown:
    """Return what recognises a text: hashes of about a quarter of its runs of six words; of all its words where it has fewer."""
    found = anchor_hashes(pl.DataFrame({"doc": [0], "text": [text]}, schema={"doc": pl.UInt32, "text": pl.String}))
    return Takedown(prints=tuple(f"{number:016x}" for number in found["key"].sort()))


def names_scrape(takedowns: Sequence[Takedown]) -> pl.Expr:
    """Return whether a row's `id`, working or published, is one of those taken down."""
    heads = [takedown.id.partition(".")[0] for takedown in takedowns if takedown.id]
    return pl.col("id").str.extract(r"^([^.]*)", 1).is_in(heads)


def match_urls(rows: pl.DataFrame, takedowns: Sequence[Takedown]) -> pl.DataFrame:
    """Return the rows whose `url` is that of a page taken down: a scrape without an address may be of a page that gives its own.

    Args:
        rows: url, and whatever else.
        takedowns: those with an id count.

    Returns:
        Their columns, and takedown, the number of it.
    """
    numbers = {takedown.id.partition(".")[0]: number for number, takedown in enumerate(takedowns) if takedown.id}
    heads = {url: content_id(urls.url_identity(url)) for url in rows["url"].drop_nulls().unique()} if numbers else {}
    meant = [(url, numbers[head]) for url, head in heads.items() if head in numbers]
    wanted = pl.DataFrame(meant, schema={"url": pl.String, "takedown": pl.UInt32}, orient="row")
    return rows.join(wanted, on="url", maintain_order="left")


def match_texts(documents: pl.DataFrame, takedowns: Sequence[Takedown], least: float = MATCH_SHARE) -> pl.DataFrame:
    """Return the documents that hold a text that is taken down.

    Args:
        documents: id and text.
        takedowns: those with prints count.
        least: the share of a text's prints that a document must hold.

    Returns:
        Columns id, share and takedown (the number of it), of the text of which the document holds most; in the order of the documents.
    """
    wanted = [(number, int(mark, 16)) for number, takedown in enumerate(takedowns) for mark in takedown.prints]
    prints = pl.DataFrame(wanted, schema={"text": pl.UInt32, "key": pl.UInt64}, orient="row")
    if prints.is_empty() or documents.is_empty():
        return pl.DataFrame(schema={"id": pl.String, "share": pl.Float64, "takedown": pl.UInt32})
    sizes = prints.group_by("text").agg(pl.len().alias("size"))
    numbered = documents.select("id", "text").with_row_index("doc")
    # Prints of a text with optional marks, written down when these still counted, are those of the words as they are written.
    marked = numbered.filter(pl.col("text").str.contains(SPELLING_VARIANTS))
    shares = (
        pl.concat([anchor_hashes(numbered.select("doc", "text")), anchor_hashes(marked.select("doc", "text"), literal=True)])
        .unique()
        .join(prints, on="key")
        .group_by("doc", "text")
        .len()
        .join(sizes, on="text")
        .with_columns((pl.col("len") / pl.col("size")).alias("share"))
        .sort("share", "text", descending=[True, False])
        .unique("doc", keep="first", maintain_order=True)
        .select("doc", "share", takedown="text")
    )
    return numbered.join(shares.filter(pl.col("share") >= least), on="doc", maintain_order="left").select("id", "share", "takedown")


def takedown_rejections(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the tombstones of rows (source, id, sha256): that something was there, and nothing of what it said."""
    return rows.with_columns(
        pl.lit("takedown").alias("step"),
        pl.lit("taken-down").alias("reason"),
        pl.lit("somebody asked for its removal; the scrape itself is still in raw/ until you delete it").alias("message"),
        pl.lit(None, dtype=pl.Int64).alias("bytes"),
    ).select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
