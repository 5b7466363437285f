"""Suggest variants of names that the registry lacks, each with its evidence; a person decides.

    documents ── vocabulary ── pairs of names that look or sound alike ─────────┐
    overlaps  ── aligned ───── pairs of names in aligned passages ──────────────┴── evidence ── proposals, and risks

Works on a release: only there are documents paired with their translations, and registered variants already corrected. Suggestions depend
on all documents; nothing is applied.
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

#: The columns of the table that `suggest_names` returns. `verdict` is `propose`, or `risk`: a look-alike that is another word, with the
#: `reason`. `spelling` and `sounding` are the shares of equal letters and sounds; `aligned` and `beside` count the aligned passages with
#: one of the two on each side, and beside them (see `aligned_forms`); `occurrences`, `documents`, `sources` and `languages` are those of
#: the variant, `canonical_*` those of the canonical spelling; `neighbours` are names that occur in one paragraph with either; `registered`
#: says whether the canonical spelling is in the registry.
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

#: The least similarity of a pair without aligned passages; it is then proposed only with common neighbours. A judgement, as are the next
#: three.
_MIN_SIMILARITY = 0.8
#: Shorter names are similar to too many others.
_MIN_LETTERS = 4
#: A blocking key that more names share than this does not discriminate.
_MAX_BLOCK = 60
#: A blocking key of consonants has at least so many.
_MIN_CONSONANTS = 3
#: How many neighbours of a pair, and risks of a name, are listed.
_MAX_LISTED = 5
_INNER_CAPITAL = r"\p{Ll}\p{Lu}"


def suggest_from_release(release: Path, names: Sequence[Name]) -> pl.DataFrame:
    """Suggest variants of names for a release (see `suggest_names`).

    Args:
        release: its folder vX.Y.Z. Duplicates are read too: the translation of a kept document is one.
        names: the registry.
    """
    documents = read_tables.scan_table(release, "all").select("id", "text", "language", "site", "source").collect()
    return suggest_names(documents, read_tables.scan_table(release, "overlaps").collect(), names)


def suggest_names(documents: pl.DataFrame, overlaps: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Suggest new variants of names, and list look-alikes that are no variants, the best evidence first.

    The canonical spelling of a pair is the registered one; of two that are not registered, the one in more sources, then in more documents,
    in more languages, without a capital inside a word, with more occurrences. A pair is proposed if aligned passages have one of the two on
    each side, or if they sound alike and have common neighbours. It is a risk if most pages with the variant have the canonical spelling
    too (a translator keeps to one spelling), or if the variant may be the usual spelling in its language.

    Args:
        documents: columns `id`, `text`, `language`, `site` and `source`.
        overlaps: columns of `tables.OVERLAP`.
        names: the registry; its variants are not suggested.

    Returns:
        Columns of `SUGGESTION`: proposals by score, then risks. A score ranks and is no probability. Its weights are judgements: 0.45 for
        similarity, 0.35 for aligned passages (half of it for the first, a quarter for the second, ...; two beside a passage count as one),
        0.2 for common neighbours.
    """
    forms = vocabulary.word_forms(documents.with_columns(pl.col("text").fill_null("")))
    if forms.is_empty():
        return pl.DataFrame(schema=SUGGESTION)
    registered = {name.canonical for name in names}
    known_variants = {variant for name in names for group in name.groups for variant in group.variants}
    candidates = describe_forms(
        forms.filter("name", ~pl.col("form").is_in(list(known_variants))).filter(pl.col("form").str.len_chars() >= _MIN_LETTERS)
    )
    passages = aligned_forms(documents, overlaps, candidates["form"])
    pairs = _with_similarity(pl.concat([_similar_sounding(candidates), passages.select("x", "y")]).unique(["x", "y"]), candidates)
    pairs = pairs.join(passages, on=["x", "y"], how="left").with_columns(pl.col("aligned", "beside").fill_null(0))
    directed = _directed(pairs, candidates, registered)
    if directed.is_empty():
        return pl.DataFrame(schema=SUGGESTION)
    judged = _judged(_with_neighbours(directed, documents, candidates))
    proposed = _best_name_for_each(judged.filter(pl.col("verdict") == "propose"))
    risks = judged.filter(pl.col("verdict") == "risk").join(proposed, on="variant", how="anti")
    risks = risks.filter(pl.col("canonical").is_in([*proposed["canonical"], *registered]))
    suggestions = pl.concat([proposed, risks, find_lookalikes(forms, proposed, names).select(SUGGESTION.names())])
    return (
        suggestions.unique(["canonical", "variant"], keep="first", maintain_order=True)
        .with_columns((pl.col("verdict") == "risk").alias("is_risk"), pl.int_range(pl.len()).over("canonical", "verdict").alias("nth"))
        .filter(~pl.col("is_risk") | (pl.col("nth") < _MAX_LISTED))
        .sort("is_risk", "score", "variant", descending=[False, True, False])
        .select(SUGGESTION.names())
    )


def _similar_sounding(candidates: pl.DataFrame) -> pl.DataFrame:
    """Return pairs `x` < `y` of forms that share a blocking key: equal sounds, equal consonants, or sounds that differ in one letter.

    The sound "durof" of Durov has the keys "=durof" and "-durof", one key for each letter left out ("-urof", "-drof", ...), and "cdrf" for
    its consonants "drf".
    """
    long_sounds = candidates.filter(pl.col("sound").str.len_chars() >= _MIN_LETTERS).select("form", "sound")
    by_position = long_sounds.with_columns(pl.int_ranges(pl.col("sound").str.len_chars()).alias("position")).explode("position")
    shortened = pl.col("sound").str.slice(0, pl.col("position")) + pl.col("sound").str.slice(pl.col("position") + 1)
    with_skeleton = candidates.filter(pl.col("skeleton").str.len_chars() >= _MIN_CONSONANTS)
    keys = pl.concat(
        [
            candidates.select("form", ("=" + pl.col("sound")).alias("key")),
            candidates.select("form", ("-" + pl.col("sound")).alias("key")),
            by_position.select("form", ("-" + shortened).alias("key")),
            with_skeleton.select("form", ("c" + pl.col("skeleton")).alias("key")),
        ]
    ).unique()
    keys = keys.filter(pl.len().over("key").is_between(2, _MAX_BLOCK))
    pairs = keys.join(keys, on="key", suffix="_y").filter(pl.col("form") < pl.col("form_y"))
    return pairs.select(pl.col("form").alias("x"), pl.col("form_y").alias("y")).unique()


def _with_similarity(pairs: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """Add the similarity of each pair `x`, `y`; drop pairs in which both have two words, and pairs of a name and its inflection."""
    columns = ("romanised", "sound", "words")
    for side, new in (("x", "a"), ("y", "b")):
        described = candidates.select(pl.col("form").alias(side), *(pl.col(column).alias(f"{column}_{new}") for column in columns))
        pairs = pairs.join(described, on=side)
    pairs = pairs.filter((pl.col("words_a") + pl.col("words_b")) < 2 + 2)
    longer, shorter = pl.max_horizontal("x", "y"), pl.min_horizontal("x", "y")
    is_inflection = longer.str.starts_with(shorter) & longer.str.slice(shorter.str.len_chars()).is_in(["s", "nya", "a", "n", "lah"])
    return form_similarity(pairs.filter(~is_inflection))


def _directed(pairs: pl.DataFrame, candidates: pl.DataFrame, registered: set[str]) -> pl.DataFrame:
    """Decide which name of each pair is the canonical spelling and which the variant (see `suggest_names`), and add the counts of both."""
    counts = candidates.select(
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
            (~pl.col("form").str.contains(f"{_INNER_CAPITAL}| ")).alias("is_plain"),
            "occurrences",
        ).alias("rank"),
    )
    both = pairs.join(counts.rename({"form": "x"}), on="x").join(counts.rename({"form": "y"}), on="y", suffix="_y")
    ranks = both.select("rank", "rank_y").to_dict(as_series=False)
    x_is_canonical = [tuple(a.values()) >= tuple(b.values()) for a, b in zip(ranks["rank"], ranks["rank_y"], strict=True)]
    swapped = {name: name.removesuffix("_y") if name.endswith("_y") else f"{name}_y" for name in ("occurrences", "documents", "sources")}
    swapped |= {"languages": "languages_y", "languages_y": "languages", "rank": "rank_y", "rank_y": "rank", "x": "y", "y": "x"}
    swapped |= {f"{name}_y": name for name in ("occurrences", "documents", "sources")}
    is_in_order = pl.Series(x_is_canonical, dtype=pl.Boolean)
    turned = both.filter(~is_in_order).rename(swapped).select(both.columns)
    return (
        pl.concat([both.filter(is_in_order), turned])
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
        .filter((pl.col("aligned") + pl.col("beside") > 0) | (pl.col("like") >= _MIN_SIMILARITY))
    )


def _with_neighbours(pairs: pl.DataFrame, documents: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """Add to pairs of canonical spelling and variant their common neighbours, and the documents that contain both.

    Args:
        pairs: as `_directed` returns them.
        documents: as for `suggest_names`.
        candidates: the word forms that are names.

    Returns:
        The pairs with `neighbours` (names that occur in one paragraph with either), `common_share` (the share of the variant's neighbours
        that are the canonical spelling's too) and `together` (the number of documents with both).
    """
    forms = pl.concat([pairs["canonical"], pairs["variant"]]).unique()
    stop_words = frozenset[str]().union(*common_words().values())
    names = candidates.filter(pl.col("words") == 1, ~pl.col("form").str.to_lowercase().is_in(sorted(stop_words)))["form"]
    neighbours = vocabulary.neighbours(split_lines(documents), forms, names)
    keys = pairs.select("canonical", "variant")
    of_variant = keys.join(neighbours, left_on="variant", right_on="form").filter(pl.col("neighbour") != pl.col("canonical"))
    common = of_variant.join(neighbours, left_on=["canonical", "neighbour"], right_on=["form", "neighbour"], how="semi")
    by = ["canonical", "variant"]
    # "Pavel" is no neighbour of "Pavel Durov", nor "Rove" of "Du Rove".
    is_part = pl.col("variant").str.contains(pl.col("neighbour"), literal=True)
    common_neighbours = (
        common.filter(~is_part)
        .sort("neighbour")
        .group_by(by)
        .agg(pl.col("neighbour").head(_MAX_LISTED).alias("neighbours"), pl.len().alias("common"))
    )
    totals = of_variant.filter(~is_part).group_by(by).agg(pl.len().alias("total"))
    appearances = vocabulary.appearances(documents, forms)
    together = (
        keys.join(appearances, left_on="variant", right_on="form")
        .join(appearances, left_on=["canonical", "id"], right_on=["form", "id"], how="semi")
        .group_by(by)
        .agg(pl.len().alias("together"))
    )
    return (
        pairs.join(common_neighbours, on=by, how="left")
        .join(totals, on=by, how="left")
        .join(together, on=by, how="left")
        .with_columns(
            pl.col("neighbours").fill_null([]),
            (pl.col("common").fill_null(0) / pl.col("total").fill_null(1)).alias("common_share"),
            pl.col("together").fill_null(0),
        )
    )


def _judged(pairs: pl.DataFrame) -> pl.DataFrame:
    """Score pairs of canonical spelling and variant, and decide which are proposals and which are risks, with the reason.

    Returns:
        Columns of `SUGGESTION`, the highest score first.
    """
    has_one_script = [script_of(canonical) == script_of(variant) for canonical, variant in pairs.select("canonical", "variant").iter_rows()]
    in_other_languages = pl.col("languages").list.set_intersection("canonical_languages").list.len() == 0
    # Languages have their own spellings of places and foreign names (Rusia, Russie); none has a capital inside a word.
    is_one_script = pl.Series("is_one_script", has_one_script, dtype=pl.Boolean)
    is_mistake = pl.col("variant").str.contains(_INNER_CAPITAL) & (pl.col("sources") == 1) & is_one_script
    may_be_usual = in_other_languages & ~is_mistake
    lacks_evidence = (pl.col("aligned") + pl.col("beside") == 0) & ((pl.col("sounding") < 1) | (pl.col("neighbours").list.len() == 0))
    languages = pl.col("languages").list.join(", ")
    documents = pl.format("{} document{}", "documents", pl.when(pl.col("documents") == 1).then(pl.lit("")).otherwise(pl.lit("s")))
    reason = (
        pl.when(pl.col("together") * 2 > pl.col("documents"))
        .then(pl.format("{} occurs in {} of the variant's {} too", "canonical", "together", documents))
        .when(may_be_usual)
        .then(pl.format("may be the usual spelling in {}", languages))
        .when(lacks_evidence)
        .then(pl.lit("only the spelling is similar: no aligned passage, nor an equal sound together with a common neighbour"))
    )
    score = 0.45 * pl.col("like") + 0.35 * (1 - pl.lit(0.5).pow(pl.col("aligned") + pl.col("beside") / 2)) + 0.2 * pl.col("common_share")
    return (
        pairs.with_columns(reason.alias("reason"), score.round(4).alias("score"))
        .with_columns(pl.when(pl.col("reason").is_null()).then(pl.lit("propose")).otherwise(pl.lit("risk")).alias("verdict"))
        .select(pl.col(name).cast(dtype) for name, dtype in SUGGESTION.items())
        .sort("score", "canonical", "variant", descending=[True, False, False])
    )


def _best_name_for_each(proposed: pl.DataFrame) -> pl.DataFrame:
    """Keep for each variant the proposal with the best score.

    Proposals for a canonical spelling that is not registered and is itself proposed as a variant of another name are dropped first.
    """
    names = proposed.filter(~pl.col("canonical").is_in(proposed["variant"].implode()) | pl.col("registered"))
    return names.unique("variant", keep="first", maintain_order=True)
