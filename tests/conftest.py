"""What all tests share: laws are tried without a clock, and nothing calls home."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.fixtures.s3_server import bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

# The machine may be busy: how long an example takes says nothing about whether the law holds. Before something lands the same examples
# are tried every time, so that what fails is what changed; at a desk new ones are, and `SARING_EXAMPLES=2000 make test` tries many.
settings.register_profile("desk", deadline=None, max_examples=int(os.environ.get("SARING_EXAMPLES", "100")))
settings.register_profile("landing", deadline=None, derandomize=True)
settings.load_profile("landing" if os.environ.get("CI") else "desk")

os.environ.update(DO_NOT_TRACK="1", HF_HUB_DISABLE_TELEMETRY="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
# The hub that tests publish to speaks Git LFS; Xet is a protocol of the real one alone.
os.environ.update(HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[dict[str, str]]:
    """Return the environment of whoever talks to an S3 server with one bucket; the server starts when the first test asks for it."""
    with bucket() as environment:
        yield environment


@pytest.fixture
def s3(s3_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Put the S3 server of the tests into the environment, and return what was put there."""
    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    return s3_server
