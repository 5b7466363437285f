"""The words and names of a corpus: which forms stand where, how often, and in whose company."""

from __future__ import annotations

import polars as pl

__all__ = ["FORMS", "appearances", "forms_in", "neighbours", "word_forms"]

#: What `word_forms` returns. `name` says whether the corpus uses the form as a name.
FORMS = pl.Schema(
    {
        "form": pl.String(),
        "occurrences": pl.Int64(),
        "documents": pl.Int64(),
        "sources": pl.Int64(),
        "languages": pl.List(pl.String),
        "words": pl.Int64(),
        "name": pl.Boolean(),
    }
)

_WORD = r"[\p{L}\p{M}]+"
_CAPITAL = r"\p{Lu}[\p{L}\p{M}]+"

#: A word, or names in a row, or a small word before a name ("du Bourge"): what may be a spelling of one name.
_RUN = rf"{_CAPITAL}(?: {_CAPITAL})+"
_PARTICLE = rf"\b\p{{Ll}}{{1,3}} {_CAPITAL}"

#: A form is a name where at most this share of its occurrences, in any case, is in lower case.
_LOWER_AT_MOST = 0.2
#: Documents that are looked at together: it bounds memory, not the result.
_BATCH = 2_000


def word_forms(documents: pl.DataFrame) -> pl.DataFrame:
    """Return the forms of a corpus: words, pairs of capitalised words, and a small word before a capitalised one.

    Args:
        documents: columns `id`, `text`, `language`, `site` and `source`.

    Returns:
        Columns of `FORMS`, in the order of the forms. `sources` counts sites, or files where no site is stated. Forms in capitals
        throughout are left out: they show nothing of how a name is spelled.
    """
    counted = pl.concat([_counted(batch) for batch in documents.iter_slices(_BATCH)] or [_counted(documents)])
    found = (
        counted.group_by("form")
        .agg(
            pl.col("occurrences").sum().cast(pl.Int64),
            pl.len().cast(pl.Int64).alias("documents"),
            pl.col("origin").n_unique().cast(pl.Int64).alias("sources"),
            pl.col("language").drop_nulls().unique().sort().alias("languages"),
        )
        .with_columns((pl.col("form").str.count_matches(" ") + 1).cast(pl.Int64).alias("words"))
        .filter(pl.col("form").str.to_uppercase() != pl.col("form"))
    )
    lower = pl.col("form").str.to_lowercase()
    small = found.filter(lower == pl.col("form")).select("form", pl.col("occurrences").alias("small"))
    share = pl.col("small").fill_null(0) / (pl.col("small").fill_null(0) + pl.col("occurrences"))
    capital = pl.col("form").str.contains(r"^\p{Lu}") | ~pl.col("form").str.contains(r"^\p{Ll}")
    return (
        found.with_columns(lower.alias("lower"))
        .join(small.rename({"form": "lower"}), on="lower", how="left")
        .with_columns((capital & (share <= _LOWER_AT_MOST)).alias("name"))
        .sort("form")
        .select(FORMS.names())
    )


def _counted(documents: pl.DataFrame) -> pl.DataFrame:
    return (
        documents.select("id", "language", pl.coalesce("site", "source").alias("origin"), forms_in(pl.col("text")).alias("form"))
        .explode("form")
        .drop_nulls("form")
        .group_by("id", "form")
        .agg(pl.len().alias("occurrences"), pl.col("language", "origin").first())
    )


def forms_in(text: pl.Expr) -> pl.Expr:
    """Return the forms in a string, as a list."""
    runs = text.str.extract_all(_RUN)
    words = runs.list.eval(pl.element().str.split(" "))
    # A run of three names holds two pairs.
    pairs = words.list.eval(
        pl.element().list.eval(pl.element().shift(1) + " " + pl.element()).list.drop_nulls().explode(keep_nulls=False, empty_as_null=False)
    )
    return pl.concat_list(text.str.extract_all(_WORD), pairs, text.str.extract_all(_PARTICLE)).list.drop_nulls()


def appearances(documents: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """Return `form` and `id`, a row for each of these forms in each document.

    Args:
        documents: columns `id` and `text`.
        wanted: forms.
    """
    hit = documents.filter(pl.col("text").str.contains_any(wanted.to_list())) if len(wanted) else documents.clear()
    found = [
        batch.select("id", forms_in(pl.col("text")).list.unique().alias("form"))
        .explode("form")
        .filter(pl.col("form").is_in(wanted.implode()))
        .select("form", "id")
        for batch in hit.iter_slices(_BATCH)
    ]
    return pl.concat(found) if found else pl.DataFrame(schema={"form": pl.String, "id": pl.String})


def neighbours(lines: pl.DataFrame, wanted: pl.Series, names: pl.Series) -> pl.DataFrame:
    """Return the names that stand in one paragraph with each of these forms: `form`, `neighbour`.

    Args:
        lines: a column `line`.
        wanted: forms.
        names: which words are names.
    """
    hit = lines.filter(pl.col("line").str.contains_any(wanted.to_list())) if len(wanted) else lines.clear()
    spoken = hit.select(pl.int_range(pl.len()).alias("line_row"), forms_in(pl.col("line")).list.unique().alias("form")).explode("form")
    beside = spoken.filter(pl.col("form").is_in(names.implode())).rename({"form": "neighbour"})
    return (
        spoken.filter(pl.col("form").is_in(wanted.implode()))
        .join(beside, on="line_row")
        .filter(pl.col("form") != pl.col("neighbour"))
        .select("form", "neighbour")
        .unique()
    )
