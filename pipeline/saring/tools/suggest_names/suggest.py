"""Variants of names that nobody has listed, each with its evidence; a person decides.

    documents ── vocabulary ── pairs of names that look or sound alike ──┐
    overlaps  ── aligned ───── pairs that passages set side by side ─────┴── evidence ── proposals, and risks

Works on a release: only there documents are linked, and what the registry already corrects is corrected. What is proposed depends on all
documents; nothing is applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.config.names import common_words
from saring.core.lines import split_lines
from saring.names.spellings import script_of
from saring.release import read_tables
from saring.tools.suggest_names import vocabulary
from saring.tools.suggest_names.aligned_passages import ALIGNED, aligned_forms
from saring.tools.suggest_names.lookalikes import find_lookalikes
from saring.tools.suggest_names.similarity import describe_forms, form_similarity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from saring.config import Name

__all__ = ["SUGGESTION", "suggest_from_release", "suggest_names"]

#: What `suggest_names` returns. `verdict` is `propose`, or `risk`: a look-alike that is another word, with the `reason`. `spelling` and
#: `sounding` are shares of letters and sounds alike; `aligned_forms` counts the passages that set both against each other,
#: `beside` those beside which both stand (see `aligned_forms`); `occurrences`,
#: `documents`, `sources` and `languages` are of the variant, `canonical_*` of the name; `neighbours` are names that stand in one paragraph
#: with either; `registered` says whether the canonical spelling stands in the registry.
SUGGESTION = pl.Schema(
    {
        "verdict": pl.String(),
        "canonical": pl.String(),
        "variant": pl.String(),
        "score": pl.Float64(),
        "reason": pl.String(),
        "spelling": pl.Float64(),
        "sounding": pl.Float64(),
        "aligned": pl.Int64(),
        "beside": pl.Int64(),
        "passages": ALIGNED["passages"],
        "occurrences": pl.Int64(),
        "documents": pl.Int64(),
        "sources": pl.Int64(),
        "languages": pl.List(pl.String),
        "canonical_documents": pl.Int64(),
        "canonical_sources": pl.Int64(),
        "canonical_languages": pl.List(pl.String),
        "neighbours": pl.List(pl.String),
        "registered": pl.Boolean(),
    }
)

#: Alike without a passage that says so: from this share of letters and sounds on, and then only in the same company.
_LIKE = 0.8
#: Shorter names are like too many others.
_LETTERS = 4
#: A sound that more names than this share tells none of them from the others.
_BLOCK = 60
_SHOWN = 5
_INSIDE = r"\p{Ll}\p{Lu}"
#: Fewer consonants alone say nothing.
_CONSONANTS = 3


def suggest_from_release(release: Path, names: Sequence[Name]) -> pl.DataFrame:
    """Return what `suggest_names` finds in a release.

    Args:
        release: a folder vX.Y.Z. Duplicates count too: the translation that a kept document has is one.
        names: the registry.
    """
    documents = read_tables.scan(release, "all").select("id", "text", "language", "site", "source").collect()
    return suggest_names(documents, read_tables.scan(release, "overlaps").collect(), names)


def suggest_names(documents: pl.DataFrame, overlaps: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Return new variants of names, and look-alikes that are none, the best evidence first.

    The canonical spelling is the registered one; between two that are not registered, the one in more sources, then in more documents,
    in more languages, without a capital inside, more often. A pair is proposed where aligned passages set both against each other, or
    where they sound alike and stand beside the same names. It is a risk where the variant is a common word in this corpus, where one page
    has both (a translator keeps to one spelling), or where it may be the usual spelling in its language.

    Args:
        documents: columns `id`, `text`, `language`, `site` and `source`.
        overlaps: columns of `tables.OVERLAP`.
        names: the registry; its variants are no suggestions.

    Returns:
        Columns of `SUGGESTION`: proposals by score, then risks. Scores compare, they are no probabilities: 0.45 of likeness, 0.35 of
        aligned passages (half of it for the first, a quarter for the second, ...; two beside a passage count as one), 0.2 of shared neighbours.
    """
    forms = vocabulary.word_forms(documents.with_columns(pl.col("text").fill_null("")))
    if forms.is_empty():
        return pl.DataFrame(schema=SUGGESTION)
    registered = {name.canonical for name in names}
    listed = {variant for name in names for group in name.groups for variant in group.variants}
    usable = describe_forms(forms.filter("name", ~pl.col("form").is_in(list(listed))).filter(pl.col("form").str.len_chars() >= _LETTERS))
    passages = aligned_forms(documents, overlaps, usable["form"])
    pairs = _described(pl.concat([_sounding(usable), passages.select("x", "y")]).unique(["x", "y"]), usable)
    pairs = pairs.join(passages, on=["x", "y"], how="left").with_columns(pl.col("aligned", "beside").fill_null(0))
    directed = _directed(pairs, usable, registered)
    if directed.is_empty():
        return pl.DataFrame(schema=SUGGESTION)
    judged = _judged(_with_company(directed, documents, usable))
    proposed = _one_each(judged.filter(pl.col("verdict") == "propose"))
    other = judged.filter(pl.col("verdict") == "risk").join(proposed, on="variant", how="anti")
    beside = other.filter(pl.col("canonical").is_in([*proposed["canonical"], *registered]))
    shown = pl.concat([proposed, beside, find_lookalikes(forms, proposed, names).select(SUGGESTION.names())])
    return (
        shown.unique(["canonical", "variant"], keep="first", maintain_order=True)
        .with_columns((pl.col("verdict") == "risk").alias("last"), pl.int_range(pl.len()).over("canonical", "verdict").alias("nth"))
        .filter(~pl.col("last") | (pl.col("nth") < _SHOWN))
        .sort("last", "score", "variant", descending=[False, True, False])
        .select(SUGGESTION.names())
    )


def _sounding(usable: pl.DataFrame) -> pl.DataFrame:
    """Return pairs `x` < `y` of forms with one sound, or with the same consonants in the same order, or all but one letter of the sound."""
    cut = usable.filter(pl.col("sound").str.len_chars() >= _LETTERS).select("form", "sound")
    cut = cut.with_columns(pl.int_ranges(pl.col("sound").str.len_chars()).alias("at")).explode("at")
    without = pl.col("sound").str.slice(0, pl.col("at")) + pl.col("sound").str.slice(pl.col("at") + 1)
    keys = pl.concat(
        [
            usable.select("form", ("=" + pl.col("sound")).alias("key")),
            usable.select("form", ("-" + pl.col("sound")).alias("key")),
            cut.select("form", ("-" + without).alias("key")),
            usable.filter(pl.col("skeleton").str.len_chars() >= _CONSONANTS).select("form", ("c" + pl.col("skeleton")).alias("key")),
        ]
    ).unique()
    keys = keys.filter(pl.len().over("key").is_between(2, _BLOCK))
    pairs = keys.join(keys, on="key", suffix="_y").filter(pl.col("form") < pl.col("form_y"))
    return pairs.select(pl.col("form").alias("x"), pl.col("form_y").alias("y")).unique()


def _described(pairs: pl.DataFrame, usable: pl.DataFrame) -> pl.DataFrame:
    """Add how alike the two are; leave out pairs of two words that share one, and inflections of each other."""
    columns = ("romanised", "sound", "words")
    for side, new in (("x", "a"), ("y", "b")):
        own = usable.select(pl.col("form").alias(side), *(pl.col(column).alias(f"{column}_{new}") for column in columns))
        pairs = pairs.join(own, on=side)
    pairs = pairs.filter((pl.col("words_a") + pl.col("words_b")) < 2 + 2)
    longer, shorter = pl.max_horizontal("x", "y"), pl.min_horizontal("x", "y")
    glued = longer.str.starts_with(shorter) & longer.str.slice(shorter.str.len_chars()).is_in(["s", "nya", "a", "n", "lah"])
    return form_similarity(pairs.filter(~glued))


def _directed(pairs: pl.DataFrame, usable: pl.DataFrame, registered: set[str]) -> pl.DataFrame:
    """Say which of each pair is the name and which the variant."""
    counts = usable.select(
        "form",
        "occurrences",
        "documents",
        "sources",
        "languages",
        pl.struct(
            pl.col("form").is_in(list(registered)).alias("registered"),
            "sources",
            "documents",
            pl.col("languages").list.len(),
            (~pl.col("form").str.contains(f"{_INSIDE}| ")).alias("plain"),
            "occurrences",
        ).alias("rank"),
    )
    both = pairs.join(counts.rename({"form": "x"}), on="x").join(counts.rename({"form": "y"}), on="y", suffix="_y")
    ranks = both.select("rank", "rank_y").to_dict(as_series=False)
    first = [tuple(a.values()) >= tuple(b.values()) for a, b in zip(ranks["rank"], ranks["rank_y"], strict=True)]
    swapped = {name: name.removesuffix("_y") if name.endswith("_y") else f"{name}_y" for name in ("occurrences", "documents", "sources")}
    swapped |= {"languages": "languages_y", "languages_y": "languages", "rank": "rank_y", "rank_y": "rank", "x": "y", "y": "x"}
    swapped |= {f"{name}_y": name for name in ("occurrences", "documents", "sources")}
    is_first = pl.Series(first, dtype=pl.Boolean)
    turned = both.filter(~is_first).rename(swapped).select(both.columns)
    return (
        pl.concat([both.filter(is_first), turned])
        .rename({"x": "canonical", "y": "variant"})
        .filter(~pl.col("variant").is_in(list(registered)))
        .with_columns(pl.col("canonical").is_in(list(registered)).alias("registered"))
        .select(
            "canonical",
            "variant",
            "spelling",
            "sounding",
            "like",
            "aligned",
            "beside",
            "passages",
            "registered",
            *(pl.col(f"{name}_y").alias(name) for name in ("occurrences", "documents", "sources", "languages")),
            *(pl.col(name).alias(f"canonical_{name}") for name in ("documents", "sources", "languages")),
        )
        .filter((pl.col("aligned") + pl.col("beside") > 0) | (pl.col("like") >= _LIKE))
    )


def _with_company(pairs: pl.DataFrame, documents: pl.DataFrame, usable: pl.DataFrame) -> pl.DataFrame:
    """Add `neighbours`, `company` (the share of the variant's neighbours that are the name's too) and `together` (documents with both)."""
    wanted = pl.concat([pairs["canonical"], pairs["variant"]]).unique()
    common = frozenset[str]().union(*common_words().values())
    names = usable.filter(pl.col("words") == 1, ~pl.col("form").str.to_lowercase().is_in(sorted(common)))["form"]
    beside = vocabulary.neighbours(split_lines(documents), wanted, names)
    keys = pairs.select("canonical", "variant")
    own = keys.join(beside, left_on="variant", right_on="form").filter(pl.col("neighbour") != pl.col("canonical"))
    shared = own.join(beside, left_on=["canonical", "neighbour"], right_on=["form", "neighbour"], how="semi")
    by = ["canonical", "variant"]
    # "Pavel" is no neighbour of "Pavel Durov", nor "Rove" of "Du Rove".
    part = pl.col("variant").str.contains(pl.col("neighbour"), literal=True)
    shown = (
        shared.filter(~part).sort("neighbour").group_by(by).agg(pl.col("neighbour").head(_SHOWN).alias("neighbours"), pl.len().alias("n"))
    )
    total = own.filter(~part).group_by(by).agg(pl.len().alias("own"))
    where = vocabulary.appearances(documents, wanted)
    both = (
        keys.join(where, left_on="variant", right_on="form")
        .join(where, left_on=["canonical", "id"], right_on=["form", "id"], how="semi")
        .group_by(by)
        .agg(pl.len().alias("together"))
    )
    return (
        pairs.join(shown, on=by, how="left")
        .join(total, on=by, how="left")
        .join(both, on=by, how="left")
        .with_columns(
            pl.col("neighbours").fill_null([]),
            (pl.col("n").fill_null(0) / pl.col("own").fill_null(1)).alias("company"),
            pl.col("together").fill_null(0),
        )
    )


def _judged(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add score, verdict and reason."""
    scripts = [script_of(one) == script_of(other) for one, other in pairs.select("canonical", "variant").iter_rows()]
    elsewhere = pl.col("languages").list.set_intersection("canonical_languages").list.len() == 0
    # Languages have their own spellings of places and foreign names (Rusia, Russie); none has a capital inside a word.
    odd = pl.col("variant").str.contains(_INSIDE) & (pl.col("sources") == 1) & pl.Series("same_script", scripts, dtype=pl.Boolean)
    usual = elsewhere & ~odd
    alone = (pl.col("aligned") + pl.col("beside") == 0) & ((pl.col("sounding") < 1) | (pl.col("neighbours").list.len() == 0))
    languages = pl.col("languages").list.join(", ")
    documents = pl.format("{} document{}", "documents", pl.when(pl.col("documents") == 1).then(pl.lit("")).otherwise(pl.lit("s")))
    reason = (
        pl.when(pl.col("together") * 2 > pl.col("documents"))
        .then(pl.format("{} stands in {} of its {} too", "canonical", "together", documents))
        .when(usual)
        .then(pl.format("may be the usual spelling in {}", languages))
        .when(alone)
        .then(pl.lit("only looks alike: no aligned passage, and no common neighbour of one sound"))
    )
    score = 0.45 * pl.col("like") + 0.35 * (1 - pl.lit(0.5).pow(pl.col("aligned") + pl.col("beside") / 2)) + 0.2 * pl.col("company")
    return (
        pairs.with_columns(reason.alias("reason"), score.round(4).alias("score"))
        .with_columns(pl.when(pl.col("reason").is_null()).then(pl.lit("propose")).otherwise(pl.lit("risk")).alias("verdict"))
        .select(pl.col(name).cast(dtype) for name, dtype in SUGGESTION.items())
        .sort("score", "canonical", "variant", descending=[True, False, False])
    )


def _one_each(proposed: pl.DataFrame) -> pl.DataFrame:
    """Keep for each variant the best name; a name that is itself a variant of another is none."""
    names = proposed.filter(~pl.col("canonical").is_in(proposed["variant"].implode()) | pl.col("registered"))
    return names.unique("variant", keep="first", maintain_order=True)
