"""Find what is not the page's own text: ads, spam, navigation, widgets, comments, captions, headlines of other pages.

    texts -> layout                 line breaks where a reader would put them, for judging only
          -> lines -> features      what each line looks like, and its neighbours
                   -> whole         lines that are noise as a whole, and the blocks below marker lines
                   -> classifier    lines that no rule foresees, by what they and their surroundings look like
                      <- site       ... and by whether other pages of the site have them too, which `tally` counts
                   -> own           lines that all these leave alone, because their neighbours say that they are the page's own text
                   -> parts         noise glued to the start, the end or the middle of a line that stays
          -> cuts                   both as edits, with the white space around them made whole
          -> captures               what a cut says about the page (its date, its site)

Everything works on columns; the rules are data (`pipeline/rules`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core import ledger, lines
from saring.core.tables import EDIT, empty_table
from saring.noise import deletions, line_features, line_layout, line_rules, rule_scopes, span_rules
from saring.noise import site_lines as site
from saring.noise.line_classifier import KINDS, RULE, classify_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule
    from saring.noise.line_classifier import Classifier

__all__ = ["doubtful", "find"]


def find(
    texts: pl.DataFrame,
    rules: Sequence[Rule],
    classifier: Classifier | None = None,
    site_lines: pl.DataFrame | None = None,
    *,
    protect: bool = True,
) -> pl.DataFrame:
    """Find noise in texts.

    Titles are left alone: a headline has no lines to compare it with.

    Args:
        texts: columns `id` and `text`; `language` (as stated, or null) and `site` narrow rules where they are there; `url` and `site` say
            which lines of the table are theirs.
        rules: as `Config.rules`, already without those that the corpus switched off.
        classifier: judges the lines that the rules leave; None leaves them.
        site_lines: lines that sites print on several pages, as `tally.survey` gives them: the classifier takes them for noise sooner. None
            judges each page by itself.
        protect: False cuts what rules match even where it is the page's own text (`noise.own`): what rules could do, whatever other rules do.

    Returns:
        Rows of the ledger (`tables.EDIT`), step `noise`; every replacement is empty. Those of the classifier have a score; their rule is
        `site-line` where the page alone would not have decided so.
    """
    if texts.is_empty() or not (rules or classifier):
        return empty_table(EDIT)
    as_judged = line_layout.reflow(texts)
    described, allowed, noisy = _by_rule(texts, as_judged, rules, protect=protect)
    names = [(rule.id, rule.kind) for rule in rules] + [(name, kind) for name in (RULE, site.RULE) for kind in KINDS]
    noisy = noisy.with_columns(pl.lit(None, dtype=pl.Float32).alias("score"))
    if classifier:
        judged = classify_lines(described, noisy, classifier, _listed(described, texts, site_lines)).filter("drop")
        kind = pl.col("kind").replace_strict({kind: number for number, kind in enumerate(KINDS)}, return_dtype=pl.UInt32)
        rule = (len(rules) + kind + pl.when("site").then(len(KINDS)).otherwise(0)).cast(pl.UInt32).alias("rule")
        noisy = pl.concat([noisy, judged.select("row", rule, "score")])
    glued = span_rules.find_noisy_spans(described, noisy["row"], rules, allowed)
    return ledger.number_edits(
        "noise", line_layout.restore_layout(deletions.deletion_edits(as_judged, described, noisy, glued, names), texts)
    )


def doubtful(texts: pl.DataFrame, rules: Sequence[Rule], classifier: Classifier, site_lines: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the lines about which the classifier abstains, for a person to look at. Arguments are those of `find`.

    Returns:
        Columns `id`, `start`, `end`, `original`, `kind` (what they would be cut as) and `score`, by place.
    """
    if texts.is_empty():
        return pl.DataFrame(schema={name: EDIT[name] for name in ("id", "start", "end", "original", "kind", "score")})
    described, _, noisy = _by_rule(texts, line_layout.reflow(texts), rules)
    listed = _listed(described, texts, site_lines)
    between = classify_lines(described, noisy, classifier, listed).filter((pl.col("score") >= classifier.keep_at) & ~pl.col("drop"))
    found = (
        described.join(between, on="row", maintain_order="left")
        .with_columns((pl.col("start") + pl.col("line").str.len_chars().cast(pl.Int32)).alias("end"), pl.col("line").alias("original"))
        .select("id", "start", "end", "original", "kind", "score")
    )
    return line_layout.restore_layout(found, texts)


def _listed(described: pl.DataFrame, texts: pl.DataFrame, site_lines: pl.DataFrame | None) -> pl.DataFrame | None:
    return None if site_lines is None or site_lines.is_empty() else site.listed_rows(described, texts, site_lines)


def _by_rule(
    texts: pl.DataFrame, judged: pl.DataFrame, rules: Sequence[Rule], *, protect: bool = True
) -> tuple[pl.DataFrame, rule_scopes.ScopeFilter, pl.DataFrame]:
    described = line_features.line_features(lines.split_lines(judged))
    allowed = rule_scopes.ScopeFilter(texts, described, rules)
    return described, allowed, line_rules.find_noisy_lines(described, rules, allowed, protect=protect)
