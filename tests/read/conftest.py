"""Fixtures of the tests of reading: a function that writes files and reads one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
import pytest

from saring import read
from saring.config import Build, Config, Dataset, Source

if TYPE_CHECKING:
    from pathlib import Path

#: Key of a case in cases/formats.toml -> the expression of the scrapes that it is compared with.
EXPECTATIONS = {
    "contents": pl.col("content"),
    "titles": pl.col("title").fill_null(""),
    "urls": pl.col("url").fill_null(""),
    "languages": pl.col("language").fill_null(""),
    "authors": pl.col("authors").list.join("; ").fill_null(""),
    "created": pl.col("created").map_elements(lambda time: time.isoformat(), pl.String).fill_null(""),
    "charsets": pl.col("charset"),
    "sources": pl.col("source"),
}


class Reading(Protocol):
    """Function that writes files into an empty folder and reads the first of them."""

    def __call__(self, files: dict[str, bytes], sources: tuple[Source, ...] = (), **limits: int) -> read.Batch:
        """Return the scrapes and rejections of the first file."""


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Return a function that writes files and reads the first of them."""

    def run(files: dict[str, bytes], sources: tuple[Source, ...] = (), **limits: int) -> read.Batch:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        config = Config(dataset=Dataset(name="test"), sources=sources, build=Build(**limits))
        return read.read_one(tmp_path / next(iter(files)), config)

    return run


class FileCaseCheck(Protocol):
    """Function that reads the file of a case in cases/formats.toml and compares its scrapes and rejections."""

    def __call__(self, case: dict[str, Any]) -> None:
        """Fail where the scrapes and rejections are not those of the case."""


@pytest.fixture
def check_file_case(reading: Reading) -> FileCaseCheck:
    """Return a function that checks a case in cases/formats.toml."""

    def check(case: dict[str, Any]) -> None:
        columns = tuple((field, name or None) for field, name in case.get("columns", {}).items())
        data = case["data"].lstrip("\n").encode(case.get("encoding", "utf-8"))
        limits = {"scrape_bytes": case["limit"]} if "limit" in case else {}
        batch = reading({case["name"]: data}, (Source(path="*", columns=columns),), **limits)
        rejected = case.get("rejected", [])

        for key, column in EXPECTATIONS.items():
            if key in case:
                assert batch.scrapes.select(column).to_series().to_list() == case[key]
        assert batch.scrapes.height == len(case.get("contents", ()))
        assert batch.rejections.select("source", "reason").rows() == [(source, reason) for source, reason, _ in rejected]
        for message, (_, _, says) in zip(batch.rejections["message"], rejected, strict=True):
            assert says in message
            assert message.endswith(".")

    return check
