"""README.md: the card, with front matter for the hub and `datasets` and a page for a person. All that it quotes is escaped."""

from __future__ import annotations

import importlib.resources
import string
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.release import arrow, quote
from pipeline.release.facts import SHOWN
from pipeline.release.layout import CONFIGS, config_files, configs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.config import Config
    from pipeline.release.facts import Facts
    from pipeline.release.layout import DataFile

__all__ = ["render"]

#: The hub's size categories: upper bound (not reached) and name. https://huggingface.co/docs/hub/datasets-cards
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)


def render(config: Config, facts: Facts, files: Sequence[DataFile], *, version: str, build: str) -> str:
    """Return the card.

    Args:
        config: the corpus' configuration.
        facts: the numbers to tell.
        files: the Parquet files.
        version: of the release.
        build: the hash of the build, for the cache of `datasets`.
    """
    template = string.Template(importlib.resources.files("pipeline.release").joinpath("card.md.template").read_text(encoding="utf-8"))
    body = template.substitute(
        title=_title(config),
        description=(config.dataset.description or "A corpus of web pages, cleaned and deduplicated.").strip(),
        version=version,
        scrapes=_scrapes(facts),
        path=_path(config, version),
        configs=_configs(files),
        empty=_empty(files),
        languages=_languages(facts.languages),
        sites=_sites(facts.sites),
        edits=_edits(facts.edits),
        names=_names(facts.names),
        overlaps=_overlaps(facts.overlaps),
        rejections=_rejections(facts.rejections),
        citation=_citation(config, version),
        removal=_removal(config),
    )
    return f"---\n{_front_matter(config, facts, files, version, build)}---\n{body}"


def _front_matter(config: Config, facts: Facts, files: Sequence[DataFile], version: str, build: str) -> str:
    from huggingface_hub import DatasetCardData  # noqa: PLC0415 - heavy, and only a release needs it

    rows = sum(file.rows for file in files if file.config == next(iter(CONFIGS)))
    data = DatasetCardData(
        language=[code for code in facts.languages["language"].sort() if code != "und"] or None,
        license=config.dataset.license,
        pretty_name=quote.line(_title(config)),
        size_categories=next((name for bound, name in _SIZES if rows < bound), "n>1T"),
        task_categories=["text-generation"],
        configs=configs(files, version=version, build=build) or None,
        dataset_info=_infos(files) or None,
    )
    return data.to_yaml() + "\n"


def _infos(files: Sequence[DataFile]) -> list[dict[str, Any]]:
    """Return for each config its features and sizes, so that readers know them before they download."""
    return [
        {
            "config_name": config,
            "features": arrow.features(CONFIGS[config]),
            "splits": [
                {"name": split, "num_bytes": sum(file.memory for file in parts), "num_examples": sum(file.rows for file in parts)}
                for split, parts in splits.items()
            ],
            "download_size": sum(file.bytes for parts in splits.values() for file in parts),
            "dataset_size": sum(file.memory for parts in splits.values() for file in parts),
        }
        for config, splits in config_files(files).items()
    ]


def _scrapes(facts: Facts) -> str:
    documents = facts.languages.select(pl.sum("kept", "duplicates").fill_null(0)).row(0)
    return f"{sum(documents) + int(facts.rejections['inputs'].sum()):,} inputs"


def _title(config: Config) -> str:
    return quote.line(config.dataset.title or config.dataset.name, 200)


def _path(config: Config, version: str) -> str:
    """Return what to pass to `load_dataset`: the name on the hub where it is published there, else the folder."""
    to = config.publish.to or ""
    if to.startswith("hf://datasets/"):
        return quote.line(to.removeprefix("hf://datasets/").split("@")[0].strip("/"), 200).replace('"', "")
    return f"processed/{config.dataset.name}/v{version}"


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

    return f"{Locale('en').languages.get(code, 'other')} ({quote.code(code)})"


def _sites(found: pl.DataFrame) -> str:
    rows = ([quote.code(site) if site else "no site known", kept, duplicates] for site, kept, duplicates in found.head(SHOWN).iter_rows())
    return _table(["site", "documents", "set aside"], list(rows), found.height, "No sites.")


def _edits(found: pl.DataFrame) -> str:
    rows = (
        [step, kind, edits, documents, characters, f"{quote.code(original)} → {quote.code(new)}" if new else quote.code(original)]
        for step, kind, edits, documents, characters, original, new in found.iter_rows()
    )
    heads = ["step", "kind", "edits", "documents", "characters replaced", "such as"]
    return _table(heads, list(rows), found.height, "Nothing had to be changed.")


def _names(found: pl.DataFrame) -> str:
    rows = ([quote.code(original), quote.code(new), edits] for original, new, edits in found.head(SHOWN).iter_rows())
    return _table(["found", "corrected to", "times"], list(rows), found.height, "No name had to be corrected.")


def _overlaps(found: pl.DataFrame) -> str:
    return _table(["kind", "pairs", "passages"], list(found.iter_rows()), found.height, "No two documents say the same.")


def _rejections(found: pl.DataFrame) -> str:
    rows = ([step, reason, inputs, size, quote.code(message, 120)] for step, reason, inputs, size, message in found.iter_rows())
    return _table(["step", "reason", "inputs", "bytes", "such as"], list(rows), found.height, "Nothing was rejected.")


def _table(heads: list[str], rows: list[Any], total: int, nothing: str) -> str:
    if not rows:
        return nothing
    more = f"\n\nAnd {total - len(rows):,} more." if total > len(rows) else ""
    return quote.table(heads, rows) + more


def _citation(config: Config, version: str) -> str:
    if config.dataset.citation:
        return config.dataset.citation.strip()
    where = f", {config.dataset.homepage}" if config.dataset.homepage else ""
    return f"{_title(config)}, version {version}{where}."


def _removal(config: Config) -> str:
    whom = config.dataset.contact or "whoever published this dataset, in a discussion where you found it"
    return (
        f"Write to {whom}. Name the page by its URL, or the row by its `id`: both find it. What is removed is gone from the next version, "
        "and can be purged from the older ones. Copies that others made, and the history that a hub keeps of its files, are beyond the "
        "reach of a new version: ask the hub to delete old revisions."
    )
