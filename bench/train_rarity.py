"""How rare each anchor is in the languages of the world: `python bench/train_rarity.py SENTENCES.tsv.gz -o pipeline/saring/translation/idf_weights.zst`.

SENTENCES.tsv.gz has columns language, sentence, english. What is kept of them is one byte for each window of four letters: 8 times the
binary logarithm of how few sentences hold it, in the language where it is most usual.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
import zstandard

from saring.translation.cognates import GRAMS, SPACE, cognate_features
from saring.translation.idf_weights import STEPS

__all__ = ["main"]


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    arguments = parser.parse_args()

    table = pl.read_csv(arguments.sentences, separator="\t", quote_char=None)
    english = table.select(pl.lit("en").alias("language"), pl.col("english").alias("sentence"))
    sentences = pl.concat([table.select("language", "sentence"), english]).unique().sort("language", "sentence")
    usual = np.zeros(GRAMS)
    for (_language,), part in sentences.group_by("language", maintain_order=True):
        _, found = cognate_features(part["sentence"], np.ones(SPACE, np.bool_))
        counts = np.bincount(found[found < GRAMS], minlength=GRAMS)
        # Half a sentence less: what occurs once among a thousand is mostly rarer than that.
        usual = np.maximum(usual, (counts - 0.5).clip(0) / part.height)
    rarest = 0.5 / sentences.height
    rarity = np.round(-np.log2(np.maximum(usual, rarest)) * STEPS).astype(np.uint8)
    arguments.out.write_bytes(zstandard.compress(rarity.tobytes(), 19))
    print(f"{sentences.height} sentences, {(usual > 0).sum()} windows, {arguments.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
