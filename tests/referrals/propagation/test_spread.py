"""Spread over many cascades: numbers that a person can check, now and at a moment in the past."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from referrals.propagation.selectors.forests import kocs_of, shares_below, shares_of
from referrals.propagation.selectors.propagation import referral_cascades, share_cascades
from referrals.propagation.selectors.seeds import forecast_of, seeds_of
from referrals.propagation.selectors.spread import LayerOfSpread, audience_of, loss_without, spread_of
from referrals.propagation.selectors.uses import Growth, Use, growth_by_invitations, growth_by_shares, use_of
from referrals.shares.models import Share
from referrals.tree.models import SponsorChange, Sponsorship
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_customer, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def visit(share: Share, *visitors: str, **fields: Any) -> None:
    for visitor in visitors:
        Visit.objects.create(share=share, visitor=visitor, **({"visited_at": share.shared_at} | fields))


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def told(lumi: Brand) -> dict[str, Any]:
    """ana → ben → eve, each a day later, and dan alone on the third day. Opened: ana's by v1 and v2, ben's by v2 and v3
    (twice), eve's by v4."""
    kit = make_kit(lumi, "story")
    ana, ben, eve, dan = (make_koc(lumi, key) for key in ("ana", "ben", "eve", "dan"))
    first = make_share(ana, kit, key="A")
    second = make_share(ben, kit, parent=first, shared_at=NOW + DAY)
    third = make_share(eve, kit, parent=second, shared_at=NOW + 2 * DAY)
    alone = make_share(dan, kit, key="D", shared_at=NOW + 2 * DAY)
    visit(first, "v1", "v2")
    visit(second, "v2", "v3", "v3")
    visit(second, "robot", uncounted="robot")
    visit(third, "v4")
    return {
        "kit": kit,
        "ana": ana,
        "ben": ben,
        "eve": eve,
        "dan": dan,
        "first": first,
        "second": second,
        "third": third,
        "alone": alone,
    }


def test_a_brand_spread_is_the_sum_of_its_cascades(lumi: Brand, told: dict[str, Any]) -> None:
    spread = spread_of(shares_of(lumi, None), audience=16)
    assert (spread.cascades, spread.shares, spread.sharers, spread.visits, spread.reach) == (2, 4, 4, 6, 8)
    assert spread.coverage == 0.5
    assert (spread.depth, spread.influence_horizon, spread.largest, spread.median_size) == (2, 2, 3, 2.0)
    # ana and dan begin; ben, v1, v2 were first reached one deeper; eve, v3 two; v4 three
    assert spread.layers == [
        LayerOfSpread(0, 2, 2, 2),
        LayerOfSpread(1, 1, 3, 3),
        LayerOfSpread(2, 1, 1, 2),
        LayerOfSpread(3, 0, 0, 1),
    ]
    assert spread.decentralisation == 3 / 8
    assert spread.reach_gini == pytest.approx(0.35)  # 2, 2, 1, 0: (0+1+2+2, 2·(1·0+2·1+3·2+4·2)/(4·5) − 5/4)
    assert spread.mean_virality == pytest.approx(4 / 3)


def test_the_past_is_measured_as_it_was(lumi: Brand, told: dict[str, Any]) -> None:
    spread = spread_of(shares_of(lumi, None, as_of=NOW + DAY), audience=10)
    assert (spread.cascades, spread.shares, spread.reach, spread.visits) == (1, 2, 5, 5)
    [cascade] = share_cascades(lumi, as_of=NOW + DAY)
    assert (cascade.root, cascade.breadth_by_depth, cascade.reach) == ("A", [1, 1], 5)
    assert share_cascades(lumi, as_of=NOW - DAY) == []


def test_the_spread_of_a_koc_is_what_grew_from_their_shares(lumi: Brand, told: dict[str, Any]) -> None:
    make_share(told["ben"], told["kit"], parent=told["third"], shared_at=NOW + 3 * DAY)
    spread = spread_of(shares_below(lumi, kocs=[told["ben"].pk]), audience=10)
    # Ben, eve, v2, v3, v4; their second share hangs under the first
    assert (spread.cascades, spread.shares, spread.sharers, spread.reach) == (
        1,
        3,
        2,
        5,
    )
    past = spread_of(shares_below(lumi, kocs=[told["ben"].pk], as_of=NOW + DAY), audience=10)
    assert (past.cascades, past.shares, past.reach) == (1, 1, 3)


def test_nothing_spread_is_all_zeros(lumi: Brand) -> None:
    spread = spread_of(shares_of(lumi, None), audience=0)
    assert (
        spread.cascades,
        spread.shares,
        spread.reach,
        spread.coverage,
        spread.decentralisation,
        spread.reach_gini,
    ) == (0, 0, 0, None, None, None)
    assert (spread.layers, spread.depth, spread.largest, spread.median_size, spread.mean_virality) == (
        [],
        0,
        0,
        None,
        None,
    )


def test_what_would_be_gone_without_somebody(lumi: Brand, told: dict[str, Any]) -> None:
    read = shares_of(lumi, None)
    assert loss_without(read, told["ben"]) == 4 / 8  # ben, eve, v3, v4; v2 opened ana's as well
    assert loss_without(read, told["ana"]) == 7 / 8
    assert loss_without(read, make_koc(lumi)) == 0.0
    assert loss_without(shares_of(make_brand(), None), told["ana"]) is None


def test_seeds_cover_most_people_together(lumi: Brand, told: dict[str, Any]) -> None:
    """ana's cascades hold ana, ben, eve, v1 … v4; dan adds dan alone; ben would add nobody."""
    chosen = seeds_of(shares_of(lumi, None), k=3)
    assert [(seed.koc.key, seed.adds, seed.covered) for seed in chosen] == [("ana", 7, 7), ("dan", 1, 8)]
    Koc.objects.filter(key="ana").update(status="rejected")
    assert [(seed.koc.key, seed.adds) for seed in seeds_of(shares_of(lumi, None), k=1)] == [("ben", 5)]


def test_a_forecast_comes_from_history_and_is_the_same_again(lumi: Brand, told: dict[str, Any]) -> None:
    read = shares_of(lumi, None)
    one = forecast_of(read, [told["ana"]], runs=400, seed=5)
    assert one == forecast_of(read, [told["ana"]], runs=400, seed=5)
    assert 1.0 < one.mean < 1.5  # ben comes once in 10.5, eve through ben the same
    assert forecast_of(read, [make_koc(lumi)], runs=10, seed=5).mean == 1.0
    assert forecast_of(shares_of(make_brand(), None), [told["ana"]], runs=10, seed=5).high == 1


def test_a_referral_forest_of_the_past_has_the_sponsors_of_then(lumi: Brand) -> None:
    old, new = make_koc(lumi, "old"), make_koc(lumi, "new")
    moved = make_koc(lumi, "moved", sponsor=old)
    SponsorChange.objects.create(koc=moved, sponsor_before=old, changed_at=NOW + DAY)
    Sponsorship.objects.filter(koc=moved).update(sponsor=new, root=new)
    make_koc(lumi, "later", sponsor=new, joined_at=NOW + DAY)
    make_koc(lumi, "waited", sponsor=new, joined_at=NOW, approved_at=NOW + DAY)
    then = {cascade.root: cascade.size for cascade in referral_cascades(lumi, as_of=NOW)}
    now = {cascade.root: cascade.size for cascade in referral_cascades(lumi)}
    assert (then, now) == ({"old": 2, "new": 1}, {"old": 1, "new": 4})
    assert len(kocs_of(lumi, as_of=NOW - DAY).ids) == 0


def test_adoption_and_reuse_count_kocs(lumi: Brand, told: dict[str, Any]) -> None:
    make_share(told["ana"], told["kit"], shared_at=NOW + 5 * DAY)
    make_share(told["dan"], shared_at=NOW + 5 * DAY)
    make_koc(lumi, approved_at=NOW)
    # Of a file: no KOC yet, so neither a user nor one who could be
    make_share(make_koc(lumi, status="applied"), told["kit"])
    found = use_of(lumi, kit=told["kit"], as_of=NOW + 9 * DAY)
    assert found == Use(active=5, shared=4, again=1)
    assert (found.adoption, found.reuse) == (0.8, 0.25)
    assert use_of(lumi, as_of=NOW + 9 * DAY) == Use(5, 4, 1)
    assert use_of(lumi, as_of=NOW) == Use(5, 1, 0)
    nobody = use_of(make_brand(), as_of=NOW)
    assert (nobody, nobody.adoption, nobody.reuse) == (Use(0, 0, 0), None, None)


def test_young_shares_are_left_out_not_counted_as_failures(lumi: Brand, told: dict[str, Any]) -> None:
    """Watched for two days: at the end of the third day ana's and ben's shares can be judged, and each brought one; the
    two of the third day cannot."""
    found = growth_by_shares(lumi, since=NOW, until=NOW + 9 * DAY, follow=2 * DAY, as_of=NOW + 3 * DAY)
    assert found == Growth(active=4, sent=2, young=2, brought=2)
    assert found.k_factor == 0.5
    soon = growth_by_shares(lumi, since=NOW, until=NOW + 9 * DAY, follow=DAY / 2, as_of=NOW + 3 * DAY)
    assert soon == Growth(active=4, sent=4, young=0, brought=0)


def test_who_applied_by_an_invitation_and_was_approved_was_brought(lumi: Brand) -> None:
    lead = make_koc(lumi, approved_at=NOW)
    make_koc(lumi, sponsor=lead, joined_at=NOW + DAY, approved_at=NOW + 2 * DAY)
    make_koc(lumi, sponsor=lead, joined_at=NOW + DAY, status="applied")
    make_koc(lumi, sponsor=lead, joined_at=NOW + 8 * DAY, approved_at=NOW + 8 * DAY)
    make_koc(lumi, joined_at=NOW + DAY, approved_at=NOW + DAY)
    found = growth_by_invitations(lumi, since=NOW, until=NOW + 20 * DAY, follow=3 * DAY, as_of=NOW + 10 * DAY)
    assert found == Growth(active=4, sent=2, young=1, brought=1)


def test_an_audience_is_who_was_declared_or_who_is_known(lumi: Brand) -> None:
    make_koc(lumi)
    make_koc(lumi, approved_at=NOW + DAY)
    make_koc(lumi, status="applied")
    make_customer(lumi)
    make_customer(lumi, first_seen_at=NOW + DAY)
    assert (audience_of(lumi, 50, at=NOW), audience_of(lumi, None, at=NOW), audience_of(lumi, 0, at=NOW)) == (50, 2, 0)
    assert audience_of(lumi, None, at=NOW + DAY) == 4


def test_coverage_is_of_the_people_known_then(lumi: Brand, told: dict[str, Any]) -> None:
    """ana and the two who opened her share, of the 4 KOCs of the first moment; of 8 people a day later."""
    for _ in range(4):
        make_customer(lumi, first_seen_at=NOW + DAY)
    assert [share_cascades(lumi, as_of=at)[0].coverage for at in (NOW, NOW + DAY / 2)] == [0.75, 0.75]
    assert share_cascades(lumi, as_of=NOW + DAY)[0].coverage == 5 / 8  # ben came, and v3
