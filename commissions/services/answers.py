"""Orders are answered: whom is each credited to, what does it earn, by which rule. Once, in `paid_at` order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from accounts.models import Brand
from accounts.services.bulk import copy_in, refresh_statistics, reserve_ids
from commissions.domain.rates import Terms, earnings
from commissions.domain.rules import GUEST, NEW, RETURNING, Circumstances, Rule, winner
from commissions.models import Commission, LineAnswer, Order, PayPolicy, Transfer, Wallet
from commissions.selectors.answers import CreditedOrder, LineToAnswer, PlanInForce, lines_to_answer, orders_to_answer, plans_of
from commissions.services.ledger import Movement, Wallets, book, lock_book

BATCH = 1_000

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
    terms: dict[tuple[int, Circumstances], Rule | None] = field(default_factory=dict)
    answers: list[tuple[object, ...]] = field(default_factory=list)
    earned: list[tuple[int, int, int, int]] = field(default_factory=list)  # line, level, koc, amount

    def answer(self, line: LineToAnswer) -> None:
        """Find the rule that speaks for a line and what both levels earn by it."""
        plan = next((plan for plan in self.plans if plan.in_force(line.paid_at)), None)
        rule = self.rule_of(plan, line) if plan else None
        multiplier = line.multiplier_bps
        if rule is None:
            self.answers.append((line.id, line.koc, line.sponsor, plan.id if plan else None, None, None, None, multiplier, 0, None, self.policy.total_cap_bps))
            return
        terms = Terms(rule.rate_bps, rule.fixed_minor, multiplier, rule.override_bps, rule.cap_minor, self.policy.total_cap_bps)
        self.answers.append(
            (
                line.id,
                line.koc,
                line.sponsor,
                plan.id if plan else None,
                rule.id,
                rule.rate_bps,
                rule.fixed_minor,
                multiplier,
                rule.override_bps,
                rule.cap_minor,
                self.policy.total_cap_bps,
            )
        )
        level1, level2 = earnings(terms, base_minor=line.base_minor, left_minor=line.base_minor, quantity=line.quantity)
        if level1:
            self.earned.append((line.id, 1, line.koc, level1))
        if level2 and line.sponsor:
            self.earned.append((line.id, 2, line.sponsor, level2))

    def rule_of(self, plan: PlanInForce, line: LineToAnswer) -> Rule | None:
        """Many lines of a batch look alike to the conditions: each kind is looked up once."""
        customer = GUEST if line.is_new is None else NEW if line.is_new else RETURNING
        seen = Circumstances(line.sku, line.category, line.tier, line.channel, customer)
        if (plan.id, seen) not in self.terms:
            self.terms[plan.id, seen] = winner(plan.rules, seen)
        return self.terms[plan.id, seen]

    def write(self, *, at: datetime) -> None:
        copy_in(
            LineAnswer,
            [
                "line_id",
                "koc_id",
                "sponsor_id",
                "plan_id",
                "rule_id",
                "rate_bps",
                "fixed_minor",
                "multiplier_bps",
                "override_bps",
                "cap_minor",
                "total_cap_bps",
            ],
            self.answers,
        )
        if not self.earned:
            return
        ids = reserve_ids(Commission, len(self.earned))
        brand, pending = self.brand.pk, Commission.Status.PENDING.value
        copy_in(
            Commission,
            ["id", "brand_id", "line_id", "level", "koc_id", "amount_minor", "reversed_minor", "settled_minor", "status", "made_at"],
            ((pk, brand, line, level, koc, amount, 0, 0, pending, at) for pk, (line, level, koc, amount) in zip(ids, self.earned, strict=True)),
        )
        wallets = Wallets(self.brand)
        wallets.open([None], Wallet.Kind.COMMISSIONS)
        wallets.open({koc for _, _, koc, _ in self.earned}, Wallet.Kind.PENDING)
        cost, reason = wallets[None, Wallet.Kind.COMMISSIONS], Transfer.Reason.ACCRUAL.value
        book([Movement(cost, wallets[koc, Wallet.Kind.PENDING], amount, reason, pk) for pk, (_, _, koc, amount) in zip(ids, self.earned, strict=True)], at=at)
