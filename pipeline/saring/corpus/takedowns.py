"""Takedowns: recognise scrapes and texts that must not be published, by ids and fingerprints, without storing their content.

`takedowns.toml` stands beside corpus.toml, is written by `saring takedown`, and holds no content: ids of scrapes, and for texts the hashes
of some of their words (fingerprints). A build rejects every scrape that it names (reason `taken-down`), and every document that holds at
least half of such a text.

What a takedown reaches is shown before it is recorded (`tools.takedown.reach`); old releases are deleted by `tools.takedown.purge`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from saring.config.settings import Takedown
from saring.config.toml_table import toml_string
from saring.core import urls
from saring.core.tables import REJECTION, content_id
from saring.dedup.optional_marks import SPELLING_VARIANTS
from saring.dedup.signatures import fingerprint_hashes
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

#: A document that holds this share of a text's fingerprints counts as that text, whatever else it holds: where every twelfth word was changed
#: half of them are left. A document with less, but at least `REPORT_SHARE`, is shown to the person who asks for the takedown, to decide.
#: Both are judgements.
MATCH_SHARE = 0.5
REPORT_SHARE = 0.1


def append_takedowns(file: Path, new: Sequence[Takedown]) -> None:
    """Append takedowns to takedowns.toml, leaving its present content unchanged."""
    before = file.read_text(encoding="utf-8") if file.exists() else "# Written by `saring takedown`. A build publishes nothing of these.\n"
    with atomic_write(file) as temporary:
        temporary.write_text(before + "".join(map(_takedown_toml, new)), encoding="utf-8", newline="\n")


def _takedown_toml(takedown: Takedown) -> str:
    """Return a takedown as a `[[takedown]]` table of TOML."""
    values = {"id": takedown.id, "prints": list(takedown.prints), "asked": takedown.asked, "reason": takedown.reason}
    lines = [f"{name} = {toml_string(value) if isinstance(value, str) else json.dumps(value)}" for name, value in values.items() if value]
    return "\n".join(["", "[[takedown]]", *lines, ""])


def takedown_of_text(text: str) -> Takedown:
    """Return a takedown that recognises a text: hashes of about a quarter of its runs of six words; of all its words where it has fewer."""
    hashes = fingerprint_hashes(pl.DataFrame({"doc": [0], "text": [text]}, schema={"doc": pl.UInt32, "text": pl.String}))
    return Takedown(prints=tuple(f"{number:016x}" for number in hashes["key"].sort()))


def names_scrape(takedowns: Sequence[Takedown]) -> pl.Expr:
    """Return an expression that is true in rows whose `id`, as in a release or as within a build, is named by a takedown."""
    heads = [takedown.id.partition(".")[0] for takedown in takedowns if takedown.id]
    return pl.col("id").str.extract(r"^([^.]*)", 1).is_in(heads)


def match_urls(rows: pl.DataFrame, takedowns: Sequence[Takedown]) -> pl.DataFrame:
    """Return the rows whose `url` is that of a page taken down: a scrape without an address may hold a page that states its own.

    Args:
        rows: url, and any other columns.
        takedowns: those with an id count.

    Returns:
        The columns of `rows`, and takedown, its number in `takedowns`.
    """
    numbers = {takedown.id.partition(".")[0]: number for number, takedown in enumerate(takedowns) if takedown.id}
    heads = {url: content_id(urls.url_identity(url)) for url in rows["url"].drop_nulls().unique()} if numbers else {}
    taken_down = [(url, numbers[head]) for url, head in heads.items() if head in numbers]
    table = pl.DataFrame(taken_down, schema={"url": pl.String, "takedown": pl.UInt32}, orient="row")
    return rows.join(table, on="url", maintain_order="left")


def match_texts(documents: pl.DataFrame, takedowns: Sequence[Takedown], least: float = MATCH_SHARE) -> pl.DataFrame:
    """Return the documents that hold a text taken down, by the share of its fingerprints.

    Args:
        documents: id and text.
        takedowns: those with fingerprints (`prints`) count.
        least: the share of a text's fingerprints that a document must hold.

    Returns:
        Columns id, share and takedown (its number in `takedowns`), of the text of which the document holds most; in the order of the
        documents.
    """
    # Example: a takedown has the fingerprints 7, 8 and 9, and a document 8, 9 and 40. The join on the fingerprint leaves two rows, 2 of 3
    # are the share of 0.67, and the document matches at the default of a half.
    rows = [(number, int(fingerprint, 16)) for number, takedown in enumerate(takedowns) for fingerprint in takedown.prints]
    fingerprints = pl.DataFrame(rows, schema={"text": pl.UInt32, "key": pl.UInt64}, orient="row")
    if fingerprints.is_empty() or documents.is_empty():
        return pl.DataFrame(schema={"id": pl.String, "share": pl.Float64, "takedown": pl.UInt32})
    sizes = fingerprints.group_by("text").agg(pl.len().alias("size"))
    numbered = documents.select("id", "text").with_row_index("doc")
    # Fingerprints recorded before optional marks were ignored are those of the words as they are written.
    with_variants = numbered.filter(pl.col("text").str.contains(SPELLING_VARIANTS))
    shares = (
        pl.concat(
            [fingerprint_hashes(numbered.select("doc", "text")), fingerprint_hashes(with_variants.select("doc", "text"), literal=True)]
        )
        .unique()
        .join(fingerprints, on="key")
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
    """Return a rejection for each scrape taken down (source, id, sha256): it records that there was one, and nothing of its content."""
    return rows.with_columns(
        pl.lit("takedown").alias("step"),
        pl.lit("taken-down").alias("reason"),
        pl.lit("somebody asked for its removal; the scrape itself is still in raw/ until you delete it").alias("message"),
        pl.lit(None, dtype=pl.Int64).alias("bytes"),
    ).select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
