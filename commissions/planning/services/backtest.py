"""Try a draft plan on past orders. No fact and no money is written: lines are staged in temporary tables that are
dropped again."""

from django.db import connection, transaction

from commissions.planning.domain.choices import NONE
from commissions.planning.domain.drafts import Draft
from commissions.planning.domain.report import Backtest, Cost, Cut, OfKoc, OfRule, OfTier, described
from commissions.planning.domain.trials import Sums, Trial
from commissions.planning.selectors.backtest import (
    Actual,
    Span,
    actual_costs,
    koc_names,
    orders_in,
    products_of,
    staged_blocks,
    staged_parts,
    tier_names,
    tiers_and_channels,
    uncredited_minor,
)
from foundation.money.amounts import digits_of
from foundation.terminal.progress import ProgressOfTotal
from foundation.texts.messages import Message

STAGE_CREDITS = """
CREATE TEMP TABLE backtest_credit AS
SELECT sale.id AS order_id, sale.customer_is_new, credit.id AS credit_id, credit.place, credit.koc_id, credit.sponsor_id, credit.tier, credit.channel,
    credit.credit_bps, credit.multiplier_bps
FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s AND sale.credited_at IS NOT NULL
"""
# The present lines of orders that were refunded, cancelled or amended, credited or not: the last applied version says
# what was sold.
STAGE_CHANGED = """
CREATE TEMP TABLE backtest_changed AS
WITH refunded AS MATERIALIZED (
    SELECT DISTINCT sale.id AS order_id FROM commissions_refund refund
    JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (refund.brand_id, refund.shop, refund.order_key)
    WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s AND sale.credited_at IS NOT NULL
        AND refund.brand_id = %(brand)s AND refund.status = 'applied'
), version AS MATERIALIZED (
    SELECT DISTINCT ON (latest.order_id) latest.order_id, latest.id
    FROM commissions_orderversion latest JOIN commissions_order sale ON sale.id = latest.order_id
    WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s AND sale.credited_at IS NOT NULL
        AND latest.status = 'applied'
    ORDER BY latest.order_id, latest.reported_at DESC
), touched AS MATERIALIZED (
    SELECT order_id FROM refunded UNION SELECT order_id FROM version
)
SELECT line.id AS line_id, current.base_minor, current.quantity,
    GREATEST(0, current.base_minor - line.refunded_minor) AS left_minor
FROM touched CROSS JOIN LATERAL (SELECT * FROM commissions_orderline WHERE order_id = touched.order_id OFFSET 0) AS line
LEFT JOIN version ON version.order_id = touched.order_id
LEFT JOIN commissions_versionline held ON held.version_id = version.id AND held.key = line.key
CROSS JOIN LATERAL (
    SELECT CASE WHEN version.id IS NULL THEN line.base_minor ELSE COALESCE(held.base_minor, 0) END AS base_minor,
        CASE WHEN version.id IS NULL THEN line.quantity ELSE COALESCE(held.quantity, 0) END AS quantity
) AS current
"""
# Eight numbers a part, several small ones in one: `whole_numbers` costs by the column. Customers: 0 a guest, 1 new, 2
# returning.
STAGE_LINES = """
CREATE TEMP TABLE backtest_line AS
SELECT line.id AS line_id, credit.credit_id, credit.koc_id AS koc, COALESCE(credit.sponsor_id, 0) AS sponsor,
    (line.product_id << 24) | ((array_position(%(tiers)s::text[], credit.tier::text) - 1) << 12)
        | ((array_position(%(channels)s::text[], credit.channel::text) - 1) << 2)
        | CASE WHEN credit.customer_is_new THEN 1 WHEN NOT credit.customer_is_new THEN 2 ELSE 0 END AS look,
    (credit.multiplier_bps::bigint << 28) | (credit.credit_bps::bigint << 14) | line_terms.total_cap_bps AS terms,
    COALESCE(changed.base_minor, line.base_minor) AS base_minor, COALESCE(changed.left_minor, line.base_minor) AS left_minor,
    (COALESCE(changed.quantity, line.quantity)::bigint << 14) | credit.place AS sold
FROM backtest_credit credit JOIN commissions_orderline line ON line.order_id = credit.order_id
JOIN commissions_lineterms line_terms ON line_terms.line_id = line.id
LEFT JOIN backtest_changed changed ON changed.line_id = line.id
"""
DROP = "DROP TABLE backtest_credit, backtest_changed, backtest_line"


def run_backtest(*, span: Span, draft: Draft, progress: ProgressOfTotal | None = None) -> Backtest:
    """What the orders of a span would have cost under a draft plan, beside their actual cost, after refunds.

    Credits, tiers, multipliers, sponsors, whether a customer was new, and the total cap are those that were frozen;
    products have today's categories. Takes no locks but those of reading. All queries read one snapshot, unless the
    caller's transaction has begun. `progress` is called with (blocks done, blocks in all)."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(STAGE_CREDITS, span.named())
        cursor.execute(STAGE_CHANGED, span.named())
        tiers, channels = tiers_and_channels()
        cursor.execute(STAGE_LINES, {"tiers": tiers, "channels": channels})
        trial = Trial(draft.rules, products=products_of(span.brand), tiers=tiers, channels=channels)
        blocks = staged_blocks()
        for done, block in enumerate(blocks):
            if progress:
                progress(done, len(blocks))
            trial.add(staged_parts(block))
        trial.end()
        backtest = _report(span, draft, trial, actual_costs())
        cursor.execute(DROP)
    return backtest


def _report(span: Span, draft: Draft, trial: Trial, actual: Actual) -> Backtest:
    orders = orders_in(span)
    rules = _rules(draft, trial.by_rule, digits_of(span.brand.currency))
    credited_minor = sum(rule.left_minor for rule in rules)
    return Backtest(
        brand=span.brand.slug,
        draft=draft.key,
        currency=span.brand.currency,
        first_day=span.first_day,
        day_after=span.day_after,
        orders=orders.processed,
        orders_credited=orders.credited,
        orders_unanswered=orders.unprocessed,
        lines=sum(rule.lines for rule in rules),
        gmv_minor=credited_minor + uncredited_minor(span),
        gmv_credited_minor=credited_minor,
        actual_cost=actual.total,
        draft_cost=Cost(sum(rule.draft.level1_minor for rule in rules), sum(rule.draft.level2_minor for rule in rules)),
        bonuses_minor=actual.bonuses_minor,
        guard=Cut(trial.guarded.lines, trial.guarded.amount_minor),
        cap=Cut(trial.capped.lines, trial.capped.amount_minor),
        tiers=_tiers(span, trial, actual),
        rules=rules,
        kocs=_kocs(trial.by_koc, actual),
    )


def _tiers(span: Span, trial: Trial, actual: Actual) -> list[OfTier]:
    """The brand's tiers, the lowest first; after them tiers that were removed since."""
    names = tier_names(span.brand)
    places = {tier: place for place, tier in enumerate(trial.tiers)}
    tiers = []
    for tier in [*names, *(tier for tier in trial.tiers if tier not in names)]:
        parts, *draft = trial.by_tier[places.get(tier, NONE)]
        tiers.append(OfTier(tier, names.get(tier, tier), parts, actual.by_tier.get(tier, Cost()), Cost(*draft)))
    return tiers


def _rules(draft: Draft, by_rule: Sums, digits: int) -> list[OfRule]:
    rules = [_rule(rule.position + 1, described(rule, digits), by_rule[rule.position]) for rule in draft.rules]
    return [*rules, _rule(None, Message("no rule"), by_rule[NONE])]


def _rule(place: int | None, says: str, sums: list[int]) -> OfRule:
    lines, left, *draft = sums
    return OfRule(place, says, lines, left, Cost(*draft))


def _kocs(by_koc: Sums, actual: Actual) -> list[OfKoc]:
    """Every KOC who was credited or paid, the largest gain first."""
    kocs = []
    for pk, (key, name) in koc_names({*by_koc.by_key, *actual.by_koc}).items():
        lines, *draft = by_koc[pk]
        kocs.append(OfKoc(key, name, lines, actual.by_koc.get(pk, Cost()), Cost(*draft)))
    return sorted(kocs, key=lambda koc: (-koc.difference_minor, koc.key))
