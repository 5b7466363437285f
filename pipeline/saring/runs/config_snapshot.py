"""Configuration snapshots: the rules, exceptions, names and languages that documents were cleaned with, and which documents a change touches.

A maintainer changes a rule or a name and builds again: a page that no changed rule matches, and in which no spelling of a changed name
occurs, before or after the change, is not cleaned again.
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

#: Fields of a rule that affect no text.
_SILENT = ("reason", "fires", "spares", "file")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ConfigSnapshot:
    """The part of a configuration that each affects some documents only; equal snapshots clean every page to the same document.

    Attributes:
        rules: the rules that run, in order, without fields that affect no text.
        off: the rules that are switched off; cleaning records where they would cut something.
        keeps: the exceptions.
        names: the registry of names, in order, without fields that affect no text.
        languages: the languages expected in the corpus.
    """

    rules: tuple[Rule, ...]
    off: tuple[Rule, ...]
    keeps: tuple[ExemptedText, ...]
    names: tuple[Name, ...]
    languages: tuple[str, ...]

    @classmethod
    def of(cls, config: Config) -> ConfigSnapshot:
        """Return the snapshot of a configuration."""
        rules, off = (
            tuple(dataclasses.replace(rule, reason="", fires=(), spares=(), file="") for rule in group)
            for group in (config.rules, config.off)
        )
        registry = tuple(dataclasses.replace(name, kind="", pack=None) for name in config.names)
        return cls(rules=rules, off=off, keeps=config.keeps, names=registry, languages=config.dataset.languages)

    def digest(self) -> str:
        """Return the SHA-256 of the snapshot, in hexadecimal: its name in a folder and in cache entries."""
        return hashlib.sha256(json.dumps(self._plain()).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Write the snapshot to a folder, as a JSON file named by its digest."""
        write_json(folder / f"{self.digest()}.json", self._plain())

    @classmethod
    def load(cls, folder: Path, digest: str) -> ConfigSnapshot | None:
        """Return the snapshot that `save` wrote under a digest; None where its file is missing, damaged or of another version."""
        try:
            plain = read_json(folder / f"{digest}.json")
            snapshot = cls(
                rules=tuple(map(_rule, plain["rules"])),
                off=tuple(map(_rule, plain["off"])),
                keeps=tuple(ExemptedText(**keep) for keep in plain["keeps"]),
                names=tuple(map(_name, plain["names"])),
                languages=tuple(plain["languages"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return snapshot if snapshot.digest() == digest else None

    @staticmethod
    def trim(folder: Path, digests: Collection[str]) -> None:
        """Delete the snapshots in a folder whose digest is not among these, and files that a killed build left half written."""
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name not in {f"{digest}.json" for digest in digests}:
                remove(file)

    def touched(self, pages: pl.DataFrame, before: ConfigSnapshot, cleaned: Cleaned, *, text_format: str = "text") -> pl.Series | None:
        """Return the ids of the pages whose document may differ under this snapshot from that under an earlier one.

        A rule that matches nowhere in a page changes nothing in it: other rules and the classifier see no more of the rule than its matches.
        Nor does a name with no spelling in the text that the names step receives. That is the page after noise removal, not the page: a
        deletion may join the parts of a name.

        Args:
            pages: columns of `tables.PREPARED`.
            before: the snapshot that the pages were cleaned with.
            cleaned: the documents and edits that resulted.
            text_format: of the pages that were HTML (`[extract] format`), which was the same.

        Returns:
            The ids; None where every page may differ: the order of rules, and of names, decides between two that match.
        """
        if _reordered(self.rules, before.rules) or _reordered(self.names, before.names):
            return None
        common = set(self.rules) & set(before.rules)
        # The condition `beside` (next to matches of other rules) is dropped: the matches of the other rules may have changed as well.
        changed = [dataclasses.replace(rule, beside=None) for rule in (*self.rules, *before.rules) if rule not in common]
        switched = set(self.off) ^ set(before.off)
        changed += [dataclasses.replace(rule, beside=None) for rule in (*self.off, *before.off) if rule in switched]
        # Without protection of lines: whether a line is protected depends on the matches of all rules, not only the changed ones.
        matched = noise.find(noise.could_match(pages, changed), changed, text_format=text_format, protect=False)["id"]
        exempted = {keep.id for keep in set(self.keeps) ^ set(before.keeps)}
        pinned = pages.filter(pl.any_horizontal(pl.lit(value=False), *map(ids.matches_page, sorted(exempted))))["id"]
        return pl.concat([matched, pinned, *self._renamed(pages, before, cleaned)]).unique(maintain_order=True)

    def _renamed(self, pages: pl.DataFrame, before: ConfigSnapshot, cleaned: Cleaned) -> Iterator[pl.Series]:
        """Yield the ids of the pages that a change of names or of expected languages may affect. Arguments are those of `touched`."""
        changed = set(self.names) ^ set(before.names)
        if not changed and self.languages == before.languages:
            return
        name_edits = cleaned.edits.filter(pl.col("step") == "names")
        received = ledger.undo(cleaned.documents.select("id", "text", "title"), name_edits).join(
            pages.select("id", "authors", "language"), on="id", how="left", maintain_order="left"
        )
        if changed:
            yield names.ids_with_spellings(received, [name for name in (*self.names, *before.names) if name in changed])
        if self.languages != before.languages:
            then, now = (language.identify(received.drop("authors"), snapshot.languages) for snapshot in (before, self))
            same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in now.columns[1:])
            yield then.join(now, on="id", suffix="_now", maintain_order="left").filter(~same)["id"]

    def _plain(self) -> dict[str, Any]:
        """Return the snapshot as JSON-serialisable data."""
        rules, off = (
            [{key: value for key, value in dataclasses.asdict(rule).items() if key not in _SILENT} for rule in group]
            for group in (self.rules, self.off)
        )
        return {
            "rules": rules,
            "off": off,
            "keeps": [dataclasses.asdict(keep) for keep in self.keeps],
            "names": [dataclasses.asdict(name) for name in self.names],
            "languages": list(self.languages),
        }


def _reordered(now: Sequence[Any], before: Sequence[Any]) -> bool:
    """Tell whether the rules, or names, that both configurations have are in another order."""
    common = set(now) & set(before)
    return [item for item in now if item in common] != [item for item in before if item in common]


def _name(plain: dict[str, Any]) -> Name:
    """Return a name of the registry from its JSON data."""
    scoped = tuple(ScopedVariants(**_tuples(variants)) for variants in plain["scoped"])
    return Name(**_tuples(plain) | {"scripts": tuple(map(tuple, plain["scripts"])), "scoped": scoped})


def _tuples(plain: dict[str, Any]) -> dict[str, Any]:
    """Return JSON data with its lists as tuples, as the dataclasses of a configuration have them."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}


def _rule(plain: dict[str, Any]) -> Rule:
    """Return a rule from its JSON data."""
    features = tuple((name, Range(**bounds)) for name, bounds in plain["features"])
    return Rule(**_tuples(plain) | {"reason": "", "features": features})
