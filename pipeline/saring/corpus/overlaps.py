"""Documents that say the same: links between them, one kept of each, splits that no copy crosses.

    texts ── shingles ── sketches ── candidates ── verify ── passages ──► links
             words,      what is     pairs that    each       what
             hashes      remembered  may say the   pair on    corresponds
                                     same          its texts, templates apart
          └─ translations ──────────────────────────────────────► links
             what is told in other words: see that module

    documents + links ── clusters ── splits ──► roles
                         choice

`find_overlaps` goes the first way, `assign_roles` the second; `revisions` joins the scrapes of one URL and gives every scrape its published id.
Links are verified: every one was looked at on the texts themselves and says which passages correspond. Nothing is quadratic: a text
that stands a hundred thousand times is linked as a star, and what a hundred thousand texts share makes none of them a candidate of all
the others. What is remembered of the texts stands in temporary files where it would not fit into memory (`corpus`, `store`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring import language
from saring.compute.disk_arrays import ArrayStore
from saring.compute.pool import SERIAL
from saring.core.tables import OVERLAP, ROLE
from saring.corpus import clusters, splits
from saring.dedup import candidates, text_store, verification
from saring.dedup.signatures import compute_signatures
from saring.translation import pairs as translations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saring import config
    from saring.compute.pool import Executor

__all__ = ["MEMORY", "assign_roles", "find_overlaps"]

#: Bytes of memory that a search may take where nobody says.
MEMORY = 4_000_000_000

#: The share of them from which on memory is given back: some is always taken for a moment.
_SHARE = 0.6

_PAGE = 400  # code points: enough to tell a language, and two thirds of the time of a whole page
_ASKED = 20_000  # documents whose language is asked for at a time


def find_overlaps(
    texts: pl.DataFrame | pl.LazyFrame | Iterable[pl.DataFrame], settings: config.Overlap, memory: int = MEMORY, executor: Executor = SERIAL
) -> pl.DataFrame:
    """Return the exact copies, near duplicates, contained texts, translations and retranslations among these.

    Args:
        texts: id (no two the same) and text, which may be null; language and language_script, as from `language.identify`, are found
            where they are missing or null; more columns are ignored. In any order. What is scanned, or comes frame by frame, is read
            once, and its texts do not stay in memory.
        settings: the thresholds; see `verify.links` and `translations.links` for the kinds.
        memory: bytes that the process is to keep below, as far as that is in the hand of the search: what the caller holds counts. Where
            it may not suffice, what is remembered of the texts goes to temporary files; the links are the same.
        executor: compares the texts that may be translations, where they are many; the links are the same.

    Returns:
        Columns of `tables.OVERLAP`, sorted by a and b; a < b; each pair once. Copies of one text are linked to the one with the
        smallest id, not to each other, and only that one is linked to other texts. A text without a word is linked to none.
    """
    store = ArrayStore(limit=int(memory * _SHARE))
    numbered = text_store.number_documents(texts, store)
    ids, unlike, copies = numbered.ids, numbered.unlike, numbered.copies
    del numbered, texts

    sketches = compute_signatures(unlike, settings.near_at, store)
    alike = candidates.exact_pairs(sketches.texts)
    rank = (
        unlike.select("doc", "characters")
        .sort("characters", "doc", descending=[True, False])
        .select("doc", pl.int_range(pl.len(), dtype=pl.UInt32).alias("rank"))
    )
    unique = sketches.without(alike["b"], store)
    spoken_of = sketches.texts
    del sketches
    pairs = candidates.merge_pairs((alike, candidates.near_pairs(unique, rank, store), candidates.contained_pairs(unique, rank, store)))
    del unique
    links = verification.verify_pairs(unlike, pairs, settings, store)
    # A link to a text that is itself a part of a larger one leaves the larger one to be looked at.
    more = clusters.star_pairs(links, rank)
    more = more.join(pairs.join(more, on=["a", "b"], how="semi"), on=["a", "b"], how="anti")
    del pairs
    links = pl.concat([links, verification.verify_pairs(unlike, more, settings, store)])

    copied = _copies(copies, links, spoken_of)
    if not settings.translations:
        return _named(pl.concat([links, copied]), ids)
    told = unlike.filter(~pl.col("doc").is_in(_repeated(links, rank).implode()))
    retold = translations.translation_links(_with_language(told, store), settings, store, executor).join(links, on=["a", "b"], how="anti")
    retold = verification.reclassify_templates(told, retold, settings, store)
    return _named(pl.concat([links, retold, copied]), ids)


def assign_roles(documents: pl.DataFrame, links: pl.DataFrame, edits_per_document: pl.DataFrame, config: config.Config) -> pl.DataFrame:
    """Return what becomes of each document: its cluster, whether it is kept, and its split.

    Args:
        documents: id, characters, language; declared, how much each says about itself, where that is known.
        links: columns of `tables.OVERLAP`, between ids of `documents`; those of `find_overlaps` and of `revisions.revision_links` together.
        edits_per_document: id and edits, how many; a document that is not in it has none.
        config: `overlap` and `splits`.

    Returns:
        Columns of `tables.ROLE`, sorted by id, a row for each document.
    """
    said = "declared" if "declared" in documents.columns else pl.lit(0).alias("declared")
    counted = documents.select("id", "characters", "language", said).join(edits_per_document.select("id", "edits"), on="id", how="left")
    chosen = clusters.choose_kept(counted, links, config.overlap)
    drawn = splits.draw_splits(documents["id"], links, config.splits)
    return chosen.join(drawn, on="id").sort("id").select(pl.col(name).cast(dtype) for name, dtype in ROLE.items())


def _repeated(links: pl.DataFrame, rank: pl.DataFrame) -> pl.Series:
    """Return the texts that say nothing new in the same words: exact copies, and of the others like one text all but the most complete.

    What is told in other words is looked for among the others only. It is found by how much more two texts have in common than others
    near them, so a thousand revisions of one page would hide its translation; one more does not.
    """
    exact = links.filter(pl.col("kind") == "exact")["b"]
    ends = links.filter(pl.col("kind") != "exact").select("a", "b")
    ranked = ends.join(rank, left_on="a", right_on="doc").join(rank, left_on="b", right_on="doc", suffix="_b")
    lesser = (
        ranked.select(
            great=pl.when(pl.col("rank") < pl.col("rank_b")).then("a").otherwise("b"),
            small=pl.when(pl.col("rank") < pl.col("rank_b")).then("b").otherwise("a"),
            rank=pl.max_horizontal("rank", "rank_b"),
        )
        .sort("great", "rank")
        .filter(pl.int_range(pl.len()).over("great") > 0)["small"]
    )
    return pl.concat([exact, lesser]).unique()


def _with_language(texts: pl.DataFrame, store: ArrayStore) -> pl.DataFrame:
    """Return columns doc, text, language, language_script; a language that is not known is found from the first page of the text."""
    unknown = texts.filter(pl.col("language").is_null() | pl.col("language_script").is_null())
    asked = unknown.select("language", id="doc", text=pl.col("text").str.head(_PAGE), title=pl.lit(None, dtype=pl.String))
    found = []
    for low in range(0, asked.height, _ASKED):
        found.append(language.identify(asked[low : low + _ASKED], ()).select("language", "language_script", doc="id"))
        store.release_memory()
    return (texts.update(pl.concat(found), on="doc") if found else texts).select("doc", "text", "language", "language_script")


def _copies(copies: pl.DataFrame, links: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Return the links of texts that are the same as another, character for character: nothing is left to look at.

    Args:
        copies: doc, and first: the first with the same text.
        links: between the first ones; where one has the same words as another, its copies are linked to that one too.
        texts: as in `Sketches.texts`.
    """
    spans = [pl.col(f"{edge}{side}").alias(f"{name}_{edge}") for side, name in (("_a", "a"), ("", "b")) for edge in ("start", "end")]
    said = [pl.lit("exact").alias("kind"), *(pl.lit(1.0).alias(name) for name in ("score", "coverage_a", "coverage_b"))]
    spoken = texts.filter(pl.col("words") > 0).select("doc", "start", "end")
    return (
        copies.join(links.filter(pl.col("kind") == "exact").select("a", first="b"), on="first", how="left")
        .with_columns(pl.coalesce("a", "first").alias("a"))
        .join(spoken, left_on="first", right_on="doc")
        .join(spoken, left_on="a", right_on="doc", suffix="_a")
        .with_columns(*said, passages=pl.concat_list(pl.struct(*spans, score=1.0)))
        .select(pl.col(name if name != "b" else "doc").alias(name).cast(dtype) for name, dtype in verification.LINKS.items())
    )


def _named(links: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    ordered = links.sort("a", "b")
    return ordered.with_columns(a=ids.gather(ordered["a"]), b=ids.gather(ordered["b"])).select(OVERLAP.names())
