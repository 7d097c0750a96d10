"""Files of one brand at the same moment, with real connections and real commits."""

from typing import Any

import pytest
from django.db import IntegrityError

from accounts.people.models import Koc
from referrals.shares.models import Share
from referrals.shares.services.share_history import import_shares
from referrals.tree.models import Sponsorship
from referrals.tree.services.joining import join_brand
from referrals.tree.services.koc_import import import_kocs
from referrals.tree.services.positions import add_kocs
from tests.support.concurrency import THREADS, run_at_once
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_user

KOCS = [
    "koc,phone,name,sponsor,joined_at\n",
    *(f"k{n},1380000{n:04},K,{f'k{n - 1}' if n else ''},2026-01-01T00:00:00Z\n" for n in range(50)),
]
SHARES = [
    "share,koc,kit,parent,shared_at\n",
    *(f"s{n},k{n},story,{f's{n - 1}' if n else ''},2026-01-01T00:00:00Z\n" for n in range(50)),
]


def test_of_the_same_roster_imported_at_once_one_creates_and_the_others_find_it_unchanged(committed: None) -> None:
    brand = make_brand()
    tallies = run_at_once(*[lambda: str(import_kocs(brand=brand, lines=KOCS, name="kocs.csv", at=NOW))] * THREADS)
    assert sorted(tallies) == ["0 created, 0 updated, 50 unchanged"] * (THREADS - 1) + [
        "50 created, 0 updated, 0 unchanged"
    ]
    assert Koc.objects.count() == Sponsorship.objects.count() == 50


def test_of_the_same_history_imported_at_once_one_creates_and_the_others_find_it_unchanged(committed: None) -> None:
    brand = make_brand()
    make_kit(brand, "story")
    results = run_at_once(
        *[lambda: import_shares(brand=brand, lines=SHARES, name="shares.csv", create_kocs=True)] * THREADS
    )
    assert sorted(result.shares.created for result in results) == [0] * (THREADS - 1) + [50]
    assert sorted(result.kocs_created for result in results) == [0] * (THREADS - 1) + [50]
    assert Share.objects.count() == 50


def test_who_joins_under_a_tree_that_moves_stands_in_its_new_place(committed: None) -> None:
    brand = make_brand()
    make_koc(brand, "new")
    sponsor = make_koc(brand, "moving", name="M", sponsor=make_koc(brand, "old"))
    newcomers = [make_user() for _ in range(THREADS)]
    move = ["koc,name,sponsor,joined_at\n", f"moving,M,new,{NOW.isoformat()}\n"]
    joins = [
        lambda user=user: join_brand(user=user, brand=brand, invite_code=sponsor.invite_code, answers={}, at=NOW)
        for user in newcomers
    ]
    run_at_once(*joins, lambda: import_kocs(brand=brand, lines=move, name="kocs.csv", at=NOW))
    places = Sponsorship.objects.filter(koc__user__in=newcomers).select_related("root")
    assert [(place.sponsor_id, place.root.key, place.depth) for place in places] == [(sponsor.pk, "new", 2)] * THREADS


def test_without_holding_the_forest_who_joins_would_be_left_behind_and_the_database_refuses(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the newcomer joins after the forest was read and before it is written."""
    brand = make_brand()
    make_koc(brand, "new")
    sponsor = make_koc(brand, "moving", name="M", sponsor=make_koc(brand, "old"))
    user = make_user()

    def joined_meanwhile(*given: Any, **how: Any) -> None:
        run_at_once(lambda: join_brand(user=user, brand=brand, invite_code=sponsor.invite_code, answers={}, at=NOW))
        add_kocs(*given, **how)

    monkeypatch.setattr("referrals.tree.services.koc_import.lock_positions", lambda brand: None)
    monkeypatch.setattr("referrals.tree.services.koc_import.add_kocs", joined_meanwhile)
    move = ["koc,name,sponsor,joined_at\n", f"moving,M,new,{NOW.isoformat()}\n"]
    with pytest.raises(IntegrityError, match="under the same root"):
        import_kocs(brand=brand, lines=move, name="kocs.csv", at=NOW)
    place = Sponsorship.objects.select_related("root").get(koc__user=user)
    assert (place.sponsor_id, place.root.key) == (sponsor.pk, "old")
