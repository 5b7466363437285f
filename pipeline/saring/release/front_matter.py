"""YAML front matter of a dataset card: the hub's search metadata, and the configs and features that `datasets` loads by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring.release import arrow, markdown
from saring.release.layout import CONFIGS, card_configs, config_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config import Config
    from saring.release.layout import DataFile
    from saring.release.statistics import Statistics

__all__ = ["render"]

#: The hub's size categories: exclusive upper bound of the number of rows, and name. https://huggingface.co/docs/hub/datasets-cards
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)


def render(config: Config, statistics: Statistics, files: Sequence[DataFile], *, version: str, build: str) -> str:
    """Render the YAML front matter of the card, without its `---` fences; the arguments are those of `card.render`."""
    from huggingface_hub import DatasetCardData  # noqa: PLC0415 - heavy, and only a release needs it

    rows = sum(file.rows for file in files if file.config == next(iter(CONFIGS)))
    data = DatasetCardData(
        language=[code for code in statistics.languages["language"].sort() if code != "und"] or None,
        license=config.dataset.license,
        pretty_name=markdown.markdown_line(config.dataset.title or config.dataset.name, 80),
        size_categories=next((name for bound, name in _SIZES if rows < bound), "n>1T"),
        task_categories=["text-generation"],
        configs=card_configs(files, version=version, build=build) or None,
        dataset_info=_dataset_info(files) or None,
    )
    return data.to_yaml() + "\n"


def _dataset_info(files: Sequence[DataFile]) -> list[dict[str, Any]]:
    """Return the `dataset_info` of each config: features, rows and bytes, so that consumers know them before they download."""
    return [
        {
            "config_name": config,
            "features": arrow.features(CONFIGS[config]),
            "splits": [
                {"name": split, "num_bytes": sum(file.memory for file in parts), "num_examples": sum(file.rows for file in parts)}
                for split, parts in splits.items()
            ],
            "download_size": sum(file.bytes for parts in splits.values() for file in parts),
            "dataset_size": sum(file.memory for parts in splits.values() for file in parts),
        }
        for config, splits in config_files(files).items()
    ]
