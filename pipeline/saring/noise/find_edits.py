"""The noise step: from texts to deletions of ads, spam, navigation, widgets, comments, captions and other pages' headlines.

    texts -> markdown_marks         marks of Markdown hidden, for judging only
          -> line_layout            line breaks where a reader would put them, for judging only
          -> line_features          features of each line and of its neighbours
          -> line_rules             line rules, and the blocks below marker lines
          -> line_classifier        lines that no rule foresees, by their context features
             <- site_lines          ... and by whether other pages of the site have them too (`site_line_counts`)
          -> own_text               keeps lines of these that their neighbours show to be the page's own text
          -> span_rules             noise attached to the start, the end or the middle of a line that stays
          -> deletions              both as edits, with the white space around them
          -> rule_captures          fields of the page (date, site) read from deleted lines

Everything works on columns; the rules are data (`saring/rules/*.toml`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core import ledger, lines
from saring.core.tables import EDIT, empty_table
from saring.noise import deletions, line_features, line_layout, line_rules, markdown_marks, rule_scopes, span_rules
from saring.noise import site_lines as site
from saring.noise.line_classifier import CLASSIFIER_RULE, KINDS, classify_lines

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
    text_format: str = "text",
    protect: bool = True,
) -> pl.DataFrame:
    """Find the noise in texts (ads, navigation, widgets, comments, other pages' headlines), as deletions of the ledger.

    Titles are not searched: a headline has no neighbouring lines to judge it by.

    Args:
        texts: columns `id` and `text`; optional columns `language` (as declared, or null) and `site` restrict rules that are bound to them;
            `url` and `site` decide which rows of `site_lines` apply; `dropped_share`, null for flat text, tells which may be Markdown.
        rules: as `Config.rules`, already without those that the corpus switched off.
        classifier: judges the lines that no rule deletes; None keeps them.
        site_lines: lines that sites print on several pages, as `site_line_counts.find_site_lines` returns them: the classifier deletes them
            at lower scores. None judges each page by itself.
        text_format: the format of the texts of HTML pages, `text` or `markdown`; the same lines are noise in both.
        protect: False also deletes matches that `own_text` would keep as the page's own text. The result then includes everything that
            these rules could delete together with any others: it shows which pages a changed rule may affect.

    Returns:
        Rows of the ledger (`tables.EDIT`), step `noise`; every replacement is empty. Deletions of the classifier have a score; their rule
        is `site-line` where the page alone would not have been enough.
    """
    if texts.is_empty() or not (rules or classifier):
        return empty_table(EDIT)
    plain, structure = markdown_marks.hide_marks(texts, text_format)
    reflowed = line_layout.reflow(plain)
    line_table, scope_filter, noisy_lines = _match_line_rules(reflowed, structure, rules, protect=protect)
    rule_labels = [(rule.id, rule.kind) for rule in rules] + [
        (name, kind) for name in (CLASSIFIER_RULE, site.SITE_LINE_RULE) for kind in KINDS
    ]
    noisy_lines = noisy_lines.with_columns(pl.lit(None, dtype=pl.Float32).alias("score"))
    if classifier:
        judged = classify_lines(line_table, noisy_lines, classifier, _rows_on_site_list(line_table, texts, site_lines)).filter("drop")
        kind = pl.col("kind").replace_strict({kind: number for number, kind in enumerate(KINDS)}, return_dtype=pl.UInt32)
        rule = (len(rules) + kind + pl.when("site").then(len(KINDS)).otherwise(0)).cast(pl.UInt32).alias("rule")
        noisy_lines = pl.concat([noisy_lines, judged.select("row", rule, "score")])
    noisy_spans = span_rules.find_noisy_spans(line_table, noisy_lines["row"], rules, scope_filter)
    if protect:
        noisy_lines, noisy_spans = markdown_marks.keep_structure(noisy_lines, noisy_spans, line_table, structure)
    edits = line_layout.restore_layout(deletions.deletion_edits(reflowed, line_table, noisy_lines, noisy_spans, rule_labels), plain)
    return ledger.number_edits("noise", markdown_marks.restore_originals(edits, texts, structure))


def doubtful(
    texts: pl.DataFrame,
    rules: Sequence[Rule],
    classifier: Classifier,
    site_lines: pl.DataFrame | None = None,
    *,
    text_format: str = "text",
) -> pl.DataFrame:
    """Return the lines on which the classifier abstains (score between `keep_at` and `drop_at`), for review.

    Args:
        texts: columns `id` and `text`, and optionally `language`, `url`, `site` and `dropped_share`, as for `find`.
        rules: all rules; a line that one of them deletes is not listed.
        classifier: scores the other lines.
        site_lines: lines that sites print on several pages, or None.
        text_format: as for `find`.

    Returns:
        Columns `id`, `start`, `end`, `original`, `kind` (under which they would be deleted) and `score`, in the order of the texts.
    """
    if texts.is_empty():
        return pl.DataFrame(schema={name: EDIT[name] for name in ("id", "start", "end", "original", "kind", "score")})
    plain, structure = markdown_marks.hide_marks(texts, text_format)
    line_table, _, noisy_lines = _match_line_rules(line_layout.reflow(plain), structure, rules)
    listed = _rows_on_site_list(line_table, texts, site_lines)
    undecided = classify_lines(line_table, noisy_lines, classifier, listed).filter(
        (pl.col("score") >= classifier.keep_at) & ~pl.col("drop")
    )
    undecided, _ = markdown_marks.keep_structure(
        undecided, pl.DataFrame(schema={"row": pl.UInt32, "original": pl.String}), line_table, structure
    )
    abstentions = (
        line_table.join(undecided, on="row", maintain_order="left")
        .with_columns((pl.col("start") + pl.col("line").str.len_chars().cast(pl.Int32)).alias("end"), pl.col("line").alias("original"))
        .select("id", "start", "end", "original", "kind", "score")
    )
    return markdown_marks.restore_originals(line_layout.restore_layout(abstentions, plain), texts, structure)


def _rows_on_site_list(line_table: pl.DataFrame, texts: pl.DataFrame, site_lines: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return the `row` of each line that its site prints on several pages, according to the table `site_lines`; None without a table."""
    return None if site_lines is None or site_lines.is_empty() else site.listed_rows(line_table, texts, site_lines)


def _match_line_rules(
    judged: pl.DataFrame, structure: pl.DataFrame, rules: Sequence[Rule], *, protect: bool = True
) -> tuple[pl.DataFrame, rule_scopes.ScopeFilter, pl.DataFrame]:
    """Apply the line rules to texts; return the lines with features, the language and site filter of rules, and the rows to delete.

    Args:
        judged: the texts as `line_layout.reflow` returns them, whose lines are judged; columns as for `find`.
        structure: as `markdown_marks.hide_marks` returns it.
        rules: all rules.
        protect: whether lines that are the page's own text are kept.
    """
    line_table = markdown_marks.without_blank_lines(line_features.line_features(lines.split_lines(judged)), structure)
    scope_filter = rule_scopes.ScopeFilter(judged, line_table, rules)
    return line_table, scope_filter, line_rules.find_noisy_lines(line_table, rules, scope_filter, protect=protect)
