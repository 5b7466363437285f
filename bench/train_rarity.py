"""Compute the prior IDF weights of letter 4-grams from sentences of many languages, and write `idf_weights.zst`.

    python bench/train_rarity.py SENTENCES.tsv.gz -o pipeline/saring/translation/idf_weights.zst

SENTENCES.tsv.gz has columns language, sentence, english. The file holds one byte for each window of four letters: 8 times its IDF weight in
bits (the negative binary logarithm of the share of sentences that hold it), in the language where it is most frequent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
import zstandard

from saring.translation.cognates import FEATURE_SPACE, GRAM_SPACE, cognate_features
from saring.translation.idf_weights import STEPS_PER_BIT

__all__ = ["main"]


def main() -> None:
    """Count the sentences of each language that hold each 4-gram, and write the IDF table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    arguments = parser.parse_args()

    table = pl.read_csv(arguments.sentences, separator="\t", quote_char=None)
    english = table.select(pl.lit("en").alias("language"), pl.col("english").alias("sentence"))
    sentences = pl.concat([table.select("language", "sentence"), english]).unique().sort("language", "sentence")
    shares = np.zeros(GRAM_SPACE)
    for (_language,), part in sentences.group_by("language", maintain_order=True):
        _, features = cognate_features(part["sentence"], np.ones(FEATURE_SPACE, np.bool_))
        counts = np.bincount(features[features < GRAM_SPACE], minlength=GRAM_SPACE)
        # Half a sentence less: a 4-gram that occurs in one of a thousand sentences is mostly rarer than that.
        shares = np.maximum(shares, (counts - 0.5).clip(0) / part.height)
    rarest = 0.5 / sentences.height
    steps = np.round(-np.log2(np.maximum(shares, rarest)) * STEPS_PER_BIT).astype(np.uint8)
    arguments.out.write_bytes(zstandard.compress(steps.tobytes(), 19))
    print(f"{sentences.height} sentences, {(shares > 0).sum()} windows, {arguments.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
