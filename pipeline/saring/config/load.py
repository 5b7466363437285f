"""corpus.toml -> frozen dataclasses.

Every table is optional but `[dataset]`; unknown keys are errors. Errors carry file, path, expected, found and what to do.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

from saring.config import language_tags
from saring.config import names as registry
from saring.config.rules import KINDS, check_unique_ids, load_packs, parse_rule
from saring.config.settings import MEGABYTE, Build, Config, Dataset, ExemptedText, Noise, Overlap, Publish, Source, Takedown
from saring.config.toml_table import read_table
from saring.core import ids
from saring.core.errors import ConfigError
from saring.core.tables import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from saring.config.toml_table import Table

__all__ = ["PARTS", "TAKEDOWNS", "default_config", "load_config"]

#: What a command may need of corpus.toml: its tables, and `takedown` for takedowns.toml. `[names]` goes with `name`.
PARTS = ("build", "dataset", "exception", "name", "noise", "overlap", "publish", "rule", "source", "splits", "takedown")

#: Where takedowns are written down, beside corpus.toml.
TAKEDOWNS = "takedowns.toml"


def default_config() -> Config:
    """Return what holds where there is no corpus.toml: every rule pack, no names."""
    return Config(dataset=Dataset(name="corpus"), rules=load_packs())


def load_config(file: Path, *parts: str) -> Config:
    """Read corpus.toml, and takedowns.toml where it stands beside it.

    Args:
        file: corpus.toml.
        parts: those of `PARTS` that are needed, by default all; of the others nothing is read but that the file is TOML, so that what is wrong
            in them stops nobody who does not need them.

    Raises:
        ConfigError: says file, path, expected, found and what to do.
    """
    beside = file.with_name(TAKEDOWNS)
    wanted = parts or PARTS
    takedowns = read_table(beside, _takedowns) if "takedown" in wanted and beside.exists() else ()
    return dataclasses.replace(read_table(file, lambda table: _config(table, wanted)), takedowns=takedowns)


def _config(table: Table, parts: Sequence[str]) -> Config:
    if set(PARTS) - set(parts):
        table = table.only({*parts, "names"} if "name" in parts else parts)
    names = registry.parse_names(table)
    own = tuple(parse_rule(entry) for entry in table.tables("rule"))
    packs = load_packs() if "rule" in parts else ()
    every = (*own, *packs)  # The corpus' own rules are the most specific, and the first rule that cuts a line names the cut.
    check_unique_ids((*packs, *own))
    noise = _noise(table.table("noise"), known=[*(rule.id for rule in every), "classifier"])
    off = tuple(rule for rule in every if rule.id in noise.off or rule.kind in noise.keep)
    return Config(
        dataset=_dataset(table.table("dataset")) if "dataset" in parts else default_config().dataset,
        sources=tuple(_source(entry) for entry in table.tables("source")),
        names=names,
        rules=tuple(rule for rule in every if rule not in off),
        off=off,
        keeps=tuple(_keep(entry) for entry in table.tables("exception")),
        noise=noise,
        overlap=_overlap(table.table("overlap")),
        splits=_splits(table.table("splits")),
        build=_build(table.table("build")),
        publish=_publish(table.table("publish")),
    )


def _takedowns(table: Table) -> tuple[Takedown, ...]:
    found = tuple(_takedown(entry) for entry in table.tables("takedown"))
    table.done()
    return found


def _takedown(table: Table) -> Takedown:
    takedown = Takedown(
        id=table.string("id"),
        prints=table.strings("prints"),
        asked=table.string("asked") or "",
        reason=table.string("reason") or "",
    )
    if takedown.id is None and not takedown.prints:
        hint = "Let `saring takedown` write this file."
        raise table.error("id", expected="an id, or the prints of a text", found="neither", hint=hint)
    table.done()
    return takedown


def _dataset(table: Table) -> Dataset:
    dataset = Dataset(
        name=table.required("name", 'Write [dataset] and, below it, name = "...": it becomes the folder in processed/.'),
        license=table.string("license") or "other",
        languages=registry.languages(table),
        title=table.string("title"),
        description=table.string("description"),
        homepage=table.string("homepage"),
        citation=table.string("citation"),
        contact=table.string("contact"),
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,95}", dataset.name):
        expected = "lower-case letters, digits, - and _, at most 96"
        raise table.error("name", expected=expected, found=repr(dataset.name), hint="It names a folder and a dataset on the hub.")
    table.done()
    return dataset


def _source(table: Table) -> Source:
    from saring.config import charset_labels  # noqa: PLC0415 - the readers know the configuration

    source = Source(
        path=table.required("path", 'Write the scrapes it is for, such as path = "news/*".'),
        site=table.string("site"),
        license=table.string("license"),
        language=_language(table),
        charset=charset_labels.parse_charset(table),
        columns=_columns(table.table("columns", 'Write columns = { text = "NAME" }.')),
    )
    table.done()
    return source


def _columns(table: Table) -> tuple[tuple[str, str | None], ...]:
    columns = {field: table.string_or_false(field, "Write the name that the column has, or false to leave it out.") for field in FIELDS}
    table.done()
    return tuple((field, name if isinstance(name, str) else None) for field, name in columns.items() if name is not None)


def _language(table: Table) -> str | None:
    stated = table.string("language")
    code = language_tags.language_code(stated)
    if stated is not None and code is None:
        raise table.error("language", expected="an ISO 639 code such as id", found=repr(stated), hint="Correct it or leave it out.")
    return code


def _keep(table: Table) -> ExemptedText:
    id_ = table.required("id", "Write the document's id: saring explain shows it.")
    if ids.is_id(id_) and len(id_) < ids.FEWEST_DIGITS:
        expected = f"an id, at least {ids.FEWEST_DIGITS} digits of one, or a source"
        raise table.error("id", expected=expected, found=repr(id_), hint="Write more of it: saring explain shows it.")
    keep = ExemptedText(
        id=id_,
        rule=table.required("rule", "Write the rule that must not cut: saring explain shows it."),
        keep=table.required("keep", "Write the text that must stay."),
    )
    table.done()
    return keep


def _noise(table: Table, known: list[str]) -> Noise:
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
                hint = "See `saring explain` for the rules and kinds that cut something."
                raise table.error(f"{key}[{index}]", expected=expected, found=repr(value), hint=hint)
    table.done()
    return noise


def _overlap(table: Table) -> Overlap:
    plain = Overlap()
    overlap = Overlap(
        near_at=table.number("near_at", plain.near_at, low=0.1, high=1.0),
        contained_at=table.number("contained_at", plain.contained_at, low=0.1, high=1.0),
        templates=table.flag("templates", default=plain.templates),
        own_at=table.number("own_at", plain.own_at, low=0.0, high=1.0),
        translations=table.flag("translations", default=plain.translations),
        translated_at=table.number("translated_at", plain.translated_at, low=0.05, high=1.0),
        drop_at=table.number("drop_at", plain.drop_at, low=0.0, high=1.0),
        one_per=table.choice("one_per", ("cluster", "language"), plain.one_per),
        alarm_share=table.number("alarm_share", plain.alarm_share, low=0.0, high=1.0),
        encoder=table.string("encoder"),
    )
    table.done()
    return overlap


def _splits(table: Table) -> tuple[tuple[str, float], ...]:
    splits = {key: table.number(key, 0.0, low=0.0, high=1.0) for key in table.left()}
    for key in splits:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise table.error(key, expected="a name such as train", found=repr(key), hint="Rename it.")
    total = sum(splits.values())
    if splits and not math.isclose(total, 1.0, abs_tol=1e-6):
        raise ConfigError(
            file=table.file, path="splits", expected="shares that add up to 1", found=f"{total:g}", hint="Adjust one of them."
        )
    return tuple(splits.items()) or (("train", 1.0),)


def _build(table: Table) -> Build:
    plain = Build()
    build = Build(
        scrape_bytes=table.integer("scrape_bytes", plain.scrape_bytes, low=1, high=1_000 * MEGABYTE),
        batch_bytes=table.integer("batch_bytes", plain.batch_bytes, low=1, high=1_000 * MEGABYTE),
        page_seconds=table.integer("page_seconds", plain.page_seconds, low=1, high=86_400),
        memory=table.integer("memory", plain.memory, low=1_000 * MEGABYTE, high=1_000_000_000 * MEGABYTE),
        reject_share=table.number("reject_share", plain.reject_share, low=0.0, high=1.0),
    )
    table.done()
    return build


def _publish(table: Table) -> Publish:
    publish = Publish(to=table.string("to"))
    table.done()
    return publish
