"""pipeline/saring/config/settings.py: settings are immutable, and defaults are those of a corpus.toml without the table."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from saring.config.settings import (
    MEGABYTE,
    Build,
    Config,
    Dataset,
    ExemptedText,
    Name,
    Noise,
    Overlap,
    Publish,
    ScopedVariants,
    Source,
    Takedown,
)

EXAMPLES = [
    Build(),
    Config(dataset=Dataset(name="a")),
    Dataset(name="a"),
    ExemptedText(id="a", rule="b", keep="c"),
    Name(canonical="Durov", kind="person"),
    Noise(),
    Overlap(),
    Publish(),
    ScopedVariants(variants=("DuRove",)),
    Source(path="*"),
    Takedown(),
]


@pytest.mark.parametrize("settings", EXAMPLES, ids=lambda settings: type(settings).__name__)
def test_settings_can_be_hashed_but_not_changed(settings: Any) -> None:  # noqa: ANN401 - each of the classes
    """Every class is frozen and takes keywords only, so that configurations can be compared and shared between processes."""
    field = dataclasses.fields(settings)[0].name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(settings, field, None)
    with pytest.raises(TypeError):
        type(settings)("a")
    assert hash(settings) == hash(dataclasses.replace(settings))
    assert dataclasses.replace(settings) == settings


def test_a_name_has_its_own_variants_as_the_first_group() -> None:
    """The conditions of the name itself hold for its own variants alone; groups with other conditions follow in order."""
    scoped = (ScopedVariants(variants=("Дуроф",), languages=("ru",)), ScopedVariants(variants=("Dourov",), near=("telegram",)))
    name = Name(
        canonical="Durov",
        kind="person",
        variants=("DuRove", "Du Rove"),
        languages=("id",),
        near=("telegram",),
        not_near=("kue",),
        scoped=scoped,
    )

    assert name.groups == (
        ScopedVariants(variants=("DuRove", "Du Rove"), languages=("id",), near=("telegram",), not_near=("kue",)),
        *scoped,
    )


def test_a_name_without_variants_has_one_empty_group() -> None:
    """Names of the registry that only protect their spelling have no variants and no conditions."""
    assert Name(canonical="市长", kind="person").groups == (ScopedVariants(variants=()),)


def test_thresholds_are_in_order() -> None:
    """The classifier's review zone lies below its deletions; a page is smaller than a batch may be, and a batch than the memory."""
    noise, build = Noise(), Build()

    assert 0 < noise.keep_at < noise.drop_at < 1
    assert MEGABYTE < build.batch_bytes <= build.scrape_bytes < build.memory
    assert sum(share for _, share in Config(dataset=Dataset(name="a")).splits) == 1
