"""Fixtures for publishing: three releases of the small corpus, and a local hub server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saring import release
from saring.publish import retry
from tests.fixtures.hub_server import TOKEN, Hub
from tests.release.conftest import INPUTS, document, made_config, small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID = small().documents["id"][1]


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three releases: v1.0.0; v1.1.0 with one more record; v2.0.0 with an edited record and without the split `test`."""
    folder = tmp_path_factory.mktemp("releases")
    more = small().with_documents(document("pages/9.html", "Pasar malam dibuka lagi."))
    only_train = more.edited(ID, text="Kapal berlayar lagi.").edited(small().documents["id"][4], split="train")
    for number, corpus in enumerate((small(), more, only_train)):
        release.write_release(corpus.save(folder / str(number)), made_config(), INPUTS, folder / "processed")
    return folder / "processed" / "warung"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Return a running hub server, with environment variables for its address and a token that may write, and short retry waits."""
    shorten_waits(monkeypatch)
    with Hub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


def shorten_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between retries, of saring and of `huggingface_hub`."""
    from huggingface_hub.utils._http import http_backoff  # noqa: PLC0415 - heavy; its waits can be set nowhere else

    monkeypatch.setattr(retry, "WAITS", (0.01,) * 5)
    waits = http_backoff.__kwdefaults__ or {}
    for name in ("base_wait_time", "max_wait_time"):
        monkeypatch.setitem(waits, name, 0.01)
