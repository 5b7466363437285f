"""Tests of pipeline/saring/config/load.py: complete error messages for invalid files (cases/config.toml), and the settings of valid ones."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import pytest

from saring.config import Build, Config, Dataset, Extract, Name, Noise, Overlap, Publish, Source, default_config, load_config, rules
from saring.config.rules import load_packs
from saring.core.errors import ConfigError

_HERE = Path(__file__).parents[1]
_CASES: list[dict[str, str]] = tomllib.loads((_HERE / "cases" / "config.toml").read_text("utf-8"))["case"]
_PACKS = rules.FOLDER


def _write_config(folder: Path, content: str | bytes) -> Path:
    """Write a corpus.toml and return its path."""
    file = folder / "corpus.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("case", _CASES, ids=[case["label"] for case in _CASES])
def test_an_invalid_file_raises_a_complete_message(case: dict[str, str], tmp_path: Path) -> None:
    """The error message states file, path in it, expected, found and what to do."""
    file = _write_config(tmp_path, case["file"])

    with pytest.raises(ConfigError) as raised:
        load_packs([file]) if case.get("reader") == "pack" else load_config(file)

    assert str(raised.value) == case["says"].replace("{file}", str(file)).replace("{packs}", str(_PACKS))
    assert raised.value.exit_code == 2


def test_an_error_can_be_pickled() -> None:
    """A ConfigError raised in a worker process keeps its message and fields when it is pickled."""
    error = ConfigError(file="corpus.toml", path="name[3].variants", expected="array", found="string", hint="Correct it.")

    unpickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own bytes

    assert str(unpickled) == str(error) == "corpus.toml: name[3].variants: expected array, found string. Correct it."
    assert (unpickled.file, unpickled.path, unpickled.expected, unpickled.found, unpickled.hint) == (
        "corpus.toml",
        "name[3].variants",
        "array",
        "string",
        "Correct it.",
    )


def test_every_table_except_dataset_is_optional(tmp_path: Path) -> None:
    """A file with a dataset name alone gives the default configuration; a byte-order mark is ignored."""
    config = load_config(_write_config(tmp_path, b'\xef\xbb\xbf[dataset]\nname = "a"\n'))

    assert config == Config(dataset=Dataset(name="a"), rules=load_packs())
    assert default_config() == Config(dataset=Dataset(name="corpus"), rules=load_packs())


_FULL = """
[dataset]
name = "durov"
license = "other"
languages = ["id", "fr", "en"]
title = "T"

[[source]]
path = "news/*"
site = "News"
columns = { title = false, text = "body" }

[[name]]
canonical = "Durov"
kind = "person"
variants = ["DuRove", "Дуров"]
languages = ["id"]

[[name]]
canonical = "Paris"
kind = "place"

[[rule]]
id = "house-ad"
kind = "spam"
reason = "the site's own broker advertises inside sentences"
scope = "prefix"
pattern = "ACME BROKERS - "
languages = ["id"]
sites = ["News"]
needs = ["ACME"]
features.words = { min = 2, max = 9.5 }
fires = ["⟦ACME BROKERS - ⟧The minister said no."]
spares = ["ACME BROKERS was fined on Monday."]

[[exception]]
id = "b5b10dd0429e69ac7cfa"
rule = "house-ad"
keep = "ACME"

[extract]
format = "markdown"

[noise]
keep = ["caption"]
off = ["related-headline"]
site_lines = false
site_pages = 4

[overlap]
translations = false
drop_at = 0
one_per = "language"
encoder = "models/tiny"

[splits]
train = 0.9
test = 0.1

[build]
batch_bytes = 1000
page_seconds = 5
memory = 2_000_000_000
reject_share = 1

[publish]
to = "hf://datasets/ORG/NAME"
"""


def test_all_tables_are_read(tmp_path: Path) -> None:
    """Each table is parsed into its dataclass; a value of 0 is kept and not replaced by the default."""
    config = load_config(_write_config(tmp_path, _FULL))

    assert config.dataset == Dataset(name="durov", license="other", languages=("id", "fr", "en"), title="T")
    assert config.sources == (Source(path="news/*", site="News", columns=(("text", "body"), ("title", None))),)
    assert config.names == (
        Name(canonical="Durov", kind="person", variants=("DuRove", "Дуров"), languages=("id",)),
        Name(canonical="Paris", kind="place", variants=()),
    )
    assert [(exempted.id, exempted.rule, exempted.keep) for exempted in config.keeps] == [("b5b10dd0429e69ac7cfa", "house-ad", "ACME")]
    assert config.extract == Extract(format="markdown")
    assert config.noise == Noise(keep=("caption",), off=("related-headline",), site_lines=False, site_pages=4)
    assert config.overlap == Overlap(translations=False, drop_at=0.0, one_per="language", encoder="models/tiny")
    assert config.splits == (("train", 0.9), ("test", 0.1))
    assert config.build == Build(batch_bytes=1000, page_seconds=5, memory=2_000_000_000, reject_share=1.0)
    assert config.publish == Publish(to="hf://datasets/ORG/NAME")


def test_own_rules_come_first_and_switched_off_rules_are_left_out(tmp_path: Path) -> None:
    """`off` removes rules by id and `keep` by kind; the cases of a rule have their deletions as offsets."""
    config = load_config(_write_config(tmp_path, _FULL))
    own_rule = config.rules[0]

    assert [rule.id for rule in config.rules[1:]] == [
        rule.id for rule in load_packs() if rule.id != "related-headline" and rule.kind != "caption"
    ]
    assert (own_rule.id, own_rule.scope, own_rule.pattern, own_rule.needs) == ("house-ad", "prefix", "ACME BROKERS - ", ("acme",))
    assert [(name, bounds.low, bounds.high) for name, bounds in own_rule.features] == [("words", 2.0, 9.5)]
    assert [(case.text, case.cuts) for case in (*own_rule.fires, *own_rule.spares)] == [
        ("ACME BROKERS - The minister said no.", ((0, 15),)),
        ("ACME BROKERS was fined on Monday.", ()),
    ]


def test_the_configuration_of_the_samples_loads() -> None:
    """The corpus.toml of the repository, an example for users, is valid."""
    config = load_config(_HERE.parent / "corpus.toml")

    assert config.dataset.name == "sample"
    assert config.names[0].canonical == "Durov"


def test_every_shipped_rule_has_its_own_id() -> None:
    """Ids of the shipped rules are unique, since the ledger identifies rules by id."""
    ids = [rule.id for rule in load_packs()]

    assert sorted(ids) == sorted(set(ids))
    assert ids
