"""Find look-alikes of a name that are no variants (durée, du Bourge, a relative of the person), to list them as risks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.tools.suggest_names.similarity import describe_forms, form_similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config import Name

__all__ = ["find_lookalikes"]

#: The least share of equal letters and sounds of a look-alike; it is higher for common words, of which there are so many. Judgements, like
#: the constants below.
_MIN_SIMILARITY, _MIN_WORD_SIMILARITY = 0.4, 0.55
#: The greatest difference in length of a look-alike, in letters.
_MAX_LENGTH_DIFFERENCE = 3
#: How many look-alikes are listed for each name and reason.
_MAX_LISTED = 4
#: How many of the most frequent word forms are compared: a form that occurs once confuses nobody.
_MAX_FORMS = 50_000

_COUNTS = ("occurrences", "documents", "sources", "languages")


def find_lookalikes(forms: pl.DataFrame, proposed: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Return look-alikes of the names that have proposals, and people that share a family name with them, as risks.

    Args:
        forms: columns of `vocabulary.FORMS`.
        proposed: columns of `suggest.SUGGESTION`.
        names: the registry, whose spellings are not listed as risks.

    Returns:
        Columns of `suggest.SUGGESTION`, with verdict `risk` and a reason.
    """
    known = {spelling for name in names for group in name.groups for spelling in (name.canonical, name.full, *group.variants) if spelling}
    columns = (pl.col("canonical"), pl.col("canonical_documents").alias("name_documents"))
    targets = pl.concat([proposed.select(*columns, form="canonical"), proposed.select(*columns, form="variant")])
    targets = targets.unique(maintain_order=True)
    excluded = [*known, *targets["form"]]
    candidates = forms.filter(~pl.col("form").is_in(excluded)).sort("documents", "form", descending=[True, False]).head(_MAX_FORMS)
    lookalikes = pl.concat([_similar_forms(candidates, targets), _namesakes(candidates, targets)])
    return _as_suggestions(lookalikes, proposed)


def _similar_forms(candidates: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return the candidates that look or sound like a canonical spelling or a variant of a name, with the reason why they are no variants.

    Args:
        candidates: columns of `vocabulary.FORMS`.
        targets: columns `canonical`, `name_documents` and `form`, a row for each canonical spelling and variant.
    """
    pairs = describe_forms(candidates).join(
        describe_forms(targets), left_on=pl.col("sound").str.slice(0, 1), right_on=pl.col("sound").str.slice(0, 1), suffix="_t"
    )
    has_length = (
        pl.col("romanised").str.len_chars().cast(pl.Int64) - pl.col("romanised_t").str.len_chars().cast(pl.Int64)
    ).abs() <= _MAX_LENGTH_DIFFERENCE
    contains_other = pl.col("form").str.contains(pl.col("form_t"), literal=True) | pl.col("form_t").str.contains(
        pl.col("form"), literal=True
    )
    similar = form_similarity(
        pairs.filter(has_length & ~contains_other).rename(
            {"romanised": "romanised_a", "sound": "sound_a", "romanised_t": "romanised_b", "sound_t": "sound_b"}
        )
    )
    reason = (
        pl.when(pl.col("form").str.contains(r"^\p{Ll}+ "))
        .then(pl.lit("a particle and a name"))
        .when(~pl.col("name"))
        .then(pl.lit("a common word"))
        .otherwise(pl.lit("another name"))
    )
    return (
        similar.filter(pl.col("like") >= pl.when(pl.col("words") == 1).then(_MIN_WORD_SIMILARITY).otherwise(_MIN_SIMILARITY))
        .sort("like", "form", descending=[True, False])
        .unique(["canonical", "form"], keep="first", maintain_order=True)
        .with_columns(reason.alias("reason"))
        .filter(pl.int_range(pl.len()).over("canonical", "reason") < _MAX_LISTED)
        .select("canonical", "form", "reason", "spelling", "sounding", "like", *_COUNTS)
    )


def _namesakes(candidates: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return other bearers of a family name: pairs of words of which the last is a canonical spelling or a variant of a name.

    The most frequent pair is left out, since it is taken for the person of the registry.

    Args:
        candidates: columns of `vocabulary.FORMS`.
        targets: columns `canonical`, `name_documents` and `form`, a row for each canonical spelling and variant.
    """
    pairs = candidates.filter((pl.col("words") > 1) & pl.col("name")).with_columns(
        pl.col("form").str.extract(r"(\S+)$", 1).alias("family_name"), pl.col("form").str.extract(r"^(\S+)", 1).alias("first_name")
    )
    # A word more frequent than the name itself is no first name of its bearers: "Telegram DuRove", his company.
    is_name = pl.col("name") & (pl.col("words") == 1)
    first_names = candidates.filter(is_name).select(first_name="form", first_name_documents="documents")
    namesakes = (
        pairs.join(first_names, on="first_name")
        .join(targets.rename({"form": "family_name"}), on="family_name")
        .filter(pl.col("first_name_documents") <= pl.col("name_documents"))
    )
    # The most frequent of them is taken for the person of the registry.
    registered = namesakes.sort("documents", "form", descending=[True, False]).unique("canonical", keep="first")
    return (
        namesakes.join(registered, on=["canonical", "first_name"], how="anti")
        .sort("documents", "form", descending=[True, False])
        .filter(pl.int_range(pl.len()).over("canonical") < _MAX_LISTED)
        .with_columns(
            pl.lit("another person or thing of this name").alias("reason"),
            *(pl.lit(None, pl.Float64).alias(name) for name in ("spelling", "sounding", "like")),
        )
        .select("canonical", "form", "reason", "spelling", "sounding", "like", *_COUNTS)
    )


def _as_suggestions(lookalikes: pl.DataFrame, proposed: pl.DataFrame) -> pl.DataFrame:
    """Return look-alikes as rows of `suggest.SUGGESTION` with the verdict `risk`, and the counts of the names that they resemble."""
    rows = lookalikes.rename({"form": "variant"}).with_columns(
        pl.lit("risk").alias("verdict"),
        (0.45 * pl.col("like").fill_null(0)).round(4).alias("score"),
        pl.lit(0).alias("aligned"),
        pl.lit(0).alias("beside"),
    )
    counts = proposed.select("canonical", "canonical_documents", "canonical_sources", "canonical_languages", "registered")
    rows = rows.join(counts.unique("canonical"), on="canonical", how="left")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in proposed.schema.items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in proposed.schema.items())
