"""Body of a process that publishes a release, for tests that kill it.

The process is started by a fork server that has imported this module, because the imports take seconds.
"""

from __future__ import annotations

import os
from pathlib import Path

from huggingface_hub.utils._http import http_backoff

from saring import publish
from saring.core.errors import SaringError
from saring.publish import retry

__all__ = ["run"]


def run(release: str, to: str, environment: dict[str, str]) -> None:
    """Publish a release with short retry waits; exit with code 1 if publishing fails with a `SaringError`."""
    os.environ |= environment
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    retry.WAITS = (0.01,) * 5
    (http_backoff.__kwdefaults__ or {}).update(base_wait_time=0.01, max_wait_time=0.01)
    try:
        publish.publish(Path(release), to)
    except SaringError:
        os._exit(1)
