"""Restrict rules to documents: drop matches of rules that are bound to other languages or sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule

__all__ = ["ScopeFilter"]

#: Characters of prose per document from which its language is identified: enough for the languages that rules are bound to, at a quarter of
#: the cost of the sample that `saring.language` takes.
_SAMPLE = 1_000


class ScopeFilter:
    """Filter of rule matches by the document's language and site, for rules with `languages` or `sites`.

    A language that is not declared is identified from the document's prose alone, since widget labels, often English, would mislead the
    identifier. Only documents in which a rule with `languages` matched are identified, since each costs a call.
    """

    def __init__(self, texts: pl.DataFrame, lines: pl.DataFrame, rules: Sequence[Rule]) -> None:
        """Take texts (`id`; optional `language` and `site`), their lines with features, and all rules."""
        null = pl.lit(None, dtype=pl.String)
        self._texts = texts.select("id", *((pl.col(c) if c in texts.columns else null.alias(c)) for c in ("language", "site")))
        self._lines, self._rules = lines, rules

    def filter_matches(self, matches: pl.DataFrame) -> pl.DataFrame:
        """Return the matches whose rule is for the document's language and site.

        Args:
            matches: columns `id` and `rule` (index into the rules), and any others.
        """
        return self._filter_by(self._filter_by(matches, "language", "languages"), "site", "sites")

    def _filter_by(self, matches: pl.DataFrame, column: str, attribute: str) -> pl.DataFrame:
        """Drop matches of rules that are bound to other languages, or to other sites, than their document's.

        Args:
            matches: columns `id` and `rule` (index into the rules), and any others.
            column: the column of the documents: `language` or `site`.
            attribute: the list of a rule that must contain the document's value unless it is empty: `languages` or `sites`.
        """
        pairs = [(index, value) for index, rule in enumerate(self._rules) for value in getattr(rule, attribute)]
        is_bound = pl.col("rule").is_in([index for index, _ in pairs])
        if not pairs or (bound_matches := matches.filter(is_bound)).is_empty():
            return matches
        allowed = pl.DataFrame(pairs, schema={"rule": matches.schema["rule"], column: pl.String}, orient="row")
        documents = self._texts.join(bound_matches.select("id").unique(), on="id", how="semi")
        if column == "language":
            documents = self._identify_languages(documents)
        allowed_matches = (
            matches.with_row_index("match").join(documents.select("id", column), on="id").join(allowed, on=["rule", column], how="semi")
        )
        return matches.with_row_index("match").filter(~is_bound | pl.col("match").is_in(allowed_matches["match"].implode())).drop("match")

    def _identify_languages(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Fill null languages of texts with the language identified from a sample of their prose."""
        prose = self._lines.filter("prose").group_by("id", maintain_order=True).agg(pl.col("text").str.join("\n").str.slice(0, _SAMPLE))
        undeclared = texts.filter(pl.col("language").is_null()).select("id", "language").join(prose, on="id")
        if undeclared.is_empty():
            return texts
        from saring.language import identify  # noqa: PLC0415 - heavy, and not needed by most batches

        identified = identify(undeclared.with_columns(pl.lit(None, dtype=pl.String).alias("title")), ()).select("id", "language")
        return texts.join(identified, on="id", how="left", suffix="_identified").with_columns(
            pl.coalesce("language", "language_identified").alias("language")
        )
