"""The YAML that Grove reads: plain lists, mappings, texts and numbers, each written out in its place. The cost of
reading a text grows with its length alone.

Whatever lets a short text mean a long one, or something else, is refused as it is read, before it is built: anchors and
aliases, merge keys, tags, directives. So are a text that is too long, one of too many values and one that is nested too
deeply."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import yaml

from foundation.texts.messages import Message

MOST_BYTES = 1 << 20  # as much as the body of a request; a brand with ten thousand products has half of that
MOST_VALUES = 200_000  # keys count too; ten thousand products have 110,000
DEEPEST = 20  # brand.yaml has 7
LONGEST_NUMBER = 100  # characters: far above every amount, far below where Python needs long to read one

# A number is one as people write it: 0777 is no octal, and 12:30 no number of seconds.
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_FRACTION = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?")
_OTHERS: dict[str, bool | None] = {
    form: value
    for words, value in ((("yes", "true", "on"), True), (("no", "false", "off"), False), (("null",), None))
    for word in words
    for form in (word, word.capitalize(), word.upper())
} | {"": None, "~": None}

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])(?=%)")


class NotPlainYaml(ValueError):
    """A text that is not the YAML that Grove reads: the line where it stops being that, and the reason."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(line, why)
        self.line, self.why = line, why


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A value and its line: its content, the written text (empty for a list or a mapping), and the nodes in it by key
    or by number."""

    line: int
    content: Any
    written: str = ""
    inner: dict[str | int, "YamlNode"] = field(default_factory=dict)


def read_node(text: str) -> YamlNode | None:
    """The root node of a text, None when it is empty. Raises NotPlainYaml."""
    text = text.removeprefix("\ufeff")
    _check_characters(text)
    try:
        return _Reader(text).document()
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark  # libyaml always has one
        # Libyaml reports a missing end on the line after the last
        line = min(mark.line + 1, _line_at(text, len(text.rstrip())))
        raise NotPlainYaml(line, Message("is not YAML: %(problem)s", problem=error.problem)) from None


def _check_characters(text: str) -> None:
    """Refuse by length and characters alone. Directives are refused here, since libyaml needs a time that grows with
    the square of their number."""
    if len(text) > MOST_BYTES or len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        raise NotPlainYaml(1, Message("is longer than %(size)s MiB", size=MOST_BYTES >> 20))
    if match := _UNPRINTABLE.search(text):
        raise NotPlainYaml(
            _line_at(text, match.start()),
            Message("is not YAML: special characters are not allowed (U+%(code)s)", code=f"{ord(match[0]):04X}"),
        )
    if match := _DIRECTIVE.search(text):
        raise NotPlainYaml(_line_at(text, match.end()), Message("begins with %: directives are not read"))


def _line_at(text: str, position: int) -> int:
    return sum(1 for _ in _BREAK.finditer(text, 0, position)) + 1


class _Reader:
    """Builds nodes from libyaml's events, one after the other, and counts them."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[Any] = yaml.parse(text, yaml.CSafeLoader)
        self.count = 0

    def document(self) -> YamlNode | None:
        next(self.events)  # the stream begins
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        node = self._node(next(self.events), 1)
        next(self.events)  # the document ends
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            raise NotPlainYaml(_line(event), Message("a second document begins: a file has one"))
        return node

    def _node(self, event: Any, depth: int) -> YamlNode:
        self._check_event(event)
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            return YamlNode(line, _scalar(event), event.value)
        if depth > DEEPEST:
            raise NotPlainYaml(line, Message("is nested too deeply"))
        if isinstance(event, yaml.SequenceStartEvent):
            items = [self._node(item, depth + 1) for item in self._up_to(yaml.SequenceEndEvent)]
            return YamlNode(line, [item.content for item in items], inner=dict(enumerate(items)))
        values: dict[str | int, YamlNode] = {}
        for key in self._up_to(yaml.MappingEndEvent):
            name = self._key(key)
            if name in values:
                raise NotPlainYaml(_line(key), Message("is not YAML: key %(name)s stands twice", name=name))
            values[name] = self._node(next(self.events), depth + 1)
        return YamlNode(line, {name: value.content for name, value in values.items()}, inner=values)

    def _up_to(self, end: type) -> Iterator[Any]:
        return takewhile(lambda event: not isinstance(event, end), self.events)

    def _key(self, event: Any) -> str:
        """A key is a text, even if it reads as a number."""
        self._check_event(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise NotPlainYaml(_line(event), Message("has a list or a mapping as a key: a key is a text"))
        if event.value == "<<" and event.implicit[0]:
            raise NotPlainYaml(_line(event), Message("has a merge key (<<): write out what it brings"))
        return _text(event)

    def _check_event(self, event: Any) -> None:
        """Refuse what no file of ours has, and more values than any has."""
        self.count += 1
        if self.count > MOST_VALUES:
            raise NotPlainYaml(_line(event), Message("has more than %(most)s values", most=f"{MOST_VALUES:,}"))
        if isinstance(event, yaml.AliasEvent):
            raise NotPlainYaml(
                _line(event), Message("has an alias (*%(anchor)s): write out what it stands for", anchor=event.anchor)
            )
        if event.anchor is not None:
            raise NotPlainYaml(
                _line(event), Message("has an anchor (&%(anchor)s): anchors are not read", anchor=event.anchor)
            )
        if event.tag is not None:
            raise NotPlainYaml(_line(event), Message("has a tag (%(tag)s): tags are not read", tag=event.tag))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _text(event: Any) -> str:
    text: str = event.value
    if "\0" in text:
        raise NotPlainYaml(_line(event), Message("is not YAML: a text has a NUL"))
    return text


def _scalar(event: Any) -> str | int | float | bool | None:
    """The value of a scalar; a quoted one, or a block, is text. A time stays text until it is checked for a zone."""
    text = _text(event)
    if not event.implicit[0]:
        return text
    if text in _OTHERS:
        return _OTHERS[text]
    is_whole = _WHOLE.fullmatch(text)
    if not is_whole and not _FRACTION.fullmatch(text):
        return text
    if len(text) > LONGEST_NUMBER:
        raise NotPlainYaml(
            _line(event),
            Message("has a number of more than %(most)s characters", most=LONGEST_NUMBER),
        )
    digits = text.replace("_", "")
    return int(digits) if is_whole else float(digits)
