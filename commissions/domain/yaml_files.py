"""Files in YAML: read into a shape, with the line of whatever does not fit it."""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
import yaml

from accounts.domain.faults import BadFile, Fault

Shape = TypeVar("Shape", bound=msgspec.Struct)
Contradiction = tuple[str, list[str | int]]
"""What is wrong, and the place: keys and numbers from the top."""


class _Loader(yaml.SafeLoader):
    """YAML without its own dates: a time stays text until it is checked for a zone. A key that stands twice is an error, not a choice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value} stands twice", key.start_mark)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str, name: str, shape: type[Shape], contradictions: Callable[[Shape], Iterable[Contradiction]]) -> Shape:
    """A file of that shape in which nothing contradicts itself. Raises BadFile with the line, the key and the value of what is wrong."""
    try:
        node = yaml.compose(text, _Loader)
        content = yaml.load(text, _Loader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadFile(name, [Fault(mark.line + 1 if mark else 1, f"is not YAML: {getattr(error, 'problem', None) or error}")]) from None
    try:
        file = msgspec.convert(content, shape)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise BadFile(name, [_fault(node, message, steps(path.rstrip("`")))]) from None
    faults = [_fault(node, message, place) for message, place in contradictions(file)]
    if faults:
        raise BadFile(name, faults)
    return file


def steps(path: str) -> list[str | int]:
    """`$.plans[0].rules[1].rate_bps` → plans, 0, rules, 1, rate_bps."""
    return (
        [int(number) if number else word for word, number in re.findall(r"(\w+)|\[(\d+)\]", path.removeprefix("$").replace("[...]", "[0]")) if word or number]
        if path
        else []
    )


def _fault(node: Any, message: str, place: list[str | int]) -> Fault:
    """The line of a place in the file, as deep as the file has it."""
    for step in place:
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            inner = node.value[step]
        else:
            inner = None
        if inner is None:
            break
        node = inner
    value = node.value if isinstance(node, yaml.ScalarNode) else ""
    return Fault(node.start_mark.line + 1 if node is not None else 1, message, ".".join(map(str, place)), value)
