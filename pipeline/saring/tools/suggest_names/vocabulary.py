"""The vocabulary of a corpus: the word forms and names in it, with their counts, documents and neighbours."""

from __future__ import annotations

import polars as pl

__all__ = ["FORMS", "appearances", "forms_in", "neighbours", "word_forms"]

#: The columns of the table that `word_forms` returns. `words` is the number of words in the form; `name` says whether the corpus uses it as
#: a name.
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

#: Forms that may be a spelling of one name: a word, a run of capitalised words, or a particle before a capitalised word ("du Bourge").
_RUN = rf"{_CAPITAL}(?: {_CAPITAL})+"
_PARTICLE = rf"\b\p{{Ll}}{{1,3}} {_CAPITAL}"

#: A form is a name if at most this share of its occurrences, in any case, is in lower case. A judgement.
_MAX_LOWER_SHARE = 0.2
#: Documents per batch: bounds memory, and does not change the result.
_BATCH = 2_000


def word_forms(documents: pl.DataFrame) -> pl.DataFrame:
    """Count the word forms of a corpus: words, pairs of capitalised words, and a particle before a capitalised word.

    Args:
        documents: columns `id`, `text`, `language`, `site` and `source`.

    Returns:
        Columns of `FORMS`, sorted by form. `sources` counts sites, or files where no site is known. Forms entirely in capitals are left
        out: they do not show how a name is spelled.
    """
    by_document = pl.concat([_forms_of(batch) for batch in documents.iter_slices(_BATCH)] or [_forms_of(documents)])
    forms = (
        by_document.group_by("form")
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
    in_lower = forms.filter(lower == pl.col("form")).select("form", pl.col("occurrences").alias("in_lower"))
    lower_share = pl.col("in_lower").fill_null(0) / (pl.col("in_lower").fill_null(0) + pl.col("occurrences"))
    is_capitalised = pl.col("form").str.contains(r"^\p{Lu}") | ~pl.col("form").str.contains(r"^\p{Ll}")
    return (
        forms.with_columns(lower.alias("lower"))
        .join(in_lower.rename({"form": "lower"}), on="lower", how="left")
        .with_columns((is_capitalised & (lower_share <= _MAX_LOWER_SHARE)).alias("name"))
        .sort("form")
        .select(FORMS.names())
    )


def _forms_of(documents: pl.DataFrame) -> pl.DataFrame:
    """Return `id`, `form`, `occurrences`, `language` and `origin`: one row for each word form of each document.

    `origin` is the site of the document, or its file where the site is not known.
    """
    return (
        documents.select("id", "language", pl.coalesce("site", "source").alias("origin"), forms_in(pl.col("text")).alias("form"))
        .explode("form")
        .drop_nulls("form")
        .group_by("id", "form")
        .agg(pl.len().alias("occurrences"), pl.col("language", "origin").first())
    )


def forms_in(text: pl.Expr) -> pl.Expr:
    """Return the word forms in a string, as a list with repeats.

    >>> pl.select(forms_in(pl.lit("Ia tiba di Le Bourget"))).item().to_list()
    ['Ia', 'tiba', 'di', 'Le', 'Bourget', 'Le Bourget', 'di Le']
    """
    runs = text.str.extract_all(_RUN)
    words = runs.list.eval(pl.element().str.split(" "))
    # A run of three names holds two pairs.
    pairs = words.list.eval(
        pl.element().list.eval(pl.element().shift(1) + " " + pl.element()).list.drop_nulls().explode(keep_nulls=False, empty_as_null=False)
    )
    return pl.concat_list(text.str.extract_all(_WORD), pairs, text.str.extract_all(_PARTICLE)).list.drop_nulls()


def appearances(documents: pl.DataFrame, forms: pl.Series) -> pl.DataFrame:
    """Return the documents in which each word form occurs: columns `form` and `id`, without repeats.

    Args:
        documents: columns `id` and `text`.
        forms: the forms that are looked up.
    """
    candidates = documents.filter(pl.col("text").str.contains_any(forms.to_list())) if len(forms) else documents.clear()
    by_batch = [
        batch.select("id", forms_in(pl.col("text")).list.unique().alias("form"))
        .explode("form")
        .filter(pl.col("form").is_in(forms.implode()))
        .select("form", "id")
        for batch in candidates.iter_slices(_BATCH)
    ]
    return pl.concat(by_batch) if by_batch else pl.DataFrame(schema={"form": pl.String, "id": pl.String})


def neighbours(lines: pl.DataFrame, forms: pl.Series, names: pl.Series) -> pl.DataFrame:
    """Return the names that occur in one paragraph with each word form: columns `form` and `neighbour`, without repeats.

    Args:
        lines: a column `line`, one paragraph each.
        forms: the forms whose neighbours are looked up.
        names: the words that count as neighbours.
    """
    candidates = lines.filter(pl.col("line").str.contains_any(forms.to_list())) if len(forms) else lines.clear()
    by_line = candidates.select(pl.int_range(pl.len()).alias("line_row"), forms_in(pl.col("line")).list.unique().alias("form")).explode(
        "form"
    )
    names_by_line = by_line.filter(pl.col("form").is_in(names.implode())).rename({"form": "neighbour"})
    return (
        by_line.filter(pl.col("form").is_in(forms.implode()))
        .join(names_by_line, on="line_row")
        .filter(pl.col("form") != pl.col("neighbour"))
        .select("form", "neighbour")
        .unique()
    )
