"""Settle the doubtful blocks of an article by the blocks around them, after the classifier has judged each by itself.

Measured on development pages (bench/train_blocks.py), these rules change the mean word F1 of articles by less than 0.001: they are there for short
pages, of which the classifier has seen few.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from saring.extract.page_nodes import TAG_NUMBERS
from saring.extract.visible_blocks import HEADINGS

if TYPE_CHECKING:
    import numpy.typing as npt

    from saring.extract.page_nodes import PageNodes

    Flags = npt.NDArray[np.bool_]

__all__ = ["settle_blocks"]

_HEADINGS = [TAG_NUMBERS[tag] for tag in sorted(HEADINGS)]
#: Elements of lists, tables, code and quotations.
_STRUCTURES = [TAG_NUMBERS[tag] for tag in ("li", "dt", "dd", "td", "th", "pre", "blockquote", "summary")]
#: Text that occurs this often on a page is part of its frame, if nobody else takes it for text. A judgement.
_REPEATED = 3


def settle_blocks(nodes: PageNodes, is_text: Flags) -> Flags:
    """Return which blocks of an article are main text, given the judgement of each by itself.

    Between the first and the last chosen block, lists, tables, terms and code stay that trafilatura keeps, and whatever it lost that
    `recovered_blocks` takes for text; text that the page repeats goes, and so do headings without text below them.

    Args:
        nodes: the page.
        is_text: of each block, whether the classifier takes it for main text; at least one is.
    """
    places = np.flatnonzero(is_text)
    is_between = np.zeros(len(is_text), dtype=np.bool_)
    is_between[places[0] : places[-1] + 1] = True
    tags = np.array(nodes.tag, dtype=np.int64)[nodes.element]
    kept, recovered = np.array(nodes.kept, dtype=np.bool_), np.array(nodes.recovered, dtype=np.bool_)
    settled = is_text | (is_between & (recovered | (kept & np.isin(tags, _STRUCTURES))))
    counts = Counter(text.casefold() for text in nodes.text)
    is_repeated = np.array([counts[text.casefold()] >= _REPEATED for text in nodes.text])
    settled &= ~is_repeated | kept | recovered
    is_heading = np.isin(tags, _HEADINGS)
    # A heading stays only above the last text that is no heading.
    body = np.flatnonzero(settled & ~is_heading)
    settled &= ~is_heading | (np.arange(len(settled)) < (body[-1] if len(body) else len(settled)))
    return settled if settled.any() else is_text
