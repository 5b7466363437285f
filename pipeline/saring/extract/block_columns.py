"""The blocks of a batch of HTML pages as columns: statistics of their texts, their places, and what witnesses say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.character_counts import count_characters
from saring.extract.page_nodes import page_starts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from saring.extract.page_nodes import PageNodes

__all__ = ["BlockColumns"]

#: A block that ends as a sentence does is prose from this many words on (characters in scripts without spaces); a block of
#: `_PROSE_CHARACTERS` is prose without a full stop, too. Judgements.
_PROSE_WORDS, _PROSE_SPACELESS, _PROSE_CHARACTERS = 8, 20, 240
#: Characters per word in scripts without spaces, roughly the average of Chinese.
_SPACELESS_WORD = 2
_SENTENCE_END = r"[.!?…。！？｡؟।۔።։។៕][\"'”’»)\]」』]*$"
_PRICE = r"(?i)[$€£¥₹₩]\s?\d|\d\s?(?:[$€£¥₹₩]|usd|eur|kr\b|zł|руб)|\brp\.?\s?\d"


class BlockColumns:
    """The blocks of a batch of pages, as arrays: their texts' statistics and their places."""

    def __init__(self, pages: Sequence[PageNodes]) -> None:
        self.starts, self.page = page_starts(pages)
        self.row = np.arange(len(self.page))
        self.size = np.diff(self.starts, append=len(self.page))[self.page]
        self.first = self.starts[self.page]
        self.last = self.first + self.size - 1
        self.text = pl.Series("text", [text for page in pages for text in page.text], dtype=pl.String)
        self.length = np.array([n for page in pages for n in page.key_length], dtype=np.float64)
        self.linked = np.minimum(np.array([n for page in pages for n in page.linked], dtype=np.float64), self.length)
        self.kept = np.array([flag for page in pages for flag in page.kept], dtype=bool)
        self.embedded = np.array([n for page in pages for n in page.embedded], dtype=np.int64)
        self.recovered = np.array([flag for page in pages for flag in page.recovered], dtype=bool)
        self.in_body = np.array([flag for page in pages for flag in page.in_body], dtype=bool)
        self.in_description = np.array([flag for page in pages for flag in page.in_description], dtype=bool)
        self.in_title = np.array([flag for page in pages for flag in page.in_title], dtype=bool)
        self.counts = count_characters(self.text)
        frame = self.text.to_frame().select(
            pl.col("text").str.len_chars().alias("characters"),
            pl.col("text").str.contains(_SENTENCE_END).alias("ends"),
            pl.col("text").str.count_matches(_SENTENCE_END.removesuffix("$")).alias("stops"),
            pl.col("text").str.contains(_PRICE).alias("price"),
            pl.col("text").str.to_lowercase().hash().alias("hash"),
        )
        self.characters = frame["characters"].to_numpy().astype(np.float64)
        self.ends = frame["ends"].to_numpy()
        self.stops = frame["stops"].to_numpy().astype(np.float64)
        self.spaceless = self.counts.spaceless.astype(np.float64)
        self.price = frame["price"].to_numpy()
        words = self.counts.words.astype(np.float64)
        self.words = np.where(self.spaceless > words, self.spaceless / _SPACELESS_WORD, words)
        self.prose = (self.ends & ((words >= _PROSE_WORDS) | (self.spaceless >= _PROSE_SPACELESS))) | (self.characters >= _PROSE_CHARACTERS)
        self.prose &= 2 * self.linked <= self.length
        copies = pl.DataFrame({"page": self.page, "hash": frame["hash"]}).select(pl.len().over("page", "hash"))
        self.copies = copies.to_series().to_numpy()
        earlier = pl.DataFrame({"page": self.page, "hash": frame["hash"]}).select(pl.int_range(pl.len()).over("page", "hash"))
        self.earlier = earlier.to_series().to_numpy()

    def total(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Return for each block the sum of values over its page."""
        sums: npt.NDArray[np.float64] = np.bincount(self.page, values, len(self.starts)).astype(np.float64)
        return sums[self.page]
