"""pipeline/saring/config/load.py, tomlfile.py and rules/__init__.py: what a wrong file is told, in whole messages, and what a right one means."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import pytest

from saring.config import Build, Config, Dataset, Name, Noise, Overlap, Publish, Source, default_config, load_config, rules
from saring.config.rules import load_packs
from saring.core.errors import ConfigError

_HERE = Path(__file__).parents[1]
_CASES: list[dict[str, str]] = tomllib.loads((_HERE / "cases" / "config.toml").read_text("utf-8"))["case"]
_PACKS = rules.FOLDER


def _written(folder: Path, content: str | bytes) -> Path:
    file = folder / "corpus.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("case", _CASES, ids=[case["label"] for case in _CASES])
def test_a_wrong_file_is_told_where_what_and_what_to_do(case: dict[str, str], tmp_path: Path) -> None:
    """The whole message: file, path in it, expected, found, what to do."""
    file = _written(tmp_path, case["file"])

    with pytest.raises(ConfigError) as raised:
        load_packs([file]) if case.get("reader") == "pack" else load_config(file)

    assert str(raised.value) == case["says"].replace("{file}", str(file)).replace("{packs}", str(_PACKS))
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b'[dataset]\nname = "caf\xe9"\n', "expected UTF-8, found byte 0xe9 at 21. Save it as UTF-8.", id="not UTF-8"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0", "expected UTF-8, found byte 0x89 at 0. Save it as UTF-8.", id="a picture"),
        pytest.param(
            b"a = " + b"9" * 5000,
            "expected TOML, found what cannot be read (ValueError). Remove huge numbers and deep nesting.",
            id="a huge number",
        ),
        pytest.param(
            b"a = " + b"[" * 100_000,
            "expected TOML, found what cannot be read (RecursionError). Remove huge numbers and deep nesting.",
            id="deep nesting",
        ),
    ],
)
def test_bytes_that_are_no_toml_are_told_so(content: bytes, says: str, tmp_path: Path) -> None:
    """Whatever the bytes are, the error is a ConfigError that names the file."""
    file = _written(tmp_path, content)

    with pytest.raises(ConfigError) as raised:
        load_config(file)

    assert str(raised.value) == f"{file}: {says}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is a folder in its place."""
    with pytest.raises(ConfigError) as missing:
        load_config(tmp_path / "corpus.toml")
    with pytest.raises(ConfigError) as folder:
        load_config(tmp_path)

    assert str(missing.value) == f"{tmp_path / 'corpus.toml'}: expected a readable file, found No such file or directory. Check the path."
    assert str(folder.value) == f"{tmp_path}: expected a readable file, found Is a directory. Check the path."


def test_an_error_crosses_a_process_border_whole() -> None:
    """A worker's error is pickled on its way: message and parts stay."""
    error = ConfigError(file="corpus.toml", path="name[3].variants", expected="array", found="string", hint="Mend it.")

    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own bytes

    assert str(back) == str(error) == "corpus.toml: name[3].variants: expected array, found string. Mend it."
    assert (back.file, back.path, back.expected, back.found, back.hint) == (
        "corpus.toml",
        "name[3].variants",
        "array",
        "string",
        "Mend it.",
    )


def test_every_table_is_optional_but_the_dataset(tmp_path: Path) -> None:
    """Three words make a configuration; the rest is as without a file. A byte-order mark does not matter."""
    config = load_config(_written(tmp_path, b'\xef\xbb\xbf[dataset]\nname = "a"\n'))

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


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    """Each table becomes its record; 0 is 0 and not the default."""
    config = load_config(_written(tmp_path, _FULL))

    assert config.dataset == Dataset(name="durov", license="other", languages=("id", "fr", "en"), title="T")
    assert config.sources == (Source(path="news/*", site="News", columns=(("text", "body"), ("title", None))),)
    assert config.names == (
        Name(canonical="Durov", kind="person", variants=("DuRove", "Дуров"), languages=("id",)),
        Name(canonical="Paris", kind="place", variants=()),
    )
    assert [(keep.id, keep.rule, keep.keep) for keep in config.keeps] == [("b5b10dd0429e69ac7cfa", "house-ad", "ACME")]
    assert config.noise == Noise(keep=("caption",), off=("related-headline",), site_lines=False, site_pages=4)
    assert config.overlap == Overlap(translations=False, drop_at=0.0, one_per="language", encoder="models/tiny")
    assert config.splits == (("train", 0.9), ("test", 0.1))
    assert config.build == Build(batch_bytes=1000, page_seconds=5, memory=2_000_000_000, reject_share=1.0)
    assert config.publish == Publish(to="hf://datasets/ORG/NAME")


def test_own_rules_come_before_the_packs_and_switches_leave_rules_out(tmp_path: Path) -> None:
    """`off` names rules, `keep` kinds; a rule's cases carry what it cuts as offsets."""
    config = load_config(_written(tmp_path, _FULL))
    own = config.rules[0]

    assert [rule.id for rule in config.rules[1:]] == [
        rule.id for rule in load_packs() if rule.id != "related-headline" and rule.kind != "caption"
    ]
    assert (own.id, own.scope, own.pattern, own.needs) == ("house-ad", "prefix", "ACME BROKERS - ", ("acme",))
    assert [(name, bounds.low, bounds.high) for name, bounds in own.features] == [("words", 2.0, 9.5)]
    assert [(case.text, case.cuts) for case in (*own.fires, *own.spares)] == [
        ("ACME BROKERS - The minister said no.", ((0, 15),)),
        ("ACME BROKERS was fined on Monday.", ()),
    ]


def test_the_configuration_of_the_samples_loads() -> None:
    """The corpus.toml at the top of the tree is the example that people copy."""
    config = load_config(_HERE.parent / "corpus.toml")

    assert config.dataset.name == "sample"
    assert config.names[0].canonical == "Durov"


def test_every_shipped_rule_has_its_own_id() -> None:
    """The ledger names rules by their ids alone."""
    ids = [rule.id for rule in load_packs()]

    assert sorted(ids) == sorted(set(ids))
    assert ids
