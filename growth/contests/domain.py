"""Ranks and prizes of contests."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from foundation.texts.messages import Message

PRIZE = re.compile(r"\s*(\d{1,6})\s*(?:[-–~]\s*(\d{1,6})\s*)?[:：]\s*(\S.*?)\s*")
# A prize that grows with the number of people is a payment for recruiting, whatever it is called
# (Regulations on Prohibition of Pyramid Selling, State Council Order 444, article 7).
PER_HEAD = re.compile(
    r"\b(?:per|each|every|for each|for every)\b.{0,20}\b(?:person|people|head|recruit|member|friend|invite|invitee|invitation|signup|koc)|"
    r"\b(?:a|per)\s*head\b|每(?:邀请|拉新|推荐|发展|新增|带来|拉)|每(?:一|1)?\s*(?:个|位|名|人)|按人头|人头费|/\s*人",
    re.IGNORECASE,
)


class Prized(NamedTuple):
    """The prize of the ranks from `first` to `last`."""

    first: int
    last: int
    what: str


class BadPrize(ValueError):
    """A prize that cannot be, with what is wrong."""


def prizes(text: str) -> list[Prized]:
    """Prizes as they are written, one a line: `1: a trip`, `2-10: a set`. Raises BadPrize.

    A prize is for ranks, which do not overlap. One that is paid per recruit is refused.
    """
    parsed: list[Prized] = []
    for line in filter(str.strip, text.splitlines()):
        if PER_HEAD.search(line):
            raise BadPrize(Message("%(line)s: people may be counted, never paid for by the head", line=line.strip()))
        match = PRIZE.fullmatch(line)
        if match is None:
            raise BadPrize(Message("%(line)s: write RANK: PRIZE, or FROM-TO: PRIZE", line=line.strip()))
        prize = Prized(int(match[1]), int(match[2] or match[1]), match[3])
        if not 0 < prize.first <= prize.last:
            raise BadPrize(Message("%(line)s: ranks go up from 1", line=line.strip()))
        if any(prize.first <= other.last and other.first <= prize.last for other in parsed):
            raise BadPrize(Message("%(line)s: a rank has a prize already", line=line.strip()))
        parsed.append(prize)
    return sorted(parsed)


def ranks(scores: Sequence[int]) -> list[int]:
    """The rank of each score, the highest first: equal ones share a rank, and the next rank is as many places further
    (1, 2, 2, 4). `scores` descend."""
    ranked: list[int] = []
    for position, score in enumerate(scores):
        ranked.append(ranked[-1] if position and score == scores[position - 1] else position + 1)
    return ranked
