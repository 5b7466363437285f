"""Differences between two releases, as data frames: schemas, records, columns, sources, rules, words.

`saring diff` shows these frames, and the changelog of a release is written from them. The texts of a release are never all in memory:
records are compared by hashes, and words are counted over one partition of the edited records at a time.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.release import read_tables, schema, version
from saring.release.version import COMPARED_COLUMNS, Change
from saring.storage.external_sort import PARTITION, ExternalSort, partition_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Diff", "compare_releases", "source_group"]

#: Estimated bytes of a character of text, for sizing the partitions (`ExternalSort`). A frame of words takes ten times the memory of its
#: text.
_BYTES_PER_CHARACTER = 2

_SIDES = ("before", "now")
_WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*"  # what the column `words` counts


class Diff(NamedTuple):
    """Differences between an older and a newer release. Words are counted as multisets, so moving a word within a text changes nothing.

    Attributes:
        change: the ids of the records added, removed and edited.
        records: the records that differ: id, change (`added`, `edited` or `removed`), source, words_added, words_removed; sorted by change,
            then id.
        columns: column, records: the number of edited records in which the column changed; only columns that changed.
        sources: source, added, removed, edited, words_added, words_removed; most records first.
        rules: step, kind, rule, before, now (numbers of edits), words_before, words_now (words of the originals); only rules that differ.
        words: word, before, now: occurrences in the edited records, where they differ; the largest difference first.
        schemas: the schema changes, with the columns of `schema.CHANGES`.
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
        """Number of words added: the multiset difference of each record's words, newer minus older, summed over the records."""
        return int(self.records["words_added"].sum())

    @property
    def words_removed(self) -> int:
        """Number of words removed: the multiset difference of each record's words, older minus newer, summed over the records."""
        return int(self.records["words_removed"].sum())


def compare_releases(old: Path | None, new: Path) -> Diff:
    """Compare the records, edits and schemas of two releases.

    Args:
        old: the folder of the older release; None stands for an empty one.
        new: the folder of the newer release; only its Parquet files and schemas are read.

    Raises:
        ReleaseError: a release cannot be read.
    """
    after = read_tables.scan_table(new, "all")
    before = read_tables.scan_table(old, "all") if old else after.clear()
    columns = [name for name in COMPARED_COLUMNS if all(name in read_tables.today_columns(side, "all") for side in (old or new, new))]
    change = version.compare_documents(old, after, columns)
    changed = _changed_columns(before, after, change.edited, columns)
    counts = [_sum_word_counts(part) for part in _word_counts(old, new, changed.filter("text").select("id"))]
    by_record = pl.concat([records for records, _ in counts])
    words = pl.concat([by_word for _, by_word in counts]).group_by("word").sum().filter(pl.col("before") != pl.col("now"))
    gap = (pl.col("now").cast(pl.Int64) - pl.col("before")).abs()
    records = _changed_records(before, after, change, by_record)
    totals = changed.select(pl.col(columns).sum()).transpose(include_header=True, header_name="column", column_names=["records"])
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
    """Return the expression for the source group of a record: its site, or else the archive or the folder that it was read from."""
    container = pl.col("source").str.extract(r"^(.*)#\d+$", 1)
    folder = pl.col("source").str.extract(r"^(.*/)[^/]*$", 1).fill_null("./")
    return pl.coalesce("site", container, folder).alias("source")


def _changed_columns(before: pl.LazyFrame, after: pl.LazyFrame, edited: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return for each edited record its id and one boolean per column that says whether the column changed.

    Of an edited record a of which only the title changed, the columns `text` and `title` give

        id  text   title
        a   false  true
    """
    # Hashes, so that the join holds numbers instead of the texts of both releases.
    hashed = [pl.struct(name).hash().alias(name) for name in columns]
    sides = [side.join(edited.lazy(), on="id", how="semi").select("id", *hashed) for side in (before, after)]
    both = sides[0].join(sides[1], on="id", suffix=" new")
    return both.select("id", *(pl.col(name) != pl.col(f"{name} new") for name in columns)).collect(engine="streaming")


def _word_counts(old: Path | None, new: Path, ids: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the word counts of edited records that differ between two releases, one partition of the records at a time.

    The texts are partitioned on disk, so that memory is bounded by a partition. At least one frame is yielded.

    Yields:
        Columns id, word, before, now, as of `_count_words`.
    """
    length = pl.col("characters").fill_null(read_tables.ASSUMED_CHARACTERS)  # a release of an older schema may lack them
    counts = [read_tables.scan_table(side, "all").select("id", length).join(ids.lazy(), on="id", how="semi") for side in (old, new) if side]
    sizes = pl.concat(counts).group_by("id").agg(pl.col("characters").sum()).sort("id").collect(engine="streaming")
    assigned = sizes.select("id", partition_numbers(pl.col("characters") * _BYTES_PER_CHARACTER))
    with tempfile.TemporaryDirectory(prefix="saring-") as scratch, contextlib.ExitStack() as stack:
        spills = [stack.enter_context(ExternalSort(Path(scratch) / name)) for name in _SIDES]
        for side, spill in zip((old, new), spills, strict=True):
            for rows in read_tables.table_batches(side, "all", ("id", "text")) if side and ids.height else ():
                spill.add(rows.join(assigned, on="id"))
        for number in assigned[PARTITION].unique().sort() if assigned.height else (0,):
            yield _count_words(*(spill.take(number) for spill in spills))


def _count_words(before: pl.DataFrame | None, now: pl.DataFrame | None) -> pl.DataFrame:
    """Count the words of the older and newer texts of some records, and return the counts that differ.

    With `before` = {id: a, text: "rice is rice"} and `now` = {id: a, text: "rice was cheap"} the result is, in any order:

        id  word   before  now
        a   rice   2       1
        a   is     1       0
        a   was    0       1
        a   cheap  0       1
    """
    empty = pl.DataFrame(schema={"id": pl.String, "text": pl.String})
    counts = [
        (empty if side is None else side)
        .lazy()
        .select("id", pl.col("text").str.extract_all(_WORD).alias("word"))
        .explode("word")
        .group_by("id", "word")
        .agg(pl.len().alias(name))
        for side, name in zip((before, now), _SIDES, strict=True)
    ]
    both = counts[0].join(counts[1], on=["id", "word"], how="full", coalesce=True).with_columns(pl.col(_SIDES).fill_null(0))
    return both.filter((pl.col("before") != pl.col("now")) & pl.col("word").is_not_null()).collect(engine="streaming")


def _sum_word_counts(counts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sum the counts of `_count_words` by record (id, words_added, words_removed) and by word (word, before, now).

    In the example given there, record a has words_added = 2 (was, cheap) and words_removed = 2 (rice once, is).
    """
    growth = pl.col("now").cast(pl.Int64) - pl.col("before")
    sums = (growth.clip(lower_bound=0).sum().alias("words_added"), (-growth).clip(lower_bound=0).sum().alias("words_removed"))
    return counts.group_by("id").agg(sums), counts.group_by("word").agg(pl.col(_SIDES).cast(pl.Int64).sum())


def _changed_records(before: pl.LazyFrame, after: pl.LazyFrame, change: Change, edited: pl.DataFrame) -> pl.DataFrame:
    """Return the frame `records` of a `Diff`: added, removed and edited records with their source and changed word counts.

    The words of an added or removed record are those of its column `words`; those of an edited one come from `edited`, by id.
    """
    zero = pl.lit(0, dtype=pl.Int64)
    words = pl.col("words").cast(pl.Int64).fill_null(0)  # a release may be older than the column
    sides = {"added": (after, change.added, words, zero), "removed": (before, change.removed, zero, words)}
    parts = [
        documents.join(ids.lazy(), on="id", how="semi").select(
            "id", pl.lit(name).alias("change"), source_group(), added.alias("words_added"), removed.alias("words_removed")
        )
        for name, (documents, ids, added, removed) in sides.items()
    ]
    counted = edited.lazy().select("id", "words_added", "words_removed")
    in_both = after.join(change.edited.lazy(), on="id", how="semi").select("id", pl.lit("edited").alias("change"), source_group())
    parts.append(in_both.join(counted, on="id", how="left").with_columns(pl.col("words_added", "words_removed").fill_null(0)))
    return pl.concat(parts).sort("change", "id").collect()


def _by_source(records: pl.DataFrame) -> pl.DataFrame:
    """Count the records and words that changed between two releases per source group (site, archive or folder), most records first."""
    counts = [(pl.col("change") == name).sum().cast(pl.Int64).alias(name) for name in ("added", "removed", "edited")]
    sources = records.group_by("source").agg(*counts, pl.col("words_added", "words_removed").sum())
    return sources.sort(pl.sum_horizontal("added", "removed", "edited"), "source", descending=[True, False])


def _by_rule(old: Path | None, new: Path) -> pl.DataFrame:
    """Return the number of edits and of edited words of each rule in both releases, for rules where they differ.

    If rule r deleted "Read also" twice in the old release and once in the new one, its row is

        step   kind        rule  before  now  words_before  words_now
        noise  navigation  r     2       1    4             2
    """
    keys = ["step", "kind", "rule"]
    words = pl.col("original").str.count_matches(_WORD).cast(pl.Int64).sum()
    after = read_tables.scan_table(new, "edits")
    before = read_tables.scan_table(old, "edits") if old else after.clear()
    counted = [
        side.group_by(keys).agg(pl.len().cast(pl.Int64).alias(name), words.alias(f"words_{name}"))
        for side, name in zip((before, after), _SIDES, strict=True)
    ]
    numbers = [*_SIDES, *(f"words_{name}" for name in _SIDES)]
    both = counted[0].join(counted[1], on=keys, how="full", coalesce=True, nulls_equal=True).with_columns(pl.col(numbers).fill_null(0))
    differs = (pl.col("before") != pl.col("now")) | (pl.col("words_before") != pl.col("words_now"))
    return both.filter(differs).select(*keys, *numbers).sort(keys).collect(engine="streaming")
