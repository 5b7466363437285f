"""pipeline/saring/config/names.py: what a registry may say, and what the packs say. Wrong files are in cases/config.toml."""

from __future__ import annotations

from typing import Any

import pytest

from saring.config import Name, ScopedVariants
from saring.config import names as registry
from saring.config.toml_table import Table


def _parsed(**tables: Any) -> tuple[Name, ...]:  # noqa: ANN401 - TOML as it comes
    return registry.parse_names(Table(tables, file="corpus.toml"))


def test_everything_that_a_name_can_say_is_read() -> None:
    """Conditions hold for the group they stand in; spellings come out composed."""
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


def test_one_variant_may_be_of_two_names_in_two_languages() -> None:
    """The document's language then decides."""
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
        pytest.param({"canonical": "Durov", "variants": ["Durée"], "near": ["Telegram"]}, id="a word beside it makes it sure"),
        pytest.param({"canonical": "Durov", "variants": ["Durée"], "languages": ["id"]}, id="no word of that language"),
        pytest.param({"canonical": "Durov", "variants": ["Durée"], "languages": ["tet"]}, id="a language without a list"),
        pytest.param({"canonical": "Durov", "variants": ["La Durée"]}, id="two words"),
    ],
)
def test_a_common_word_may_be_a_variant_where_it_is_not_common(name: dict[str, Any]) -> None:
    """The error says so; each of its ways out is one."""
    assert _parsed(name=[name])[0].canonical == "Durov"


@pytest.mark.parametrize("pack", registry.pack_names())
def test_a_pack_is_sound(pack: str) -> None:
    """It loads, names come once, and every name has a variant."""
    names = registry.load_pack(pack)

    assert names
    assert len({name.canonical for name in names}) == len(names)
    assert all(any(group.variants for group in name.groups) for name in names)


def test_packs_contradict_neither_each_other_nor_the_corpus() -> None:
    """All of them together are one registry; what the corpus registers itself is left out of them."""
    tables = {"names": {"packs": list(registry.pack_names()), "off": ["TikTok"]}, "name": [{"canonical": "Durand", "variants": ["DuRove"]}]}
    names = registry.parse_names(Table(tables, file="corpus.toml"))
    variants = [variant for name in names for group in name.groups for variant in group.variants]

    assert len(set(variants)) == len(variants)
    assert "TikTok" not in {name.canonical for name in names}
    assert next(name for name in names if "DuRove" in name.variants).canonical == "Durand"


def test_lists_of_common_words_are_lower_case_and_sorted() -> None:
    """They are compared with variants in lower case."""
    assert set(registry.common_words()) == {"de", "en", "fr", "id", "ru"}
    for words in registry.common_words().values():
        assert all(word == word.lower() for word in words)
