"""Measure how often a sentence's translation is found among all sentences of another language, by vectors alone.

    python bench/vectors.py FILE.jsonl.gz FILE.jsonl.gz... [--encoder NAME]

A file holds the documents of one language: lines with id and text; line i of a document says what line i of the document with the same id
says in the other files. For each pair of files, two figures, both the mean of both directions: the nearest sentence is the right one; and
the same with similarity measured by each side's ten nearest (CSLS: Conneau et al., 2018).
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

__all__ = ["found", "main", "margins"]

_NEIGHBOURS = 10


def found(similarity: Matrix) -> float:
    """Return how often the right column is the best of its row, and the right row of its column."""
    right = np.arange(len(similarity))
    return float(np.mean([similarity.argmax(axis=1) == right, similarity.argmax(axis=0) == right]))


def margins(similarity: Matrix) -> Matrix:
    """Return similarity less the mean of each side's nearest."""
    rows, columns = (np.partition(side, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS:].mean(axis=1) for side in (similarity, similarity.T))
    margin: Matrix = 2 * similarity - rows[:, None] - columns[None, :]
    return margin


def main() -> None:
    """Print two figures a pair."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--encoder")
    arguments = parser.parse_args()
    lines = [map(json.loads, gzip.decompress(file.read_bytes()).decode().splitlines()) for file in arguments.files]
    documents = [{line["id"]: line["text"].split("\n") for line in each} for each in lines]
    common = [name for name in documents[0] if len({len(each.get(name, ())) for each in documents}) == 1]
    frames = [pl.DataFrame({"text": [sentence for name in common for sentence in each[name]]}) for each in documents]
    sentences = embeddings.encoder_named(arguments.encoder)
    sentences.embed(frames[0].head(1))  # what is made once
    begun = time.process_time()
    vectors = [sentences.embed(frame) for frame in frames]
    burnt = time.process_time() - begun
    speed = sum(int(frame["text"].str.len_bytes().sum() or 0) for frame in frames) / 1e6 / burnt
    print(f"{frames[0].height} sentences in {len(frames)} languages, {speed:.1f} MB/s of processor time")
    figures = []
    for one, other in itertools.combinations(range(len(frames)), 2):
        similarity = vectors[one] @ vectors[other].T
        figures.append((found(similarity), found(margins(similarity))))
        names = " ".join(arguments.files[place].name.removesuffix(".jsonl.gz") for place in (one, other))
        print(f"{names}: {figures[-1][0]:.3f} {figures[-1][1]:.3f}")
    print("mean: {:.3f} {:.3f}".format(*np.mean(figures, axis=0)))


if __name__ == "__main__":
    main()
