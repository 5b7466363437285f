"""api.py: what notebooks and other pipelines call; `import saring` is light, and every public name is documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import saring

HOME = Path(__file__).parents[1]
NOISY = "Harga garam di pasar naik lagi minggu ini.\nBagikan ke Facebook\nPara petambak menunggu hujan reda sebelum panen berikutnya."
CLEAN = "Harga garam di pasar naik lagi minggu ini.\nPara petambak menunggu hujan reda sebelum panen berikutnya."
PAGE = "<html><head><title>Mercusuar</title></head><body><article><h1>Mercusuar</h1><p>Lampu menyala lagi malam ini.</p></article></body></html>"


def test_importing_loads_no_module() -> None:
    """`import saring` costs next to nothing: neither a step nor a heavy library is loaded before a name is used."""
    code = "import sys, saring; print(sorted(name for name in sys.modules if name.startswith('saring.') or name in ('polars', 'numpy', 'typer')))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [name for name in saring.__all__ if not name.startswith("__")])
def test_every_public_name_is_there_and_documented(name: str) -> None:
    """The list is the contract."""
    assert getattr(saring, name).__doc__
    assert name in dir(saring)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="module 'saring' has no attribute 'scrub'"):
        saring.scrub  # noqa: B018


@pytest.mark.parametrize(
    "texts",
    [
        NOISY,
        [NOISY],
        (text for text in [NOISY]),
        pl.Series([NOISY]),
        pl.DataFrame({"text": [NOISY]}),
        pl.LazyFrame({"text": [NOISY]}),
        pa.table({"text": [NOISY]}),
        {"text": [NOISY]},
        [{"text": NOISY}],
    ],
    ids=["string", "list", "generator", "series", "frame", "lazy frame", "arrow", "columns", "records"],
)
def test_texts_come_as_callers_have_them(texts: object) -> None:
    """The result is the same, whatever holds the text."""
    assert saring.clean(texts).documents.select("id", "text").rows() == [("0", CLEAN)]


def test_documents_keep_their_ids_and_order_and_the_rest_are_rejections() -> None:
    """Equal texts stay apart; what becomes no document is named with its reason."""
    frame = pl.DataFrame(
        {"id": ["b", "a", "d", "c"], "text": [NOISY, NOISY, " ", "Selamat datang di pelabuhan lama, tempat kapal kayu bersandar."]}
    )

    result = saring.clean(frame)

    assert result.documents["id"].to_list() == ["b", "a", "c"]
    assert result.rejections.select("id", "reason").rows() == [("d", "empty")]
    assert sorted(result.edits["id"].unique()) == ["a", "b"]
    undone = saring.undo_edits(result.documents, result.edits)
    assert undone["text"].to_list()[:2] == [NOISY, NOISY]
    assert saring.apply_edits(undone, result.edits)["text"].to_list() == result.documents["text"].to_list()


def test_html_is_extracted() -> None:
    """A column `html` holds pages."""
    (document,) = saring.clean(pl.DataFrame({"html": [PAGE], "url": ["https://pelabuhan.example/mercusuar"]})).documents.to_dicts()

    assert (document["title"], document["text"], document["site"]) == ("Mercusuar", "Lampu menyala lagi malam ini.", "pelabuhan.example")


def test_workers_give_the_same() -> None:
    """Processes change the time, nothing else."""
    alone, shared = (saring.clean([NOISY, PAGE], workers=workers) for workers in (0, 1))

    assert all(left.equals(right) for left, right in zip(alone, shared, strict=True))


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (3, TypeError, "expected a string, several strings, or a frame with a column text or html, found int"),
        (b"bytes", TypeError, "found bytes"),
        ({"body": ["x"]}, ValueError, "expected a column text or html, found id, body"),
        ({"text": ["x", "y"], "id": ["1", "1"]}, ValueError, "expected ids without repeats"),
    ],
)
def test_what_holds_no_texts_is_refused(texts: object, error: type[Exception], message: str) -> None:
    """The message says what was expected, and what was found."""
    with pytest.raises(error, match=message):
        saring.clean(texts)


def test_overlaps_are_found_among_strings() -> None:
    """Ids are places where none are given."""
    text = " ".join(f"Kapal nomor {number} membawa garam dari dermaga timur ke kota lama." for number in range(8))

    pairs = saring.find_overlaps([text, "Sebuah kalimat lain tentang kopi di lereng gunung.", text])

    assert pairs.select("a", "b", "kind").rows() == [("0", "2", "exact")]


def test_a_build_says_what_it_did(tmp_path: Path) -> None:
    """A dry run writes nothing, a build a release, and a second build nothing more."""
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    (raw / "garam.txt").write_text(NOISY, encoding="utf-8")
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "garam"\nlicense = "cc0-1.0"\n', encoding="utf-8")
    config = saring.load_config(tmp_path / "corpus.toml")

    trial = saring.build(raw, out, config, workers=0, dry_run=True)
    assert (trial.folder, trial.version, out.exists() and any(out.glob("garam/v*"))) == (None, "1.0.0", False)
    first = saring.build(raw, out, tmp_path / "corpus.toml", workers=0)
    again = saring.build(raw, out, config, workers=0)

    assert (first.version, first.changed, first.added, first.folder) == ("1.0.0", True, 1, out / "garam" / "v1.0.0")
    assert (again.version, again.changed) == ("1.0.0", False)
    assert any("1.0.0" in message for message in first.messages)
