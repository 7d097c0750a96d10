"""The queries of the compliance report, set-based, over the whole book of one brand (`%(brand)s`)."""

from accounts.brands.selectors import shown_number_in

BY_DEPTH = """
SELECT place.depth, count(*) FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id
WHERE place.brand_id = %(brand)s AND koc.status = 'active' GROUP BY place.depth
"""
TREES = """
SELECT root.id, format('%%s (%%s)', root.name, root.key), tree.people, tree.levels, tree.trees FROM (
    SELECT place.root_id, count(*) AS people, max(place.depth) + 1 AS levels, count(*) OVER () AS trees
    FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id
    WHERE place.brand_id = %(brand)s AND koc.status = 'active'
    GROUP BY place.root_id ORDER BY people DESC, place.root_id LIMIT %(largest)s
) AS tree JOIN accounts_koc root ON root.id = tree.root_id ORDER BY tree.people DESC, root.id
"""
PAID_LEVELS = """
SELECT level, sum(many)::bigint, count(*), sum(net)::bigint, min(first) FROM (
    SELECT koc_id, level, count(*) AS many, sum(amount_minor - reversed_minor) AS net, min(made_at) AS first
    FROM commissions_commission WHERE brand_id = %(brand)s GROUP BY koc_id, level
) AS earned GROUP BY level ORDER BY level
"""
LEVEL_TWO = """
WITH earned AS MATERIALIZED (
    SELECT koc_id, COALESCE(sum(amount_minor - reversed_minor) FILTER (WHERE level = 1), 0) AS one,
        COALESCE(sum(amount_minor - reversed_minor) FILTER (WHERE level = 2), 0) AS two
    FROM commissions_commission WHERE brand_id = %(brand)s GROUP BY koc_id
), most AS (SELECT * FROM earned WHERE two > 0 ORDER BY two DESC, koc_id LIMIT %(largest)s)
SELECT whole.one, whole.two, whole.mostly, koc.id, format('%%s (%%s)', koc.name, koc.key),
    (SELECT count(*) FROM referrals_sponsorship place JOIN accounts_koc below ON below.id = place.koc_id AND below.status = 'active' WHERE sponsor_id = koc.id),
    most.one::bigint, most.two::bigint
FROM (SELECT COALESCE(sum(one), 0)::bigint AS one, COALESCE(sum(two), 0)::bigint AS two, count(*) FILTER (WHERE two > one) AS mostly FROM earned) AS whole
LEFT JOIN most ON true LEFT JOIN accounts_koc koc ON koc.id = most.koc_id ORDER BY most.two DESC, koc.id
"""
RECRUITERS = """
WITH most AS (
    SELECT sponsor_id, count(*) AS recruits, (sum(count(*)) OVER ())::bigint AS whole
    FROM referrals_sponsorship place JOIN accounts_koc below ON below.id = place.koc_id AND below.status = 'active'
    WHERE place.brand_id = %(brand)s AND sponsor_id IS NOT NULL GROUP BY sponsor_id ORDER BY recruits DESC, sponsor_id LIMIT %(largest)s
), earned AS (
    SELECT koc_id, COALESCE(sum(amount_minor - reversed_minor) FILTER (WHERE level = 1), 0) AS one,
        COALESCE(sum(amount_minor - reversed_minor) FILTER (WHERE level = 2), 0) AS two
    FROM commissions_commission WHERE brand_id = %(brand)s AND koc_id IN (SELECT sponsor_id FROM most) GROUP BY koc_id
)
SELECT koc.id, format('%%s (%%s)', koc.name, koc.key), most.recruits, COALESCE(earned.one, 0)::bigint, COALESCE(earned.two, 0)::bigint, most.whole
FROM most JOIN accounts_koc koc ON koc.id = most.sponsor_id LEFT JOIN earned ON earned.koc_id = koc.id ORDER BY most.recruits DESC, koc.id
"""
FLOWS = """
SELECT reason, CASE WHEN source.koc_id IS NULL THEN 'brand' ELSE 'koc' END,
    CASE WHEN target.koc_id IS NULL THEN 'brand' WHEN target.koc_id = source.koc_id THEN 'same' ELSE 'koc' END, count(*), sum(transfer.amount_minor)::bigint
FROM commissions_transfer transfer JOIN commissions_wallet source ON source.id = source_id JOIN commissions_wallet target ON target.id = target_id
WHERE source.brand_id = %(brand)s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
# A transfer refers to a cause, by its reason: a sale, an adjustment or a statement of this brand. These conditions find
# transfers whose cause does not exist.
UNPROVEN = {
    "": "transfer.reason <> ALL(%(reasons)s)",
    "commission": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_commission earned
        JOIN commissions_orderline line ON line.id = earned.line_id JOIN commissions_order sale ON sale.id = line.order_id
        WHERE earned.id = transfer.cause_id AND earned.brand_id = %(brand)s AND sale.brand_id = %(brand)s)""",
    "reversal": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_reversal reversal JOIN commissions_commission earned ON earned.id = reversal.commission_id
        JOIN commissions_orderline line ON line.id = earned.line_id JOIN commissions_order sale ON sale.id = line.order_id
        WHERE reversal.id = transfer.cause_id AND earned.brand_id = %(brand)s AND sale.brand_id = %(brand)s)""",
    "withdrawal": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_approvalwithdrawal withdrawal JOIN commissions_commission earned ON earned.id = withdrawal.commission_id
        WHERE withdrawal.id = transfer.cause_id AND earned.brand_id = %(brand)s)""",
    "statement": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_statement statement JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
        WHERE statement.id = transfer.cause_id AND settlement.brand_id = %(brand)s)""",
    "adjustment": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_adjustment adjustment
        WHERE adjustment.id = transfer.cause_id AND adjustment.brand_id = %(brand)s AND adjustment.kind = transfer.reason)""",
    "payout_line": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_payoutline line JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
        WHERE line.id = transfer.cause_id AND batch.brand_id = %(brand)s)""",
    "subsidy": """transfer.reason = ANY(%(reasons)s) AND NOT EXISTS (
        SELECT FROM commissions_subsidy subsidy
        WHERE subsidy.id = transfer.cause_id AND subsidy.brand_id = %(brand)s
            AND (transfer.reason = 'expiry' OR (transfer.reason = 'passing') = (subsidy.parent_id IS NOT NULL)))""",
}
UNCAUSED = """
SELECT transfer.id, transfer.reason, transfer.amount_minor, transfer.moved_at, count(*) OVER (), (sum(transfer.amount_minor) OVER ())::bigint
FROM commissions_transfer transfer JOIN commissions_wallet source ON source.id = source_id WHERE source.brand_id = %(brand)s AND {unproven}
ORDER BY transfer.id LIMIT %(examples)s
"""
# The base that is left of a line is its base less refunds.
LINE_PAY = f"""
WITH paid AS (
    SELECT line_id, sum(amount_minor - reversed_minor) AS net FROM commissions_commission WHERE brand_id = %(brand)s
    GROUP BY line_id HAVING sum(amount_minor - reversed_minor) > 0
), lines AS MATERIALIZED (
    SELECT sale.id AS order_id, {shown_number_in("sale")} AS order_key, line.id AS line_id, line.key AS line_key,
        paid.net::bigint AS net, GREATEST(line.base_minor - line.refunded_minor, 1)::bigint AS base
    FROM paid JOIN commissions_orderline line ON line.id = paid.line_id JOIN commissions_order sale ON sale.id = line.order_id
)
SELECT counted.*, most.* FROM (
    SELECT count(*) FILTER (WHERE net * 10 <= base), count(*) FILTER (WHERE net * 10 > base AND net * 10 <= base * 2),
        count(*) FILTER (WHERE net * 10 > base * 2 AND net * 10 <= base * 3), count(*) FILTER (WHERE net * 10 > base * 3),
        count(*) FILTER (WHERE net * 10000 > base * %(cap)s)
    FROM lines
) AS counted
LEFT JOIN (SELECT * FROM lines ORDER BY net::float8 / base DESC, line_id LIMIT %(largest)s) AS most ON true
"""  # noqa: S608  constants
RECORDS = {
    "commissions_order": "SELECT count(*), min(paid_at) FROM commissions_order WHERE brand_id = %(brand)s",
    "commissions_orderline": """
        SELECT count(*), min(sale.paid_at) FROM commissions_orderline line
        JOIN commissions_order sale ON sale.id = line.order_id WHERE sale.brand_id = %(brand)s""",
    "commissions_commission": "SELECT count(*), min(made_at) FROM commissions_commission WHERE brand_id = %(brand)s",
    "commissions_reversal": """
        SELECT count(*), min(booked_at) FROM commissions_reversal reversal
        JOIN commissions_commission earned ON earned.id = reversal.commission_id WHERE earned.brand_id = %(brand)s""",
    "commissions_transfer": """
        SELECT count(*), min(moved_at) FROM commissions_transfer transfer
        JOIN commissions_wallet source ON source.id = transfer.source_id WHERE source.brand_id = %(brand)s""",
}
# An enabled trigger (2: before, 8: on DELETE) on the table.
LOCKED = """
SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgtype & 10 = 10)
"""
CHECKED = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %(table)s::regclass AND conname = %(name)s AND convalidated"
