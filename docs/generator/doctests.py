"""A griffe extension for mkdocs.yml: doctests in docstrings become code blocks, where Markdown would make quotations and links of them."""

from __future__ import annotations

import re
from typing import Any

import griffe

__all__ = ["Doctests"]

#: A paragraph that begins with a prompt, outside of an `Examples:` section.
_DOCTEST = re.compile(r"(?:(?<=\n\n)|\A)>>> .*?(?=\n\n|\Z)", flags=re.DOTALL)


class Doctests(griffe.Extension):
    """Fence the doctests of every docstring that is loaded."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 - as griffe calls it
        """Rewrite the docstring of an object."""
        if obj.docstring:
            obj.docstring.value = _DOCTEST.sub(lambda match: f"```pycon\n{match[0]}\n```", obj.docstring.value)
