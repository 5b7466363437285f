"""Load corpus.toml and takedowns.toml into the frozen dataclasses of `saring.config.settings`.

Every table except `[dataset]` is optional; an unknown key is an error. Errors state file, path, expected, found and what to do.
"""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from saring.config import language_tags
from saring.config import names as registry
from saring.config.rules import KINDS, check_unique_ids, load_packs, parse_rule
from saring.config.settings import MEGABYTE, Build, Config, Dataset, ExemptedText, Extract, Noise, Overlap, Publish, Source, Takedown
from saring.config.toml_table import read_table
from saring.core import ids
from saring.core.errors import ConfigError
from saring.core.tables import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.toml_table import Table

__all__ = ["PARTS", "TAKEDOWNS", "default_config", "load_config", "load_or_default"]

#: The tables of corpus.toml that a command may ask for, and `takedown` for takedowns.toml. `[names]` is read with `name`.
PARTS = ("build", "dataset", "exception", "extract", "name", "noise", "overlap", "publish", "rule", "source", "splits", "takedown")

#: The file of takedowns, in the folder of corpus.toml.
TAKEDOWNS = "takedowns.toml"


def default_config() -> Config:
    """Return the configuration that is used without a corpus.toml: all rule packs, no names, default settings."""
    return Config(dataset=Dataset(name="corpus"), rules=load_packs())


def load_or_default(file: Path | None, *parts: str) -> Config:
    """Load the configuration: from a file if one is named, else from ./corpus.toml, else the defaults.

    Args:
        file: the path of a corpus.toml, or None.
        parts: as for `load_config`.

    Raises:
        ConfigError: says file, path, expected, found and what to do.
    """
    default = Path("corpus.toml")
    if file is None and not default.exists():
        return default_config()
    return load_config(file or default, *parts)


def load_config(file: Path, *parts: str) -> Config:
    """Read corpus.toml, and takedowns.toml from the same folder if it exists, into a `Config`.

    Args:
        file: the path of corpus.toml.
        parts: the tables that the caller needs, of `PARTS`; by default all. Others are parsed as TOML but not validated, so that an error in
            them does not stop a command that does not use them.

    Raises:
        ConfigError: a file is missing or invalid; states file, path, expected, found and what to do.
    """
    takedowns_file = file.with_name(TAKEDOWNS)
    needed = parts or PARTS
    takedowns = read_table(takedowns_file, _takedowns) if "takedown" in needed and takedowns_file.exists() else ()
    return dataclasses.replace(read_table(file, lambda table: _config(table, needed)), takedowns=takedowns)


def _config(table: Table, parts: Sequence[str]) -> Config:
    """Parse the top-level table of corpus.toml, validating only the tables in `parts`."""
    if set(PARTS) - set(parts):
        table = table.only({*parts, "names"} if "name" in parts else parts)
    names = registry.parse_names(table)
    own_rules = tuple(parse_rule(entry) for entry in table.tables("rule"))
    pack_rules = load_packs() if "rule" in parts else ()
    # The corpus' own rules come first: they are the most specific, and the first rule that deletes a line is the one recorded in the ledger.
    all_rules = (*own_rules, *pack_rules)
    check_unique_ids((*pack_rules, *own_rules))
    noise = _noise(table.table("noise"), known=[*(rule.id for rule in all_rules), "classifier"])
    off = tuple(rule for rule in all_rules if rule.id in noise.off or rule.kind in noise.keep)
    return Config(
        dataset=_dataset(table.table("dataset")) if "dataset" in parts else default_config().dataset,
        sources=tuple(_source(entry) for entry in table.tables("source")),
        names=names,
        rules=tuple(rule for rule in all_rules if rule not in off),
        off=off,
        keeps=tuple(_exempted_text(entry) for entry in table.tables("exception")),
        extract=_extract(table.table("extract")),
        noise=noise,
        overlap=_overlap(table.table("overlap")),
        splits=_splits(table.table("splits")),
        build=_build(table.table("build")),
        publish=_publish(table.table("publish")),
    )


def _takedowns(table: Table) -> tuple[Takedown, ...]:
    """Parse takedowns.toml: its array of `[[takedown]]` tables."""
    takedowns = tuple(_takedown(entry) for entry in table.tables("takedown"))
    table.done()
    return takedowns


def _takedown(table: Table) -> Takedown:
    """Parse one `[[takedown]]` table."""
    takedown = Takedown(
        id=table.string("id"),
        prints=table.strings("prints"),
        asked=table.string("asked") or "",
        reason=table.string("reason") or "",
    )
    if takedown.id is None and not takedown.prints:
        hint = "Use `saring takedown`, which writes this file."
        raise table.error("id", expected="an id, or the prints of a text", found="neither", hint=hint)
    table.done()
    return takedown


def _dataset(table: Table) -> Dataset:
    """Parse `[dataset]` and validate the dataset name, which becomes a folder name."""
    dataset = Dataset(
        name=table.required("name", 'Write [dataset] and, below it, name = "...": it becomes the folder in processed/.'),
        license=table.string("license") or "other",
        languages=language_tags.parse_languages(table, "languages"),
        title=table.string("title"),
        description=table.string("description"),
        homepage=table.string("homepage"),
        citation=table.string("citation"),
        contact=table.string("contact"),
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,95}", dataset.name):
        expected = "lower-case letters, digits, - and _, at most 96"
        raise table.error(
            "name", expected=expected, found=repr(dataset.name), hint="It becomes the name of a folder and of a dataset on the hub."
        )
    table.done()
    return dataset


def _source(table: Table) -> Source:
    """Parse one `[[source]]` table: metadata and column names for the scrapes that match a glob."""
    from saring.config import charset_labels  # noqa: PLC0415 - the readers know the configuration

    source = Source(
        path=table.required("path", 'Write which scrapes it applies to, such as path = "news/*".'),
        site=table.string("site"),
        license=table.string("license"),
        language=_language(table),
        charset=charset_labels.parse_charset(table),
        columns=_columns(table.table("columns", 'Write columns = { text = "NAME" }.')),
    )
    table.done()
    return source


def _columns(table: Table) -> tuple[tuple[str, str | None], ...]:
    """Parse `columns` of a `[[source]]`: pairs of a field and its column name, or None for a field that is not to be read."""
    columns = {field: table.string_or_false(field, "Write the name of the column, or false to leave it out.") for field in FIELDS}
    table.done()
    return tuple((field, name if isinstance(name, str) else None) for field, name in columns.items() if name is not None)


def _language(table: Table) -> str | None:
    """Parse the key `language` of a `[[source]]` as an ISO 639 code; None if it is missing."""
    stated = table.string("language")
    code = language_tags.language_code(stated)
    if stated is not None and code is None:
        raise table.error("language", expected="an ISO 639 code such as id", found=repr(stated), hint="Correct it or leave it out.")
    return code


def _exempted_text(table: Table) -> ExemptedText:
    """Parse one `[[exception]]` table: a text that a rule must not change in a document."""
    id_ = table.required("id", "Write the document's id, which `saring explain` shows.")
    if ids.is_id(id_) and len(id_) < ids.FEWEST_DIGITS:
        expected = f"an id, its first {ids.FEWEST_DIGITS} digits or more, or a source"
        raise table.error("id", expected=expected, found=repr(id_), hint="Write more digits: `saring explain` shows the id.")
    exempted = ExemptedText(
        id=id_,
        rule=table.required("rule", "Write the id of the rule to stop, which `saring explain` shows."),
        keep=table.required("keep", "Write the text that must stay as it is."),
    )
    table.done()
    return exempted


def _extract(table: Table) -> Extract:
    """Parse `[extract]`: the format of the text of HTML pages."""
    extract = Extract(format=table.choice("format", ("text", "markdown"), Extract().format))
    table.done()
    return extract


def _noise(table: Table, known: list[str]) -> Noise:
    """Parse `[noise]`: noise kinds to keep, rules to switch off (of the ids in `known`), thresholds of the line classifier."""
    drop_at = table.number("drop_at", Noise().drop_at, low=0.0, high=1.0)
    keep_at = table.number("keep_at", min(Noise().keep_at, drop_at), low=0.0, high=drop_at)
    noise = Noise(
        keep=table.strings("keep"),
        off=table.strings("off"),
        drop_at=drop_at,
        keep_at=keep_at,
        weights=table.string("weights"),
        site_lines=table.flag("site_lines", default=Noise().site_lines),
        site_pages=table.integer("site_pages", Noise().site_pages, low=2, high=1_000_000),
        alarm_share=table.number("alarm_share", Noise().alarm_share, low=0.0, high=1.0),
    )
    for key, values, allowed in (("keep", noise.keep, list(KINDS)), ("off", noise.off, known)):
        for index, value in enumerate(values):
            if value not in allowed:
                expected = f"one of {', '.join(sorted(KINDS))}" if key == "keep" else "the id of a rule"
                hint = "`saring explain` shows the rules and kinds of all deletions."
                raise table.error(f"{key}[{index}]", expected=expected, found=repr(value), hint=hint)
    table.done()
    return noise


def _overlap(table: Table) -> Overlap:
    """Parse `[overlap]`: thresholds of duplicate and translation detection."""
    defaults = Overlap()
    overlap = Overlap(
        near_at=table.number("near_at", defaults.near_at, low=0.1, high=1.0),
        contained_at=table.number("contained_at", defaults.contained_at, low=0.1, high=1.0),
        templates=table.flag("templates", default=defaults.templates),
        own_at=table.number("own_at", defaults.own_at, low=0.0, high=1.0),
        translations=table.flag("translations", default=defaults.translations),
        translated_at=table.number("translated_at", defaults.translated_at, low=0.05, high=1.0),
        drop_at=table.number("drop_at", defaults.drop_at, low=0.0, high=1.0),
        one_per=table.choice("one_per", ("cluster", "language"), defaults.one_per),
        alarm_share=table.number("alarm_share", defaults.alarm_share, low=0.0, high=1.0),
        encoder=table.string("encoder"),
    )
    table.done()
    return overlap


def _splits(table: Table) -> tuple[tuple[str, float], ...]:
    """Parse `[splits]`: pairs of a split name and its share; the shares must add up to 1."""
    splits = {key: table.number(key, 0.0, low=0.0, high=1.0) for key in table.remaining_keys()}
    for key in splits:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise table.error(key, expected="a name such as train", found=repr(key), hint="Use lower-case letters, digits and _.")
    total = sum(splits.values())
    if splits and not math.isclose(total, 1.0, abs_tol=1e-6):
        raise ConfigError(
            file=table.file, path="splits", expected="shares that add up to 1", found=f"a total of {total:g}", hint="Adjust one of them."
        )
    return tuple(splits.items()) or (("train", 1.0),)


def _build(table: Table) -> Build:
    """Parse `[build]`: limits on size, time, memory and rejections."""
    defaults = Build()
    build = Build(
        scrape_bytes=table.integer("scrape_bytes", defaults.scrape_bytes, low=1, high=1_000 * MEGABYTE),
        batch_bytes=table.integer("batch_bytes", defaults.batch_bytes, low=1, high=1_000 * MEGABYTE),
        page_seconds=table.integer("page_seconds", defaults.page_seconds, low=1, high=86_400),
        memory=table.integer("memory", defaults.memory, low=1_000 * MEGABYTE, high=1_000_000_000 * MEGABYTE),
        reject_share=table.number("reject_share", defaults.reject_share, low=0.0, high=1.0),
    )
    table.done()
    return build


def _publish(table: Table) -> Publish:
    """Parse `[publish]`: the default target of `saring publish`."""
    publish = Publish(to=table.string("to"))
    table.done()
    return publish
