"""Dataset card (README.md) of a release: YAML front matter for the hub and `datasets`, and a Markdown page for people.

Everything quoted from pages is escaped (`markdown`).
"""

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

#: Descriptions of the kinds of edits, for the card; those of the rule packs come from `config.rules.KINDS`.
_KINDS = {"encoding": "letters that were read in the wrong encoding", "name": "misspelt names", **KINDS}

#: Descriptions of the kinds of overlap between two documents, for the card.
_OVERLAP_KINDS = {
    "exact": "the same words",
    "near": "nearly the same words",
    "contained": "one of them holds what the other says",
    "template": "the same words around facts or a body of each one's own; both are kept",
    "retranslation": "the same in other words of one language",
    "translation": "the same in two languages",
    "revision": "an older scrape of the same address",
}


def render(config: Config, statistics: Statistics, files: Sequence[DataFile], *, version: str, build: str) -> str:
    """Render the dataset card: front matter and Markdown body.

    Args:
        config: the corpus' configuration.
        statistics: the counts and examples to show.
        files: the Parquet files of the release.
        version: the version of the release.
        build: the build hash, which keys the cache of `datasets`.
    """
    template = string.Template(importlib.resources.files("saring.release").joinpath("card.md.template").read_text(encoding="utf-8"))
    body = template.substitute(
        title=_title(config),
        description=(config.dataset.description or "A corpus of web pages, cleaned and deduplicated.").strip(),
        version=version,
        scrapes=_input_count(statistics),
        loading=load_example.render(files, version, _load_address(config)),
        splits=_splits(files),
        columns=_columns_table(),
        configs=_config_rows(files),
        empty=_empty_configs_note(files),
        languages=_languages_table(statistics.languages),
        sites=_sites_table(statistics.sites),
        dates=_date_range(statistics.dates),
        edits=_edits_table(statistics.edits),
        names=_names_table(statistics.names),
        overlaps=_overlaps_table(statistics.overlaps),
        rejections=_rejections_table(statistics.rejections),
        license=markdown.code_span(config.dataset.license),
        citation=_citation(config, version),
        removal=_removal(config),
    )
    return f"---\n{front_matter.render(config, statistics, files, version=version, build=build)}---\n{body}"


def _input_count(statistics: Statistics) -> str:
    documents = statistics.languages.select(pl.sum("kept", "duplicates").fill_null(0)).row(0)
    return counted(sum(documents) + int(statistics.rejections["inputs"].sum()), "input")


def _title(config: Config) -> str:
    return markdown.markdown_line(config.dataset.title or config.dataset.name, 200)


def _load_address(config: Config) -> str:
    """Return the address from which the card's example loads the release: the hub if it is published there, else `processed/<dataset>`.

    Publishing to another place rewrites the example (`load_example.replace`). The path given as `--out` is not used: it is the maintainer's
    own, and the same scrapes must give the same bytes wherever they are built.
    """
    to = config.publish.to or ""
    return to.split("@")[0].rstrip("/") if to.startswith(load_example.HUB) else f"processed/{config.dataset.name}"


def _splits(files: Sequence[DataFile]) -> str:
    splits = {split for parts in config_files(files).values() for split in parts}
    if len(splits) <= 1:
        return ""
    return "\nSplits are drawn by group of linked documents: no copy, revision or translation of a `test` row is in `train`, as far as any was detected.\n"


def _columns_table() -> str:
    """Return a Markdown table of the columns of a document: name, type, description."""
    entries = schemas.load(CONFIGS[next(iter(CONFIGS))])["properties"]
    rows = [[f"`{name}`", _type_name(entry), entry["description"].replace("|", "or")] for name, entry in entries.items()]
    return markdown.markdown_table(["column", "type", "what it holds"], rows)


def _type_name(entry: dict[str, Any]) -> str:
    return f"list of {entry['items']['x-arrow']}" if "items" in entry else str(entry["x-arrow"])


def _date_range(dates: pl.DataFrame) -> str:
    first, last, undated = dates.row(0)
    if first is None:
        return "None of the documents states when it was published." if undated else ""
    without = f"; {counted(undated, 'document')} {'states' if undated == 1 else 'state'} no date" if undated else ""
    return f"Published from {first.date()} to {last.date()}, by the dates that the pages state{without}."


def _config_rows(files: Sequence[DataFile]) -> str:
    rows = []
    for config in CONFIGS:
        for split in sorted({file.split for file in files if file.config == config}, key=lambda name: (name != "train", name)):
            parts = [file for file in files if (file.config, file.split) == (config, split)]
            rows.append(f"| `{config}`, `{split}` | {sum(p.rows for p in parts):,} | {sum(p.bytes for p in parts):,} |")
    return "\n".join(rows)


def _empty_configs_note(files: Sequence[DataFile]) -> str:
    """Return a sentence that names the configs without rows, which `datasets` cannot load."""
    loadable = config_files(files)
    empty = [f"`{config}`" for config in CONFIGS if config not in loadable]
    if not empty:
        return ""
    return (
        f"\nWithout rows in this version, and therefore not to be loaded by name: {', '.join(empty)}. Their files carry the columns; "
        "`datasets` cannot load a split without rows.\n"
    )


def _languages_table(languages: pl.DataFrame) -> str:
    rows = (
        [_language_name(code), kept, duplicates, characters, words] for code, kept, duplicates, characters, words in languages.iter_rows()
    )
    return _table(["language", "documents", "set aside", "characters", "words"], list(rows), languages.height, "No documents.")


def _language_name(code: str | None) -> str:
    from babel import Locale  # noqa: PLC0415 - reads CLDR from disk

    return f"{Locale('en').languages.get(code, 'other')} ({markdown.code_span(code)})"


def _sites_table(sites: pl.DataFrame) -> str:
    rows = (
        [markdown.code_span(site) if site else "no site known", kept, duplicates]
        for site, kept, duplicates in sites.head(SHOWN).iter_rows()
    )
    return _table(["site", "documents", "set aside"], list(rows), sites.height, "No sites.")


def _edits_table(kinds: pl.DataFrame) -> str:
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
        for step, kind, edits, documents, characters, original, new in kinds.iter_rows()
    )
    heads = ["step", "kind", "what it is", "edits", "documents", "characters replaced", "example"]
    changes = int(kinds["edits"].sum())
    each = "a row" if changes == 1 else "each of them a row"
    total = f"{counted(changes, 'change')}, {each} of `edits`.\n\n" if changes else ""
    return total + _table(heads, list(rows), kinds.height, "Nothing had to be changed.")


def _names_table(corrections: pl.DataFrame) -> str:
    rows = ([markdown.code_span(original), markdown.code_span(new), edits] for original, new, edits in corrections.head(SHOWN).iter_rows())
    return _table(["found", "corrected to", "times"], list(rows), corrections.height, "No name had to be corrected.")


def _overlaps_table(kinds: pl.DataFrame) -> str:
    rows = [[kind, _OVERLAP_KINDS.get(kind, ""), pairs, passages] for kind, pairs, passages in kinds.iter_rows()]
    return _table(["kind", "what it is", "pairs", "passages"], rows, kinds.height, "No duplicates or translations were detected.")


def _rejections_table(reasons: pl.DataFrame) -> str:
    rows = ([step, reason, inputs, size, markdown.code_span(message, 120)] for step, reason, inputs, size, message in reasons.iter_rows())
    return _table(["step", "reason", "inputs", "bytes", "example"], list(rows), reasons.height, "Nothing was rejected.")


def _table(heads: list[str], rows: list[Any], total: int, if_empty: str) -> str:
    """Return a Markdown table of the first rows with a note of how many more there are; without rows, a sentence that says so."""
    if not rows:
        return if_empty
    more = f"\n\nAnd {total - len(rows):,} more." if total > len(rows) else ""
    return markdown.markdown_table(heads, rows) + more


def _citation(config: Config, version: str) -> str:
    """Return how to cite the dataset: the configured citation, or a sentence with a BibTeX entry."""
    if config.dataset.citation:
        return config.dataset.citation.strip()
    homepage = f", {config.dataset.homepage}" if config.dataset.homepage else ""
    entries = {"title": _title(config), "version": version, "url": config.dataset.homepage or _hub_url(config)}
    # Characters that could end a BibTeX value or the code block are removed.
    plain = {name: re.sub(r"[{}`\\]", "", markdown.markdown_line(value, 200)) for name, value in entries.items() if value}
    lines = [f"  {name} = {{{value}}}," for name, value in plain.items()]
    key = f"{config.dataset.name}_{version}".replace(".", "_")
    return "\n".join([f"{_title(config)}, version {version}{homepage}.", "", "```bibtex", f"@misc{{{key},", *lines, "}", "```"])


def _hub_url(config: Config) -> str:
    """Return the web address of the dataset on the Hugging Face hub; empty if it is not published there."""
    place = _load_address(config)
    return f"https://huggingface.co/datasets/{place.removeprefix(load_example.HUB)}" if place.startswith(load_example.HUB) else ""


def _removal(config: Config) -> str:
    contact = config.dataset.contact or "the publisher of this dataset, in a discussion on the page where you found it"
    return (
        f"Write to {contact}. Name the page by its URL, or the row by its `id`; either is enough. Removed documents are absent from the next "
        "version, and can be purged from the older ones. A new version does not reach copies that others made, nor the history that a hub "
        "keeps of its files: ask the hub to delete old revisions."
    )
