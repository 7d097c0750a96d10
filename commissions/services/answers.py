"""Orders are answered: whom is each credited to, what does it earn, by which rule. Once, in `paid_at` order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from accounts.models import Brand
from accounts.services.bulk import copy_in, refresh_statistics
from commissions.domain.rates import Terms, earnings
from commissions.domain.rules import GUEST, NEW, RETURNING, Circumstances, Rule, winner
from commissions.models import Commission, LineAnswer, Order, PayPolicy, Transfer
from commissions.selectors.answers import CreditedOrder, LineToAnswer, PlanInForce, lines_to_answer, orders_to_answer, plans_of
from commissions.services.ledger import Earned, accrue, lock_book

BATCH = 1_000

ANSWER_COLUMNS = ["line_id", "koc_id", "sponsor_id", "plan_id", "rule_id"]
ANSWER_COLUMNS += ["rate_bps", "fixed_minor", "multiplier_bps", "override_bps", "cap_minor", "total_cap_bps"]  # the terms, in their order

MARK_ANSWERED = """
UPDATE commissions_order SET answered_at = %s, credit = answer.credit, koc_id = answer.koc, share_id = answer.share, customer_is_new = answer.is_new
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[]) AS answer(id, credit, koc, share, is_new)
WHERE commissions_order.id = answer.id AND answered_at IS NULL
"""


def answer_orders(*, brand: Brand, at: datetime, most: int | None = None) -> int:
    """Answer every order of a brand that has none, the earliest payment first; returns how many were answered.

    Each batch is a transaction of its own under the brand's book, so a killed worker loses nothing and a second one waits.
    Tier, sponsor and plan are those that held at `paid_at`; what is known of the customer's other orders is what is known now.
    """
    answered = 0
    while most is None or answered < most:
        done = _answer_batch(brand, at=at, most=min(BATCH, most - answered) if most else BATCH)
        if not done:
            break
        answered += done
    if answered >= BATCH:
        refresh_statistics(Order, LineAnswer, Commission, Transfer)
    return answered


@transaction.atomic
def _answer_batch(brand: Brand, *, at: datetime, most: int) -> int:
    policy = lock_book(brand)
    orders = orders_to_answer(brand, most=most)
    if orders:
        _mark_answered(orders, at=at)
        batch = Batch(brand=brand, policy=policy, plans=plans_of(brand))
        for line in lines_to_answer(orders, paid_levels=policy.paid_levels):
            batch.answer(line)
        batch.write(at=at)
    return len(orders)


def _mark_answered(orders: Sequence[CreditedOrder], *, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            MARK_ANSWERED,
            [at, [o.id for o in orders], [o.credit for o in orders], [o.koc for o in orders], [o.share for o in orders], [o.is_new for o in orders]],
        )
        if cursor.rowcount != len(orders):
            raise AssertionError("an order was answered by somebody who did not hold the book")


@dataclass(slots=True)
class Batch:
    """What the credited lines of some orders come to, before it is written."""

    brand: Brand
    policy: PayPolicy
    plans: Sequence[PlanInForce]
    rules: dict[tuple[object, ...], Rule | None] = field(default_factory=dict)
    answers: list[tuple[int | None, ...]] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)

    def answer(self, line: LineToAnswer) -> None:
        """Find the rule that speaks for a line and what both levels earn by it."""
        standing = line.standing
        plan = next((plan for plan in self.plans if plan.in_force(standing.paid_at)), None)
        rule = self.rule_of(plan, line) if plan else None
        named = (line.id, standing.koc, standing.sponsor, plan.id if plan else None)
        if rule is None:
            terms = Terms(None, None, standing.multiplier_bps, 0, None, self.policy.total_cap_bps)
            self.answers.append((*named, None, *terms))
            return
        terms = Terms(rule.rate_bps, rule.fixed_minor, standing.multiplier_bps, rule.override_bps, rule.cap_minor, self.policy.total_cap_bps)
        self.answers.append((*named, rule.id, *terms))
        level1, level2 = earnings(terms, base_minor=line.base_minor, left_minor=line.base_minor, quantity=line.quantity)
        if level1:
            self.earned.append(Earned(line.id, 1, standing.koc, level1))
        if level2 and standing.sponsor:
            self.earned.append(Earned(line.id, 2, standing.sponsor, level2))

    def rule_of(self, plan: PlanInForce, line: LineToAnswer) -> Rule | None:
        """Many lines of a batch look alike to the conditions: each kind is looked up once."""
        _, _, _, tier, _, channel, is_new = line.standing
        seen = (plan.id, line.sku, line.category, tier, channel, is_new)
        if seen not in self.rules:
            customer = GUEST if is_new is None else NEW if is_new else RETURNING
            self.rules[seen] = winner(plan.rules, Circumstances(line.sku, line.category, tier, channel, customer))
        return self.rules[seen]

    def write(self, *, at: datetime) -> None:
        copy_in(LineAnswer, ANSWER_COLUMNS, self.answers)
        accrue(brand=self.brand, earned=self.earned, at=at)
