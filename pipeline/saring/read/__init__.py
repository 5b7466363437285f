"""Read the files in raw/: bytes to scrapes and rejections, one module per format."""

from __future__ import annotations

from saring.read.raw_folder import Batch, folder_digest, read_batches, read_one

__all__ = ["Batch", "folder_digest", "read_batches", "read_one"]
