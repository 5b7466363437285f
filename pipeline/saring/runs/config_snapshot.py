"""What a corpus chose to clean its documents with, and which documents a change of it can touch.

A maintainer changes a rule or a name and builds again: what no changed rule matches, and no spelling of a changed name stands in, before or
after the change, is not cleaned again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from saring import language, names, noise
from saring.config.rules import Range, Rule
from saring.config.settings import ExemptedText, Name, ScopedVariants
from saring.core import ids, ledger
from saring.storage.files import read_json, write_json
from saring.storage.paths import remove

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from saring.clean_batch import Cleaned
    from saring.config import Config

__all__ = ["ConfigSnapshot"]

#: What changes no text.
_SILENT = ("reason", "fires", "spares", "file")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ConfigSnapshot:
    """What a corpus chose.

    Attributes:
        rules: those that ran, in their order, without what changes no text.
        off: those that were switched off: where they would cut something is noted.
        keeps: the exceptions.
        names: the registry, in its order, without what changes no text.
        languages: those expected in the corpus.
    """

    rules: tuple[Rule, ...]
    off: tuple[Rule, ...]
    keeps: tuple[ExemptedText, ...]
    names: tuple[Name, ...]
    languages: tuple[str, ...]

    @classmethod
    def of(cls, config: Config) -> ConfigSnapshot:
        """Return those of a configuration."""
        rules, off = (
            tuple(dataclasses.replace(rule, reason="", fires=(), spares=(), file="") for rule in some)
            for some in (config.rules, config.off)
        )
        registry = tuple(dataclasses.replace(name, kind="", pack=None) for name in config.names)
        return cls(rules=rules, off=off, keeps=config.keeps, names=registry, languages=config.dataset.languages)

    def digest(self) -> str:
        """Return their hash."""
        return hashlib.sha256(json.dumps(self._plain()).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Write them to a folder, under their hash."""
        write_json(folder / f"{self.digest()}.json", self._plain())

    @classmethod
    def load(cls, folder: Path, digest: str) -> ConfigSnapshot | None:
        """Return what `save` wrote; None where it is not there, or not as this version writes it."""
        try:
            found = read_json(folder / f"{digest}.json")
            choices = cls(
                rules=tuple(map(_rule, found["rules"])),
                off=tuple(map(_rule, found["off"])),
                keeps=tuple(ExemptedText(**keep) for keep in found["keeps"]),
                names=tuple(map(_name, found["names"])),
                languages=tuple(found["languages"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return choices if choices.digest() == digest else None

    @staticmethod
    def trim(folder: Path, named: Collection[str]) -> None:
        """Remove those of a folder whose hash is not among these, and what a build that was killed left half written."""
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name not in {f"{digest}.json" for digest in named}:
                remove(file)

    def touched(self, pages: pl.DataFrame, before: ConfigSnapshot, cleaned: Cleaned) -> pl.Series | None:
        """Return the ids of the pages that these choices may clean otherwise than those before.

        A rule that matches nowhere in a page changes nothing in it: no other rule, nor the classifier, sees more of it than its matches.
        Nor does a name of which no spelling stands in what the step gets, which is not the page but what noise left of it: a cut may
        join what a page has apart.

        Args:
            pages: columns of `tables.PREPARED`.
            before: what the pages were cleaned with.
            cleaned: what became of them then.

        Returns:
            The ids; None where any page may be touched, since the order of rules, and of names, decides between two that match.
        """
        if _turned(self.rules, before.rules) or _turned(self.names, before.names):
            return None
        common = set(self.rules) & set(before.rules)
        # Where a rule stands next to others' matches only, any match of its own counts: the others' may have changed too.
        changed = [dataclasses.replace(rule, beside=None) for rule in (*self.rules, *before.rules) if rule not in common]
        turned = set(self.off) ^ set(before.off)
        changed += [dataclasses.replace(rule, beside=None) for rule in (*self.off, *before.off) if rule in turned]
        # Whether a line is protected is decided by what all rules match.
        matched = noise.find(noise.could_match(pages, changed), changed, protect=False)["id"]
        pinned = {keep.id for keep in set(self.keeps) ^ set(before.keeps)}
        kept = pages.filter(pl.any_horizontal(pl.lit(value=False), *map(ids.matches_page, sorted(pinned))))["id"]
        return pl.concat([matched, kept, *self._renamed(pages, before, cleaned)]).unique(maintain_order=True)

    def _renamed(self, pages: pl.DataFrame, before: ConfigSnapshot, cleaned: Cleaned) -> Iterator[pl.Series]:
        """Yield the ids of the pages that other names, or other languages, may change."""
        changed = set(self.names) ^ set(before.names)
        if not changed and self.languages == before.languages:
            return
        theirs = cleaned.edits.filter(pl.col("step") == "names")
        received = ledger.undo(cleaned.documents.select("id", "text", "title"), theirs).join(
            pages.select("id", "authors", "language"), on="id", how="left", maintain_order="left"
        )
        if changed:
            yield names.may_hold(received, [name for name in (*self.names, *before.names) if name in changed])
        if self.languages != before.languages:
            then, now = (language.identify(received.drop("authors"), choices.languages) for choices in (before, self))
            same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in now.columns[1:])
            yield then.join(now, on="id", suffix="_now", maintain_order="left").filter(~same)["id"]

    def _plain(self) -> dict[str, Any]:
        rules, off = (
            [{key: value for key, value in dataclasses.asdict(rule).items() if key not in _SILENT} for rule in some]
            for some in (self.rules, self.off)
        )
        return {
            "rules": rules,
            "off": off,
            "keeps": [dataclasses.asdict(keep) for keep in self.keeps],
            "names": [dataclasses.asdict(name) for name in self.names],
            "languages": list(self.languages),
        }


def _turned(now: Sequence[Any], before: Sequence[Any]) -> bool:
    """Tell whether what both have stands in another order."""
    common = set(now) & set(before)
    return [one for one in now if one in common] != [one for one in before if one in common]


def _name(plain: dict[str, Any]) -> Name:
    found = _tuples(plain)
    return Name(
        **found
        | {"scripts": tuple(map(tuple, plain["scripts"])), "scoped": tuple(ScopedVariants(**_tuples(one)) for one in plain["scoped"])}
    )


def _tuples(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}


def _rule(plain: dict[str, Any]) -> Rule:
    features = tuple((name, Range(**bounds)) for name, bounds in plain["features"])
    return Rule(**_tuples(plain) | {"reason": "", "features": features})
