"""What KOCs and staff do beside selling in the demo: communities with their members, coupons of the best sellers, a
contest that runs and one that is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.credits import OrderCredit
from growth.contests.domain import prizes
from growth.contests.models import Contest
from growth.contests.services import save_prizes
from referrals.communities.models import Community
from referrals.communities.services.communities import add_to_community, open_community
from referrals.coupons.models import Coupon
from referrals.tree.models import Sponsorship

GROUPS = [("小满护肤打卡群", "28 天打卡，记录变化"), ("敏感肌互助群", "成分党答疑"), ("宝妈好物群", "")]
A_MONTH = timedelta(days=30)


def lead_communities(*, brand: Brand, at: datetime) -> list[Community]:
    """The KOCs with the most direct invitees lead a community each, with these as members; the first one leads a
    training group as well."""
    leaders = _leaders(brand, most=len(GROUPS))
    communities = [
        open_community(leader=leader, name=name, topic=topic, kind="group", at=at - (3 - number) * A_MONTH)
        for number, (leader, (name, topic)) in enumerate(zip(leaders, GROUPS, strict=False))
    ]
    communities += [
        open_community(leader=leader, name="新人训练营", topic="第一条分享怎么写", kind="training", at=at - A_MONTH)
        for leader in leaders[:1]
    ]
    for community in communities:
        for koc in Koc.objects.filter(
            pk__in=Sponsorship.objects.filter(sponsor=community.leader).values("koc"), status=Koc.Status.ACTIVE
        ).order_by("pk"):
            add_to_community(community=community, koc=koc, at=max(koc.joined_at, community.opened_at))
    return communities


def _leaders(brand: Brand, *, most: int) -> Sequence[Koc]:
    places = (
        Sponsorship.objects.filter(brand=brand, sponsor__isnull=False)
        .values("sponsor")
        .annotate(people=Count("koc"))
        .order_by("-people", "sponsor")
    )
    kocs = Koc.objects.in_bulk([place["sponsor"] for place in places[: 3 * most]])
    return [
        kocs[place["sponsor"]] for place in places[: 3 * most] if kocs[place["sponsor"]].status == Koc.Status.ACTIVE
    ][:most]


def give_coupons(*, brand: Brand, at: datetime) -> list[Coupon]:
    """The five who sold most have a code of their own; it is good for each customer once, and for a quarter."""
    best = (
        OrderCredit.objects.filter(koc__brand=brand, koc__status=Koc.Status.ACTIVE)
        .values("koc")
        .annotate(orders=Count("order"))
        .order_by("-orders", "koc")[:5]
    )
    kocs = Koc.objects.in_bulk([row["koc"] for row in best])
    return Coupon.objects.bulk_create(
        [
            Coupon(
                brand=brand,
                koc=kocs[row["koc"]],
                code=f"QL{kocs[row['koc']].key.upper()}",
                starts_at=at,
                ends_at=at + 3 * A_MONTH,
                stock=500,
            )
            for row in best
        ]
    )


def hold_contests(*, brand: Brand, at: datetime) -> None:
    """One for sales that is over, and one that counts people and runs. Nobody is paid by the head."""
    over = Contest.objects.create(
        brand=brand,
        name="上月销售赛",
        kind=Contest.Kind.SALES,
        rule="按归属销售额排名",
        starts_at=at - 2 * A_MONTH,
        ends_at=at - A_MONTH,
    )
    runs = Contest.objects.create(
        brand=brand,
        name="邀请挑战赛",
        kind=Contest.Kind.RECRUITS,
        rule="只计数排名，奖品按名次发放",
        starts_at=at - A_MONTH,
        ends_at=at + A_MONTH,
    )
    save_prizes(contest=over, prizes=prizes("1: 云南双人游\n2-5: 全年护肤礼盒"))
    save_prizes(contest=runs, prizes=prizes("1: 总部参访\n2-10: 限定礼盒"))
