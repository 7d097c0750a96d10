"""Several texts of one section: which of them a share says, and which of them sells best."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.random import Generator, default_rng

from content.kits.domain.texts import Text

EXPLORED = 0.05
"""the part of shares that say any variant, each alike, whatever was learned: of k variants each is said by 5 % / k of the
shares at least"""
WINS_FROM = 0.95
FEWEST_TRIALS = 200
"""a winner is proposed when it is the best with more than this probability, and each has this many trials"""
MOST_VARIANTS = 8
REWARD_DAYS = 7
"""a sale so many days after a visit at most is a reward, unless the kit says otherwise"""
SAMPLES = 20_000
"""the standard error of a probability of 0.95 is then 0.0015"""
SEED = 13
INTERVAL = (0.025, 0.975)


class Tried(NamedTuple):
    """What became of a variant on one channel: visits that are decided, and those of them that were followed by a sale."""

    trials: int = 0
    rewards: int = 0


class Odds(NamedTuple):
    """What is known of a variant: its rate with the interval that holds it with 95 %, how probable it is the best, and of
    what part of the next shares it will be the text."""

    variant: str
    trials: int
    rewards: int
    rate: float
    low: float
    high: float
    best: float
    drawn: float


def section_of(text: Text) -> str:
    """The kind and the channel of a text: texts that share them and have variants are alternatives."""
    return f"{text.kind}:{text.channel}"


def alternatives(texts: Sequence[Text]) -> dict[str, list[str]]:
    """The variants of each section that has any, in the order of the kit."""
    found: dict[str, list[str]] = {}
    for text in texts:
        if text.variant:
            found.setdefault(section_of(text), []).append(text.variant)
    return found


def one_of_each(texts: Sequence[Text], drawn: Mapping[str, str]) -> list[Text]:
    """The texts with one variant of each section: what was drawn for it, else its first."""
    names = alternatives(texts)
    chosen = {section: drawn[section] if drawn.get(section) in of else of[0] for section, of in names.items()}
    return [text for text in texts if not text.variant or chosen[section_of(text)] == text.variant]


def greatest_of_each(texts: Sequence[Text], size: Callable[[str], int]) -> list[Text]:
    """The texts with the greatest variant of each section."""
    largest: dict[str, Text] = {}
    for text in texts:
        section = section_of(text)
        if text.variant and (section not in largest or size(text.text) > size(largest[section].text)):
            largest[section] = text
    return one_of_each(texts, {section: text.variant for section, text in largest.items()})


def every_variant(texts: Sequence[Text]) -> list[list[Text]]:
    """As few choices of one variant a section as hold every variant once."""
    names = alternatives(texts)
    many = max((len(of) for of in names.values()), default=1)
    return [
        one_of_each(texts, {section: of[min(place, len(of) - 1)] for section, of in names.items()})
        for place in range(many)
    ]


def draw(
    offered: Mapping[str, Sequence[str]], known: Mapping[str, Mapping[str, Tried]], *, seed: str
) -> dict[str, str]:
    """Section → the variant that a share says, by Thompson sampling (Thompson, Biometrika 25, 1933; Russo et al., A
    Tutorial on Thompson Sampling, 2018).

    A rate is drawn for each variant from what is known of it, Beta(1 + rewards, 1 + trials − rewards), and the highest
    wins; but 5 % of the shares say any variant, each alike. `known` is of the share's own channel. The same seed draws
    the same from the same knowledge."""
    return {
        section: variants[
            _place([known.get(section, {}).get(name, Tried()) for name in variants], _seeded(seed, section))
        ]
        for section, variants in offered.items()
    }


def odds(known: Mapping[str, Tried]) -> list[Odds]:
    """What is known of the variants of one section on one channel. Probabilities are counted in 20,000 draws of a fixed
    seed: the same results give the same odds."""
    results = list(known.values())
    trials, rewards = _columns(results)
    samples = default_rng(SEED).beta(1 + rewards, 1 + trials - rewards, size=(SAMPLES, len(results)))
    best = np.bincount(samples.argmax(axis=1), minlength=len(results)) / SAMPLES
    low, high = np.quantile(samples, INTERVAL, axis=0)
    return [
        Odds(
            variant,
            result.trials,
            result.rewards,
            result.rewards / result.trials if result.trials else 0.0,
            float(low[place]),
            float(high[place]),
            float(best[place]),
            float((1 - EXPLORED) * best[place] + EXPLORED / len(results)),
        )
        for place, (variant, result) in enumerate(known.items())
    ]


def winner(found: Sequence[Odds]) -> str | None:
    """The variant that staff may keep alone: the best with more than 95 %, when each had 200 trials. None yet, else."""
    if len(found) < 2 or any(one.trials < FEWEST_TRIALS for one in found):
        return None
    first = max(found, key=lambda one: one.best)
    return first.variant if first.best > WINS_FROM else None


def _place(results: Sequence[Tried], generator: Generator) -> int:
    if generator.random() < EXPLORED:
        return int(generator.integers(len(results)))
    trials, rewards = _columns(results)
    return int(generator.beta(1 + rewards, 1 + trials - rewards).argmax())


def _columns(results: Sequence[Tried]) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    table = np.array(results, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _seeded(seed: str, section: str) -> Generator:
    """Sections of one share are drawn apart from each other."""
    return default_rng(int.from_bytes(sha256(f"{seed}|{section}".encode()).digest()[:16]))
