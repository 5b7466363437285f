"""Measure translation retrieval by sentence embeddings alone: how often a sentence's translation is its nearest neighbour.

    python bench/vectors.py FILE.jsonl.gz FILE.jsonl.gz... [--encoder NAME]

A file holds the documents of one language: lines with id and text; line i of a document translates line i of the documents with the same id
in the other files. For each pair of files, two figures, both the mean of both directions: the share of sentences whose nearest neighbour is
their translation; and the same by margin over each side's ten nearest neighbours (CSLS: Conneau et al., 2018).
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.translation import embeddings

if TYPE_CHECKING:
    from saring.translation.embeddings import Matrix

__all__ = ["csls_margins", "main", "retrieval_accuracy"]

_NEIGHBOURS = 10


def retrieval_accuracy(similarity: Matrix) -> float:
    """Return the share of rows and columns of a similarity matrix whose maximum is on the diagonal, where translations are."""
    right = np.arange(len(similarity))
    return float(np.mean([similarity.argmax(axis=1) == right, similarity.argmax(axis=0) == right]))


def csls_margins(similarity: Matrix) -> Matrix:
    """Return the CSLS margins of a similarity matrix: twice the similarity less the mean of each side's ten nearest neighbours."""
    rows, columns = (np.partition(side, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS:].mean(axis=1) for side in (similarity, similarity.T))
    margin: Matrix = 2 * similarity - rows[:, None] - columns[None, :]
    return margin


def main() -> None:
    """Print retrieval accuracy, by similarity and by margin, for each pair of languages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--encoder")
    arguments = parser.parse_args()
    lines = [map(json.loads, gzip.decompress(file.read_bytes()).decode().splitlines()) for file in arguments.files]
    documents = [{line["id"]: line["text"].split("\n") for line in each} for each in lines]
    common = [name for name in documents[0] if len({len(each.get(name, ())) for each in documents}) == 1]
    frames = [pl.DataFrame({"text": [sentence for name in common for sentence in each[name]]}) for each in documents]
    encoder = embeddings.encoder_named(arguments.encoder)
    encoder.embed(frames[0].head(1))  # what is loaded once
    begun = time.process_time()
    vectors = [encoder.embed(frame) for frame in frames]
    seconds = time.process_time() - begun
    speed = sum(int(frame["text"].str.len_bytes().sum() or 0) for frame in frames) / 1e6 / seconds
    print(f"{frames[0].height} sentences in {len(frames)} languages, {speed:.1f} MB/s of processor time")
    figures = []
    for first, second in itertools.combinations(range(len(frames)), 2):
        similarity = vectors[first] @ vectors[second].T
        figures.append((retrieval_accuracy(similarity), retrieval_accuracy(csls_margins(similarity))))
        names = " ".join(arguments.files[place].name.removesuffix(".jsonl.gz") for place in (first, second))
        print(f"{names}: {figures[-1][0]:.3f} {figures[-1][1]:.3f}")
    print("mean: {:.3f} {:.3f}".format(*np.mean(figures, axis=0)))


if __name__ == "__main__":
    main()
