"""README.md: the card, with front matter for the hub and `datasets` (`front_matter`) and a page for a person. All that it quotes is escaped."""

from __future__ import annotations

import importlib.resources
import re
import string
from typing import TYPE_CHECKING, Any

import polars as pl

from saring import schemas
from saring.config.rules import KINDS
from saring.core.plurals import counted
from saring.release import front_matter, load_example, markdown
from saring.release.layout import CONFIGS, config_files
from saring.release.statistics import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config import Config
    from saring.release.layout import DataFile
    from saring.release.statistics import Statistics

__all__ = ["render"]

#: What the kinds of changes are that no rule pack has.
_KINDS = {"encoding": "letters that were read in the wrong encoding", "name": "misspelt names", **KINDS}

#: How two documents relate.
_LINKS = {
    "exact": "the same words",
    "near": "nearly the same words",
    "contained": "one of them holds what the other says",
    "template": "the same words around facts or a body of each one's own; both are kept",
    "retranslation": "the same in other words of one language",
    "translation": "the same in two languages",
    "revision": "an older scrape of the same address",
}


def render(config: Config, facts: Statistics, files: Sequence[DataFile], *, version: str, build: str) -> str:
    """Return the card.

    Args:
        config: the corpus' configuration.
        facts: the numbers to tell.
        files: the Parquet files.
        version: of the release.
        build: the hash of the build, for the cache of `datasets`.
    """
    template = string.Template(importlib.resources.files("saring.release").joinpath("card.md.template").read_text(encoding="utf-8"))
    body = template.substitute(
        title=_title(config),
        description=(config.dataset.description or "A corpus of web pages, cleaned and deduplicated.").strip(),
        version=version,
        scrapes=_scrapes(facts),
        loading=load_example.render(files, version, _place(config)),
        splits=_splits(files),
        columns=_columns(),
        configs=_configs(files),
        empty=_empty(files),
        languages=_languages(facts.languages),
        sites=_sites(facts.sites),
        dates=_dates(facts.dates),
        edits=_edits(facts.edits),
        names=_names(facts.names),
        overlaps=_overlaps(facts.overlaps),
        rejections=_rejections(facts.rejections),
        license=markdown.code_span(config.dataset.license),
        citation=_citation(config, version),
        removal=_removal(config),
    )
    return f"---\n{front_matter.render(config, facts, files, version=version, build=build)}---\n{body}"


def _scrapes(facts: Statistics) -> str:
    documents = facts.languages.select(pl.sum("kept", "duplicates").fill_null(0)).row(0)
    return counted(sum(documents) + int(facts.rejections["inputs"].sum()), "input")


def _title(config: Config) -> str:
    return markdown.markdown_line(config.dataset.title or config.dataset.name, 200)


def _place(config: Config) -> str:
    """Return from where the card says to load the release: the hub where it is published there, else the folder where builds usually go.

    Publishing it to another place names that one (`load_example.replace`). The path of `--out` is the maintainer's own, and the same
    scrapes are to give the same bytes wherever they are built.
    """
    to = config.publish.to or ""
    return to.split("@")[0].rstrip("/") if to.startswith(load_example.HUB) else f"processed/{config.dataset.name}"


def _splits(files: Sequence[DataFile]) -> str:
    splits = {split for parts in config_files(files).values() for split in parts}
    if len(splits) <= 1:
        return ""
    return "\nSplits are drawn by group of linked documents: no copy, revision or translation of a `test` row is in `train`, as far as it was found.\n"


def _columns() -> str:
    entries = schemas.load(CONFIGS[next(iter(CONFIGS))])["properties"]
    rows = [[f"`{name}`", _type(entry), entry["description"].replace("|", "or")] for name, entry in entries.items()]
    return markdown.markdown_table(["column", "type", "what it holds"], rows)


def _type(entry: dict[str, Any]) -> str:
    return f"list of {entry['items']['x-arrow']}" if "items" in entry else str(entry["x-arrow"])


def _dates(found: pl.DataFrame) -> str:
    first, last, undated = found.row(0)
    if first is None:
        return "None of the documents says when it was written." if undated else ""
    without = f"; {counted(undated, 'document')} {'does' if undated == 1 else 'do'} not say when" if undated else ""
    return f"Written from {first.date()} to {last.date()}, as the pages have it{without}."


def _configs(files: Sequence[DataFile]) -> str:
    rows = []
    for config in CONFIGS:
        for split in sorted({file.split for file in files if file.config == config}, key=lambda name: (name != "train", name)):
            parts = [file for file in files if (file.config, file.split) == (config, split)]
            rows.append(f"| `{config}`, `{split}` | {sum(p.rows for p in parts):,} | {sum(p.bytes for p in parts):,} |")
    return "\n".join(rows)


def _empty(files: Sequence[DataFile]) -> str:
    full = config_files(files)
    without = [f"`{config}`" for config in CONFIGS if config not in full]
    if not without:
        return ""
    return (
        f"\nWithout rows in this version, and therefore not to be loaded by name: {', '.join(without)}. Their files carry the columns; "
        "`datasets` cannot load a split without rows.\n"
    )


def _languages(found: pl.DataFrame) -> str:
    rows = ([_language(code), kept, duplicates, characters, words] for code, kept, duplicates, characters, words in found.iter_rows())
    return _table(["language", "documents", "set aside", "characters", "words"], list(rows), found.height, "No documents.")


def _language(code: str | None) -> str:
    from babel import Locale  # noqa: PLC0415 - reads CLDR from disk

    return f"{Locale('en').languages.get(code, 'other')} ({markdown.code_span(code)})"


def _sites(found: pl.DataFrame) -> str:
    rows = (
        [markdown.code_span(site) if site else "no site known", kept, duplicates]
        for site, kept, duplicates in found.head(SHOWN).iter_rows()
    )
    return _table(["site", "documents", "set aside"], list(rows), found.height, "No sites.")


def _edits(found: pl.DataFrame) -> str:
    rows = (
        [
            step,
            kind,
            _KINDS.get(kind, ""),
            edits,
            documents,
            characters,
            f"{markdown.code_span(original)} → {markdown.code_span(new)}" if new else markdown.code_span(original),
        ]
        for step, kind, edits, documents, characters, original, new in found.iter_rows()
    )
    heads = ["step", "kind", "what it is", "edits", "documents", "characters replaced", "such as"]
    changes = int(found["edits"].sum())
    each = "a row" if changes == 1 else "each of them a row"
    total = f"{counted(changes, 'change')}, {each} of `edits`.\n\n" if changes else ""
    return total + _table(heads, list(rows), found.height, "Nothing had to be changed.")


def _names(found: pl.DataFrame) -> str:
    rows = ([markdown.code_span(original), markdown.code_span(new), edits] for original, new, edits in found.head(SHOWN).iter_rows())
    return _table(["found", "corrected to", "times"], list(rows), found.height, "No name had to be corrected.")


def _overlaps(found: pl.DataFrame) -> str:
    rows = [[kind, _LINKS.get(kind, ""), pairs, passages] for kind, pairs, passages in found.iter_rows()]
    return _table(["kind", "what it is", "pairs", "passages"], rows, found.height, "No two documents say the same.")


def _rejections(found: pl.DataFrame) -> str:
    rows = ([step, reason, inputs, size, markdown.code_span(message, 120)] for step, reason, inputs, size, message in found.iter_rows())
    return _table(["step", "reason", "inputs", "bytes", "such as"], list(rows), found.height, "Nothing was rejected.")


def _table(heads: list[str], rows: list[Any], total: int, nothing: str) -> str:
    if not rows:
        return nothing
    more = f"\n\nAnd {total - len(rows):,} more." if total > len(rows) else ""
    return markdown.markdown_table(heads, rows) + more


def _citation(config: Config, version: str) -> str:
    if config.dataset.citation:
        return config.dataset.citation.strip()
    where = f", {config.dataset.homepage}" if config.dataset.homepage else ""
    entries = {"title": _title(config), "version": version, "url": config.dataset.homepage or _hub(config)}
    # Nothing in a value may end it, or the block.
    plain = {name: re.sub(r"[{}`\\]", "", markdown.markdown_line(value, 200)) for name, value in entries.items() if value}
    lines = [f"  {name} = {{{value}}}," for name, value in plain.items()]
    key = f"{config.dataset.name}_{version}".replace(".", "_")
    return "\n".join([f"{_title(config)}, version {version}{where}.", "", "```bibtex", f"@misc{{{key},", *lines, "}", "```"])


def _hub(config: Config) -> str:
    """Return the address of the dataset on the hub, where it is published there."""
    place = _place(config)
    return f"https://huggingface.co/datasets/{place.removeprefix(load_example.HUB)}" if place.startswith(load_example.HUB) else ""


def _removal(config: Config) -> str:
    whom = config.dataset.contact or "whoever published this dataset, in a discussion where you found it"
    return (
        f"Write to {whom}. Name the page by its URL, or the row by its `id`: both find it. What is removed is gone from the next version, "
        "and can be purged from the older ones. Copies that others made, and the history that a hub keeps of its files, are beyond the "
        "reach of a new version: ask the hub to delete old revisions."
    )
