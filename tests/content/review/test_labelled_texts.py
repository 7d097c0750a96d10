"""How many of the places that a lawyer would mark the scan finds, and how many of its hits are such places, on texts
that were labelled by hand before the scan saw them. The README beside this file says how."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import pytest

from content.review.domain.hits import Hit
from content.review.domain.scanning import scan
from content.review.domain.word_lists import shipped_lists
from tests.support.paths import DATA, ROOT

FILE = ROOT / "tests/content/review/labelled_texts.csv"


class Label(NamedTuple):
    start: int
    end: int
    category: str


class Labelled(NamedTuple):
    number: int
    source: str
    part: str
    kind: str
    text: str
    labels: list[Label]


class Score(NamedTuple):
    labels: int
    found: int
    hits: int
    right: int

    @property
    def recall(self) -> float:
        return self.found / self.labels

    @property
    def precision(self) -> float:
        return self.right / self.hits


def labels_of(text: str, written: str) -> Iterator[Label]:
    """Labels are written as `piece=category|piece=category`."""
    for label in filter(None, written.split("|")):
        piece, _, category = label.partition("=")
        start = text.index(piece)
        yield Label(start, start + len(piece), category)


def product_texts() -> dict[str, str]:
    """The texts that others wrote and that stay where they are, by the source that a label names."""
    if not DATA.exists():  # they do not ship with the product: then the others are scored
        return {}
    lines = (DATA / "adlaw" / "copy.jsonl").read_text("utf-8").splitlines()
    return {f"adlaw:{number}": json.loads(line)["summary"] for number, line in enumerate(lines)}


def labelled(row: dict[str, str], text: str) -> Labelled:
    labels = list(labels_of(text, row["settled"]))
    return Labelled(int(row["number"]), row["source"], row["part"], row["kind"], text, labels)


@lru_cache(maxsize=1)
def labelled_texts() -> list[Labelled]:
    others = product_texts()
    with FILE.open(newline="", encoding="utf-8") as file:
        known = ((row, others.get(row["source"], row["text"])) for row in csv.DictReader(file))
        return [labelled(row, text) for row, text in known if text]


def is_same(hit: Hit, label: Label) -> bool:
    return hit.start < label.end and label.start < hit.end and hit.category == label.category


def score(texts: list[Labelled]) -> Score:
    """A label is found when a hit of its category overlaps it; a hit is right when it overlaps such a label."""
    count: Counter[str] = Counter()
    for one in texts:
        hits = scan(one.text, lists=shipped_lists(), channel="xiaohongshu")
        count["labels"] += len(one.labels)
        count["found"] += sum(any(is_same(hit, label) for hit in hits) for label in one.labels)
        count["hits"] += len(hits)
        count["right"] += sum(any(is_same(hit, label) for label in one.labels) for hit in hits)
    return Score(count["labels"], count["found"], count["hits"], count["right"])


def of(kind: str) -> list[Labelled]:
    return [one for one in labelled_texts() if one.kind == kind]


def test_the_set_has_the_texts_that_its_readme_promises() -> None:
    texts = labelled_texts()
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = Counter(row["kind"] for row in rows)
    assert len(rows) >= 300
    assert kinds["evasion"] * 3 >= 300
    assert sum(row["source"].startswith("adlaw:") for row in rows) == 200
    assert all(bool(one.labels) == (one.kind != "clean") for one in texts)
    assert len({one.text for one in texts}) == len(texts)


def test_words_as_they_are_written_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    plain = score(of("plain"))
    with capsys.disabled():
        print(f"\nreview scan, plain: {plain.found} of {plain.labels}, {plain.recall:.3f}")
    assert plain.labels >= 20
    assert plain.recall >= 0.95


def test_words_that_hide_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    evasions = score(of("evasion"))
    with capsys.disabled():
        print(f"\nreview scan, evasions: {evasions.found} of {evasions.labels}, {evasions.recall:.3f}")
    assert evasions.labels >= 100
    assert evasions.recall >= 0.85


def test_what_is_found_is_to_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    whole = score(labelled_texts())
    with capsys.disabled():
        print(f"\nreview scan, precision: {whole.right} of {whole.hits}, {whole.precision:.3f}")
    assert whole.precision >= 0.9


def test_ordinary_texts_of_kocs_have_no_hit() -> None:
    hits = {
        one.text: [hit.found for hit in scan(one.text, lists=shipped_lists(), channel="xiaohongshu")]
        for one in of("clean")
    }
    assert sum(map(bool, hits.values())) <= len(hits) * 0.02, {text: found for text, found in hits.items() if found}
