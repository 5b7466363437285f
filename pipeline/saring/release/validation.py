"""Rows against schemas/, and whole releases against the links between their tables.

`schema_violations` looks at the rows of one table. Its rules are Polars expressions derived from the JSON Schema: a JSON Schema validator takes one
row at a time and is some fifty times slower (2.4 M rows/s against 50 k). A property test holds both to the same verdicts.
`check_exemptions` looks at what no row shows by itself: unique ids, links that resolve, offsets within texts, splits that leak nothing.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring import schemas
from saring.core.errors import ReleaseError
from saring.core.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from polars._typing import PolarsDataType

__all__ = ["Tables", "check_tables", "schema_violations", "table_columns"]

#: How many offending rows a message names.
NAMED = 10

_SORTED = 8_000_000  # edits whose places are looked at together
_FOUND = 80  # characters of an offending value that a message shows

_DTYPES: dict[str, PolarsDataType] = {
    "string": pl.String,
    "int16": pl.Int16,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float32": pl.Float32,
    "timestamp[us, tz=UTC]": pl.Datetime("us", "UTC"),
    # Those that an older or newer release may have.
    "bool": pl.Boolean,
    "date32": pl.Date,
    "float64": pl.Float64,
    "int8": pl.Int8,
    "timestamp[us]": pl.Datetime("us"),
}


class Tables(NamedTuple):
    """The tables of a release, lazily: `documents` holds the documents of both roles."""

    documents: pl.LazyFrame
    edits: pl.LazyFrame
    overlaps: pl.LazyFrame
    rejections: pl.LazyFrame

    @classmethod
    def scan(cls, folder: Path) -> Tables:
        """Return the tables of a folder that holds documents.parquet, edits.parquet, overlaps.parquet and rejections.parquet."""
        return cls(*(pl.scan_parquet(folder / f"{name}.parquet") for name in cls._fields))


class _Rule(NamedTuple):
    """What is expected of a value, and an expression that is true where it is otherwise."""

    expected: str
    broken: pl.Expr


def table_columns(table: str | Mapping[str, Any]) -> pl.Schema:
    """Return the columns of a table as its JSON Schema has them.

    Args:
        table: its name, or a JSON Schema of it, such as an older release carries.

    Raises:
        ReleaseError: a column is of a type that this version does not know.
    """
    found = schemas.load(table) if isinstance(table, str) else table
    return pl.Schema({name: _dtype(entry) for name, entry in found["properties"].items()})


def schema_violations(frame: pl.DataFrame, table: str | Mapping[str, Any]) -> pl.DataFrame:
    """Return what breaks the schema of a table, row by row.

    Args:
        frame: rows of the table. A column of the wrong type is one problem; its values are not looked at.
        table: one of `schemas.TABLES`, or a JSON Schema, such as an older release carries.

    Returns:
        Columns `row` (from 0; null for a whole column), `column`, `expected` and `found`; no rows where all is well.
    """
    wanted = table_columns(table)
    whole = [
        (None, name, str(wanted.get(name, "no such column")), str(frame.schema.get(name, "no such column")))
        for name in {**wanted, **frame.schema}
        if wanted.get(name) != frame.schema.get(name)
    ]
    schema = {"row": pl.Int64, "column": pl.String, "expected": pl.String, "found": pl.String}
    found = [pl.DataFrame(whole, schema=schema, orient="row")]
    wrong = {name for _, name, _, _ in whole}
    rules = [(name, rule) for name, rule in (_rules(table) if isinstance(table, str) else _rules_in(table)) if name not in wrong]
    broken = frame.select(rule.broken.fill_null(value=False).alias(str(number)) for number, (_, rule) in enumerate(rules))
    bad = broken.select(pl.all().any()).row(0) if rules and frame.height else ()
    for number, (name, rule) in enumerate(rules):
        if number < len(bad) and bad[number]:
            rows = broken[str(number)].arg_true()
            values = _shown(frame[name].gather(rows))
            part = {"row": rows, "column": [name] * len(values), "expected": [rule.expected] * len(values), "found": values}
            found.append(pl.DataFrame(part, schema_overrides=schema))
    return pl.concat(found).sort("row", "column", "expected", nulls_last=False)


def check_tables(tables: Tables, *, older: bool = False) -> None:
    """Check what holds between the rows and tables of a release.

    Args:
        tables: those of the release.
        older: whether its tables may lack columns of today; what was promised of a column that is not there is not asked.

    Raises:
        ReleaseError: lists every promise that is broken, with up to ten of the rows that break it and what to do.
    """
    broken = []
    for what, rows in _promises(tables):
        try:
            total, named = rows.select(pl.len(), pl.col("where").sort().head(NAMED).implode()).collect(engine="streaming").row(0)
        except pl.exceptions.ColumnNotFoundError:
            if older:
                continue
            raise
        if total:
            more = f" and {total - NAMED:,} more" if total > NAMED else ""
            broken.append(f"- {what}: {', '.join(named)}{more}")
    if broken:
        hint = "Nothing was released. These rows come from the steps, not from raw/: run the build again without its cache, or report them."
        raise ReleaseError("the tables do not hold together:\n" + "\n".join(broken) + f"\n{hint}")


def _promises(tables: Tables) -> Iterator[tuple[str, pl.LazyFrame]]:
    """Yield each promise as a sentence, and the rows (as `where`) that break it."""
    documents, edits, overlaps, _ = tables
    ids = documents.select("id")
    row = pl.format("document {}", "id").alias("where")
    yield "an id belongs to one document only", documents.group_by("id").len().filter(pl.col("len") > 1).select(row)
    yield "characters is the length of the text", documents.filter(pl.col("text").str.len_chars() != pl.col("characters")).select(row)
    yield from _roles(documents)
    edit = pl.format("document {}, {} of step {} in {}", "id", "seq", "step", "field").alias("where")
    yield "an edit belongs to a document", edits.join(ids, on="id", how="anti").select(edit)
    width = pl.col("end") - pl.col("start")
    yield "an edit spans what it quotes", edits.filter(width != pl.col("original").str.len_chars()).select(edit)
    numbered, misplaced = edits.with_row_index("row"), _misplaced(edits).lazy()
    for broken, what in (("overlaps", "do not overlap"), ("miscounted", "are counted from 0, by position")):
        rows = misplaced.filter(broken).select("row")
        yield f"edits of one step and field {what}", numbered.join(rows, on="row", how="semi").select(edit)
    pair = pl.format("{} and {}", "a", "b").alias("where")
    for side in ("a", "b"):
        yield f"{side} of an overlap is a document", overlaps.join(ids, left_on=side, right_on="id", how="anti").select(pair)
    yield "an overlap is of two documents", overlaps.filter(pl.col("a") == pl.col("b")).select(pair)
    yield from _passages(documents, overlaps)


def _misplaced(edits: pl.LazyFrame) -> pl.DataFrame:
    """Return the rows of the ledger that begin before the one before them ends, or whose `seq` is not their place: row, overlaps, miscounted."""
    keyed = edits.with_row_index("row").select("row", pl.struct("id", "step", "field").hash().alias("key"), "start", "end", "seq")
    # By hash, and a part of them at a time: sorted whole, by the strings, the ledger of a large corpus takes gigabytes.
    parts = 1 + int(edits.select(pl.len()).collect().item()) // _SORTED
    first = pl.col("key").ne_missing(pl.col("key").shift())
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    found = [
        keyed.filter(pl.col("key") % parts == part)
        .sort("key", "seq")
        .select(
            "row",
            overlaps=~first & (pl.col("start") < pl.col("end").shift()),
            miscounted=place - pl.when(first).then(place).forward_fill() != pl.col("seq"),
        )
        .filter(pl.col("overlaps") | pl.col("miscounted"))
        .collect(engine="streaming")
        for part in range(parts)
    ]
    return pl.concat(found)


def _roles(documents: pl.LazyFrame) -> Iterator[tuple[str, pl.LazyFrame]]:
    """Yield what holds for role, kept_id, cluster and split."""
    row = pl.format("document {}", "id").alias("where")
    kept = documents.filter(pl.col("role") == "kept")
    duplicates = documents.filter(pl.col("role") == "duplicate")
    yield "a kept document names no other as kept", kept.filter(pl.col("kept_id") != pl.col("id")).select(row)
    names = duplicates.select("id", pl.col("kept_id").fill_null(""))
    yield "a duplicate names a kept document", names.join(kept.select("id"), left_on="kept_id", right_on="id", how="anti").select(row)
    clustered = documents.select("id", "cluster", "split").drop_nulls("cluster")
    yield (
        "a cluster is named by a document",
        clustered.join(documents.select("id"), left_on="cluster", right_on="id", how="anti").select(row),
    )
    leaking = clustered.group_by("cluster").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)
    yield "a cluster lies in one split", leaking.select(pl.format("cluster {}", "cluster").alias("where"))


def _passages(documents: pl.LazyFrame, overlaps: pl.LazyFrame) -> Iterator[tuple[str, pl.LazyFrame]]:
    """Yield that every passage lies within its text."""
    passages = overlaps.select("a", "b", "passages").filter(pl.col("passages").list.len() > 0).explode("passages").unnest("passages")
    where = pl.format("{} and {}", "a", "b").alias("where")
    for side in ("a", "b"):
        lengths = documents.select("id", "characters")
        start, end = pl.col(f"{side}_start"), pl.col(f"{side}_end")
        within = (start >= 0) & (start <= end) & (end <= pl.col("characters"))
        beyond = passages.join(lengths, left_on=side, right_on="id", how="inner").filter(~within)
        yield f"a passage lies within the text of {side}", beyond.select(where)


def _dtype(entry: dict[str, Any]) -> PolarsDataType:
    match entry["x-arrow"]:
        case "list":
            return pl.List(_dtype(entry["items"]))
        case "struct":
            return pl.Struct({name: _dtype(part) for name, part in entry["properties"].items()})
        case name if name in _DTYPES:
            return _DTYPES[name]
        case name:
            raise ReleaseError(f"a column of the type {name!r}: expected one of {', '.join(_DTYPES)}. Was it made by a newer version?")


@functools.cache
def _rules(table: str) -> tuple[tuple[str, _Rule], ...]:
    return _rules_in(schemas.load(table))


def _rules_in(schema: Mapping[str, Any]) -> tuple[tuple[str, _Rule], ...]:
    return tuple((name, rule) for name, entry in schema["properties"].items() for rule in _rules_of(entry, pl.col(name)))


def _rules_of(entry: dict[str, Any], value: pl.Expr) -> Iterator[_Rule]:
    """Yield the rules of one property; null breaks none of them but the first."""
    kinds = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    if "null" not in kinds:
        yield _Rule("a value", value.is_null())
    if "number" in kinds:
        yield _Rule("a finite number", ~value.is_finite())
    for keyword, make in _KEYWORDS.items():
        if keyword in entry:
            yield make(entry[keyword], value)
    if entry.get("format") == "date-time":  # RFC 3339 has four digits for the year; the format uri is spelled out as a pattern
        yield _Rule("a year from 1 to 9999", ~value.dt.year().is_between(1, 9999))
    if "items" in entry:
        for rule in _rules_of(entry["items"], pl.element()):
            yield _Rule(f"in each of them {rule.expected}", value.list.eval(rule.broken).list.any())
    for name, part in entry.get("properties", {}).items():
        for rule in _rules_of(part, value.struct.field(name)):
            yield _Rule(f"{name}: {rule.expected}", rule.broken)


#: The keywords of JSON Schema that the schemas use, as rules of Polars.
_KEYWORDS: dict[str, Callable[[Any, pl.Expr], _Rule]] = {
    "enum": lambda words, value: _Rule(f"one of {', '.join(words)}", ~value.is_in(words)),
    "pattern": lambda pattern, value: _Rule(f"text that matches {pattern}", ~value.str.contains(pattern)),
    "minLength": lambda least, value: _Rule(f"at least {counted(least, 'character')}", value.str.len_chars() < least),
    "minimum": lambda least, value: _Rule(f"at least {least}", value < least),
    # Polars puts NaN above every number; "a finite number" has reported it.
    "maximum": lambda most, value: _Rule(f"at most {most}", (value > most) & value.is_not_nan()),
}


def _shown(values: pl.Series) -> list[str]:
    """Return what a message shows of values."""
    if values.dtype == pl.Datetime:  # Python has no years beyond 9999
        values = values.cast(pl.String)
    texts = [repr(value.to_list() if isinstance(value, pl.Series) else value) for value in values]
    return [text if len(text) <= _FOUND else text[: _FOUND - 1] + "…" for text in texts]
