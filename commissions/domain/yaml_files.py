"""YAML files that an operator hands in: every fault of shape is told, each with its line, the key and the value."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_origin

import msgspec
import yaml
from msgspec import Struct

from accounts.domain.faults import BadFile, Fault

Shape = TypeVar("Shape", bound=Struct)
Place = tuple[str | int, ...]
Contradiction = tuple[str, Place]


# What reads as a number is one as people write it: 0777 is no octal, and 12:30 not so many seconds.
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$")
_UNKEPT = re.compile(r"[\0\ud800-\udfff]")


class _Loader(yaml.SafeLoader):
    """YAML without its own dates: a time stays text until it is checked for a zone. A key that stands twice is an error, not a choice.

    So is a text that no database keeps: one with a NUL or with half a character.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value} stands twice", key.start_mark)
        return super().construct_mapping(node, deep)

    def construct_scalar(self, node: Any) -> Any:
        text = super().construct_scalar(node)
        if isinstance(text, str) and _UNKEPT.search(text):
            raise yaml.constructor.ConstructorError(None, None, "a text has a NUL or half a character", node.start_mark)
        return text


_Loader.yaml_implicit_resolvers = {
    first: [(tag, _WHOLE if tag == "tag:yaml.org,2002:int" else pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A text that is YAML: what it says, and where each thing stands."""

    name: str
    content: Any
    node: Any

    def shaped(self, shape: type[Shape]) -> Shape:
        """What the file says, in a shape. Raises BadFile with everything that does not fit."""
        try:
            return msgspec.convert(self.content, shape)
        except msgspec.ValidationError:
            raise self.refusal(misfits(self.content, shape)) from None

    def refusal(self, contradictions: Iterable[Contradiction]) -> BadFile:
        return BadFile(self.name, [self._fault(message, place) for message, place in contradictions])

    def _fault(self, message: str, place: Place) -> Fault:
        """The line of a place, as deep as the file has it."""
        node = self.node
        for step in place:
            inner = _inner(node, step)
            if inner is None:
                value = ""
                break
            node = inner
        else:
            value = node.value if isinstance(node, yaml.ScalarNode) else ""
        return Fault(node.start_mark.line + 1 if node is not None else 1, message, ".".join(map(str, place)), value)


def _inner(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def read_yaml(text: str, name: str) -> YamlFile:
    """A text as YAML. Raises BadFile with the line where it stops being that."""
    try:
        return YamlFile(name, content=yaml.load(text, _Loader), node=yaml.compose(text, _Loader))  # noqa: S506  a SafeLoader
    except yaml.reader.ReaderError as error:
        raise BadFile(name, [Fault(text.count("\n", 0, error.position) + 1, f"is not YAML: {error.reason}")]) from None
    except yaml.MarkedYAMLError as error:
        raise BadFile(name, [Fault(error.problem_mark.line + 1 if error.problem_mark else 1, f"is not YAML: {error.problem}")]) from None
    except ValueError as error:  # a tag that its value does not bear out, or a number of thousands of digits
        raise BadFile(name, [Fault(1, f"is not YAML: {error}")]) from None
    except RecursionError:
        raise BadFile(name, [Fault(1, "is nested too deeply")]) from None


def misfits(content: Any, shape: Any, place: Place = ()) -> Iterator[Contradiction]:
    """Everything in the content that is not of the shape: unknown and missing keys, and each value by itself.

    Mappings and plain lists are looked into; of any other part only the first fault is told.
    """
    if isinstance(content, dict) and isinstance(shape, type) and issubclass(shape, Struct):
        yield from _misfit_keys(content, shape, place)
    elif isinstance(content, list) and get_origin(shape) is list:
        for number, item in enumerate(content):
            yield from misfits(item, get_args(shape)[0], (*place, number))
    else:
        try:
            msgspec.convert(content, shape)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `")
            yield message, (*place, *(int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)))


def _misfit_keys(content: dict[Any, Any], shape: type[Struct], place: Place) -> Iterator[Contradiction]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for key in content:
        if key not in fields:
            yield "is an unknown key", (*place, str(key))
    for name, field in fields.items():
        if name in content:
            yield from misfits(content[name], field.type, (*place, name))
        elif field.required:
            yield "is missing", (*place, name)
