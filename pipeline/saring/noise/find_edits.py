"""The noise step: from texts to deletions of ads, spam, navigation, widgets, comments, captions and other pages' headlines.

    texts -> line_layout            line breaks where a reader would put them, for judging only
          -> line_features          features of each line and of its neighbours
          -> line_rules             line rules, and the blocks below marker lines
          -> line_classifier        lines that no rule foresees, by their context features
             <- site_lines          ... and by whether other pages of the site have them too (`site_line_counts`)
          -> head_lines             the page's own headline, byline and date line, on flat pages
          -> own_text               keeps lines of these that their neighbours show to be the page's own text
          -> span_rules             noise attached to the start, the end or the middle of a line that stays
          -> deletions              both as edits, with the white space around them
          -> rule_captures          fields of the page (date, site) read from deleted lines; head_lines fills title, authors and date

Everything works on columns; the rules are data (`saring/rules/*.toml`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.config.rules import HEAD_RULES
from saring.core import ledger, lines
from saring.core.tables import EDIT, PREPARED, empty_table
from saring.noise import deletions, head_lines, line_features, line_layout, line_rules, rule_scopes, span_rules
from saring.noise import site_lines as site
from saring.noise.line_classifier import CLASSIFIER_RULE, KINDS, classify_lines, score_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule
    from saring.noise.head_lines import HeadModels
    from saring.noise.line_classifier import Classifier

__all__ = ["doubtful", "find", "find_with_types"]


def find(
    texts: pl.DataFrame,
    rules: Sequence[Rule],
    classifier: Classifier | None = None,
    site_lines: pl.DataFrame | None = None,
    *,
    head_models: HeadModels | None = None,
    protect: bool = True,
) -> pl.DataFrame:
    """Find the noise in texts (ads, navigation, widgets, comments, other pages' headlines), as deletions of the ledger.

    Titles are not searched: a headline has no neighbouring lines to judge it by.

    Args:
        texts: columns `id` and `text`; optional columns `language` (as declared, or null) and `site` restrict rules that are bound to them;
            `url` and `site` decide which rows of `site_lines` apply.
        rules: as `Config.rules`, already without those that the corpus switched off.
        classifier: judges the lines that no rule deletes; None keeps them.
        site_lines: lines that sites print on several pages, as `site_line_counts.find_site_lines` returns them: the classifier deletes them
            at lower scores. None judges each page by itself.
        head_models: finds the headline, byline and date of flat pages (`head_lines`), which other columns of `texts` help to judge; None
            leaves them to rules and classifier.
        protect: False also deletes matches that `own_text` would keep as the page's own text. The result then includes everything that
            these rules could delete together with any others: it shows which pages a changed rule may affect.

    Returns:
        Rows of the ledger (`tables.EDIT`), step `noise`; every replacement is empty. Deletions of the classifier have a score; their rule
        is `site-line` where the page alone would not have been enough.
    """
    if texts.is_empty() or not (rules or classifier or head_models):
        return empty_table(EDIT)
    return _find(texts, rules, (classifier, head_models), site_lines, protect=protect, with_types=False)[0]


def find_with_types(
    texts: pl.DataFrame,
    rules: Sequence[Rule],
    classifier: Classifier | None = None,
    head_models: HeadModels | None = None,
    site_lines: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find the noise in texts as `find` does, and guess the type of each page.

    Returns:
        The deletions; and the types, as `page_type.page_types` returns them, of all texts.
    """
    if texts.is_empty():
        return empty_table(EDIT), pl.DataFrame(schema={name: PREPARED[name] for name in ("id", "page_type", "page_type_score")})
    return _find(texts, rules, (classifier, head_models), site_lines, protect=True, with_types=True)


def _find(
    texts: pl.DataFrame,
    rules: Sequence[Rule],
    models: tuple[Classifier | None, HeadModels | None],
    site_lines: pl.DataFrame | None,
    *,
    protect: bool,
    with_types: bool,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the deletions of `find`, and the types of the pages if there is a classifier or they are wanted, else an empty table."""
    classifier, head_models = models
    reflowed = line_layout.reflow(texts)
    line_table, scope_filter, noisy_lines = _match_line_rules(texts, reflowed, rules, protect=protect)
    rule_labels = [(rule.id, rule.kind) for rule in rules] + [
        (name, kind) for name in (CLASSIFIER_RULE, site.SITE_LINE_RULE) for kind in KINDS
    ]
    listed = _rows_on_site_list(line_table, texts, site_lines)
    # Before the classifier, which judges lines by the deletions of rules alone.
    head = head_lines.find_head_lines(line_table, texts, noisy_lines, listed, head_models) if head_models else None
    noisy_lines = noisy_lines.with_columns(pl.lit(None, dtype=pl.Float32).alias("score"))
    first = score_lines(line_table, _with_kinds(noisy_lines, rules), texts, classifier) if classifier or with_types else None
    if classifier and first:
        judged = classify_lines(line_table, first, classifier, listed).filter("drop")
        if head is not None:
            judged = judged.join(head.filter(pl.col("rule").is_null()), on="row", how="anti", maintain_order="left")
        kind = pl.col("kind").replace_strict({kind: number for number, kind in enumerate(KINDS)}, return_dtype=pl.UInt32)
        rule = (len(rules) + kind + pl.when("site").then(len(KINDS)).otherwise(0)).cast(pl.UInt32).alias("rule")
        noisy_lines = pl.concat([noisy_lines, judged.select("row", rule, "score")])
    if head is not None:
        numbers = {name: len(rule_labels) + number for number, name in enumerate(HEAD_RULES)}
        rule_labels += HEAD_RULES.items()
        head = head.drop_nulls("rule")
        head_rows = head.with_columns(pl.col("rule").replace_strict(numbers, return_dtype=pl.UInt32))
        noisy_lines = pl.concat([noisy_lines.join(head, on="row", how="anti", maintain_order="left"), head_rows])
    noisy_spans = span_rules.find_noisy_spans(line_table, noisy_lines["row"], rules, scope_filter)
    edits = line_layout.restore_layout(deletions.deletion_edits(reflowed, line_table, noisy_lines, noisy_spans, rule_labels), texts)
    return ledger.number_edits("noise", edits), first.page_types(texts, line_table) if first else pl.DataFrame()


def doubtful(texts: pl.DataFrame, rules: Sequence[Rule], classifier: Classifier, site_lines: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the lines on which the classifier abstains (score between `keep_at` and `drop_at`), for review.

    Args:
        texts: columns `id` and `text`, and optionally `language`, `url` and `site`, as for `find`.
        rules: all rules; a line that one of them deletes is not listed.
        classifier: scores the other lines.
        site_lines: lines that sites print on several pages, or None.

    Returns:
        Columns `id`, `start`, `end`, `original`, `kind` (under which they would be deleted) and `score`, in the order of the texts.
    """
    if texts.is_empty():
        return pl.DataFrame(schema={name: EDIT[name] for name in ("id", "start", "end", "original", "kind", "score")})
    line_table, _, noisy_lines = _match_line_rules(texts, line_layout.reflow(texts), rules)
    listed = _rows_on_site_list(line_table, texts, site_lines)
    first = score_lines(line_table, _with_kinds(noisy_lines, rules), texts, classifier)
    undecided = classify_lines(line_table, first, classifier, listed).filter((pl.col("score") >= classifier.keep_at) & ~pl.col("drop"))
    abstentions = (
        line_table.join(undecided, on="row", maintain_order="left")
        .with_columns((pl.col("start") + pl.col("line").str.len_chars().cast(pl.Int32)).alias("end"), pl.col("line").alias("original"))
        .select("id", "start", "end", "original", "kind", "score")
    )
    return line_layout.restore_layout(abstentions, texts)


def _with_kinds(noisy_lines: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the lines that rules delete, columns `row` and `rule`, with the `kind` of the rule."""
    return noisy_lines.with_columns(pl.Series([rule.kind for rule in rules], dtype=pl.String).gather(noisy_lines["rule"]).alias("kind"))


def _rows_on_site_list(line_table: pl.DataFrame, texts: pl.DataFrame, site_lines: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return the `row` of each line that its site prints on several pages, according to the table `site_lines`; None without a table."""
    return None if site_lines is None or site_lines.is_empty() else site.listed_rows(line_table, texts, site_lines)


def _match_line_rules(
    texts: pl.DataFrame, judged: pl.DataFrame, rules: Sequence[Rule], *, protect: bool = True
) -> tuple[pl.DataFrame, rule_scopes.ScopeFilter, pl.DataFrame]:
    """Apply the line rules to texts; return the lines with features, the language and site filter of rules, and the rows to delete.

    Args:
        texts: as for `find`.
        judged: the same texts as `line_layout.reflow` returns them, whose lines are judged.
        rules: all rules.
        protect: whether lines that are the page's own text are kept.
    """
    line_table = line_features.line_features(lines.split_lines(judged))
    scope_filter = rule_scopes.ScopeFilter(texts, line_table, rules)
    return line_table, scope_filter, line_rules.find_noisy_lines(line_table, rules, scope_filter, protect=protect)
