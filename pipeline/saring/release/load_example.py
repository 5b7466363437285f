"""Python example in a dataset card that loads the release from the address where it is, so that it runs as it stands.

A release does not know where it will be published, so publishing rewrites the example (`replace`). The card and the card's entry in the
manifest are the only differences between a release on disk and a published one.
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

#: The configs that the example loads, and the variables that it assigns them to.
_SHOWN = {"documents": "documents", "all": "everything", "edits": "edits"}

#: Matches the code block of the example below its heading in a card.
_BLOCK = re.compile(r"(?<=^## Load it\n\n)```python\n.*?^```$", re.MULTILINE | re.DOTALL)


def render(files: Iterable[DataFile], version: str, place: str) -> str:
    """Render the example that loads a release, as a fenced block of Python code.

    Args:
        files: the Parquet files of the release; configs without rows are left out, because they cannot be loaded.
        version: the version of the release.
        place: the address of the releases: `hf://datasets/ORG/NAME`, `s3://bucket/prefix`, or a folder.
    """
    loadable = config_files(files)
    rows = {config: loadable[config] for config in _SHOWN if config in loadable}
    if place.startswith(HUB):
        lines = _hub_lines(rows, version, place.removeprefix(HUB))
    elif "://" in place:
        lines = _bucket_lines(rows, f"{place}/v{version}")
    else:
        lines = [f"{_SHOWN[config]} = load_dataset({_arguments(f'{place}/v{version}', config)})" for config in rows]
    head = [
        "from datasets import load_dataset",
        *(["# Needs s3fs, and the endpoint and credentials of the AWS tools."] if "s3://" in place else []),
    ]
    return "\n".join(["```python", *head, "", *(lines or ["# This version has no documents to load."]), "```"])


def replace(card: str, files: Iterable[DataFile], version: str, place: str) -> str:
    """Return a dataset card whose loading example names another place (a folder or URL); unchanged if the card has no such example."""
    return _BLOCK.sub(lambda _: render(files, version, place), card, count=1)


def _hub_lines(rows: Iterable[str], version: str, name: str) -> list[str]:
    """Return the lines that load a dataset from the Hugging Face hub: this version pinned by its tag, and the latest one."""
    lines = [f"{_SHOWN[config]} = load_dataset({_arguments(name, config)}, revision={_string_literal(f'v{version}')})" for config in rows]
    return [*lines, f"latest = load_dataset({_string_literal(name)})  # the newest version, whichever that is"] if lines else []


def _bucket_lines(rows: dict[str, dict[str, list[DataFile]]], release: str) -> list[str]:
    """Return the lines that load Parquet files from a bucket, listed by split, because `datasets` reads no card there."""
    lines = []
    for config, splits in rows.items():
        paths = {split: f"{release}/{config}/{split}-*.parquet" for split in splits}
        listed = ", ".join(f"{_string_literal(split)}: {_string_literal(path)}" for split, path in paths.items())
        lines.append(f'{_SHOWN[config]} = load_dataset("parquet", data_files={{{listed}}})')
    return lines


def _arguments(name: str, config: str) -> str:
    return _string_literal(name) if config == "documents" else f"{_string_literal(name)}, {_string_literal(config)}"


def _string_literal(text: str) -> str:
    """Return a Python string literal for a text, which cannot end the code block nor contain invisible characters."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)
