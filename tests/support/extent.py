"""How much of a long test runs: a representative part in `make test`, everything in `make test-all`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

each_extent = pytest.mark.parametrize(
    "is_whole", [False, pytest.param(True, marks=pytest.mark.heavy)], ids=["part", "whole"]
)


def heavy_unless(kept: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Parameters of a test: all values, of which those that are not kept are heavy."""
    return [value if value in kept else pytest.param(value, marks=pytest.mark.heavy) for value in values]


def one_each(values: Mapping[Any, Sequence[Any]]) -> list[tuple[Any, Any]]:
    """One pair for each key, with the next value in turn, so that every value meets some key."""
    return [(key, choices[place % len(choices)]) for place, (key, choices) in enumerate(values.items())]


def each_with_each(values: Mapping[Any, Sequence[Any]]) -> list[tuple[Any, Any]]:
    """Every key with every one of its values."""
    return [(key, value) for key, choices in values.items() for value in choices]


def run_state_machine(machine: type[RuleBasedStateMachine], *, runs: int, steps: int) -> None:
    """Run a state machine; it draws the same steps every time."""
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None, derandomize=True, database=None),
    )
