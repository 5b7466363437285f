"""Find the settings of corpus.toml that had no effect: a correction that changes nothing is most often a typing error.

The tables of a build show most effects; the others were recorded when its documents were cleaned (`tables.EFFECT`), in whichever build that
was. Rules and names that come with saring are left out: nobody expects each of them to be needed.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.config.rules import HEAD_RULES, KINDS, is_shipped
from saring.core import ids
from saring.core.tables import EFFECT, empty_table
from saring.exemptions import exempted_rules
from saring.names.homoglyphs import MIXED_SCRIPTS
from saring.names.spellings import spellings
from saring.noise import line_classifier, site_lines
from saring.noise.head_lines import head_rules_on
from saring.runs import reuse_documents
from saring.runs.read_step import takedowns_matched, taken_down_ids
from saring.storage.local_copies import local_copy, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.config import Config
    from saring.config.settings import ExemptedText, Name
    from saring.runs.workspace import Job

__all__ = ["unused_inputs", "unused_messages"]

#: Most messages about one kind of setting; a last one counts the rest.
_NAMED = 10

#: The rule of encoding repairs in the ledger.
_REPAIR = "ftfy"


class _Tables(NamedTuple):
    """Input for finding settings without effect: documents, edits and rejections of a build, and which setting acted on which page (`tables.EFFECT`)."""

    documents: pl.LazyFrame
    edits: pl.LazyFrame
    rejections: pl.DataFrame
    effects: pl.DataFrame


def unused_inputs(job: Job) -> tuple[object, ...]:
    """Return the settings that `unused_messages` depends on besides the tables, to be hashed."""
    config = job.config
    own_rules = tuple((rule.id, rule.kind) for rule in config.rules if not is_shipped(rule))
    taken_down = taken_down_ids(job).to_list(), takedowns_matched(job)
    return config.keeps, config.names, config.sources, config.noise.off, config.noise.keep, config.takedowns, own_rules, taken_down


def unused_messages(job: Job) -> list[str]:
    """Return a sentence for each setting without effect, in the order of the tables in the reference of corpus.toml."""
    config = job.config
    tables = _tables(job)
    kinds = (_sources(config, tables), _names(config, tables), _rules(config, tables), _exceptions(config, tables), _noise(config, tables))
    return [line for kind in (*kinds, _takedowns(job, tables)) for line in _first_messages(list(kind))]


def _first_messages(messages: list[str]) -> list[str]:
    """Return the first ten messages about one kind of setting, and how many more there are."""
    more = len(messages) - _NAMED
    return messages if more <= 0 else [*messages[:_NAMED], f"{more:,} more of these"]


def _tables(job: Job) -> _Tables:
    """Return the tables of a build, and the recorded effects where a setting has any."""
    folder = local_copy(job.tables)
    scanned = [pl.scan_parquet(folder / f"{name}.parquet") for name in ("documents", "edits")]
    places = read_table(job.documents)
    recorded = reuse_documents.clean_cache(job).each(places.select("id", "entry"), "effects", list(EFFECT))
    effects = empty_table(EFFECT)
    if _has_recorded_effects(job.config):
        effects = pl.concat([effects, *(rows.select(EFFECT.names()) for rows in recorded)])
    return _Tables(scanned[0], scanned[1], pl.read_parquet(folder / "rejections.parquet"), effects)


def _has_recorded_effects(config: Config) -> bool:
    """Tell whether corpus.toml has a setting whose effects cleaning records; else no cache entry has to be read."""
    return bool(config.keeps or config.off or any(name.pack is None for name in config.names) or _own_rules(config))


def _own_rules(config: Config) -> list[str]:
    """Return the ids of the rules that corpus.toml itself defines."""
    return [rule.id for rule in config.rules if not is_shipped(rule)]


def _sources(config: Config, tables: _Tables) -> Iterator[str]:
    """Yield a sentence for each [[source]] whose pattern matches no file of the scrapes."""
    if not config.sources:
        return
    file = pl.col("source").str.replace(r"#\d+$", "").alias("file")
    rejected = tables.rejections.lazy().select(file)
    files = pl.concat([tables.documents.select(file), rejected]).unique().collect()["file"].to_list()
    for entry in config.sources:
        if not any(fnmatch.fnmatchcase(name, entry.path) for name in files):
            yield f"source {entry.path!r}: no file of the scrapes matches"


def _names(config: Config, tables: _Tables) -> Iterator[str]:
    """Yield a sentence for each [[name]] with variants that were corrected in no document."""
    own_names = [name for name in config.names if name.pack is None and any(group.variants for group in name.groups)]
    if not own_names:
        return
    rules = [f"name:{name.canonical}" for name in own_names]
    published = tables.edits.filter(pl.col("rule").is_in(rules)).select("rule", text="original").unique().collect()
    unlisted = tables.effects.filter(pl.col("rule").is_in(rules) & (pl.col("effect") == "unlisted")).select("rule", "text")
    by_rule = pl.concat([published, unlisted]).group_by("rule").agg(pl.col("text").unique())
    corrected: dict[str, list[str]] = dict(by_rule.iter_rows())
    for name, rule in zip(own_names, rules, strict=True):
        originals = corrected.get(rule, [])
        unused = [variant for group in name.groups for variant in group.variants if not _is_among(variant, name, originals)]
        if unused and rule not in corrected:
            yield f"name {name.canonical}: none of its variants is corrected anywhere"
        elif unused:
            shown = ", ".join(map(repr, unused[:_NAMED])) + (f" and {len(unused) - _NAMED:,} more" if len(unused) > _NAMED else "")
            noun, verb = ("variants", "are") if len(unused) > 1 else ("variant", "is")
            yield f"name {name.canonical}: the {noun} {shown} {verb} corrected nowhere"


def _is_among(variant: str, name: Name, originals: list[str]) -> bool:
    """Tell whether a variant of a name, also in capitals or inflected, is among the spellings that were corrected.

    A corrected spelling with letters of two scripts (Cyrillic letters that look Latin) counts for every variant of its length: which letter
    replaced which is not looked up again.

    Args:
        variant: one of the variants of the name.
        name: the name that it belongs to.
        originals: the spellings that edits of this name replaced.
    """
    alone = dataclasses.replace(name, variants=(variant,), languages=(), near=(), not_near=(), scoped=())
    table = spellings((alone,))
    forms = set(table.filter(pl.col("spelling") != pl.col("replacement"))["spelling"])
    lengths = {len(form) for form in forms}
    mixed = pl.Series(originals, dtype=pl.String).str.contains(MIXED_SCRIPTS)
    return any(text in forms or (is_mixed and len(text) in lengths) for text, is_mixed in zip(originals, mixed, strict=True))


def _rules(config: Config, tables: _Tables) -> Iterator[str]:
    """Yield a sentence for each rule of corpus.toml that changed no page."""
    own = _own_rules(config)
    if not own:
        return
    fired = set(tables.edits.filter(pl.col("rule").is_in(own)).select(pl.col("rule").unique()).collect()["rule"])
    fired |= set(tables.effects.filter(pl.col("effect") == "unlisted")["rule"])
    yield from (f"rule {rule!r}: it cuts nothing" for rule in own if rule not in fired)


def _exceptions(config: Config, tables: _Tables) -> Iterator[str]:
    """Yield a sentence for each [[exception]] that kept nothing, with the reason."""
    kept = tables.effects.filter(pl.col("effect") == "exempted").select("exception", "rule", "text").unique()
    effective = set(kept.iter_rows())
    for number, keep in enumerate(config.keeps, start=1):
        if (keep.id, keep.rule, keep.keep) not in effective:
            yield f"exception {number} (id {keep.id}, rule {keep.rule}): {_why(keep, config, tables)}"


def _why(keep: ExemptedText, config: Config, tables: _Tables) -> str:
    """Return the reason why an exception kept nothing: an unknown rule or document, a rejected page, or a rule that changes nothing there."""
    document = ids.matching_documents(tables.documents.select("id", "source").collect(), keep.id)
    rejected = ids.matching_documents(
        tables.rejections.filter(pl.col("id").is_not_null()).select("id", "source", "step", "reason"), keep.id
    )
    named = f"{keep.rule!r}"
    running = {rule.id for rule in config.rules} | {f"name:{name.canonical}" for name in config.names}
    running |= (
        {_REPAIR, site_lines.SITE_LINE_RULE}
        | head_rules_on(config.noise)
        | ({line_classifier.CLASSIFIER_RULE} if line_classifier.CLASSIFIER_RULE not in config.noise.off else set())
    )
    keep_rules = exempted_rules(keep)
    if not running.intersection(keep_rules):
        is_off = keep.rule in {rule.id for rule in config.off} | {line_classifier.CLASSIFIER_RULE, *HEAD_RULES}
        return f"the rule {named} is switched off" if is_off else f"no rule is called {named}; `saring explain` shows what rules are called"
    if document.is_empty():
        if rejected.height:
            step, reason = rejected.select("step", "reason").row(0)
            return f"the page is rejected by {step}: {reason}"
        return "no document has that id; `saring explain` shows it" if ids.is_id(keep.id) else "no document has that id or source"
    own = pl.col("id").is_in(document["id"].to_list()) & pl.col("rule").is_in(keep_rules)
    heads = document.select(ids.page_id_of()).to_series()
    exempted = (pl.col("effect") == "unlisted") & ids.page_id_of().is_in(heads.implode()) & pl.col("rule").is_in(keep_rules)
    if tables.edits.filter(own).head(1).collect().is_empty() and tables.effects.filter(exempted).is_empty():
        return "the rule changes nothing in that document"
    return f"the rule changes no part of {keep.keep[:60]!r} in that document"


def _noise(config: Config, tables: _Tables) -> Iterator[str]:
    """Yield a sentence for each rule in [noise] off, and kind in [noise] keep, without which nothing more would be cut."""
    would_cut = set(tables.effects.filter(pl.col("effect") == "off")["rule"])
    for rule in config.noise.off:
        if rule not in {line_classifier.CLASSIFIER_RULE, *HEAD_RULES} and rule not in would_cut:
            yield f"[noise] off {rule!r}: the rule would cut nothing"
    for kind in KINDS:
        own = {rule.id for rule in config.off if rule.kind == kind}
        if kind in config.noise.keep and kind not in {*line_classifier.KINDS, *HEAD_RULES.values()} and not own & would_cut:
            yield f"[noise] keep {kind!r}: no rule would cut anything of that kind"


def _takedowns(job: Job, tables: _Tables) -> Iterator[str]:
    """Yield one sentence about all takedowns that matched no scrape: they stay in force, as after their scrape was deleted."""
    takedowns = job.config.takedowns
    taken_down = set(tables.rejections.filter(pl.col("reason") == "taken-down").select(ids.page_id_of()).to_series())
    matched = set(takedowns_matched(job))
    matched |= {number for number, takedown in enumerate(takedowns) if takedown.id and takedown.id.partition(".")[0] in taken_down}
    # `saring takedown --like` records the text, and then the pages that hold it by their ids: one request, so the text counts as matched.
    matched_requests = {(takedown.asked, takedown.reason) for number, takedown in enumerate(takedowns) if number in matched and takedown.id}
    unmatched = [
        f"takedown {number + 1} ({f'id {takedown.id}' if takedown.id else 'a text'})"
        for number, takedown in enumerate(takedowns)
        if number not in matched and not (takedown.prints and (takedown.asked, takedown.reason) in matched_requests)
    ]
    if unmatched:
        named = ", ".join(unmatched[:_NAMED]) + (f" and {len(unmatched) - _NAMED:,} more" if len(unmatched) > _NAMED else "")
        yield f"{named}: no scrape matches at present; still in force for scrapes to come"
