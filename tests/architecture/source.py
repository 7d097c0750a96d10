"""The code as tests of its architecture read it: its modules, and the order of floors and nouns of pyproject.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import Model

from tests.support.paths import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS: list[str] = next(c for c in CONTRACTS if c["name"] == "Floors")["layers"][::-1]  # from the ground up


def _levels(floor: str) -> list[set[str]]:
    """What stands on a floor, from the ground up; names of one level may not import each other."""
    layers: list[str] = next((c["layers"] for c in CONTRACTS if c["name"] == f"Nouns of {floor}"), [])
    return [{name.strip(" ()") for name in layer.split("|")} for layer in reversed(layers)]


LEVELS = {floor: _levels(floor) for floor in FLOORS}
NOUNS = sorted(next(c for c in CONTRACTS if c["name"] == "Rooms of every noun")["containers"])


def modules(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """(dotted name, file) of every module of the floors but migrations."""
    for floor in FLOORS:
        for file in sorted((root / floor).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                yield ".".join(parts).removesuffix(".__init__"), file


def noun_of(module: str) -> str:
    """The noun in whose folder a module lies; of a module beside the nouns, the module itself."""
    return ".".join(module.split(".")[:2])


def room_of(module: str) -> str:
    """`services` of `commissions.payouts.services.export`; empty beside the nouns."""
    return module.split(".")[2] if noun_of(module) in NOUNS and module.count(".") > 1 else ""


def may_import(module: str, noun: str) -> bool:
    """Whether the contracts let a module import a noun."""
    floor, other = module.split(".")[0], noun.split(".")[0]
    if floor != other:
        return FLOORS.index(floor) > FLOORS.index(other)
    if noun_of(module) == noun or room_of(module) in {"api", "admin"} or noun_of(module) == f"{floor}.models":
        return True
    levels = [{f"{floor}.{name}" for name in level} for level in LEVELS[floor]]
    mine = next((at for at, level in enumerate(levels) if noun_of(module) in level), -1)
    return mine > next(at for at, level in enumerate(levels) if noun in level)


def our_models() -> list[type[Model]]:
    """The models of every floor, with the tables between two that Django makes by itself."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.split(".")[0] in set(FLOORS) and not model._meta.proxy  # a proxy only carries triggers
    ]
