r"""Hide the marks of Markdown from the noise step, so that it judges the lines of a page as it would judge them in plain text.

Marks are replaced one for one by form feeds, which are white space that no extracted text contains, so that offsets stay the same:

    ## Share    ->  \f\f\fShare         | a | b |   ->  \f\fa | b\f\f      12. salt  ->  \f\f- salt

Fences belong to the first and the last line of their code, and the rule of a table to its first row: the line breaks between them are
hidden too. Code is not judged as noise, and a table keeps its first row as long as it keeps another, else it would be a table no longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core import lines

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

__all__ = ["HIDDEN", "hide_marks", "keep_structure", "markdown_pages", "restore_originals", "without_blank_lines"]

#: Stands for a hidden mark.
HIDDEN = "\f"

_FENCE = r"^(?:>|-|\d+\.|:| )*?(`{3,})$"
_RULE = r"^[> ]*\|(?: --- \|)+$"
_ROW = r"^(?:>|-|\d+\.|:| )*?\| .*\|$"
#: What stands before the text of a line: indents and quotations, marks of list items, the mark of a heading, and a mark that is escaped.
_LEAD = r"^((?:> ?| )*)((?:(?:- |\d+\. |: )(?:> | )*)*)((?:#{1,6} )?)((?:\\[#>*+\-=_`~<]|\d+\\[.)])?)"
_PARTS = ("outer", "marks", "heading", "escaped")
#: The border in front of the first cell of a row; and the one behind the last, with empty cells.
_FIRST_BORDER, _LAST_BORDER = r"^\| ", r"(?: +\|)+$"

#: Schema of the structure of Markdown: for each of its lines its start in the text, whether it is code, and the number of its table and
#: whether it is the first row of that.
_STRUCTURE = pl.Schema({"id": pl.String, "start": pl.Int32, "is_code": pl.Boolean, "table": pl.UInt32, "is_head": pl.Boolean})


def markdown_pages(texts: pl.DataFrame, text_format: str) -> pl.DataFrame:
    """Return the texts that are Markdown: with the format `markdown`, those of HTML pages, which alone have a `dropped_share`."""
    is_possible = text_format == "markdown" and "dropped_share" in texts.columns
    return texts.filter(pl.col("dropped_share").is_not_null() & pl.col("text").is_not_null()) if is_possible else texts.clear()


def hide_marks(texts: pl.DataFrame, text_format: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return texts with the marks of Markdown hidden, at unchanged length, and the structure of the Markdown (`_STRUCTURE`).

    Args:
        texts: columns `id` and `text`; `dropped_share`, which is null for flat text; and any others.
        text_format: the format of the texts of HTML pages, `text` or `markdown`.
    """
    pages = markdown_pages(texts, text_format)
    if pages.is_empty():
        return texts, pl.DataFrame(schema=_STRUCTURE)
    table = _with_structure(lines.split_lines(pages))
    parts = pl.col("line").str.extract_groups(_LEAD).struct.rename_fields(list(_PARTS))
    table = table.with_columns(parts.alias("parts")).unnest("parts")
    has_mark = pl.col("marks") != ""
    lead = pl.concat_str("outer", "marks", "heading")
    rest = pl.col("line").str.slice(lead.str.len_chars() + pl.col("escaped").str.len_chars())
    escape = pl.when(pl.col("escaped") != "").then(pl.lit(HIDDEN)).otherwise(pl.lit(""))
    unescaped = pl.col("escaped").str.replace("\\", "", literal=True)
    bullet = pl.when(has_mark).then(pl.lit("- ")).otherwise(pl.lit(""))
    hidden_lead = _hidden(lead.str.slice(pl.when(has_mark).then(2).otherwise(0)))
    row = rest.str.replace(_FIRST_BORDER, HIDDEN * 2).str.replace_all(r"\|", f"{HIDDEN}|", literal=True)
    last_border = _hidden(row.str.extract(f"({_LAST_BORDER})").fill_null(""))
    cells = pl.when("is_row").then(pl.concat_str(row.str.replace(_LAST_BORDER, ""), last_border)).otherwise(rest)
    code = pl.concat_str(_hidden(pl.col("line").str.slice(0, pl.col("margin"))), pl.col("line").str.slice(pl.col("margin")))
    line = (
        pl.when(pl.col("is_fence") | pl.col("is_rule"))
        .then(_hidden(pl.col("line")))
        .when("is_code")
        .then(code)
        .otherwise(pl.concat_str(hidden_lead, escape, bullet, unescaped, cells))
    )
    is_last = pl.col("id") != pl.col("id").shift(-1)
    end = pl.when(is_last.fill_null(value=True)).then(pl.lit("")).when("is_joined").then(pl.lit(HIDDEN)).otherwise(pl.lit("\n"))
    judged = table.select("id", pl.concat_str(line, end).alias("text")).group_by("id", maintain_order=True).agg(pl.col("text").str.join(""))
    return texts.update(judged, on="id", maintain_order="left"), table.select(_STRUCTURE.names()).cast(_STRUCTURE)


def _hidden(text: pl.Expr) -> pl.Expr:
    """Return strings of the same length that are hidden marks throughout."""
    return text.str.replace_all(r".", HIDDEN)


def _with_structure(table: pl.DataFrame) -> pl.DataFrame:
    """Add the structure of Markdown to its lines: columns of `_STRUCTURE`, `is_fence`, `is_rule`, `is_row`, `margin` of code, `is_joined`.

    `is_joined` says that the line and the next are judged as one.
    """
    fence = table["line"].str.extract(_FENCE).str.len_chars().fill_null(0).to_numpy()
    begins = table["number"].to_numpy() == 0
    is_code, opens, closes = _code_lines(fence, begins)
    width = table["line"].str.len_chars().to_numpy().astype(np.int64) - fence
    opening = np.maximum.accumulate(np.where(opens, np.arange(len(fence)), 0))
    is_text = ~is_code
    is_row = table["line"].str.contains(_ROW).to_numpy() & is_text
    is_rule = table["line"].str.contains(_RULE).to_numpy() & is_row & np.append(False, is_row[:-1])[: len(is_row)] & ~begins
    is_head = np.append(is_rule[1:], False)[: len(is_rule)]
    number = np.cumsum(is_head)
    is_row &= number > 0
    return table.with_columns(
        pl.Series("is_code", is_code),
        pl.Series("is_fence", opens | closes),
        pl.Series("margin", np.where(is_code, width[opening], 0)),
        pl.Series("is_row", is_row & ~is_rule),
        pl.Series("is_rule", is_rule),
        pl.Series("is_head", is_head),
        pl.when(pl.Series(is_row)).then(pl.Series(number)).alias("table"),
        pl.Series("is_joined", opens | is_head | np.append(closes[1:], False)[: len(closes)]),
    )


def _code_lines(fence: npt.NDArray[np.uint32], begins: Flags) -> tuple[Flags, Flags, Flags]:
    """Return masks of the lines of code with their fences, of the opening and of the closing fences.

    Code is between fences of one length, and a shorter fence inside it is code: fences are paired from the longest to the shortest.

    Args:
        fence: the length of the fence that each line may be, 0 for none.
        begins: mask of the first lines of texts.

    >>> fences = np.array([4, 3, 0, 3, 4, 0, 3, 0, 3], dtype=np.uint32)
    >>> _code_lines(fences, np.arange(9) == 0)[0].astype(int)
    array([1, 1, 1, 1, 1, 0, 1, 1, 1])
    """
    is_code, opens, closes = (np.zeros(len(fence), dtype=np.bool_) for _ in range(3))
    first = np.maximum.accumulate(np.where(begins, np.arange(len(fence)), 0))
    for length in sorted({*fence.tolist()} - {0}, reverse=True):
        is_fence = (fence == length) & ~is_code
        count = np.cumsum(is_fence)
        is_inside = (count - (count - is_fence)[first]) % 2 == 1
        opens |= is_fence & is_inside
        closes |= is_fence & ~is_inside
        is_code |= is_fence | is_inside
    return is_code, opens, closes


def without_blank_lines(line_table: pl.DataFrame, structure: pl.DataFrame) -> pl.DataFrame:
    """Return lines with features in which Markdown has no blank lines: they separate its paragraphs, and mean nothing more."""
    if structure.is_empty():
        return line_table
    is_markdown = pl.col("id").is_in(structure["id"].unique().implode())
    number = pl.when(is_markdown).then(pl.col("from_start").cast(line_table.schema["number"])).otherwise("number")
    return line_table.with_columns(number.alias("number"))


def keep_structure(
    noisy_lines: pl.DataFrame, noisy_spans: pl.DataFrame, line_table: pl.DataFrame, structure: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop the noisy lines and spans without which Markdown would be broken: of code, first rows of tables, borders between cells.

    Args:
        noisy_lines: column `row`, and any others.
        noisy_spans: columns `row` and `original`, and any others.
        line_table: lines with features.
        structure: as `hide_marks` returns it.
    """
    if structure.is_empty():
        return noisy_lines, noisy_spans
    # Lines of wrapped code are joined, and a long single line is divided: each is in the line that starts at or before its own start.
    rows = line_table.select("row", "id", "start").join_asof(structure, on="start", by="id", check_sortedness=False)
    rows = rows.select("row", pl.col("is_code").fill_null(value=False), "table", pl.col("is_head").fill_null(value=False))
    is_noisy = pl.col("row").is_in(noisy_lines["row"].implode())
    other_rows_stay = pl.col("table").is_not_null() & (~is_noisy & ~pl.col("is_head")).any().over("table")
    kept = rows.filter(pl.col("is_code") | (pl.col("is_head") & other_rows_stay))
    in_tables = rows.filter(pl.col("table").is_not_null())["row"].implode()
    cuts_border = pl.col("row").is_in(in_tables) & pl.col("original").str.contains("|", literal=True)
    in_code = rows.filter("is_code").select("row")
    return (
        noisy_lines.join(kept.select("row"), on="row", how="anti", maintain_order="left"),
        noisy_spans.filter(~cuts_border).join(in_code, on="row", how="anti", maintain_order="left"),
    )


def restore_originals(edits: pl.DataFrame, texts: pl.DataFrame, structure: pl.DataFrame) -> pl.DataFrame:
    """Return edits, or other rows with offsets, found in texts with hidden marks: `original` becomes the string of the text itself."""
    if structure.is_empty() or edits.is_empty():
        return edits
    pages = texts.join(structure.select("id").unique(), on="id", how="semi").select("id", pl.col("text").alias("page_text"))
    own = pl.col("page_text").str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
    return (
        edits.join(pages, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce(own, "original").alias("original"))
        .drop("page_text")
    )
