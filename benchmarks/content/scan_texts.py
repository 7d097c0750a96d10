"""The review of 100,000 characters against 5,000 words: milliseconds with and without the words' sounds, beside `re` with all
words in one pattern and a loop over the words, which find them only as they are written.

    python benchmarks/content/scan_texts.py [TEXT]

The words are the shipped lists', filled up with ordinary words; the text is made of the labelled texts, again and again in
another order, or of a file's lines."""

import csv
import json
import os
import random
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from content.review.domain.compiled import scanner  # noqa: E402  after the path
from content.review.domain.ordinary import ordinary  # noqa: E402
from content.review.domain.scanning import scan  # noqa: E402
from content.review.domain.word_lists import WordLists, read_lists, shipped_lists  # noqa: E402

CHARACTERS, WORDS, TIMES = 100_000, 5_000, 15
CHANNEL = "xiaohongshu"


def text_of(texts: list[str], chance: random.Random) -> str:
    """Texts one after the other, again and again in another order."""
    parts: list[str] = []
    while sum(map(len, parts)) < CHARACTERS:
        parts += chance.sample(texts, len(texts))
    return "。".join(parts)[:CHARACTERS]


def labelled_texts() -> tuple[list[str], list[str]]:
    """What KOCs write, of which one text in eight has something to find; and texts that all have."""
    with (ROOT / "tests/content/review/labelled_texts.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["text"]]
    clean = [row["text"] for row in rows if row["kind"] == "clean"]
    dense = [row["text"] for row in rows if row["kind"] != "clean"]
    return clean + dense[:: len(dense) * 7 // len(clean)], dense


def many_words(chance: random.Random) -> tuple[WordLists, list[str]]:
    """The shipped words and as many ordinary ones of three and four characters as are missing to 5,000."""
    shipped = [word for words in shipped_lists().lists for group in words.groups for word in group.words]
    longer = sorted(word for word in ordinary().words if len(word) > 2 and not any(char.isdigit() for char in word))
    others = chance.sample(longer, WORDS - len(shipped))
    said = "{en: x, zh-Hans: x}"
    words = json.dumps(others, ensure_ascii=False)
    extra = read_lists(
        {
            "extra.yaml": f"category: absolute\nsource: x\nchecked_on: '2026-01-01'\ngroups:\n"
            f"  - {{reason: {said}, suggestion: {said}, words: {words}}}\n"
        }
    )
    return WordLists(shipped_lists().lists + extra.lists), shipped + others


def milliseconds(call: Callable[[], int], times: int = TIMES) -> dict[str, float]:
    """The median, the fastest and the slowest of some calls, and how many places the last of them found."""
    found, taken = call(), []
    for _time in range(times):
        start = perf_counter()
        found = call()
        taken.append((perf_counter() - start) * 1000)
    return {
        "median": round(statistics.median(taken), 1),
        "fastest": round(min(taken), 1),
        "slowest": round(max(taken), 1),
        "found": found,
    }


def main(file: Path | None) -> None:
    chance = random.Random(1)
    lists, words = many_words(chance)
    usual, dense = (file.read_text("utf-8").splitlines(), []) if file else labelled_texts()
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    start = perf_counter()
    scanner(lists, CHANNEL)
    compiled = perf_counter() - start
    report: dict[str, object] = {
        "characters": CHARACTERS,
        "words": len(words),
        "compiling, once, seconds": round(compiled, 2),
    }
    for name, texts in (("a text of KOCs", usual), ("something to find in each sentence", dense)):
        if texts:
            report[name] = measured(text_of(texts, chance), lists, words, pattern)
    print(json.dumps(report | {"load average": os.getloadavg()[0]}, indent=1))


def measured(text: str, lists: WordLists, words: list[str], pattern: re.Pattern[str]) -> dict[str, object]:
    return {
        "scan without sounds": milliseconds(lambda: len(scan(text, lists=lists, channel=CHANNEL, by_sound=False))),
        "scan with sounds": milliseconds(lambda: len(scan(text, lists=lists, channel=CHANNEL))),
        "re": milliseconds(lambda: sum(1 for _match in pattern.finditer(text)), times=3),
        "a loop": milliseconds(lambda: sum(text.count(word) for word in words), times=3),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
