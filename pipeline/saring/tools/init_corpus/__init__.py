"""Start a corpus in a folder: raw/ with a sample, processed/, a commented corpus.toml, flows/, prefect.yaml, .gitignore."""

from __future__ import annotations

import importlib.resources
import re
import string
import unicodedata
from typing import TYPE_CHECKING

from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILES", "dataset_name", "init_corpus"]

#: The files of a new corpus, and the templates beside this module that they are made from.
FILES = {
    "corpus.toml": "corpus.toml.template",
    "raw/README.md": "raw_readme.md",
    "raw/sample/night-ferry.html": "sample.html",
    "processed/README.md": "processed_readme.md",
    "flows/build.py": "flow_build.py.template",
    "flows/publish.py": "flow_publish.py.template",
    "prefect.yaml": "prefect.yaml.template",
    ".gitignore": "gitignore.template",
}

#: What a dataset is called where its folder's name has no letter or digit that a name may have.
_NAMELESS = "corpus"


def init_corpus(folder: Path) -> tuple[list[str], list[str]]:
    """Write the files of a new corpus into a folder, which may exist; a file that is there already stays as it is.

    Returns:
        The files that were written and those that were there already, by their paths in the folder.

    Raises:
        ConfigError: the folder has a corpus.toml: it is a corpus already.
    """
    if (folder / "corpus.toml").exists():
        hint = "Edit it, or name another folder: saring init DIR."
        raise ConfigError(file=str(folder / "corpus.toml"), path="", expected="a folder without a corpus", found="a corpus.toml", hint=hint)
    title = folder.resolve().name
    name = dataset_name(title)
    written, kept = [], []
    for path, template in FILES.items():
        file = folder / path
        if file.exists():
            kept.append(path)
            continue
        text = importlib.resources.files(__name__).joinpath(template).read_text(encoding="utf-8")
        if template.endswith(".template"):
            text = string.Template(text).safe_substitute(name=name, title=title.replace('"', "").replace("\\", ""))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written, kept


def dataset_name(title: str) -> str:
    """Return a name that a dataset may have: lower-case letters of ASCII, digits, `-` and `_`.

    >>> dataset_name("Siaran Pers 2024 (Éditions)")
    'siaran-pers-2024-editions'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_") or _NAMELESS
