"""The final state of a flow run: an expected error is a failure with one sentence."""

from __future__ import annotations

from typing import NoReturn

import pytest
from prefect.client.schemas.objects import State

from saring.core.errors import ConfigError, LockedError, NoInputError, ReleaseError, SaringError
from saring.flows.outcome import first_sentence, run_body

SENTENCES = {
    "one sentence": (NoInputError("raw: expected scrapes, found none."), "raw: expected scrapes, found none."),
    "a hint follows": (LockedError("x/.lock: process 7 writes it. Wait until it is done."), "x/.lock: process 7 writes it."),
    "a point in a name is no end": (ReleaseError("v1.0.0/a.b.parquet: missing. Restore it."), "v1.0.0/a.b.parquet: missing."),
    "a list": (
        ReleaseError("v1.0.0: found\n- README.md: missing\n- x: missing\n- y: missing\nDo not use it."),
        "v1.0.0: found README.md: missing (and 2 more)",
    ),
    "a list of one": (ReleaseError("v1.0.0: found\n- README.md: missing\nDo not use it."), "v1.0.0: found README.md: missing"),
    "a configuration": (
        ConfigError(file="corpus.toml", path="dataset.name", expected="string", found="integer", hint="Quote it."),
        "corpus.toml: dataset.name: expected string, found integer.",
    ),
    "nothing": (SaringError(), "SaringError"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_an_error_is_one_sentence(case: str) -> None:
    """The state of a run has the first sentence of an error, or the first item of its list."""
    error, sentence = SENTENCES[case]

    assert first_sentence(error) == sentence


def failing(error: Exception) -> NoReturn:
    """Raise an error."""
    raise error


def test_an_expected_error_is_a_failed_state() -> None:
    """The state has the first sentence as its message, and the error as its data for whoever called the flow."""
    error = LockedError("x/.lock: process 7 writes it. Wait until it is done.")

    state = run_body(failing, error)

    assert isinstance(state, State)
    assert (state.is_failed(), state.message, state.data) == (True, "x/.lock: process 7 writes it.", error)


def test_a_result_is_returned_as_it_is() -> None:
    """The result of a body that succeeds is returned, with its arguments passed on."""
    assert run_body(divmod, 7, 2) == (3, 1)


def test_other_errors_are_left_to_prefect() -> None:
    """An unexpected error is raised."""
    with pytest.raises(ZeroDivisionError):
        run_body(divmod, 7, 0)
