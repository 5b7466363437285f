"""Look-alikes of a name that are other words: durée, du Bourge, another person of the family. Listed, so that nobody takes them along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.tools.suggest_names.similarity import describe_forms, form_similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config import Name

__all__ = ["find_lookalikes"]

#: From this share of letters and sounds on, a careless eye takes one for the other; common words have to be nearer, there are so many.
_LIKE, _WORD_LIKE = 0.4, 0.55
#: Longer or shorter by more letters than this, nobody takes one for the other.
_LENGTHS = 3
#: Look-alikes of a name that are listed.
_MOST = 4
#: The most frequent forms that are looked at: what a corpus has once confuses nobody.
_FORMS = 50_000


def find_lookalikes(forms: pl.DataFrame, proposed: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Return look-alikes of the names for which there are proposals, and people that share a family name with them.

    Args:
        forms: columns of `vocabulary.FORMS`.
        proposed: columns of `suggest.SUGGESTION`.
        names: the registry, whose spellings are no risks.

    Returns:
        Columns of `suggest.SUGGESTION`, with verdict `risk` and a reason.
    """
    known = {spelling for name in names for group in name.groups for spelling in (name.canonical, name.full, *group.variants) if spelling}
    of = (pl.col("canonical"), pl.col("canonical_documents").alias("most"))
    targets = pl.concat([proposed.select(*of, form="canonical"), proposed.select(*of, form="variant")]).unique(maintain_order=True)
    spelled = [*known, *targets["form"]]
    others = forms.filter(~pl.col("form").is_in(spelled)).sort("documents", "form", descending=[True, False]).head(_FORMS)
    found = pl.concat([_looks(others, targets), _family(others, targets)])
    return _rows(found, proposed)


def _looks(others: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    spelled = describe_forms(targets)
    pairs = describe_forms(others).join(
        spelled, left_on=pl.col("sound").str.slice(0, 1), right_on=pl.col("sound").str.slice(0, 1), suffix="_t"
    )
    near = (pl.col("romanised").str.len_chars().cast(pl.Int64) - pl.col("romanised_t").str.len_chars().cast(pl.Int64)).abs() <= _LENGTHS
    shared = pl.col("form").str.contains(pl.col("form_t"), literal=True) | pl.col("form_t").str.contains(pl.col("form"), literal=True)
    alike = form_similarity(
        pairs.filter(near & ~shared).rename(
            {"romanised": "romanised_a", "sound": "sound_a", "romanised_t": "romanised_b", "sound_t": "sound_b"}
        )
    )
    said = (
        pl.when(pl.col("form").str.contains(r"^\p{Ll}+ "))
        .then(pl.lit("a small word and a name"))
        .when(~pl.col("name"))
        .then(pl.lit("a common word"))
        .otherwise(pl.lit("another name"))
    )
    return (
        alike.filter(pl.col("like") >= pl.when(pl.col("words") == 1).then(_WORD_LIKE).otherwise(_LIKE))
        .sort("like", "form", descending=[True, False])
        .unique(["canonical", "form"], keep="first", maintain_order=True)
        .with_columns(said.alias("reason"))
        .filter(pl.int_range(pl.len()).over("canonical", "reason") < _MOST)
        .select("canonical", "form", "reason", "spelling", "sounding", "like", *_COUNTS)
    )


_COUNTS = ("occurrences", "documents", "sources", "languages")


def _family(others: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return people who share the name: pairs of names of which the last is a canonical spelling or a variant of it."""
    pairs = others.filter((pl.col("words") > 1) & pl.col("name")).with_columns(
        pl.col("form").str.extract(r"(\S+)$", 1).alias("last"), pl.col("form").str.extract(r"^(\S+)", 1).alias("given")
    )
    # What is more frequent than the name itself is no first name of its bearers: "Telegram DuRove", his company.
    given = others.filter(pl.col("name") & (pl.col("words") == 1)).select(given="form", given_documents="documents")
    family = (
        pairs.join(given, on="given").join(targets.rename({"form": "last"}), on="last").filter(pl.col("given_documents") <= pl.col("most"))
    )
    # The most frequent of them is who is meant.
    usual = family.sort("documents", "form", descending=[True, False]).unique("canonical", keep="first")
    return (
        family.join(usual, on=["canonical", "given"], how="anti")
        .sort("documents", "form", descending=[True, False])
        .filter(pl.int_range(pl.len()).over("canonical") < _MOST)
        .with_columns(
            pl.lit("another person or thing of this name").alias("reason"),
            *(pl.lit(None, pl.Float64).alias(name) for name in ("spelling", "sounding", "like")),
        )
        .select("canonical", "form", "reason", "spelling", "sounding", "like", *_COUNTS)
    )


def _rows(found: pl.DataFrame, proposed: pl.DataFrame) -> pl.DataFrame:
    rows = found.rename({"form": "variant"}).with_columns(
        pl.lit("risk").alias("verdict"),
        (0.45 * pl.col("like").fill_null(0)).round(4).alias("score"),
        pl.lit(0).alias("aligned"),
        pl.lit(0).alias("beside"),
    )
    about = proposed.select("canonical", "canonical_documents", "canonical_sources", "canonical_languages", "registered").unique(
        "canonical"
    )
    rows = rows.join(about, on="canonical", how="left")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in proposed.schema.items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in proposed.schema.items())
