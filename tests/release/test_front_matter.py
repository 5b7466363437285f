"""YAML front matter of a dataset card: search metadata for the hub, and what `datasets` loads by."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import DatasetCard

from saring.release import front_matter, load_check
from saring.release.layout import DataFile
from saring.release.statistics import gather_statistics
from saring.release.validation import Tables
from tests.release.conftest import Corpus, document

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.config import Config
    from saring.release import WriteResult

    Build = Callable[..., WriteResult]


def rendered(corpus: Corpus, config: Config, *files: DataFile) -> dict[str, Any]:
    """Return the parsed front matter for a corpus and the files of its release."""
    statistics = gather_statistics(Tables(*(table.lazy() for table in corpus)))
    text = front_matter.render(config, statistics, files, version="1.2.0", build="abc")
    metadata: dict[str, Any] = DatasetCard(f"---\n{text}---\n").data.to_dict()  # type: ignore[no-untyped-call]
    return metadata


def test_a_title_cannot_end_the_front_matter(corpus: Corpus, build: Build, config: Config) -> None:
    """A title of several lines stays a value of the front matter."""
    dataset = dataclasses.replace(config.dataset, title="A\n---\nlicense: mit\n---\n# B\u0085---", description="One.\n---\nTwo.")

    metadata = load_check.read_front_matter(build(corpus, config=dataclasses.replace(config, dataset=dataset)).folder)

    assert metadata["pretty_name"] == "A --- license: mit --- # B ---"
    assert metadata["license"] == "cc-by-4.0"


def test_front_matter(corpus: Corpus, build: Build) -> None:
    """The front matter has the hub's search metadata, and every config with its files, build hash and sizes, without empty splits."""
    written = build(corpus.with_documents(document("pages/u.html", "?", language="und"), document("pages/no.html", "Ris", language="no")))

    metadata = load_check.read_front_matter(written.folder)

    assert metadata["language"] == ["en", "fr", "id", "no"]
    assert metadata["license"] == "cc-by-4.0"
    assert metadata["pretty_name"] == "Warung"
    assert metadata["size_categories"] == "n<1K"
    configs = metadata["configs"]
    assert isinstance(configs, list)
    assert [config["config_name"] for config in configs] == ["documents", "all", "edits", "overlaps", "rejections"]
    assert [config.get("default", False) for config in configs] == [True, False, False, False, False]
    assert {config["version"] for config in configs} == {"1.0.0"}
    assert all(re.fullmatch("build [0-9a-f]{64}", config["description"]) for config in configs)
    infos = metadata["dataset_info"]
    assert isinstance(infos, list)
    assert [split["num_examples"] for split in infos[1]["splits"]] == [6, 1]


@pytest.mark.parametrize(
    ("rows", "category"),
    [(0, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (9_999_999, "1M<n<10M"), (10**12 - 1, "100B<n<1T"), (10**12, "n>1T")],
)
def test_the_size_category_is_that_of_the_documents(rows: int, category: str, corpus: Corpus, config: Config) -> None:
    """Categories of the hub exclude their upper bound; only rows of the first config count, over all its files."""
    files = [
        DataFile("documents/train-00000.parquet", "0", 1, rows // 2, 1),
        DataFile("documents/test-00000.parquet", "0", 1, rows - rows // 2, 1),
        DataFile("edits/train-00000.parquet", "0", 1, 10**6, 1),
    ]

    assert rendered(corpus, config, *files)["size_categories"] == category


def test_a_config_has_its_sizes(corpus: Corpus, config: Config) -> None:
    """Rows, bytes to download and bytes in memory are sums over the files of a config, by split."""
    files = [
        DataFile("all/train-00000.parquet", "0", 10, 3, 100),
        DataFile("all/train-00001.parquet", "1", 20, 4, 200),
        DataFile("all/test-00000.parquet", "2", 40, 5, 400),
    ]

    (info,) = rendered(corpus, config, *files)["dataset_info"]

    assert (info["config_name"], info["download_size"], info["dataset_size"]) == ("all", 70, 700)
    assert info["splits"] == [
        {"name": "train", "num_bytes": 300, "num_examples": 7},
        {"name": "test", "num_bytes": 400, "num_examples": 5},
    ]


def test_a_release_without_rows_names_no_config(corpus: Corpus, config: Config) -> None:
    """Without rows the card names no config and no language, which the hub would refuse as empty lists."""
    empty = Corpus(*(table.clear() for table in corpus))

    metadata = rendered(empty, config)

    assert {"configs", "dataset_info", "language"}.isdisjoint(metadata)
    assert metadata["pretty_name"] == "Warung"
    assert rendered(empty, dataclasses.replace(config, dataset=dataclasses.replace(config.dataset, title="")))["pretty_name"] == "warung"


def test_an_unknown_language_is_not_named(corpus: Corpus, config: Config) -> None:
    """Languages are sorted, and `und` is left out."""
    unknown = corpus.with_documents(document("pages/u.html", "?", language="und"))

    assert rendered(unknown, config)["language"] == ["en", "fr", "id"]
