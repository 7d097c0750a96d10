from itertools import repeat

import pytest
from msgspec import Struct

from foundation.files.faults import BadFile
from foundation.files.yaml_files import YamlFile, read_yaml, whole
from tests.support.bombs import merge_bomb


class Leaf(Struct, forbid_unknown_fields=True):
    size: int


class Tree(Struct, forbid_unknown_fields=True):
    name: str
    leaves: list[Leaf] = []
    fruit: list[Leaf] | None = None


def refused(text: str) -> list[str]:
    with pytest.raises(BadFile) as refusal:
        read_yaml(text, "tree.yaml").shaped(Tree)
    return refusal.value.messages()


def test_a_good_file_is_its_shape() -> None:
    assert read_yaml("name: oak\nleaves: [{size: 1}, {size: 2}]", "tree.yaml").shaped(Tree) == Tree(
        "oak", [Leaf(1), Leaf(2)]
    )


def test_every_item_of_a_list_is_looked_at() -> None:
    assert refused("name: oak\nleaves:\n- {size: big}\n- {size: 1}\n- 7\n- {}") == [
        "tree.yaml:3: Expected `int`, got `str` (leaves.0.size, big)",
        "tree.yaml:5: Expected `object`, got `int` (leaves.2, 7)",
        "tree.yaml:6: is missing (leaves.3.size, )",
    ]


def test_of_what_may_be_one_thing_or_another_the_first_fault_is_told_with_its_place() -> None:
    assert refused("name: oak\nfruit:\n- {size: 1}\n- {size: big}\n- {size: big}") == [
        "tree.yaml:4: Expected `int`, got `str` (fruit.1.size, big)"
    ]


def test_a_place_that_the_file_does_not_have_is_told_by_what_is_around_it() -> None:
    file: YamlFile = read_yaml("name: oak\nleaves:\n- {size: 1}", "tree.yaml")
    told = file.refusal([("too few", ("leaves", 1, "size")), ("no letter", ("name", 0)), ("whole", ())]).messages()
    assert told == ["tree.yaml:1: no letter (name.0, )", "tree.yaml:1: whole", "tree.yaml:3: too few (leaves.1.size, )"]


def test_a_time_stays_text_and_a_key_stands_once() -> None:
    assert read_yaml("at: 2026-01-01", "tree.yaml").content == {"at": "2026-01-01"}
    with pytest.raises(BadFile, match="name stands twice"):
        read_yaml("name: oak\nname: elm", "tree.yaml")


def test_a_number_is_what_a_person_reads_and_neither_octal_nor_sexagesimal() -> None:
    assert read_yaml("[0, -7, 1_000, 0777, 12:30, 0x10, 0b1]", "tree.yaml").content == [
        0,
        -7,
        1000,
        "0777",
        "12:30",
        "0x10",
        "0b1",
    ]
    assert refused("name: 0123\nleaves: [{size: 0777}]") == [
        "tree.yaml:2: Expected `int`, got `str` (leaves.0.size, 0777)"
    ]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("[1.5, -0.5, .5, 1.5e+3, 1_0.2_5]", [1.5, -0.5, 0.5, 1500.0, 10.25]),
        (
            "[.inf, .nan, 12:30.5, 1e3, 0o7, =, <<, 2026-01-01]",
            [".inf", ".nan", "12:30.5", "1e3", "0o7", "=", "<<", "2026-01-01"],
        ),
        ("[yes, Off, TRUE, nO, ~, null]", [True, False, True, "nO", None, None]),
        ("['1', \"yes\", '', '~']", ["1", "yes", "", "~"]),
        ("a:\nb: |\n  1\n", {"a": None, "b": "1\n"}),
        ("1: a\nyes: b\n? c\n: d\n'<<': e", {"1": "a", "yes": "b", "c": "d", "<<": "e"}),
        ("\ufeff--- \na: 1\nb: 100 %\n...\n", {"a": 1, "b": "100 %"}),
        ("# nothing", None),
        ("", None),
    ],
)
def test_a_text_means_what_people_read_in_it(text: str, content: object) -> None:
    assert read_yaml(text, "tree.yaml").content == content


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('leaves: []\nname: "a\\0b"', "2: is not YAML: a text has a NUL"),
        ('leaves: []\n"a\\0b": oak', "2: is not YAML: a text has a NUL"),
        ('leaves: []\nname: "\\ud800"', "2: is not YAML: found invalid Unicode character escape code"),
        ('name: "\\U99999999"', "1: is not YAML: found invalid Unicode character escape code"),
        ("name: oak\r\n\u2028leaf: \x07", "3: is not YAML: special characters are not allowed (U+0007)"),
        ("name: \ud800", "1: is not YAML: special characters are not allowed (U+D800)"),
        ("name: oak\nleaves: [", "2: is not YAML: did not find expected node content"),
        ("name: oak\nleaves: [\n\n", "2: is not YAML: did not find expected node content"),
        ("name: oak\nname: elm", "2: is not YAML: key name stands twice"),
        ("{1: oak, '1': elm}", "1: is not YAML: key 1 stands twice"),
        ("name: oak\n? [name]\n: elm", "2: has a list or a mapping as a key: a key is a text"),
        ("name: oak\n{name: oak}: elm", "2: has a list or a mapping as a key: a key is a text"),
        ("name: oak\n--- \nname: elm", "2: a second document begins: a file has one"),
    ],
)
def test_what_is_not_yaml_or_no_file_is_refused_with_its_line(text: str, fault: str) -> None:
    assert refused(text) == [f"tree.yaml:{fault}"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name: &a oak\nleaves: *a", "1: has an anchor (&a): anchors are not read"),
        ("name: oak\nleaves: &a []", "2: has an anchor (&a): anchors are not read"),
        ("name: oak\nleaves: &a {size: 1}", "2: has an anchor (&a): anchors are not read"),
        ("&a name: oak", "1: has an anchor (&a): anchors are not read"),
        ("leaves:\n- *a", "2: has an alias (*a): write out what it stands for"),
        ("name: oak\n*a : elm", "2: has an alias (*a): write out what it stands for"),
        ("name: oak\n<<: {size: 1}", "2: has a merge key (<<): write out what it brings"),
        ("name: oak\n!!merge x: {size: 1}", "2: has a tag (tag:yaml.org,2002:merge): tags are not read"),
        ("name: !!int oak", "1: has a tag (tag:yaml.org,2002:int): tags are not read"),
        (
            "name: !!python/name:os.system oak",
            "1: has a tag (tag:yaml.org,2002:python/name:os.system): tags are not read",
        ),
        ("leaves: !!set {a, b}", "1: has a tag (tag:yaml.org,2002:set): tags are not read"),
        ("leaves: ! [a]", "1: has a tag (!): tags are not read"),
        ("%YAML 1.1\n---\nname: oak", "1: begins with %: directives are not read"),
        ("name: oak\n...\n%TAG ! a", "3: begins with %: directives are not read"),
        ("a: " + "9" * 101, "1: has a number of more than 100 characters"),
        ("a: 0." + "9" * 99, "1: has a number of more than 100 characters"),
    ],
)
def test_what_stands_for_something_else_is_refused_with_its_line(text: str, fault: str) -> None:
    assert refused(text) == [f"tree.yaml:{fault}"]


def test_a_number_may_have_100_characters() -> None:
    assert read_yaml("9" * 100, "tree.yaml").content == 10**100 - 1
    assert read_yaml("'" + "9" * 101 + "'", "tree.yaml").content == "9" * 101


@pytest.mark.parametrize(
    ("begin", "end", "most"), [("[", "]", 20), ("{a: ", "}", 20), ("- ", "", 20), ("[{a: ", "}]", 10)]
)
def test_twenty_levels_are_read_and_one_more_is_refused(begin: str, end: str, most: int) -> None:
    assert read_yaml(begin * most + "1" + end * most, "tree.yaml").content
    for more in (most + 1, 10_000):
        assert refused(begin * more + "1" + end * more) == ["tree.yaml:1: is nested too deeply"]


def test_a_text_may_have_one_mib() -> None:
    text = "é" * ((1 << 19) - 5)
    assert read_yaml(f"name: {text}\n###", "tree.yaml").content == {"name": text}
    for longer in (f"name: {text}\n####", "a" * (2 << 20), "\ud800" * 400_000):
        assert refused(longer) == ["tree.yaml:1: is longer than 1 MiB"]


def test_no_more_is_read_of_a_file_than_shows_that_it_is_too_long() -> None:
    assert whole(iter(["a: 1\n", "b: 2"])) == "a: 1\nb: 2"
    endless = repeat("# again\n")
    assert refused(whole(endless)) == ["tree.yaml:1: is longer than 1 MiB"]


def test_a_text_may_have_200_000_values() -> None:
    assert len(read_yaml("[" + "1," * 199_999 + "]", "tree.yaml").content) == 199_999
    assert refused("[" + "1," * 199_999 + "\n1]") == ["tree.yaml:2: has more than 200,000 values"]
    assert refused("{" + ",".join(map(str, range(100_000))) + "}") == ["tree.yaml:1: has more than 200,000 values"]


def test_what_stands_for_ten_thousand_million_keys_is_refused_at_once() -> None:
    bomb = merge_bomb(11)
    assert len(bomb) == 453
    assert refused(bomb) == ["tree.yaml:1: has an anchor (&a): anchors are not read"]
    assert refused(f"<<: {{}}\n{bomb}") == ["tree.yaml:1: has a merge key (<<): write out what it brings"]


def test_a_fault_repeats_only_the_beginning_of_a_long_text() -> None:
    long = "x" * 100_000
    for text in (
        f"&{long} a",
        f"{{'{long}': 1}}",
        f"{{? '{long}' : 1, ? '{long}' : 1}}",
        f"{{name: '{long}', leaves: '{long}'}}",
    ):
        assert all(len(line) < 1000 for line in refused(text))
