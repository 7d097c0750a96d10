"""The figures of one brand that matter to the law, each from a few set-based queries over its whole book."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from accounts.brands.models import Brand
from commissions.compliance.domain.causes import CAUSES, origin_of
from commissions.compliance.domain.facts import (
    Acknowledged,
    Disclosure,
    Early,
    Earner,
    Facts,
    Fees,
    Flow,
    Guard,
    Levels,
    LevelTwo,
    LinePay,
    Named,
    PaidLevel,
    PaidLine,
    People,
    Recruiting,
    RetainedRecords,
    Sample,
    Tree,
    Uncaused,
)
from commissions.compliance.selectors import queries
from commissions.ledger.models import Transfer
from commissions.plans.models.policies import Acknowledgement, PayPolicy
from commissions.subsidies.selectors.subsidies import given_soon_after_joining
from content.kits.domain.texts import DISCLOSURE
from referrals.shares.models import Share
from referrals.shares.rendering import shared_texts

LARGEST = 5
EXAMPLES = 20
EARLY_DAYS = 30  # subsidies that newcomers get within these days are listed
KOC, ORDER, SHARE, TRANSFER = "accounts_koc", "commissions_order", "referrals_share", "commissions_transfer"
# The constraints that the database itself ensures, by table and name.
GUARDS = [
    ("commissions_commission", "commission_level_is_1_or_2"),
    ("commissions_paypolicy", "pay_policy_pays_one_or_two_levels"),
    ("commissions_paypolicy", "pay_policy_level_2_is_acknowledged"),
]


def compliance_facts(brand: Brand) -> Facts:
    """All figures of a brand's report, from the present state of its book."""
    flows = _flows(brand)
    return Facts(
        people=_people(brand),
        levels=_levels(brand),
        level_2=_level_2(brand),
        recruiting=_recruiting(brand, flows),
        line_pay=_line_pay(brand),
        fees=Fees([flow for flow in flows if flow.giver == "koc" and flow.taker == "brand"]),
        disclosure=_disclosure(brand),
        kept=[_kept(brand, table, query) for table, query in queries.RECORDS.items()],
    )


def _rows(query: str, brand: Brand, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"brand": brand.pk, "largest": LARGEST, "examples": EXAMPLES, **(parameters or {})})
        return cursor.fetchall()


def _people(brand: Brand) -> People:
    counts: dict[int, int] = dict(_rows(queries.BY_DEPTH, brand))
    trees = _rows(queries.TREES, brand)
    return People(
        by_depth=[counts.get(depth, 0) for depth in range(max(counts, default=-1) + 1)],
        trees=trees[0][4] if trees else 0,
        largest=[Tree(Named(KOC, pk, name), people, levels) for pk, name, people, levels, _ in trees],
    )


def _levels(brand: Brand) -> Levels:
    acknowledgements = Acknowledgement.objects.filter(brand=brand).order_by("-acknowledged_at", "-pk")
    return Levels(
        paid_levels=PayPolicy.objects.get(brand=brand).paid_levels,
        acknowledged=[
            Acknowledged(row.acknowledged_by, row.acknowledged_at, row.version, row.text) for row in acknowledgements
        ],
        paid=[PaidLevel(*row) for row in _rows(queries.PAID_LEVELS, brand)],
        guards=[_guard(brand, table, name) for table, name in GUARDS],
    )


def _guard(brand: Brand, table: str, name: str) -> Guard:
    rows = _rows(queries.CHECKED, brand, {"table": table, "name": name})
    return Guard(name, rows[0][0] if rows else "")


def _level_2(brand: Brand) -> LevelTwo:
    rows = _rows(queries.LEVEL_TWO, brand)
    level_1, level_2, mostly = rows[0][:3]
    return LevelTwo(
        level_1,
        level_2,
        mostly,
        [Earner(Named(KOC, pk, name), recruits, own, below) for _, _, _, pk, name, recruits, own, below in rows if pk],
    )


def _flows(brand: Brand) -> list[Flow]:
    labels = dict(Transfer.Reason.choices)
    return [
        Flow(
            reason,
            str(labels.get(reason, reason)),
            giver,
            taker,
            origin_of(reason, takes=giver == "koc" and taker == "brand"),
            count,
            amount,
        )
        for reason, giver, taker, count, amount in _rows(queries.FLOWS, brand)
    ]


def _recruiting(brand: Brand, flows: list[Flow]) -> Recruiting:
    """Every transfer is compared with the cause that its reason requires; one with an unknown reason has no cause."""
    recruiters = _rows(queries.RECRUITERS, brand)
    uncaused = [_uncaused(brand, noun) for noun in queries.UNPROVEN]
    early = _early(brand)
    examples = [
        Uncaused(Named(TRANSFER, pk, str(pk)), reason, amount, at)
        for rows in uncaused
        for pk, reason, amount, at, *_ in rows
    ]
    return Recruiting(
        recruits=recruiters[0][5] if recruiters else 0,
        flows=flows,
        uncaused=sum(rows[0][4] for rows in uncaused if rows),
        uncaused_minor=sum(rows[0][5] for rows in uncaused if rows),
        examples=sorted(examples, key=lambda example: example.transfer.pk)[:EXAMPLES],
        recruiters=[Earner(Named(KOC, pk, name), *earned) for pk, name, *earned, _ in recruiters],
        early=len(early),
        early_days=EARLY_DAYS,
        early_examples=early[:EXAMPLES],
    )


def _early(brand: Brand) -> list[Early]:
    return [
        Early(
            Named(KOC, gift.koc_id, f"{gift.koc_name} ({gift.koc})"), gift.giver or "", gift.kind, gift.amount_minor, (gift.given_at - gift.joined_at).days,
            gift.shares, gift.orders,
        )
        for gift in given_soon_after_joining(brand, days=EARLY_DAYS)
    ]  # fmt: skip


def _uncaused(brand: Brand, noun: str) -> list[Any]:
    reasons = [reason for reason, cause in CAUSES.items() if noun in ("", cause.noun)]
    return _rows(queries.UNCAUSED.format(unproven=queries.UNPROVEN[noun]), brand, {"reasons": reasons})


def _line_pay(brand: Brand) -> LinePay:
    cap = PayPolicy.objects.get(brand=brand).total_cap_bps
    rows = _rows(queries.LINE_PAY, brand, {"cap": cap})
    return LinePay(
        total_cap_bps=cap,
        bands=list(rows[0][:4]),
        over_cap=rows[0][4],
        highest=[
            PaidLine(Named(ORDER, order, key), line, base, net)
            for *_, order, key, line_id, line, net, base in rows
            if order
        ],
    )


def _disclosure(brand: Brand) -> Disclosure:
    """Post texts are generated on request and not stored, so the post of each channel's newest share is generated here
    as its KOC gets it."""
    by_channel = list(
        Share.objects.filter(brand=brand).values_list("channel").annotate(Count("pk"), Max("pk")).order_by("channel")
    )
    newest = Share.objects.select_related("kit__product", "kit__version", "version", "koc", "brand").in_bulk(
        [pk for _, _, pk in by_channel]
    )
    return Disclosure(
        DISCLOSURE,
        [
            Sample(channel, many, Named(SHARE, pk, newest[pk].code), _last_line(newest[pk]))
            for channel, many, pk in by_channel
        ],
    )


def _last_line(share: Share) -> str:
    return shared_texts(share).post.text.splitlines()[-1]


def _kept(brand: Brand, table: str, query: str) -> RetainedRecords:
    [(rows, oldest)] = _rows(query, brand)
    [(is_locked,)] = _rows(queries.LOCKED, brand, {"table": table})
    return RetainedRecords(table, rows, oldest, is_locked)
