"""Settings of corpus.toml without effect: a correction that changes nothing is most often a typing error.

Everything is taken from the tables of the build and from what was noted of its documents when they were cleaned, whichever build that was.
What comes with saring is left out: nobody expects each of its rules to be needed.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.config.rules import KINDS, is_shipped
from saring.core import ids
from saring.core.tables import EFFECT, empty_table
from saring.exemptions import exempted_rules
from saring.names.homoglyphs import MIXED_SCRIPTS
from saring.names.spellings import spellings
from saring.noise import line_classifier, site_lines
from saring.runs import clean_step
from saring.runs.read_step import takedowns_matched, taken_down_ids
from saring.storage.local_copies import local_copy, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.config import Config
    from saring.config.settings import ExemptedText, Name
    from saring.runs.workspace import Job

__all__ = ["unused_inputs", "unused_messages"]

#: Of one kind of setting so many are named; of more, the number.
_NAMED = 10

#: What repairs are called in the ledger.
_REPAIR = "ftfy"


class _Tables(NamedTuple):
    """The tables of a build, and what settings did to all its pages (`tables.EFFECT`, by working ids)."""

    documents: pl.LazyFrame
    edits: pl.LazyFrame
    rejections: pl.DataFrame
    effects: pl.DataFrame


def unused_inputs(job: Job) -> tuple[object, ...]:
    """Return what `unused_messages` depends on besides the tables."""
    config = job.config
    own = tuple((rule.id, rule.kind) for rule in config.rules if not is_shipped(rule))
    texts = taken_down_ids(job).to_list(), takedowns_matched(job)
    return config.keeps, config.names, config.sources, config.noise.off, config.noise.keep, config.takedowns, own, texts


def unused_messages(job: Job) -> list[str]:
    """Return a sentence for each setting without effect, in the order of the tables in corpus.toml's reference."""
    config = job.config
    tables = _tables(job)
    kinds = (_sources(config, tables), _names(config, tables), _rules(config, tables), _exceptions(config, tables), _noise(config, tables))
    return [line for kind in (*kinds, _takedowns(job, tables)) for line in _first(list(kind))]


def _first(found: list[str]) -> list[str]:
    more = len(found) - _NAMED
    return found if more <= 0 else [*found[:_NAMED], f"{more:,} more of these"]


def _tables(job: Job) -> _Tables:
    folder = local_copy(job.tables)
    scanned = [pl.scan_parquet(folder / f"{name}.parquet") for name in ("documents", "edits")]
    places = read_table(job.documents)
    noted = clean_step.clean_cache(job).each(places.select("id", "entry"), "effects", list(EFFECT))
    effects = (
        pl.concat([empty_table(EFFECT), *(rows.select(EFFECT.names()) for rows in noted)]) if _notes(job.config) else empty_table(EFFECT)
    )
    return _Tables(scanned[0], scanned[1], pl.read_parquet(folder / "rejections.parquet"), effects)


def _notes(config: Config) -> bool:
    """Return whether any setting is there whose effect is noted: else no entry has to be read."""
    return bool(config.keeps or config.off or any(name.pack is None for name in config.names) or _own(config))


def _own(config: Config) -> list[str]:
    return [rule.id for rule in config.rules if not is_shipped(rule)]


def _sources(config: Config, tables: _Tables) -> Iterator[str]:
    if not config.sources:
        return
    file = pl.col("source").str.replace(r"#\d+$", "").alias("file")
    rejected = tables.rejections.lazy().select(file)
    files = pl.concat([tables.documents.select(file), rejected]).unique().collect()["file"].to_list()
    for entry in config.sources:
        if not any(fnmatch.fnmatchcase(name, entry.path) for name in files):
            yield f"source {entry.path!r}: no file of the scrapes matches"


def _names(config: Config, tables: _Tables) -> Iterator[str]:
    own = [name for name in config.names if name.pack is None and any(group.variants for group in name.groups)]
    if not own:
        return
    rules = [f"name:{name.canonical}" for name in own]
    listed = tables.edits.filter(pl.col("rule").is_in(rules)).select("rule", text="original").unique().collect()
    noted = tables.effects.filter(pl.col("rule").is_in(rules) & (pl.col("effect") == "unlisted")).select("rule", "text")
    by_rule = pl.concat([listed, noted]).group_by("rule").agg(pl.col("text").unique())
    seen: dict[str, list[str]] = dict(by_rule.iter_rows())
    for name, rule in zip(own, rules, strict=True):
        lost = [variant for group in name.groups for variant in group.variants if not _is_among(variant, name, seen.get(rule, []))]
        if lost and rule not in seen:
            yield f"name {name.canonical}: none of its variants is corrected anywhere"
        elif lost:
            shown = ", ".join(map(repr, lost[:_NAMED])) + (f" and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else "")
            several = "variants" if len(lost) > 1 else "variant"
            yield f"name {name.canonical}: the {several} {shown} {'are' if len(lost) > 1 else 'is'} corrected nowhere"


def _is_among(variant: str, name: Name, originals: list[str]) -> bool:
    """Return whether a variant, as it is, in capitals or with an ending dropped, is among what was corrected.

    What has letters of two scripts counts for every variant as long as it: which letter stood for which is not looked up again.
    """
    alone = dataclasses.replace(name, variants=(variant,), languages=(), near=(), not_near=(), scoped=())
    table = spellings((alone,))
    forms = set(table.filter(pl.col("spelling") != pl.col("replacement"))["spelling"])
    lengths = {len(form) for form in forms}
    mixed = pl.Series(originals, dtype=pl.String).str.contains(MIXED_SCRIPTS)
    return any(text in forms or (is_mixed and len(text) in lengths) for text, is_mixed in zip(originals, mixed, strict=True))


def _rules(config: Config, tables: _Tables) -> Iterator[str]:
    own = _own(config)
    if not own:
        return
    fired = set(tables.edits.filter(pl.col("rule").is_in(own)).select(pl.col("rule").unique()).collect()["rule"])
    fired |= set(tables.effects.filter(pl.col("effect") == "unlisted")["rule"])
    yield from (f"rule {rule!r}: it cuts nothing" for rule in own if rule not in fired)


def _exceptions(config: Config, tables: _Tables) -> Iterator[str]:
    kept = tables.effects.filter(pl.col("effect") == "exempted").select("exception", "rule", "text").unique()
    effective = set(kept.iter_rows())
    for number, keep in enumerate(config.keeps, start=1):
        if (keep.id, keep.rule, keep.keep) not in effective:
            yield f"exception {number} (id {keep.id}, rule {keep.rule}): {_why(keep, config, tables)}"


def _why(keep: ExemptedText, config: Config, tables: _Tables) -> str:
    """Return why an exception exempts nothing."""
    document = ids.matching_documents(tables.documents.select("id", "source").collect(), keep.id)
    rejected = ids.matching_documents(
        tables.rejections.filter(pl.col("id").is_not_null()).select("id", "source", "step", "reason"), keep.id
    )
    named = f"{keep.rule!r}"
    running = {rule.id for rule in config.rules} | {f"name:{name.canonical}" for name in config.names}
    running |= {_REPAIR, site_lines.RULE} | ({line_classifier.RULE} if line_classifier.RULE not in config.noise.off else set())
    asked = exempted_rules(keep)
    if not running.intersection(asked):
        is_off = keep.rule in {rule.id for rule in config.off} | {line_classifier.RULE}
        return f"the rule {named} is switched off" if is_off else f"no rule is called {named}; `saring explain` shows what rules are called"
    if document.is_empty():
        if rejected.height:
            step, reason = rejected.select("step", "reason").row(0)
            return f"the page is rejected by {step}: {reason}"
        return "no document has that id; `saring explain` shows it" if ids.is_id(keep.id) else "no document has that id or source"
    own = pl.col("id").is_in(document["id"].to_list()) & pl.col("rule").is_in(asked)
    heads = document.select(ids.page_part()).to_series()
    exempted = (pl.col("effect") == "unlisted") & ids.page_part().is_in(heads.implode()) & pl.col("rule").is_in(asked)
    if tables.edits.filter(own).head(1).collect().is_empty() and tables.effects.filter(exempted).is_empty():
        return "the rule changes nothing in that document"
    return f"the rule changes no part of {keep.keep[:60]!r} in that document"


def _noise(config: Config, tables: _Tables) -> Iterator[str]:
    would = set(tables.effects.filter(pl.col("effect") == "off")["rule"])
    for rule in config.noise.off:
        if rule != line_classifier.RULE and rule not in would:
            yield f"[noise] off {rule!r}: the rule would cut nothing"
    for kind in KINDS:
        own = {rule.id for rule in config.off if rule.kind == kind}
        if kind in config.noise.keep and kind not in line_classifier.KINDS and not own & would:
            yield f"[noise] keep {kind!r}: no rule would cut anything of that kind"


def _takedowns(job: Job, tables: _Tables) -> Iterator[str]:
    """Yield one sentence: a takedown stays in force after its scrape is deleted, as it should be."""
    takedowns = job.config.takedowns
    gone = set(tables.rejections.filter(pl.col("reason") == "taken-down").select(ids.page_part()).to_series())
    met = {number for number, one in enumerate(takedowns) if one.id and one.id.partition(".")[0] in gone} | set(takedowns_matched(job))
    # `saring takedown --like` writes down the text, and then the pages that held it by their ids.
    said = {(one.asked, one.reason) for number, one in enumerate(takedowns) if number in met and one.id}
    lost = [
        f"takedown {number + 1} ({f'id {one.id}' if one.id else 'a text'})"
        for number, one in enumerate(takedowns)
        if number not in met and not (one.prints and (one.asked, one.reason) in said)
    ]
    if lost:
        named = ", ".join(lost[:_NAMED]) + (f" and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else "")
        yield f"{named}: no scrape is meant, now that none is there; in force for those that come"
