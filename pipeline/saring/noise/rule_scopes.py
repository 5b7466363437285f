"""Which rules may look at which document: rules can be for some languages or sites only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule

__all__ = ["ScopeFilter"]

#: So much prose tells languages apart that rules are bound to, at a quarter of the price of a whole sample.
_SAMPLE = 1_000


class ScopeFilter:
    """Drops matches of rules that are not for the document's language or site.

    Where no language is stated it is identified from the document's prose alone, since labels of widgets, often English, would mislead
    the identifier; and only for documents in which a rule bound to languages matched, since that costs a call a document.
    """

    def __init__(self, texts: pl.DataFrame, lines: pl.DataFrame, rules: Sequence[Rule]) -> None:
        null = pl.lit(None, dtype=pl.String)
        self._texts = texts.select("id", *((pl.col(c) if c in texts.columns else null.alias(c)) for c in ("language", "site")))
        self._lines, self._rules = lines, rules

    def only(self, matches: pl.DataFrame) -> pl.DataFrame:
        """Return the matches that are allowed.

        Args:
            matches: columns `id` and `rule` (index into the rules), and any others.
        """
        return self._narrow(self._narrow(matches, "language", "languages"), "site", "sites")

    def _narrow(self, matches: pl.DataFrame, column: str, attribute: str) -> pl.DataFrame:
        pairs = [(index, value) for index, rule in enumerate(self._rules) for value in getattr(rule, attribute)]
        bound = pl.col("rule").is_in([index for index, _ in pairs])
        if not pairs or (asked := matches.filter(bound)).is_empty():
            return matches
        allowed = pl.DataFrame(pairs, schema={"rule": matches.schema["rule"], column: pl.String}, orient="row")
        known = self._texts.join(asked.select("id").unique(), on="id", how="semi")
        if column == "language":
            known = self._identified(known)
        passed = matches.with_row_index("match").join(known.select("id", column), on="id").join(allowed, on=["rule", column], how="semi")
        return matches.with_row_index("match").filter(~bound | pl.col("match").is_in(passed["match"].implode())).drop("match")

    def _identified(self, texts: pl.DataFrame) -> pl.DataFrame:
        prose = self._lines.filter("prose").group_by("id", maintain_order=True).agg(pl.col("text").str.join("\n").str.slice(0, _SAMPLE))
        unknown = texts.filter(pl.col("language").is_null()).select("id", "language").join(prose, on="id")
        if unknown.is_empty():
            return texts
        from saring.language import identify  # noqa: PLC0415 - heavy, and not needed by most batches

        found = identify(unknown.with_columns(pl.lit(None, dtype=pl.String).alias("title")), ()).select("id", "language")
        return texts.join(found, on="id", how="left", suffix="_found").with_columns(
            pl.coalesce("language", "language_found").alias("language")
        )
