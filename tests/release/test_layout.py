"""Which Parquet files of a release belong to which config and split."""

from __future__ import annotations

import pytest

from saring.release.layout import CONFIGS, DataFile, card_configs, config_files


def file(path: str, rows: int = 1) -> DataFile:
    """Return a Parquet file of a release with so many rows."""
    return DataFile(path, "0" * 64, 10, rows, 100)


@pytest.mark.parametrize(
    ("path", "config", "split"),
    [("documents/train-00000.parquet", "documents", "train"), ("all/held-out-00012.parquet", "all", "held-out")],
)
def test_a_path_names_config_and_split(path: str, config: str, split: str) -> None:
    """The folder is the config; the split is the file's name up to its number, also if it has a hyphen."""
    assert (file(path).config, file(path).split) == (config, split)


def test_files_are_grouped() -> None:
    """Files are grouped by config, in the order of `CONFIGS`, then by split, `train` first; their own order stays."""
    paths = [
        "edits/train-00000.parquet",
        "all/test-00000.parquet",
        "all/dev-00000.parquet",
        "all/train-00001.parquet",
        "all/train-00000.parquet",
    ]

    grouped = config_files([*map(file, paths)])

    assert list(grouped) == ["all", "edits"]
    assert list(grouped["all"]) == ["train", "dev", "test"]
    assert [each.path for each in grouped["all"]["train"]] == paths[3:]


def test_splits_without_rows_are_left_out() -> None:
    """A split without rows, and a config without any, cannot be loaded and are not named."""
    files = [file("all/train-00000.parquet"), file("all/test-00000.parquet", 0), file("edits/train-00000.parquet", 0)]

    assert {config: list(splits) for config, splits in config_files(files).items()} == {"all": ["train"]}
    assert config_files([]) == {}
    assert card_configs([], version="1.0.0", build="x") == []


def test_the_card_names_each_config() -> None:
    """The first config is the default, and every description has the build hash, so that caches tell builds apart."""
    files = [file("documents/train-00000.parquet"), file("all/train-00000.parquet")]

    first, second = card_configs(files, version="1.2.0", build="beef")

    assert first == {
        "config_name": next(iter(CONFIGS)),
        "default": True,
        "version": "1.2.0",
        "description": "build beef",
        "data_files": [{"split": "train", "path": ["documents/train-00000.parquet"]}],
    }
    assert second["config_name"] == "all"
    assert "default" not in second
