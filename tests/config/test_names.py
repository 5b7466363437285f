"""Tests of pipeline/saring/config/names.py: valid name registries and the shipped name packs. Invalid ones are in cases/config.toml."""

from __future__ import annotations

from typing import Any

import pytest

from saring.config import Name, ScopedVariants
from saring.config import names as registry
from saring.config.toml_table import Table


def _parsed(**tables: Any) -> tuple[Name, ...]:  # noqa: ANN401 - TOML as it comes
    return registry.parse_names(Table(tables, file="corpus.toml"))


def test_all_keys_of_a_name_are_read() -> None:
    """All keys of a name are parsed; conditions belong to their group of variants; spellings are normalised to NFC."""
    (name,) = _parsed(
        name=[
            {
                "canonical": "Rene\u0301",
                "kind": "person",
                "full": "Rene\u0301 Dupont",
                "variants": ["Rene\u0301e"],
                "languages": ["id"],
                "near": ["Telegram"],
                "not_near": ["Marseille"],
                "scripts": {"Cyrl": "Рене"},
                "scoped": [{"variants": ["Rene"], "languages": ["en"]}],
            }
        ]
    )

    assert (name.canonical, name.full, name.scripts) == ("René", "René Dupont", (("Cyrl", "Рене"),))
    assert name.groups == (
        ScopedVariants(variants=("Renée",), languages=("id",), near=("Telegram",), not_near=("Marseille",)),
        ScopedVariants(variants=("Rene",), languages=("en",)),
    )


def test_two_names_may_share_a_variant_in_different_languages() -> None:
    """A variant may belong to two names if each is limited to its own languages."""
    names = _parsed(
        name=[
            {"canonical": "Bundestag", "variants": ["Bund"], "languages": ["de"]},
            {"canonical": "Bundesrat", "variants": ["Bund"], "languages": ["fr"]},
        ]
    )

    assert [name.canonical for name in names] == ["Bundestag", "Bundesrat"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param({"canonical": "Durov", "variants": ["Durée"], "near": ["Telegram"]}, id="required near another word"),
        pytest.param({"canonical": "Durov", "variants": ["Durée"], "languages": ["id"]}, id="not a word of that language"),
        pytest.param({"canonical": "Durov", "variants": ["Durée"], "languages": ["tet"]}, id="a language without a list"),
        pytest.param({"canonical": "Durov", "variants": ["La Durée"]}, id="two words"),
    ],
)
def test_a_common_word_may_be_a_variant_under_conditions(name: dict[str, Any]) -> None:
    """Each remedy that the error for a common word suggests makes the registry valid."""
    assert _parsed(name=[name])[0].canonical == "Durov"


@pytest.mark.parametrize("pack", registry.pack_names())
def test_a_name_pack_is_valid(pack: str) -> None:
    """Each shipped name pack loads, has no repeated names, and has a variant for each name."""
    names = registry.load_pack(pack)

    assert names
    assert len({name.canonical for name in names}) == len(names)
    assert all(any(group.variants for group in name.groups) for name in names)


def test_packs_conflict_neither_with_each_other_nor_with_the_corpus() -> None:
    """All packs together form a valid registry; variants that the corpus registers itself are removed from them."""
    tables = {"names": {"packs": list(registry.pack_names()), "off": ["TikTok"]}, "name": [{"canonical": "Durand", "variants": ["DuRove"]}]}
    names = registry.parse_names(Table(tables, file="corpus.toml"))
    variants = [variant for name in names for group in name.groups for variant in group.variants]

    assert len(set(variants)) == len(variants)
    assert "TikTok" not in {name.canonical for name in names}
    assert next(name for name in names if "DuRove" in name.variants).canonical == "Durand"


def test_lists_of_common_words_are_lower_case() -> None:
    """The lists of common words are in lower case, as the variants compared with them are."""
    assert set(registry.common_words()) == {"de", "en", "fr", "id", "ru"}
    for words in registry.common_words().values():
        assert all(word == word.lower() for word in words)
