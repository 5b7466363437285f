"""pipeline/saring/runs/config_snapshot.py: after a change, only pages that it can touch are cleaned again, with the result of cleaning all."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import read
from saring.clean_batch import Cleaned, Prepared, clean, prepare
from saring.config import load_config
from saring.config.rules import Rule
from saring.config.settings import ExemptedText, Name, ScopedVariants
from saring.core.tables import SCRAPE
from saring.runs.config_snapshot import ConfigSnapshot

if TYPE_CHECKING:
    from saring.config import Config

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")


@functools.cache
def samples() -> Prepared:
    """Return the extracted pages of the samples in raw/."""
    return prepare(pl.concat([batch.scrapes for batch in read.read_batches(HOME / "raw", CONFIG)]))


@functools.cache
def cleaned() -> Cleaned:
    """Return the documents of the samples under the configuration."""
    return clean(samples(), CONFIG)


def without(off: set[int]) -> Config:
    """Return the configuration without the rules at these positions."""
    return dataclasses.replace(CONFIG, rules=tuple(rule for index, rule in enumerate(CONFIG.rules) if index not in off))


@settings(max_examples=15)
@given(st.sets(st.integers(0, len(CONFIG.rules) - 1), max_size=4), st.sets(st.integers(0, len(CONFIG.rules) - 1), max_size=4))
def test_pages_that_no_changed_rule_touches_are_cleaned_the_same(before: set[int], after: set[int]) -> None:
    """Whichever rules are added and removed, a page that is not reported as touched has the same document."""
    old, new = without(before), without(after)
    results = [clean(samples(), config) for config in (old, new)]

    touched = ConfigSnapshot.of(new).touched(samples().pages, ConfigSnapshot.of(old), results[0])

    assert touched is not None
    assert same_untouched(touched, *results)


def same_untouched(touched: pl.Series, before: Cleaned, after: Cleaned) -> bool:
    """Tell whether two results have the same rows for all pages that are not touched."""
    untouched = [[table.filter(~pl.col("id").is_in(touched.implode())) for table in result] for result in (before, after)]
    return all(a.sort(pl.all().exclude("authors")).equals(b.sort(pl.all().exclude("authors"))) for a, b in zip(*untouched, strict=True))


#: Names that interact: one inside another, a variant of two names, with conditions, in two scripts, with stems and endings.
NAMES = (
    Name(canonical="Durov", kind="person", full="Pavel Durov", scripts=(("Cyrl", "Дуров"),), variants=("DuRove", "Du Rove", "Дуров")),
    Name(canonical="Rovers", kind="organisation", variants=("Rove",), near=("Telegram", "market")),
    Name(canonical="Du Rove Junior", kind="person", variants=("Du Rove Jr",)),
    Name(canonical="Telegram", kind="product", variants=("Telegramm", "Telegraf"), languages=("id", "fr")),
    Name(
        canonical="Pavel",
        kind="person",
        variants=("Pawel",),
        scoped=(ScopedVariants(variants=("Paul",), languages=("fr",), not_near=("Marie",)),),
    ),
    Name(canonical="Obama", kind="person", variants=("Obamma",)),
    Name(canonical="Telegrams", kind="product", variants=("Telegramm",)),
    Name(canonical="Warta", kind="organisation", variants=("Vvarta",)),
)

#: A rule that deletes a string inside a word, so that a name is complete only afterwards.
INSET = Rule(id="inset", kind="ad", reason="", scope="inline", pattern=r"\[\[inset\]\]", file="")

#: Pages in which a name is hard to detect, such as one that is complete only after noise removal: text, title, authors.
HARD = (
    ("Pemilik Telegram bernama Du[[inset]]Rove datang ke pasar pada hari Senin.", None, None),
    ("Le fondateur Pavel Rove parle de Telegramm devant deux cents marchands du port.", "Pawel Rove", ["Paul Du Rove", "Marie"]),
    ("The founder of Telegram, Durоvе, met DUROVE'S brother and Du Rove Jr at the market.", "Obamma's visit", ["Obamma"]),
    ("Nothing of all this stands in this page about two hundred traders and their market.", None, None),
    ("Paul vend du poisson. Telegraf lui a écrit lundi, et Rove aussi; le marché est ouvert.", None, ["Vvarta"]),
    ("Дуров открыл рынок в понедельник, и Telegramm писал об этом двести раз.", "Дуров", None),
    ("Vvarta Danau Hadir di WhatsApp Channel\nSebuah perahu merapat pagi itu di pelabuhan lama.", None, None),
)


@functools.cache
def hard() -> Prepared:
    """Return the samples of raw/ and the hard pages, extracted."""
    rows = [
        {"id": f"{number:020d}", "source": f"{number}.txt", "media_type": "text/plain", "content": text, "title": title, "authors": authors}
        for number, (text, title, authors) in enumerate(HARD)
    ]
    prepared = prepare(pl.DataFrame(rows, schema=SCRAPE))
    return Prepared(*(pl.concat(tables) for tables in zip(samples(), prepared, strict=True)))


@functools.cache
def named(names: frozenset[int], languages: tuple[str, ...]) -> tuple[Config, Cleaned]:
    """Return a configuration with these names and languages, and the documents of the hard pages under it; cached, since cleaning takes a second."""
    chosen = tuple(name for index, name in enumerate(NAMES) if index in names)
    config = dataclasses.replace(
        CONFIG, rules=(INSET, *CONFIG.rules), names=chosen, dataset=dataclasses.replace(CONFIG.dataset, languages=languages)
    )
    return config, clean(hard(), config)


NAME_SETS = st.frozensets(st.integers(0, len(NAMES) - 1), max_size=len(NAMES))
LANGUAGES = st.sampled_from([("id", "fr", "en"), ("id", "fr"), ("ms", "fr", "en", "ru"), ()])


@settings(max_examples=15)
@given(NAME_SETS, NAME_SETS, LANGUAGES, LANGUAGES)
def test_pages_that_no_changed_name_or_language_touches_are_cleaned_the_same(
    before: frozenset[int], after: frozenset[int], spoken: tuple[str, ...], now: tuple[str, ...]
) -> None:
    """Whichever names and languages change, a page that is not reported as touched has the same document, authors included."""
    (old, first), (new, second) = named(before, spoken), named(after, now)

    touched = ConfigSnapshot.of(new).touched(hard().pages, ConfigSnapshot.of(old), first)

    assert touched is not None
    assert same_untouched(touched, first, second)


@pytest.mark.parametrize(("name", "pages"), [(0, {0, 1, 2, 5}), (2, {2}), (5, {2}), (6, {1, 5}), (7, {4})])
def test_few_pages_are_touched_by_one_name(name: int, pages: set[int]) -> None:
    """Those with a spelling of the name, canonical or variant, in the text after noise removal, in the title or among the authors."""
    (old, first), (new, _) = named(frozenset(range(8)) - {name}, ()), named(frozenset(range(8)), ())

    touched = ConfigSnapshot.of(new).touched(hard().pages, ConfigSnapshot.of(old), first)

    assert touched is not None
    assert {int(id_) for id_ in touched if id_.startswith("0" * 10)} == pages
    assert len(touched) < hard().pages.height / 2


def test_the_order_of_names_touches_all_pages() -> None:
    """Of two names with an equal claim to a match, the first is applied."""
    (old, first), _ = named(frozenset({0, 1}), ()), None
    reordered = dataclasses.replace(old, names=old.names[::-1])

    assert ConfigSnapshot.of(reordered).touched(hard().pages, ConfigSnapshot.of(old), first) is None


def test_the_kind_of_a_name_touches_no_page() -> None:
    """It affects no text."""
    old, first = named(frozenset({0, 1}), ())
    renamed = dataclasses.replace(old, names=tuple(dataclasses.replace(name, kind="place") for name in old.names))

    assert ConfigSnapshot.of(renamed) == ConfigSnapshot.of(old)
    touched = ConfigSnapshot.of(renamed).touched(hard().pages, ConfigSnapshot.of(old), first)
    assert touched is not None
    assert touched.is_empty()


def test_few_pages_are_touched_by_one_rule() -> None:
    """A change of one rule touches less than a quarter of the samples."""
    icon_rule = next(index for index, rule in enumerate(CONFIG.rules) if rule.kind == "icon")

    touched = ConfigSnapshot.of(without({icon_rule})).touched(samples().pages, ConfigSnapshot.of(CONFIG), cleaned())

    assert touched is not None
    assert len(touched) < samples().pages.height / 4


def test_the_order_of_rules_touches_all_pages() -> None:
    """Of two rules that match, the first names the deletion."""
    reordered = dataclasses.replace(CONFIG, rules=CONFIG.rules[::-1])

    assert ConfigSnapshot.of(reordered).touched(samples().pages, ConfigSnapshot.of(CONFIG), cleaned()) is None


def test_an_exception_touches_its_document() -> None:
    """It touches no other."""
    id_ = samples().pages["id"][3]
    pinned = dataclasses.replace(CONFIG, keeps=(ExemptedText(id=id_.partition(".")[0], rule="classifier", keep="a"),))

    touched = ConfigSnapshot.of(pinned).touched(samples().pages, ConfigSnapshot.of(CONFIG), cleaned())

    assert touched is not None
    assert touched.to_list() == [id_]


def test_a_snapshot_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A file that is missing or of another version gives None."""
    snapshot = ConfigSnapshot.of(dataclasses.replace(CONFIG, names=NAMES))
    snapshot.save(tmp_path)

    assert ConfigSnapshot.load(tmp_path, snapshot.digest()) == snapshot
    assert ConfigSnapshot.load(tmp_path, "0" * 64) is None
    (tmp_path / f"{snapshot.digest()}.json").write_text('{"rules": [{"id": "x", "colour": 1}], "keeps": []}', encoding="utf-8")
    assert ConfigSnapshot.load(tmp_path, snapshot.digest()) is None
