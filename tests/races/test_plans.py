"""Two people save at the same moment."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from accounts.brands.models import Brand
from commissions.planning.domain.refusals import PlanRefused
from commissions.planning.selectors.plans import stamp
from commissions.planning.services import plans
from commissions.planning.services.plans import save_plan
from commissions.plans.domain.plan_parts import PlanPart, RulePart
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from tests.support.concurrency import THREADS, Rendezvous, run_at_once
from tests.support.factories import NOW, make_brand

DAY = timedelta(days=1)


def plan(key: str, *, ends_at: datetime | None = None) -> PlanPart:
    return PlanPart(key, NOW, ends_at, [RulePart(rate_bps=1000)])


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_of_plans_that_overlap_one_is_kept_and_the_others_are_told_why(committed: None) -> None:
    brand = make_brand()
    answers = run_at_once(*[lambda key=f"p{n}": save_plan(brand=brand, plan=plan(key), at=NOW) for n in range(THREADS)])
    assert kinds(answers) == ["Plan", *["PlanRefused"] * (THREADS - 1)]
    assert {str(answer).split(" overlaps ")[1] for answer in answers if isinstance(answer, PlanRefused)} == {
        f"plan {Plan.objects.get()}"
    }


def ended_at_once(brand: Brand) -> list[Any]:
    """Two people who saw the same plan in force give it different ends."""
    seen = stamp(save_plan(brand=brand, plan=plan("p"), at=NOW))
    return run_at_once(
        *[
            lambda days=days: save_plan(brand=brand, plan=plan("p", ends_at=NOW + days * DAY), at=NOW, seen=seen)
            for days in (1, 2)
        ],
    )


def test_of_two_editors_who_saw_the_same_plan_the_second_is_told(committed: None) -> None:
    answers = ended_at_once(make_brand())
    assert kinds(answers) == ["Plan", "PlanRefused"]
    assert Plan.objects.get().ends_at == next(answer.ends_at for answer in answers if isinstance(answer, Plan))


def without_the_book(monkeypatch: pytest.MonkeyPatch, step: str, *, wait: str) -> None:
    """Nobody holds the book, and both come to a step, or are through with it, before either goes on."""
    monkeypatch.setattr(plans, "lock_book", lambda brand: PayPolicy.objects.get(brand=brand))
    monkeypatch.setattr(plans, step, Rendezvous(getattr(plans, step), before=wait == "before"))


def test_without_the_book_neither_sees_the_other_and_the_database_alone_refuses_one(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = make_brand()
    without_the_book(monkeypatch, "_overlaps", wait="after")
    answers = run_at_once(*[lambda key=key: save_plan(brand=brand, plan=plan(key), at=NOW) for key in ("p", "q")])
    [refused] = [answer for answer in answers if not isinstance(answer, Plan)]
    # Each waits for the other at its commit: now and then that is a deadlock
    assert isinstance(refused, IntegrityError | OperationalError)
    assert Plan.objects.count() == 1


def test_without_the_book_the_last_save_wins_silently(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_book(monkeypatch, "_end", wait="before")
    assert kinds(ended_at_once(make_brand())) == ["Plan", "Plan"]
