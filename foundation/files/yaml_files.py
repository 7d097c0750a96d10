"""YAML files of an operator: every fault of shape is reported, each with its line, the key and the value."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct

from foundation.files.faults import BadFile, Fault
from foundation.files.shape_faults import fault_and_path
from foundation.files.shapes import as_cleaned
from foundation.files.yaml_nodes import MOST_BYTES, NotPlainYaml, YamlNode, read_node
from foundation.texts.messages import Message

Shape = TypeVar("Shape", bound=Struct)
Place = tuple[str | int, ...]
Contradiction = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A text that is YAML: its content, and the line of each part."""

    name: str
    node: YamlNode

    @property
    def content(self) -> Any:
        return self.node.content

    def shaped(self, shape: type[Shape]) -> Shape:
        """The file's content in a shape. Raises BadFile with everything that does not fit."""
        try:
            return msgspec.convert(self.content, shape, dec_hook=as_cleaned)
        except msgspec.ValidationError:
            raise self.refusal(misfits(self.content, shape)) from None

    def refusal(self, contradictions: Iterable[Contradiction]) -> BadFile:
        return BadFile(self.name, [self._fault(message, place) for message, place in contradictions])

    def _fault(self, message: str, place: Place) -> Fault:
        """The line of a place, as deep as the file has it."""
        node = self.node
        for step in place:
            inner = node.inner.get(step if isinstance(node.content, list) else str(step))
            if inner is None:
                return Fault(node.line, message, _dotted(place))
            node = inner
        return Fault(node.line, message, _dotted(place), node.written)


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))


def read_yaml(text: str, name: str) -> YamlFile:
    """A text as YAML, by the rules of `yaml_nodes`. Raises BadFile with the line where it breaks one of them, or stops
    being YAML."""
    try:
        node = read_node(text)
    except NotPlainYaml as error:
        raise BadFile(name, [Fault(error.line, error.why)]) from None
    return YamlFile(name, node or YamlNode(1, None))


def whole(lines: Iterable[str]) -> str:
    """The text of a file; of one that is too long only as much as read_yaml refuses."""
    parts: list[str] = []
    length = 0
    for line in lines:
        parts.append(line)
        length += len(line)
        if length > MOST_BYTES:
            break
    return "".join(parts)


def misfits(content: Any, shape: Any, place: Place = ()) -> Iterator[Contradiction]:
    """Everything in the content that is not of the shape: unknown and missing keys, and each value by itself.

    Mappings and plain lists are checked within; of any other part only the first fault is reported.
    """
    if isinstance(content, dict) and isinstance(shape, type) and issubclass(shape, Struct):
        yield from _misfit_keys(content, shape, place)
    elif isinstance(content, list) and get_origin(shape) is list:
        for number, item in enumerate(content):
            yield from misfits(item, get_args(shape)[0], (*place, number))
    else:
        try:
            msgspec.convert(content, shape, dec_hook=as_cleaned)
        except msgspec.ValidationError as error:
            fault, path = fault_and_path(error)
            yield fault, (*place, *(int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)))


def _misfit_keys(content: dict[Any, Any], shape: type[Struct], place: Place) -> Iterator[Contradiction]:
    fields = _fields(shape)
    for key in content:
        if key not in fields:
            yield Message("is an unknown key"), (*place, str(key))
    for name, field in fields.items():
        if name in content:
            yield from misfits(content[name], field.type, (*place, name))
        elif field.required:
            yield Message("is missing"), (*place, name)


@cache
def _fields(shape: type[Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(shape)}
