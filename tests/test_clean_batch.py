"""pipeline/saring/clean_batch.py: what exceptions in corpus.toml keep."""

from __future__ import annotations

import pytest

from saring.clean_batch import clean, prepare
from saring.config import Config, Dataset, ExemptedText, Name
from saring.read.declared_metadata import NO_METADATA
from saring.read.jsonl import Line, parse, scrape
from saring.read.scrape import Scrape, scrape_table

_TEXT = "Ia menandatangani surat itu dengan nama “DuRove” saja.\nKemudian DuRove pulang ke rumahnya di kota."


def _scrape(text: str) -> Scrape:
    line = Line(place="x#1", line=b'{"text": "%s"}' % text.replace("\n", "\\n").encode())
    record, charset = parse(line.line)
    return scrape(record, charset, line, NO_METADATA)


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ("DuRove", _TEXT),
        ("nama “DuRove” saja", _TEXT.replace("Kemudian DuRove", "Kemudian Durov")),
        ("DuRove pulang", _TEXT.replace("“DuRove”", "“Durov”")),
        ("nama “DuRove” tadi", _TEXT.replace("DuRove", "Durov")),
        ("Rov", _TEXT),
    ],
    ids=["the variant everywhere", "a quotation", "other words", "what does not stand there", "a part of the variant"],
)
def test_an_exception_keeps_a_text_and_what_lies_within(keep: str, expected: str) -> None:
    """A quotation stays as it is written, and the same variant elsewhere in the document is corrected."""
    table = scrape_table([_scrape(_TEXT)])
    name = Name(canonical="Durov", kind="person", variants=("DuRove",))
    pinned = ExemptedText(id=table["id"][0].partition(".")[0], rule="name:Durov", keep=keep)

    cleaned = clean(prepare(table), Config(dataset=Dataset(name="a", languages=("id",)), names=(name,), keeps=(pinned,)))

    assert cleaned.documents["text"].item() == expected
