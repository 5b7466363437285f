"""The rules and exceptions that a document was cleaned with, and which documents a change of them can touch.

A maintainer changes a rule and builds again: what no changed rule matches, before or after the change, is not cleaned again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import noise
from pipeline.rules import Range, Rule
from pipeline.settings import Keep
from pipeline.workspace import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pipeline.config import Config

__all__ = ["Choices"]

#: What changes no text.
_SILENT = ("reason", "fires", "spares", "file")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What a corpus chose.

    Attributes:
        rules: those that ran, in their order, without what changes no text.
        keeps: the exceptions.
    """

    rules: tuple[Rule, ...]
    keeps: tuple[Keep, ...]

    @classmethod
    def of(cls, config: Config) -> Choices:
        """Return those of a configuration."""
        rules = tuple(dataclasses.replace(rule, reason="", fires=(), spares=(), file="") for rule in config.rules)
        return cls(rules=rules, keeps=config.keeps)

    def digest(self) -> str:
        """Return their hash."""
        return hashlib.sha256(json.dumps(self._plain()).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Write them to a folder, under their hash."""
        write_json(folder / f"{self.digest()}.json", self._plain())

    @classmethod
    def load(cls, folder: Path, digest: str) -> Choices | None:
        """Return what `save` wrote; None where it is not there, or not as this version writes it."""
        try:
            found = read_json(folder / f"{digest}.json")
            choices = cls(rules=tuple(map(_rule, found["rules"])), keeps=tuple(Keep(**keep) for keep in found["keeps"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return choices if choices.digest() == digest else None

    @staticmethod
    def trim(folder: Path, named: Collection[str]) -> None:
        """Remove those of a folder whose hash is not among these, and what a build that was killed left half written."""
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name not in {f"{digest}.json" for digest in named}:
                file.unlink(missing_ok=True)

    def touched(self, pages: pl.DataFrame, before: Choices) -> pl.Series | None:
        """Return the ids of the pages that these choices may clean otherwise than those before.

        A rule that matches nowhere in a page changes nothing in it: no other rule, nor the classifier, sees more of it than its matches.

        Args:
            pages: columns of `records.PREPARED`.
            before: what the pages were cleaned with.

        Returns:
            The ids; None where any page may be touched, since the order of rules decides between two that match.
        """
        common = set(self.rules) & set(before.rules)
        if [rule for rule in self.rules if rule in common] != [rule for rule in before.rules if rule in common]:
            return None
        # Where a rule stands next to others' matches only, any match of its own counts: the others' may have changed too.
        changed = [dataclasses.replace(rule, beside=None) for rule in (*self.rules, *before.rules) if rule not in common]
        matched = noise.find(pages, changed)["id"]
        pinned = {keep.id for keep in set(self.keeps) ^ set(before.keeps)}
        kept = pages["id"].filter(
            pages.select(pl.any_horizontal(pl.lit(value=False), *map(pl.col("id").str.starts_with, pinned))).to_series()
        )
        return pl.concat([matched, kept]).unique(maintain_order=True)

    def _plain(self) -> dict[str, Any]:
        rules = [{key: value for key, value in dataclasses.asdict(rule).items() if key not in _SILENT} for rule in self.rules]
        return {"rules": rules, "keeps": [dataclasses.asdict(keep) for keep in self.keeps]}


def _rule(plain: dict[str, Any]) -> Rule:
    features = tuple((name, Range(**bounds)) for name, bounds in plain["features"])
    listed: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    return Rule(**listed | {"reason": "", "features": features})
