"""Read the files in raw/: bytes to scrapes and rejections, one module per format."""

from __future__ import annotations

from saring.read.raw_folder import Batch, batches, inventory, one

__all__ = ["Batch", "batches", "inventory", "one"]
