"""What differs between two releases, as frames: schemas, records, columns, sources, rules, words.

One way to compute it: `saring diff` shows these frames, and the changelog of a release is written from them. Nothing holds the texts of a
release: records are compared by hashes, words are counted over one part of the edited records at a time.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.release import read_tables, schema, version
from saring.release.version import COUNTED, Change
from saring.storage.external_sort import PARTITION, ExternalSort, partitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Diff", "compare_releases", "source_group"]

#: Nearly. What is taken apart at a time is as large as a partition of `spill`; a frame of words takes ten times the room of its text.
_BYTES_A_CHARACTER = 2

_SIDES = ("before", "now")
_WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*"  # what the column `words` counts


class Diff(NamedTuple):
    """What differs between two releases. Words are counted with repetitions, so that moving one changes nothing.

    Attributes:
        change: the ids of the records added, removed and edited.
        records: id, change (`added`, `edited` or `removed`), source, words_added, words_removed; sorted by change, then id.
        columns: column, records: in how many of the edited records a column changed; only those that did.
        sources: source, added, removed, edited, words_added, words_removed; most records first.
        rules: step, kind, rule, before, now (number of edits), words_before, words_now (of the originals); only those that differ.
        words: word, before, now: how often the edited records have it, where that differs; the largest difference first.
        schemas: what differs between the schemas of the two: columns of `schema.CHANGES`.
    """

    change: Change
    records: pl.DataFrame
    columns: pl.DataFrame
    sources: pl.DataFrame
    rules: pl.DataFrame
    words: pl.DataFrame
    schemas: pl.DataFrame

    @property
    def words_added(self) -> int:
        """How many words the newer release has that the older lacks, record by record."""
        return int(self.records["words_added"].sum())

    @property
    def words_removed(self) -> int:
        """How many words the older release has that the newer lacks, record by record."""
        return int(self.records["words_removed"].sum())


def compare_releases(old: Path | None, new: Path) -> Diff:
    """Compare two releases.

    Args:
        old: the folder of the older one; None is a release of nothing.
        new: the folder of the newer one; needs its Parquet files and schemas only.

    Raises:
        ReleaseError: one of them cannot be read.
    """
    after = read_tables.scan(new, "all")
    before = read_tables.scan(old, "all") if old else after.clear()
    columns = [name for name in COUNTED if all(name in read_tables.today_columns(side, "all") for side in (old or new, new))]
    change = version.compare_documents(old, after, columns)
    differs = _differing(before, after, change.edited, columns)
    bags = [_counted(part) for part in _bags(old, new, differs.filter("text").select("id"))]
    by_record = pl.concat([records for records, _ in bags])
    words = pl.concat([found for _, found in bags]).group_by("word").sum().filter(pl.col("before") != pl.col("now"))
    gap = (pl.col("now").cast(pl.Int64) - pl.col("before")).abs()
    records = _records(before, after, change, by_record)
    totals = differs.select(pl.col(columns).sum()).transpose(include_header=True, header_name="column", column_names=["records"])
    return Diff(
        change,
        records,
        totals.filter(pl.col("records") > 0),
        _by_source(records),
        _by_rule(old, new),
        words.sort(gap, "word", descending=[True, False]),
        schema.compare_schemas(schema.release_schemas(old or new), schema.release_schemas(new)),
    )


def source_group() -> pl.Expr:
    """Return what a record counts under: its site; where none is known the container it came from, or the folder."""
    container = pl.col("source").str.extract(r"^(.*)#\d+$", 1)
    folder = pl.col("source").str.extract(r"^(.*/)[^/]*$", 1).fill_null("./")
    return pl.coalesce("site", container, folder).alias("source")


def _differing(before: pl.LazyFrame, after: pl.LazyFrame, edited: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return for each edited record its id and, by column, whether that one changed."""
    # Hashes, so that the join holds numbers instead of the texts of both releases.
    hashed = [pl.struct(name).hash().alias(name) for name in columns]
    sides = [side.join(edited.lazy(), on="id", how="semi").select("id", *hashed) for side in (before, after)]
    both = sides[0].join(sides[1], on="id", suffix=" new")
    return both.select("id", *(pl.col(name) != pl.col(f"{name} new") for name in columns)).collect(engine="streaming")


def _bags(old: Path | None, new: Path, ids: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield for a part of the records at a time the words whose number differs; at least one frame."""
    length = pl.col("characters").fill_null(read_tables.USUAL)  # a release of an older schema may lack them
    counts = [read_tables.scan(side, "all").select("id", length).join(ids.lazy(), on="id", how="semi") for side in (old, new) if side]
    sizes = pl.concat(counts).group_by("id").agg(pl.col("characters").sum()).sort("id").collect(engine="streaming")
    places = sizes.select("id", partitions(pl.col("characters") * _BYTES_A_CHARACTER))
    with tempfile.TemporaryDirectory(prefix="saring-") as scratch, contextlib.ExitStack() as stack:
        spills = [stack.enter_context(ExternalSort(Path(scratch) / name)) for name in _SIDES]
        for side, spill in zip((old, new), spills, strict=True):
            for rows in read_tables.batches(side, "all", ("id", "text")) if side and ids.height else ():
                spill.add(rows.join(places, on="id"))
        for number in places[PARTITION].unique().sort() if places.height else (0,):
            yield _bag(*(spill.take(number) for spill in spills))


def _bag(before: pl.DataFrame | None, now: pl.DataFrame | None) -> pl.DataFrame:
    nothing = pl.DataFrame(schema={"id": pl.String, "text": pl.String})
    bags = [
        (nothing if side is None else side)
        .lazy()
        .select("id", pl.col("text").str.extract_all(_WORD).alias("word"))
        .explode("word")
        .group_by("id", "word")
        .agg(pl.len().alias(name))
        for side, name in zip((before, now), _SIDES, strict=True)
    ]
    both = bags[0].join(bags[1], on=["id", "word"], how="full", coalesce=True).with_columns(pl.col(_SIDES).fill_null(0))
    return both.filter((pl.col("before") != pl.col("now")) & pl.col("word").is_not_null()).collect(engine="streaming")


def _counted(bags: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the words added and removed by record, and before and now by word."""
    grown = pl.col("now").cast(pl.Int64) - pl.col("before")
    sums = (grown.clip(lower_bound=0).sum().alias("words_added"), (-grown).clip(lower_bound=0).sum().alias("words_removed"))
    return bags.group_by("id").agg(sums), bags.group_by("word").agg(pl.col(_SIDES).cast(pl.Int64).sum())


def _records(before: pl.LazyFrame, after: pl.LazyFrame, change: Change, edited: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(0, dtype=pl.Int64)
    words = pl.col("words").cast(pl.Int64).fill_null(0)  # a release may be older than the column
    sides = {"added": (after, change.added, words, nothing), "removed": (before, change.removed, nothing, words)}
    parts = [
        documents.join(ids.lazy(), on="id", how="semi").select(
            "id", pl.lit(name).alias("change"), source_group(), added.alias("words_added"), removed.alias("words_removed")
        )
        for name, (documents, ids, added, removed) in sides.items()
    ]
    counted = edited.lazy().select("id", "words_added", "words_removed")
    same = after.join(change.edited.lazy(), on="id", how="semi").select("id", pl.lit("edited").alias("change"), source_group())
    parts.append(same.join(counted, on="id", how="left").with_columns(pl.col("words_added", "words_removed").fill_null(0)))
    return pl.concat(parts).sort("change", "id").collect()


def _by_source(records: pl.DataFrame) -> pl.DataFrame:
    counts = [(pl.col("change") == name).sum().cast(pl.Int64).alias(name) for name in ("added", "removed", "edited")]
    found = records.group_by("source").agg(*counts, pl.col("words_added", "words_removed").sum())
    return found.sort(pl.sum_horizontal("added", "removed", "edited"), "source", descending=[True, False])


def _by_rule(old: Path | None, new: Path) -> pl.DataFrame:
    """Return how often each rule changed something, where that differs."""
    keys = ["step", "kind", "rule"]
    words = pl.col("original").str.count_matches(_WORD).cast(pl.Int64).sum()
    after = read_tables.scan(new, "edits")
    before = read_tables.scan(old, "edits") if old else after.clear()
    counted = [
        side.group_by(keys).agg(pl.len().cast(pl.Int64).alias(name), words.alias(f"words_{name}"))
        for side, name in zip((before, after), _SIDES, strict=True)
    ]
    numbers = [*_SIDES, *(f"words_{name}" for name in _SIDES)]
    both = counted[0].join(counted[1], on=keys, how="full", coalesce=True, nulls_equal=True).with_columns(pl.col(numbers).fill_null(0))
    differs = (pl.col("before") != pl.col("now")) | (pl.col("words_before") != pl.col("words_now"))
    return both.filter(differs).select(*keys, *numbers).sort(keys).collect(engine="streaming")
