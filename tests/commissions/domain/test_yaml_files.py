import pytest
from msgspec import Struct

from accounts.domain.faults import BadFile
from commissions.domain.yaml_files import YamlFile, read_yaml


class Leaf(Struct, forbid_unknown_fields=True):
    size: int


class Tree(Struct, forbid_unknown_fields=True):
    name: str
    leaves: list[Leaf] = []
    fruit: list[Leaf] | None = None


def refused(text: str) -> list[str]:
    with pytest.raises(BadFile) as refusal:
        read_yaml(text, "tree.yaml").shaped(Tree)
    return refusal.value.lines()


def test_a_good_file_is_its_shape() -> None:
    assert read_yaml("name: oak\nleaves: [{size: 1}, {size: 2}]", "tree.yaml").shaped(Tree) == Tree("oak", [Leaf(1), Leaf(2)])


def test_every_item_of_a_list_is_looked_at() -> None:
    assert refused("name: oak\nleaves:\n- {size: big}\n- {size: 1}\n- 7\n- {}") == [
        "tree.yaml:3: Expected `int`, got `str` (leaves.0.size, big)",
        "tree.yaml:5: Expected `object`, got `int` (leaves.2, 7)",
        "tree.yaml:6: is missing (leaves.3.size, )",
    ]


def test_of_what_may_be_one_thing_or_another_the_first_fault_is_told_with_its_place() -> None:
    assert refused("name: oak\nfruit:\n- {size: 1}\n- {size: big}\n- {size: big}") == ["tree.yaml:4: Expected `int`, got `str` (fruit.1.size, big)"]


def test_a_place_that_the_file_does_not_have_is_told_by_what_is_around_it() -> None:
    file: YamlFile = read_yaml("name: oak\nleaves:\n- {size: 1}", "tree.yaml")
    told = file.refusal([("too few", ("leaves", 1, "size")), ("no letter", ("name", 0)), ("whole", ())]).lines()
    assert told == ["tree.yaml:1: no letter (name.0, )", "tree.yaml:1: whole", "tree.yaml:3: too few (leaves.1.size, )"]


def test_a_time_stays_text_and_a_key_stands_once() -> None:
    assert read_yaml("at: 2026-01-01", "tree.yaml").content == {"at": "2026-01-01"}
    with pytest.raises(BadFile, match="name stands twice"):
        read_yaml("name: oak\nname: elm", "tree.yaml")


def test_a_number_is_what_a_person_reads_and_neither_octal_nor_sexagesimal() -> None:
    assert read_yaml("[0, -7, 1_000, 0777, 12:30, 0x10, 0b1]", "tree.yaml").content == [0, -7, 1000, "0777", "12:30", "0x10", "0b1"]
    assert refused("name: 0123\nleaves: [{size: 0777}]") == ["tree.yaml:2: Expected `int`, got `str` (leaves.0.size, 0777)"]


@pytest.mark.parametrize("text", ['"a\\0b"', '"\\ud800"'])
def test_a_text_that_no_database_keeps_is_refused_with_its_line(text: str) -> None:
    assert refused(f"leaves: []\nname: {text}") == ["tree.yaml:2: is not YAML: a text has a NUL or half a character"]


@pytest.mark.parametrize("value", ["!!int oak", "!!float oak", "9" * 5000])
def test_a_number_that_is_none_is_refused_as_a_file(value: str) -> None:
    (line,) = refused(f"name: {value}")
    assert line.startswith("tree.yaml:1: is not YAML: ")


def test_what_is_nested_too_deeply_is_refused_as_a_file() -> None:
    with pytest.raises(BadFile) as refusal:
        read_yaml("[" * 10_000, "tree.yaml")
    assert refusal.value.lines() == ["tree.yaml:1: is nested too deeply"]


def test_where_a_text_stops_being_yaml_is_told_by_its_line() -> None:
    assert refused("name: oak\nleaves: [") == ["tree.yaml:2: is not YAML: expected the node content, but found '<stream end>'"]
    assert refused("name: oak\n\nleaf: \x07") == ["tree.yaml:3: is not YAML: special characters are not allowed"]
