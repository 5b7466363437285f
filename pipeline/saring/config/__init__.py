"""Configuration: corpus.toml and takedowns.toml as frozen dataclasses, rule packs and the name registry."""

from __future__ import annotations

from saring.config.load import PARTS, TAKEDOWNS, default_config, load_config, load_or_default
from saring.config.settings import (
    Build,
    Config,
    Dataset,
    ExemptedText,
    Extract,
    Name,
    Noise,
    Overlap,
    Publish,
    ScopedVariants,
    Source,
    Takedown,
)

__all__ = [
    "PARTS",
    "TAKEDOWNS",
    "Build",
    "Config",
    "Dataset",
    "ExemptedText",
    "Extract",
    "Name",
    "Noise",
    "Overlap",
    "Publish",
    "ScopedVariants",
    "Source",
    "Takedown",
    "default_config",
    "load_config",
    "load_or_default",
]
