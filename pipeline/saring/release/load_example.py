"""The code by which a card says how to load its release: it names where the release is, so that it runs as it stands.

A release does not know where it will be published. So publishing writes the example of the card anew (`replace`), which is all that differs
between a release here and there: the card, and what the manifest says of the card.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from saring.release.layout import config_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saring.release.layout import DataFile

__all__ = ["HUB", "render", "replace"]

HUB = "hf://datasets/"

#: The configs that are shown, and what their rows are called.
_SHOWN = {"documents": "documents", "all": "everything", "edits": "edits"}

#: The block as it stands in a card, below its heading.
_BLOCK = re.compile(r"(?<=^## Load it\n\n)```python\n.*?^```$", re.MULTILINE | re.DOTALL)


def render(files: Iterable[DataFile], version: str, place: str) -> str:
    """Return the block of code.

    Args:
        files: the Parquet files of the release: a config without rows cannot be loaded.
        version: of the release.
        place: where the releases are: `hf://datasets/ORG/NAME`, `s3://bucket/prefix`, or a folder.
    """
    full = config_files(files)
    rows = {config: full[config] for config in _SHOWN if config in full}
    if place.startswith(HUB):
        lines = _of_hub(rows, version, place.removeprefix(HUB))
    elif "://" in place:
        lines = _of_bucket(rows, f"{place}/v{version}")
    else:
        lines = [f"{_SHOWN[config]} = load_dataset({_arguments(f'{place}/v{version}', config)})" for config in rows]
    head = [
        "from datasets import load_dataset",
        *(["# Needs s3fs, and the endpoint and credentials of the AWS tools."] if "s3://" in place else []),
    ]
    return "\n".join(["```python", *head, "", *(lines or ["# This version has no documents to load."]), "```"])


def replace(card: str, files: Iterable[DataFile], version: str, place: str) -> str:
    """Return a card whose block of code names another place; the same card where it has no such block, as those of other versions of saring."""
    return _BLOCK.sub(lambda _: render(files, version, place), card, count=1)


def _of_hub(rows: Iterable[str], version: str, name: str) -> list[str]:
    """Return the lines for a dataset on the hub: this version for good, and whichever is the latest."""
    lines = [f"{_SHOWN[config]} = load_dataset({_arguments(name, config)}, revision={_string(f'v{version}')})" for config in rows]
    return [*lines, f"latest = load_dataset({_string(name)})  # the newest version, whichever that is"] if lines else []


def _of_bucket(rows: dict[str, dict[str, list[DataFile]]], release: str) -> list[str]:
    """Return the lines for files of a bucket, of which `datasets` reads no card: files by split."""
    lines = []
    for config, splits in rows.items():
        paths = {split: f"{release}/{config}/{split}-*.parquet" for split in splits}
        named = ", ".join(f"{_string(split)}: {_string(path)}" for split, path in paths.items())
        lines.append(f'{_SHOWN[config]} = load_dataset("parquet", data_files={{{named}}})')
    return lines


def _arguments(name: str, config: str) -> str:
    return _string(name) if config == "documents" else f"{_string(name)}, {_string(config)}"


def _string(text: str) -> str:
    """Return a string of Python that cannot end the block, nor hide what it holds."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)
