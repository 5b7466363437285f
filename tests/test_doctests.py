"""The examples in docstrings are run: what they show is what the code does."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
MODULES = [
    ".".join(path.relative_to(HOME / "pipeline").with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((HOME / "pipeline" / "saring").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module: str) -> None:
    """Each example gives the output below it."""
    result = doctest.testmod(importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)

    assert result.attempted
    assert not result.failed


def test_there_are_examples() -> None:
    """A change of layout must not leave the examples unread."""
    assert len(MODULES) > 20
