"""Validate table rows against the JSON Schemas, and the tables of a release against each other.

`schema_violations` checks the rows of one table. Its rules are Polars expressions derived from the JSON Schema, because a JSON Schema
validator takes one row at a time and is some fifty times slower (2.4 M rows/s against 50 k). A property test compares the two.
`check_tables` checks constraints across rows and tables: unique ids, references that resolve, offsets within texts, clusters within splits.
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

#: Number of offending rows that a message names.
NAMED = 10

_PART_EDITS = 8_000_000  # edits that are sorted at a time
_SHOWN_CHARACTERS = 80  # of an offending value that a message shows

_DTYPES: dict[str, PolarsDataType] = {
    "string": pl.String,
    "int16": pl.Int16,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float32": pl.Float32,
    "timestamp[us, tz=UTC]": pl.Datetime("us", "UTC"),
    # Types that an older or newer release may have.
    "bool": pl.Boolean,
    "date32": pl.Date,
    "float64": pl.Float64,
    "int8": pl.Int8,
    "timestamp[us]": pl.Datetime("us"),
}


class Tables(NamedTuple):
    """The tables of a release as lazy frames; `documents` holds kept documents and duplicates."""

    documents: pl.LazyFrame
    edits: pl.LazyFrame
    overlaps: pl.LazyFrame
    rejections: pl.LazyFrame

    @classmethod
    def scan(cls, folder: Path) -> Tables:
        """Scan the tables of a folder with documents.parquet, edits.parquet, overlaps.parquet and rejections.parquet."""
        return cls(*(pl.scan_parquet(folder / f"{name}.parquet") for name in cls._fields))


class _Rule(NamedTuple):
    """A rule for the values of a column: the expected value in words, and an expression that is true where a value breaks the rule."""

    expected: str
    broken: pl.Expr


def table_columns(table: str | Mapping[str, Any]) -> pl.Schema:
    """Return the Polars schema of a table, derived from its JSON Schema.

    Args:
        table: the table's name, or its JSON Schema, such as an older release carries.

    Raises:
        ReleaseError: a column has a type that this version does not know.
    """
    json_schema = schemas.load(table) if isinstance(table, str) else table
    return pl.Schema({name: _dtype(entry) for name, entry in json_schema["properties"].items()})


def schema_violations(frame: pl.DataFrame, table: str | Mapping[str, Any]) -> pl.DataFrame:
    """Return the values that violate the JSON Schema of a table, one row per violation.

    Args:
        frame: rows of the table. A column that is missing, unknown or of the wrong type is one violation; its values are not checked.
        table: one of `schemas.TABLES`, or a JSON Schema, such as an older release carries.

    Returns:
        Columns `row` (from 0; null for a whole column), `column`, `expected` and `found`; no rows if the frame is valid. A frame of edits
        whose second row has start = -1 gives

            row  column  expected    found
            1    start   at least 0  -1
    """
    expected_columns = table_columns(table)
    wrong_columns = [
        (None, name, str(expected_columns.get(name, "no such column")), str(frame.schema.get(name, "no such column")))
        for name in {**expected_columns, **frame.schema}
        if expected_columns.get(name) != frame.schema.get(name)
    ]
    schema = {"row": pl.Int64, "column": pl.String, "expected": pl.String, "found": pl.String}
    violations = [pl.DataFrame(wrong_columns, schema=schema, orient="row")]
    skipped = {name for _, name, _, _ in wrong_columns}
    rules = [
        (name, rule) for name, rule in (_table_rules(table) if isinstance(table, str) else _schema_rules(table)) if name not in skipped
    ]
    broken = frame.select(rule.broken.fill_null(value=False).alias(str(number)) for number, (_, rule) in enumerate(rules))
    any_broken = broken.select(pl.all().any()).row(0) if rules and frame.height else ()
    for number, (name, rule) in enumerate(rules):
        if number < len(any_broken) and any_broken[number]:
            rows = broken[str(number)].arg_true()
            values = _shown(frame[name].gather(rows))
            part = {"row": rows, "column": [name] * len(values), "expected": [rule.expected] * len(values), "found": values}
            violations.append(pl.DataFrame(part, schema_overrides=schema))
    return pl.concat(violations).sort("row", "column", "expected", nulls_last=False)


def check_tables(tables: Tables, *, older: bool = False) -> None:
    """Check the constraints across the rows and tables of a release, such as unique ids and references that resolve.

    Args:
        tables: the tables of the release.
        older: whether the tables may lack columns of today's schemas; constraints on missing columns are then skipped.

    Raises:
        ReleaseError: lists every violated constraint, with up to ten of the rows that violate it and what to do.
    """
    broken = []
    for constraint, rows in _constraints(tables):
        try:
            total, named = rows.select(pl.len(), pl.col("where").sort().head(NAMED).implode()).collect(engine="streaming").row(0)
        except pl.exceptions.ColumnNotFoundError:
            if older:
                continue
            raise
        if total:
            more = f" and {total - NAMED:,} more" if total > NAMED else ""
            broken.append(f"- {constraint}: {', '.join(named)}{more}")
    if broken:
        hint = (
            "Nothing was released. These rows were produced by the steps, not by raw/: run the build again without its cache, or report "
            "the error."
        )
        raise ReleaseError("the tables are inconsistent:\n" + "\n".join(broken) + f"\n{hint}")


def _constraints(tables: Tables) -> Iterator[tuple[str, pl.LazyFrame]]:
    """Yield each constraint as a sentence, with the rows that violate it, described in a column `where`."""
    documents, edits, overlaps, _ = tables
    ids = documents.select("id")
    row = pl.format("document {}", "id").alias("where")
    yield "an id belongs to one document only", documents.group_by("id").len().filter(pl.col("len") > 1).select(row)
    yield "characters is the length of the text", documents.filter(pl.col("text").str.len_chars() != pl.col("characters")).select(row)
    yield from _role_constraints(documents)
    edit = pl.format("document {}, {} of step {} in {}", "id", "seq", "step", "field").alias("where")
    yield "an edit belongs to a document", edits.join(ids, on="id", how="anti").select(edit)
    width = pl.col("end") - pl.col("start")
    yield "an edit spans the text that it quotes", edits.filter(width != pl.col("original").str.len_chars()).select(edit)
    numbered, misplaced = edits.with_row_index("row"), _misplaced(edits).lazy()
    for flag, constraint in (("overlaps", "do not overlap"), ("miscounted", "are counted from 0, by position")):
        rows = misplaced.filter(flag).select("row")
        yield f"edits of one step and field {constraint}", numbered.join(rows, on="row", how="semi").select(edit)
    pair = pl.format("{} and {}", "a", "b").alias("where")
    for side in ("a", "b"):
        yield f"{side} of an overlap is a document", overlaps.join(ids, left_on=side, right_on="id", how="anti").select(pair)
    yield "an overlap joins two different documents", overlaps.filter(pl.col("a") == pl.col("b")).select(pair)
    yield from _passage_constraints(documents, overlaps)


def _misplaced(edits: pl.LazyFrame) -> pl.DataFrame:
    """Return the ledger rows that overlap the edit before them, or whose `seq` is not their rank by position.

    Edits of one document, step and field are compared with each other. Three edits of one group, with

        row  start  end  seq
        0    0      3    0
        1    2      5    1
        2    7      9    3

    give two rows: edit 1 starts before edit 0 ends, and edit 2 is number 2 of its group, not 3.

        row  overlaps  miscounted
        1    true      false
        2    false     true
    """
    keyed = edits.with_row_index("row").select("row", pl.struct("id", "step", "field").hash().alias("key"), "start", "end", "seq")
    # Grouped by hash, and a part of the groups at a time: sorted as a whole by the strings, the ledger of a large corpus takes gigabytes.
    parts = 1 + int(edits.select(pl.len()).collect().item()) // _PART_EDITS
    first = pl.col("key").ne_missing(pl.col("key").shift())
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    misplaced = [
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
    return pl.concat(misplaced)


def _role_constraints(documents: pl.LazyFrame) -> Iterator[tuple[str, pl.LazyFrame]]:
    """Yield the constraints on the columns role, kept_id, cluster and split, as `_constraints` does."""
    row = pl.format("document {}", "id").alias("where")
    kept = documents.filter(pl.col("role") == "kept")
    duplicates = documents.filter(pl.col("role") == "duplicate")
    yield "a kept document has no other kept_id", kept.filter(pl.col("kept_id") != pl.col("id")).select(row)
    references = duplicates.select("id", pl.col("kept_id").fill_null(""))
    yield (
        "the kept_id of a duplicate is a kept document",
        references.join(kept.select("id"), left_on="kept_id", right_on="id", how="anti").select(row),
    )
    clustered = documents.select("id", "cluster", "split").drop_nulls("cluster")
    yield (
        "a cluster is the id of a document",
        clustered.join(documents.select("id"), left_on="cluster", right_on="id", how="anti").select(row),
    )
    leaking = clustered.group_by("cluster").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)
    yield "a cluster lies in one split", leaking.select(pl.format("cluster {}", "cluster").alias("where"))


def _passage_constraints(documents: pl.LazyFrame, overlaps: pl.LazyFrame) -> Iterator[tuple[str, pl.LazyFrame]]:
    """Yield the constraint, for each side of an overlap, that every passage lies within its text."""
    passages = overlaps.select("a", "b", "passages").filter(pl.col("passages").list.len() > 0).explode("passages").unnest("passages")
    where = pl.format("{} and {}", "a", "b").alias("where")
    for side in ("a", "b"):
        lengths = documents.select("id", "characters")
        start, end = pl.col(f"{side}_start"), pl.col(f"{side}_end")
        within = (start >= 0) & (start <= end) & (end <= pl.col("characters"))
        beyond = passages.join(lengths, left_on=side, right_on="id", how="inner").filter(~within)
        yield f"a passage lies within the text of {side}", beyond.select(where)


def _dtype(entry: dict[str, Any]) -> PolarsDataType:
    """Return the Polars data type of a column's JSON Schema."""
    match entry["x-arrow"]:
        case "list":
            return pl.List(_dtype(entry["items"]))
        case "struct":
            return pl.Struct({name: _dtype(part) for name, part in entry["properties"].items()})
        case name if name in _DTYPES:
            return _DTYPES[name]
        case name:
            raise ReleaseError(
                f"expected a column type from {', '.join(_DTYPES)}, found {name!r}. The release may have been made by a newer version of saring."
            )


@functools.cache
def _table_rules(table: str) -> tuple[tuple[str, _Rule], ...]:
    return _schema_rules(schemas.load(table))


def _schema_rules(schema: Mapping[str, Any]) -> tuple[tuple[str, _Rule], ...]:
    """Return the rules of a JSON Schema, each with the name of its column."""
    return tuple((name, rule) for name, entry in schema["properties"].items() for rule in _column_rules(entry, pl.col(name)))


def _column_rules(entry: dict[str, Any], value: pl.Expr) -> Iterator[_Rule]:
    """Yield the rules of a column's JSON Schema; null breaks none of them but the first, that a value is required."""
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
        for rule in _column_rules(entry["items"], pl.element()):
            yield _Rule(f"in each of them {rule.expected}", value.list.eval(rule.broken).list.any())
    for name, part in entry.get("properties", {}).items():
        for rule in _column_rules(part, value.struct.field(name)):
            yield _Rule(f"{name}: {rule.expected}", rule.broken)


#: The JSON Schema keywords that the schemas use, each with a function from its value and a column to a rule.
_KEYWORDS: dict[str, Callable[[Any, pl.Expr], _Rule]] = {
    "enum": lambda words, value: _Rule(f"one of {', '.join(words)}", ~value.is_in(words)),
    "pattern": lambda pattern, value: _Rule(f"text that matches {pattern}", ~value.str.contains(pattern)),
    "minLength": lambda least, value: _Rule(f"at least {counted(least, 'character')}", value.str.len_chars() < least),
    "minimum": lambda least, value: _Rule(f"at least {least}", value < least),
    # Polars orders NaN above every number; the rule "a finite number" reports it already.
    "maximum": lambda most, value: _Rule(f"at most {most}", (value > most) & value.is_not_nan()),
}


def _shown(values: pl.Series) -> list[str]:
    """Return offending values as short strings for a message."""
    if values.dtype == pl.Datetime:  # Python's datetime has no years beyond 9999
        values = values.cast(pl.String)
    texts = [repr(value.to_list() if isinstance(value, pl.Series) else value) for value in values]
    return [text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…" for text in texts]
