"""One person saves the same record from two phones at the same moment."""

from typing import Any

import pytest

from accounts.people.models import User
from commissions.payees import services as payees
from commissions.payees.models.payees import Payee
from foundation.sealing import seal
from tests.support.concurrency import THREADS, run_at_once, wait_for_the_others
from tests.support.factories import make_payee, make_user


def sealed(answers: list[Any]) -> set[str]:
    """The records that were kept, one after another."""
    return {answer.account_sealed if isinstance(answer, Payee) else repr(answer) for answer in answers}


def test_the_same_record_saved_at_once_is_kept_once(committed: None) -> None:
    user = make_user()
    kept = sealed(run_at_once(*[lambda: make_payee(user)] * THREADS))
    assert kept == {Payee.objects.get().account_sealed}


def test_without_the_hold_each_writes_its_own(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    user: User = make_user()

    def seal_together(text: str) -> str:
        if text == "张小明":
            wait_for_the_others()  # both have looked, and found nothing
        return seal(text)

    monkeypatch.setattr(payees, "_hold", lambda user: None)
    monkeypatch.setattr(payees, "seal", seal_together)
    assert len(sealed(run_at_once(*[lambda: make_payee(user)] * 2))) == 2
