"""Tests of pipeline/saring/read/sidecar.py."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saring.config import Source
from saring.core import tables
from saring.read import sidecar
from saring.read.declared_metadata import DeclaredMetadata

if TYPE_CHECKING:
    from tests.read.conftest import Reading

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["sidecar"]
NONE = dict.fromkeys(tables.DECLARED_METADATA)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any], reading: Reading) -> None:
    """A sidecar declares metadata of its page; an invalid one is a rejection of the page, whose message says where it is wrong."""
    name, data = ("pages.jsonl", b'{"text": "Halo"}') if case.get("container") else ("page.html", b"<p>Halo")
    batch = reading({name: data, f"{name}.meta.toml": case["toml"].encode()})
    if "says" in case:
        assert batch.scrapes.is_empty()
        assert batch.rejections["reason"].to_list() == ["bad-sidecar"]
        assert case["says"] in batch.rejections["message"][0]
        assert "/" not in batch.rejections["message"][0].split(":")[0]
    else:
        assert batch.scrapes.select(tables.DECLARED_METADATA.names()).row(0, named=True) == NONE | case["declared"]


def test_precedence(reading: Reading) -> None:
    """A record's own fields win over the sidecar, the sidecar over corpus.toml, and each fills missing fields."""
    batch = reading(
        {
            "a.jsonl": b'{"text": "Halo", "license": "record"}\n{"text": "Halo"}',
            "a.jsonl.meta.toml": b'license = "sidecar"\nlanguage = "id"',
        },
        sources=(Source(path="*.jsonl", site="Contoh", license="corpus", language="fr"), Source(path="*", site="later")),
    )

    assert batch.scrapes.select("license", "language", "site").rows() == [("record", "id", "Contoh"), ("sidecar", "id", "Contoh")]


def test_packed(reading: Reading) -> None:
    """The name of a compressed file's sidecar includes the suffix of the compression."""
    packed = __import__("gzip").compress(b"Halo")
    batch = reading({"a.txt.gz": packed, "a.txt.meta.toml": b'title = "no"', "a.txt.gz.meta.toml": b'title = "yes"'})

    assert batch.scrapes["title"].to_list() == ["yes"]


@pytest.mark.parametrize("damage", [b"a = " + b"[" * 100_000, b"a = " + b"9" * 10_000, b"\xff", b"\0", b"#" * 70_000, b'title = " "'])
def test_damaged(damage: bytes, reading: Reading) -> None:
    """Whatever the bytes of a sidecar, it is a rejection, not an exception."""
    batch = reading({"a.txt": b"Halo", "a.txt.meta.toml": damage})

    assert batch.rejections["reason"].to_list() == ["bad-sidecar"]


def test_sources() -> None:
    """`*` in the path of a [[source]] table matches folders below too; each field comes from the first table that has it."""
    sources = (
        Source(path="news/*", language="id"),
        Source(path="news/*", language="fr", license="CC0-1.0"),
        Source(path="*.txt", site="x"),
    )

    assert sidecar.source_defaults("news/2024/a.html", sources) == DeclaredMetadata(language="id", license="CC0-1.0")
    assert sidecar.source_defaults("other/a.txt", sources) == DeclaredMetadata(site="x")
