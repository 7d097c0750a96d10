"""Two people move KOCs at one moment; two take the last place of an invite code."""

from functools import partialmethod
from typing import Any

import pytest
from django.db import transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from referrals.tree.models import InvitationPolicy, Sponsorship
from referrals.tree.selectors.invitations import Invitation
from referrals.tree.services import joining, moves
from referrals.tree.services.joining import join_brand
from referrals.tree.services.moves import move_koc
from tests.support.concurrency import THREADS, Rendezvous, run_at_once
from tests.support.factories import NOW, make_brand, make_koc, make_user


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def sponsors(brand: Brand) -> dict[str, str | None]:
    return dict(Sponsorship.objects.filter(brand=brand).values_list("koc__key", "sponsor__key"))


def goes_in_a_circle(brand: Brand) -> bool:
    above = sponsors(brand)
    for koc in above:
        here, steps = above[koc], 0
        while here is not None and steps <= len(above):
            here, steps = above[here], steps + 1
        if here is not None:
            return True
    return False


@pytest.mark.parametrize("length", [2, 3, 4])
@pytest.mark.parametrize("guarded", [False, True])
def test_crossing_moves_make_no_circle_of_any_length(
    committed: None, monkeypatch: pytest.MonkeyPatch, guarded: bool, length: int
) -> None:
    """Each under the next, all at once: each move alone is lawful. With the lock one is refused; without it all go
    through, and nobody stands at the top."""
    brand, by = make_brand(), make_user()
    kocs = [make_koc(brand, f"k{n}") for n in range(length)]
    monkeypatch.setattr(moves, "_check", Rendezvous(moves._check))
    monkeypatch.setattr(moves, "_write", Rendezvous(moves._write))  # so that none is committed before all are written
    if not guarded:
        monkeypatch.setattr(moves, "lock_moves", lambda brand: None)
    pairs = [(koc, kocs[(n + 1) % length]) for n, koc in enumerate(kocs)]
    answers = run_at_once(
        *[
            lambda koc=koc, above=above: move_koc(koc=koc, sponsor=above, reason="x", by=by, at=NOW)
            for koc, above in pairs
        ]
    )
    assert goes_in_a_circle(brand) is not guarded
    assert kinds(answers) == (
        ["MoveRefused"] + ["SponsorChange"] * (length - 1) if guarded else ["SponsorChange"] * length
    )


def test_who_joins_under_a_tree_that_is_moved_stands_in_its_new_place(committed: None) -> None:
    brand, by = make_brand(), make_user()
    new = make_koc(brand, "new")
    moving = make_koc(brand, "moving", sponsor=make_koc(brand, "old"))
    newcomers = [make_user() for _ in range(THREADS)]
    joins = [
        lambda user=user: join_brand(user=user, brand=brand, invite_code=moving.invite_code, answers={}, at=NOW)
        for user in newcomers
    ]
    answers = run_at_once(*joins, lambda: move_koc(koc=moving, sponsor=new, reason="x", by=by, at=NOW))
    assert kinds(answers) == ["Koc"] * THREADS + ["SponsorChange"]
    places = Sponsorship.objects.filter(koc__user__in=newcomers).select_related("root")
    assert [(place.sponsor_id, place.root.key, place.depth) for place in places] == [(moving.pk, "new", 2)] * THREADS


@pytest.mark.parametrize("guarded", [False, True])
def test_the_last_place_of_a_code_is_taken_once(
    committed: None, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    brand = make_brand()
    sponsor = make_koc(brand)
    InvitationPolicy.objects.create(brand=brand, most_people=1)
    monkeypatch.setattr(Invitation, "left", partialmethod(Rendezvous(Invitation.left)))
    if not guarded:
        monkeypatch.setattr(joining, "ONE_BY_ONE", joining.TOGETHER)
    users = [make_user(), make_user()]
    answers = run_at_once(
        *[
            lambda user=user: join_brand(user=user, brand=brand, invite_code=sponsor.invite_code, answers={}, at=NOW)
            for user in users
        ]
    )
    assert kinds(answers) == (["InvitationUsedUp", "Koc"] if guarded else ["Koc", "Koc"])
    assert Koc.objects.filter(brand=brand).count() == (2 if guarded else 3)


def test_many_join_under_one_sponsor_without_waiting_for_each_other(committed: None) -> None:
    """All of them stand at one point at once, inside their transactions, with the sponsor's place held."""
    brand = make_brand()
    sponsor = make_koc(brand)
    join = Rendezvous(
        lambda user: join_brand(user=user, brand=brand, invite_code=sponsor.invite_code, answers={}, at=NOW)
    )
    users = [make_user() for _ in range(THREADS)]
    answers = run_at_once(*[lambda user=user: transaction.atomic(join)(user) for user in users])
    assert kinds(answers) == ["Koc"] * THREADS
    assert join.most == THREADS
