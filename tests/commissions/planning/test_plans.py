"""Plans are saved: what is refused, with its reason and nothing changed; what becomes a version; what the database
itself keeps."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.brands.models import Brand, Tier
from commissions.earnings.models.commissions import LineTerms
from commissions.exports.rendering import write_csv
from commissions.exports.selectors import commission_export
from commissions.planning.domain.refusals import PlanRefused, TotalCapRefused
from commissions.planning.selectors.plans import notes_of, plan_part, stamp
from commissions.planning.services.plans import save_plan, save_plans, try_plan, withdraw_plan
from commissions.planning.services.policies import refuse_low_total_cap
from commissions.plans.domain.plan_parts import PlanPart, RulePart
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from tests.support.factories import NOW, make_brand, make_koc, make_product, make_share
from tests.support.shop_events import commissions, paid, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN = NOW - 60 * DAY


@pytest.fixture
def brand() -> Brand:
    brand = make_brand()
    make_product(brand)
    make_product(brand, "S2", category="hair")
    make_share(make_koc(brand, "a"), code="code", shared_at=BEGAN - DAY)
    return brand


def spring(
    *, starts_at: datetime = BEGAN, ends_at: datetime | None = None, key: str = "spring", **rule: Any
) -> PlanPart:
    return PlanPart(key, starts_at, ends_at, [RulePart(**(rule or {"rate_bps": 1250}))])


def save(brand: Brand, plan: PlanPart, *, at: datetime = NOW, **more: Any) -> Plan:
    return save_plan(brand=brand, plan=plan, at=at, **more)


def standing(brand: Brand) -> list[tuple[str, datetime, datetime | None, list[int | None]]]:
    """(plan, from, to, rates) of every plan of a brand."""
    return [
        (str(plan), plan.starts_at, plan.ends_at, [rule.rate_bps for rule in plan.rules.all()])
        for plan in Plan.objects.filter(brand=brand).order_by("pk")
    ]


def refused(
    brand: Brand, plan: PlanPart, *, at: datetime = NOW, **more: Any
) -> list[tuple[str, tuple[str | int, ...]]]:
    """What is told; and that nothing was changed, by the trial and by the save, each twice."""
    before = standing(brand)
    told = []
    for attempt in (try_plan, save_plan, try_plan, save_plan):
        with pytest.raises(PlanRefused) as refusal:
            attempt(brand=brand, plan=plan, at=at, **more)
        told.append(refusal.value.faults)
    assert standing(brand) == before
    assert told == [told[0]] * 4
    return list(told[0])


def test_a_plan_is_made_once(brand: Brand) -> None:
    made = save(brand, spring(rate_bps=1250, override_bps=300, skus=["S1", "S2"], cap_minor=500))
    assert save(brand, spring(rate_bps=1250, override_bps=300, skus=["S2", "S1"], cap_minor=500)) == made
    assert standing(brand) == [("spring", BEGAN, None, [1250])]
    assert plan_part(made) == spring(rate_bps=1250, override_bps=300, skus=["S1", "S2"], cap_minor=500)


def test_a_trial_changes_nothing(brand: Brand) -> None:
    try_plan(brand=brand, plan=spring(), at=NOW)
    assert standing(brand) == []


def test_other_rules_with_a_later_start_are_the_next_version_and_the_one_in_force_ends_there(brand: Brand) -> None:
    save(brand, spring())
    change = spring(starts_at=NOW + 10 * DAY, rate_bps=1000)
    second = save(brand, change)
    assert save(brand, change) == second
    save(brand, spring(starts_at=NOW + 40 * DAY, rate_bps=900), at=NOW + 20 * DAY)
    assert standing(brand) == [
        ("spring", BEGAN, NOW + 10 * DAY, [1250]),
        ("spring v2", NOW + 10 * DAY, NOW + 40 * DAY, [1000]),
        ("spring v3", NOW + 40 * DAY, None, [900]),
    ]


def test_a_plan_to_come_may_be_rewritten_and_moved_and_what_went_before_follows(brand: Brand) -> None:
    save(brand, spring())
    save(brand, spring(starts_at=NOW + 10 * DAY, rate_bps=1000))
    save(brand, spring(starts_at=NOW + 20 * DAY, rate_bps=800))
    assert standing(brand) == [("spring", BEGAN, NOW + 20 * DAY, [1250]), ("spring v2", NOW + 20 * DAY, None, [800])]
    save(brand, spring(starts_at=NOW, rate_bps=700))
    assert standing(brand) == [("spring", BEGAN, NOW, [1250]), ("spring v2", NOW, None, [700])]


def test_a_plan_in_force_is_never_edited(brand: Brand) -> None:
    save(brand, spring())
    why = "plan spring is in force since 2025-12-31T10:00:00+08:00 and is never edited: give the change a later starts_at, and it becomes spring v2"
    assert refused(brand, spring(rate_bps=1300)) == [(why, ())]
    assert refused(brand, spring(rate_bps=1250, priority=1)) == [(why, ())]
    early = "plan spring starts at 2025-12-31T10:00:00+08:00: a change of it starts later, or has a key of its own"
    assert refused(brand, spring(starts_at=BEGAN - DAY)) == [(early, ("starts_at",))]
    assert refused(brand, spring(starts_at=NOW - DAY, rate_bps=1000)) == [
        ("plan spring is in force: it cannot end before now, 2026-03-01T10:00:00+08:00", ("starts_at",))
    ]


def test_a_plan_that_ended_stays_as_it_was(brand: Brand) -> None:
    save(brand, spring(ends_at=NOW - DAY))
    why = "plan spring ended at 2026-02-28T10:00:00+08:00"
    assert refused(brand, spring()) == [(f"{why}, and stays so", ("ends_at",))]
    assert refused(brand, spring(ends_at=NOW + DAY)) == [(f"{why}, and stays so", ("ends_at",))]
    told = f"{why} and is never edited: give the change a later starts_at, and it becomes spring v2"
    assert refused(brand, spring(ends_at=NOW - DAY, rate_bps=1)) == [(told, ())]
    save(brand, spring(starts_at=NOW - DAY, rate_bps=1000))  # a later version of a key that rested
    assert [name for name, *_ in standing(brand)] == ["spring", "spring v2"]


def test_a_plan_in_force_may_be_ended_but_not_in_the_past_nor_before_what_it_answered(brand: Brand) -> None:
    save(brand, spring())
    assert refused(brand, spring(ends_at=NOW - DAY)) == [
        ("plan spring is in force: it cannot end before now, 2026-03-01T10:00:00+08:00", ("ends_at",))
    ]
    assert refused(brand, spring(ends_at=BEGAN)) == [("ends before it starts", ("ends_at",))]
    report(brand, paid(share="code", at=NOW + 5 * DAY), at=NOW)  # a shop whose clock is ahead
    told = "plan spring has answered an order that was paid at 2026-03-06T10:00:00+08:00: it cannot end before"
    assert refused(brand, spring(ends_at=NOW + 5 * DAY)) == [(told, ("ends_at",))]
    assert refused(brand, spring(starts_at=NOW + 5 * DAY, rate_bps=1000)) == [(told, ("starts_at",))]
    save(brand, spring(ends_at=NOW + 6 * DAY))
    save(brand, spring(ends_at=NOW + 9 * DAY))
    save(brand, spring())
    assert standing(brand) == [("spring", BEGAN, None, [1250])]


def test_a_plan_to_come_that_answered_an_order_is_not_edited(brand: Brand) -> None:
    save(brand, spring(starts_at=NOW + DAY))
    report(brand, paid(share="code", at=NOW + 2 * DAY), at=NOW)
    told = "plan spring has answered orders and is never edited: give the change a later starts_at, and it becomes spring v2"
    assert refused(brand, spring(starts_at=NOW + DAY, rate_bps=1)) == [(told, ())]


def test_plans_do_not_overlap(brand: Brand) -> None:
    save(brand, spring(ends_at=NOW + 10 * DAY))
    assert refused(brand, spring(key="summer", starts_at=NOW + 10 * DAY - timedelta(seconds=1))) == [
        ("plan summer overlaps plan spring", ("starts_at",))
    ]
    assert refused(brand, spring(key="winter", starts_at=BEGAN - DAY, ends_at=BEGAN + DAY)) == [
        ("plan spring overlaps plan winter", ("ends_at",))
    ]
    save(brand, spring(key="summer", starts_at=NOW + 10 * DAY))
    save(brand, spring(key="winter", starts_at=BEGAN - DAY, ends_at=BEGAN))
    save(make_brand(), spring())  # another brand's are no concern


def test_plans_that_change_places_are_saved_together(brand: Brand) -> None:
    one, two = (
        spring(key="one", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY),
        spring(key="two", starts_at=NOW + 2 * DAY, ends_at=NOW + 3 * DAY),
    )
    save_plans(brand=brand, plans=[one, two], at=NOW)
    swapped = [
        spring(key="one", starts_at=NOW + 2 * DAY, ends_at=NOW + 3 * DAY),
        spring(key="two", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY),
    ]
    assert [change for _, change in save_plans(brand=brand, plans=swapped, at=NOW)] == ["updated", "updated"]
    assert [change for _, change in save_plans(brand=brand, plans=swapped, at=NOW)] == ["unchanged", "unchanged"]


def test_of_several_plans_all_faults_are_told_and_none_is_kept(brand: Brand) -> None:
    good, bad = spring(ends_at=NOW), spring(key="summer", starts_at=NOW, rate_bps=3001, tiers=["gold"], cap_minor=0)
    with pytest.raises(PlanRefused) as refusal:
        save_plans(brand=brand, plans=[good, bad], at=NOW)
    assert refusal.value.faults == [
        ("with a cap of 0 nothing is paid: leave the cap out, or give a rate of 0", (1, "rules", 0, "cap_minor")),
        ("unknown tier gold", (1, "rules", 0, "tiers")),
        (
            "is over the total cap: all levels of a line come to total_cap_bps, 3000, at most",
            (1, "rules", 0, "rate_bps"),
        ),
    ]
    assert refusal.value.messages()[1] == "unknown tier gold"
    assert standing(brand) == []


def test_the_tiers_are_those_of_the_brand(brand: Brand) -> None:
    assert refused(brand, spring(rate_bps=1, tiers=["gold"])) == [("unknown tier gold", ("rules", 0, "tiers"))]
    Tier.objects.create(brand=brand, key="gold", name="金", rank=1, growth=10)
    save(brand, spring(rate_bps=1, tiers=["gold"]))


def test_the_sum_of_a_rule_may_pass_the_guard_since_level_2_gives_way(brand: Brand) -> None:
    save(brand, spring(rate_bps=2500, override_bps=500))
    assert standing(brand) == [("spring", BEGAN, None, [2500])]


def test_who_saves_what_somebody_else_changed_meanwhile_is_told(brand: Brand) -> None:
    row = save(brand, spring(starts_at=NOW + DAY))
    seen = stamp(row)
    assert save(brand, spring(starts_at=NOW + DAY, rate_bps=1000), seen=seen) == row
    told = "plan spring was changed since you opened it: nothing was saved now, open it again"
    assert refused(brand, spring(starts_at=NOW + DAY, rate_bps=900), seen=seen) == [(told, ())]
    # The same again, as of a second click
    assert save(brand, spring(starts_at=NOW + DAY, rate_bps=1000), seen=seen) == row
    there = "plan spring is there already, from 2026-03-02T10:00:00+08:00: change that one"
    assert refused(brand, spring(starts_at=NOW + 5 * DAY, rate_bps=900), seen="") == [(there, ())]
    moved = save(brand, spring(starts_at=NOW + 3 * DAY, rate_bps=900), seen=stamp(row))
    assert standing(brand) == [("spring", NOW + 3 * DAY, None, [900])]
    assert moved == row


def test_a_version_is_not_moved_onto_the_one_before(brand: Brand) -> None:
    save(brand, spring())
    second = save(brand, spring(starts_at=NOW + DAY, rate_bps=1000))
    told = "plan spring starts at 2025-12-31T10:00:00+08:00: a change of it starts later, or has a key of its own"
    assert refused(brand, spring(rate_bps=1000), seen=stamp(second)) == [(told, ("starts_at",))]


def test_a_plan_to_come_may_be_withdrawn_and_what_went_before_goes_on(brand: Brand) -> None:
    save(brand, spring())
    second = save(brand, spring(starts_at=NOW + DAY, ends_at=NOW + 9 * DAY, rate_bps=1000))
    withdraw_plan(brand=brand, plan=second.pk, at=NOW)
    assert standing(brand) == [("spring", BEGAN, NOW + 9 * DAY, [1250])]
    with pytest.raises(Plan.DoesNotExist):
        withdraw_plan(brand=brand, plan=second.pk, at=NOW)
    with pytest.raises(PlanRefused, match=r"plan spring is in force since .* and stays: give it an end"):
        withdraw_plan(brand=brand, plan=Plan.objects.get().pk, at=NOW)
    with pytest.raises(Plan.DoesNotExist):
        withdraw_plan(brand=make_brand(), plan=Plan.objects.get().pk, at=NOW)
    assert standing(brand) == [("spring", BEGAN, NOW + 9 * DAY, [1250])]


def test_the_guard_is_not_lowered_under_a_plan_that_goes_on_or_is_to_come(brand: Brand) -> None:
    save(brand, spring(ends_at=NOW - 9 * DAY, rate_bps=2900), at=NOW - 10 * DAY)
    save(brand, spring(key="now", starts_at=NOW - 9 * DAY, ends_at=NOW + DAY, rate_bps=1500, override_bps=1600))
    save(brand, spring(key="next", starts_at=NOW + DAY, rate_bps=2000))
    with pytest.raises(TotalCapRefused) as refusal:
        refuse_low_total_cap(brand=brand, total_cap_bps=1599, at=NOW)
    assert refusal.value.faults == [
        ("plan now pays 1600: end it before the total cap is lowered under that", ("total_cap_bps",)),
        ("plan next pays 2000: end it before the total cap is lowered under that", ("total_cap_bps",)),
    ]
    refuse_low_total_cap(brand=brand, total_cap_bps=2000, at=NOW)
    PayPolicy.objects.update(total_cap_bps=1000)
    refuse_low_total_cap(brand=brand, total_cap_bps=1000, at=NOW)  # not lowered


def test_each_version_speaks_for_its_time_and_stands_on_the_export(brand: Brand) -> None:
    save(brand, spring())
    save(brand, spring(starts_at=NOW + 5 * DAY, rate_bps=1500, override_bps=100))
    report(brand, paid("A-1", share="code"), paid("A-2", share="code", at=NOW + 5 * DAY), at=NOW + 6 * DAY)
    assert commissions(brand) == [("A-1", 1, "a", 1238, 0), ("A-2", 1, "a", 1485, 0)]
    out = io.BytesIO()
    write_csv(commission_export(brand, "2026-03"), out)
    rows = csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""))
    assert [(row["order"], row["plan"], row["rate_bps"], row["amount"]) for row in rows] == [
        ("A-1", "spring", "1250", "12.38"),
        ("A-2", "spring v2", "1500", "14.85"),
    ]


def test_what_is_perhaps_not_meant_is_noted_of_plans_that_go_on(brand: Brand) -> None:
    save(brand, spring(ends_at=NOW - DAY, rate_bps=1, categories=["food"]))
    save(brand, spring(starts_at=NOW, rate_bps=1, categories=["hair", "fod"], override_bps=5))
    assert notes_of(brand, at=NOW) == [
        "plan spring v2, rule 1: the brand has no product of category fod yet",
        "plan spring v2, rule 1: override_bps pays nobody, since the brand pays one level",
    ]


def forbidden(change: Callable[[], object]) -> str:
    """What the database says to a change, or at the latest when it would be committed."""
    error: Exception | None = None
    try:
        with transaction.atomic():
            change()
            connection.check_constraints()
    except IntegrityError as raised:
        error = raised
    assert error is not None, "the database let it pass"
    return str(error).splitlines()[0]


def raw(statement: str, *parameters: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_the_database_keeps_a_plan_that_spoke_and_its_rules(brand: Brand) -> None:
    plan = save(brand, spring())
    other = save(brand, spring(starts_at=NOW + 30 * DAY, rate_bps=1000))
    report(brand, paid(share="code"))
    assert LineTerms.objects.get().plan == plan
    rows, rules = Plan.objects.filter(pk=plan.pk), Rule.objects.filter(plan=plan)
    before = standing(brand)
    stays = f"plan {plan.pk} has answered orders, and stays as it is"
    assert forbidden(lambda: rows.update(starts_at=BEGAN + DAY)) == stays
    assert forbidden(lambda: rows.update(version=7)) == stays
    assert (
        forbidden(lambda: rows.update(ends_at=NOW))
        == f"plan {plan.pk} has answered an order that was paid later than its end would be"
    )
    rule_stays = f"plan {plan.pk} has answered orders, and its rules stay as they are"
    assert forbidden(lambda: rules.update(rate_bps=1)) == rule_stays
    assert forbidden(lambda: rules.update(plan=other)).endswith("has answered orders, and its rules stay as they are")
    assert forbidden(lambda: Rule.objects.create(plan=plan, position=9, rate_bps=1)) == rule_stays
    assert "is named by commissions_lineterms" in forbidden(
        lambda: raw("DELETE FROM commissions_rule WHERE plan_id = %s", plan.pk)
    )
    assert standing(brand) == before
    Rule.objects.filter(plan=other).update(rate_bps=999)  # not spoken yet


def test_the_database_keeps_plans_apart(brand: Brand) -> None:
    save(brand, spring())
    told = forbidden(lambda: Plan.objects.create(brand=brand, key="other", starts_at=NOW))
    assert 'violates exclusion constraint "plans_of_a_brand_do_not_overlap"' in told
    Plan.objects.create(brand=make_brand(), key="other", starts_at=datetime(2020, 1, 1, tzinfo=UTC))
    connection.check_constraints()
