"""The laws of the ledger: what must be true of every brand's book, and how it is checked."""

from typing import NamedTuple

from accounts.brands.selectors import shown_number_in
from commissions.audit.selectors.checksums import ODD


class Proof(NamedTuple):
    """A law; the query for the rows of a brand that break it, one text for each; and the equation between figures of
    `checksums` by which it holds.

    `%(brand)s` is the brand's row. A law without an equation is always checked row by row.
    """

    law: str
    broken: str
    holds: str = ""


NUMBER = shown_number_in("sale")
PROOFS = [
    Proof(
        "a cached balance equals the fold of the transfers",
        """
        SELECT format('wallet %%s (%%s) says %%s, its transfers say %%s', wallet.id, wallet.kind, balance_minor, COALESCE(fold.amount, 0))
        FROM commissions_wallet wallet
        LEFT JOIN (
            SELECT wallet, sum(amount) AS amount FROM (
                SELECT target_id AS wallet, amount_minor AS amount FROM commissions_transfer
                UNION ALL SELECT source_id, -amount_minor FROM commissions_transfer
            ) AS ends GROUP BY wallet
        ) AS fold ON fold.wallet = wallet.id
        WHERE brand_id = %(brand)s AND koc_id IS NOT NULL AND balance_minor <> COALESCE(fold.amount, 0)
        UNION ALL
        SELECT format('wallet %%s (%%s) says %%s up to transfer %%s, its transfers say %%s',
            wallet.id, wallet.kind, folded_minor, folded_to, COALESCE(fold.amount, 0))
        FROM commissions_wallet wallet CROSS JOIN LATERAL (
            SELECT sum(amount) AS amount FROM (
                SELECT amount_minor AS amount FROM commissions_transfer WHERE target_id = wallet.id AND id <= wallet.folded_to
                UNION ALL SELECT -amount_minor FROM commissions_transfer WHERE source_id = wallet.id AND id <= wallet.folded_to
            ) AS ends
        ) AS fold
        WHERE brand_id = %(brand)s AND koc_id IS NULL AND folded_minor <> COALESCE(fold.amount, 0)
        """,
        holds="wallet.balances + brand_wallet.folds = transfer.came - transfer.went",
    ),
    Proof(
        "a transfer stays within one brand and one currency",
        """
        SELECT format('transfer %%s goes from wallet %%s to wallet %%s', transfer.id, source_id, target_id) FROM commissions_transfer transfer
        LEFT JOIN commissions_wallet source ON source.id = source_id LEFT JOIN commissions_wallet target ON target.id = target_id
        WHERE %(brand)s IN (source.brand_id, target.brand_id) AND (source.brand_id, source.currency) IS DISTINCT FROM (target.brand_id, target.currency)
        """,
        holds="transfer.astray = 0",
    ),
    Proof(
        "a commission was accrued once, at its first amount",
        """
        SELECT format('commission %%s of %%s has an accrual of %%s', earned.id, earned.amount_minor, transfer.amount_minor)
        FROM (SELECT * FROM commissions_commission WHERE brand_id = %(brand)s) AS earned
        FULL JOIN (
            SELECT transfer.* FROM commissions_transfer transfer JOIN commissions_wallet source ON source.id = source_id
            WHERE reason = 'accrual' AND source.brand_id = %(brand)s
        ) AS transfer ON transfer.cause_id = earned.id
        WHERE transfer.amount_minor IS DISTINCT FROM earned.amount_minor
        """,
        holds="commission.amounts = transfer.accruals",
    ),
    Proof(
        "what is reversed of a commission is the sum of its reversals, and at most all of it",
        """
        SELECT format('commission %%s says %%s reversed, its reversals say %%s', earned.id, reversed_minor, COALESCE(sum(reversal.amount_minor), 0))
        FROM commissions_commission earned LEFT JOIN commissions_reversal reversal ON reversal.commission_id = earned.id
        WHERE earned.brand_id = %(brand)s GROUP BY earned.id
        HAVING reversed_minor <> COALESCE(sum(reversal.amount_minor), 0) OR reversed_minor > earned.amount_minor
        """,
        holds="commission.reversed = reversal.taken AND commission.over = 0",
    ),
    Proof(
        "every reversal moved its amount",
        """
        SELECT format('reversal %%s of %%s moved %%s', reversal.id, reversal.amount_minor, transfer.amount_minor)
        FROM (
            SELECT reversal.id, reversal.amount_minor FROM commissions_reversal reversal JOIN commissions_commission earned ON earned.id = commission_id
            WHERE earned.brand_id = %(brand)s
        ) AS reversal
        FULL JOIN (
            SELECT transfer.* FROM commissions_transfer transfer JOIN commissions_wallet target ON target.id = target_id
            WHERE reason = 'reversal' AND target.brand_id = %(brand)s
        ) AS transfer ON transfer.cause_id = reversal.id
        WHERE transfer.amount_minor IS DISTINCT FROM abs(reversal.amount_minor)
        """,
        holds="reversal.amounts = reversal_transfer.amounts",
    ),
    Proof(
        "the pending, approved and debt wallets are what the commissions and adjustments say",
        """
        SELECT format('the %%s wallet of KOC %%s holds %%s, commissions and adjustments say %%s', COALESCE(wallet.kind, expected.kind),
            COALESCE(wallet.koc_id, expected.koc_id), COALESCE(balance_minor, 0), COALESCE(expected.amount, 0))
        FROM (SELECT * FROM commissions_wallet WHERE brand_id = %(brand)s AND kind IN ('pending', 'approved', 'debt')) AS wallet
        FULL JOIN (
            SELECT koc_id, kind, sum(amount) AS amount FROM (
                SELECT koc_id, amount_minor - reversed_minor - settled_minor AS amount,
                    CASE WHEN statement_id IS NOT NULL THEN 'debt' WHEN approved_at IS NOT NULL THEN 'approved' ELSE 'pending' END AS kind
                FROM commissions_commission WHERE brand_id = %(brand)s
                UNION ALL SELECT koc_id, amount_minor, CASE kind WHEN 'write_off' THEN 'debt' ELSE 'approved' END
                FROM commissions_adjustment WHERE brand_id = %(brand)s AND statement_id IS NULL
            ) AS item GROUP BY koc_id, kind
        ) AS expected ON expected.koc_id = wallet.koc_id AND expected.kind = wallet.kind
        WHERE COALESCE(balance_minor, 0) <> COALESCE(expected.amount, 0)
        """,
        holds="wallet.earned = commission.open + adjustment.open",
    ),
    Proof(
        "nothing is approved before its order was paid",
        f"""
        SELECT format('commission %%s of order %%s was approved at %%s, before its payment at %%s: reverse it, and let the shop tell the delivery again',
            earned.id, {NUMBER}, earned.approved_at, sale.paid_at)
        FROM commissions_commission earned JOIN commissions_orderline line ON line.id = earned.line_id JOIN commissions_order sale ON sale.id = line.order_id
        WHERE earned.brand_id = %(brand)s AND earned.approved_at < sale.paid_at
        """,  # noqa: S608  constants
        holds="approval.early = 0",
    ),
    Proof(
        "what an order earned is held while a refund of it is in doubt",
        f"""
        SELECT format('commission %%s of order %%s is %%s, though a refund is in doubt', earned.id, {NUMBER}, earned.status)
        FROM commissions_doubt doubt JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (doubt.brand_id, doubt.shop, doubt.order_key)
        JOIN commissions_orderline line ON line.order_id = sale.id JOIN commissions_commission earned ON earned.line_id = line.id
        WHERE doubt.brand_id = %(brand)s AND doubt.outcome = '' AND doubt.holds AND NOT doubt.is_new
            AND earned.statement_id IS NULL AND earned.status IN ('pending', 'approved')
        """,  # noqa: S608  constants
        holds="doubt.loose = 0",
    ),
    Proof(
        "what is settled of a commission is the sum of its lines on statements",
        """
        SELECT format('commission %%s says %%s settled, its statement lines say %%s', earned.id, settled_minor, COALESCE(sum(line.amount_minor), 0))
        FROM commissions_commission earned LEFT JOIN (
            commissions_statementline line JOIN commissions_statement statement ON statement.id = line.statement_id AND statement.status <> 'void'
        ) ON line.commission_id = earned.id
        WHERE earned.brand_id = %(brand)s GROUP BY earned.id HAVING settled_minor <> COALESCE(sum(line.amount_minor), 0)
        """,
        holds="commission.settled + void_line.of_commissions = line.of_commissions",
    ),
    Proof(
        "what is settled of a KOC's commissions and adjustments is on statements of their own",
        """
        SELECT format('KOC %%s has %%s settled, their statements say %%s', koc_id, COALESCE(item.amount, 0), COALESCE(expected.amount, 0))
        FROM (
            SELECT koc_id, sum(amount) AS amount FROM (
                SELECT koc_id, settled_minor AS amount FROM commissions_commission WHERE brand_id = %(brand)s
                UNION ALL SELECT koc_id, amount_minor FROM commissions_adjustment WHERE brand_id = %(brand)s AND statement_id IS NOT NULL
            ) AS items GROUP BY koc_id
        ) AS item
        FULL JOIN (
            SELECT statement.koc_id, sum(gross_minor - debt_in_minor) AS amount FROM commissions_statement statement
            JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
            WHERE settlement.brand_id = %(brand)s AND statement.status <> 'void' GROUP BY statement.koc_id
        ) AS expected USING (koc_id)
        WHERE COALESCE(item.amount, 0) <> COALESCE(expected.amount, 0)
        """,
        holds="commission.of_kocs + adjustment.of_kocs = statement.of_kocs",
    ),
    Proof(
        "a commission's status is what its approval, its reversals and its statement say",
        f"""
        SELECT format('commission %%s is %%s, approved at %%s, reversed by %%s of %%s, on statement %%s', id, status, approved_at, reversed_minor, amount_minor,
            statement_id)
        FROM commissions_commission WHERE brand_id = %(brand)s AND {ODD}
        """,  # noqa: S608  constants  # noqa: S608  a constant
        holds="commission.odd = 0",
    ),
    Proof(
        "an adjustment moved its amount once, and is on the statement that has its line",
        """
        SELECT format('adjustment %%s of %%s moved %%s, statement %%s has a line of %%s', item.id, item.amount_minor, transfer.amount_minor,
            COALESCE(item.statement_id, line.statement_id), line.amount_minor)
        FROM commissions_adjustment item
        LEFT JOIN commissions_transfer transfer ON transfer.reason = item.kind AND transfer.cause_id = item.id
        LEFT JOIN commissions_statementline line ON line.adjustment_id = item.id AND line.statement_id = item.statement_id
        WHERE item.brand_id = %(brand)s AND (transfer.amount_minor IS DISTINCT FROM item.amount_minor
            OR item.statement_id IS NOT NULL AND line.amount_minor IS DISTINCT FROM item.amount_minor)
        """,
        holds="adjustment.amounts = adjustment_transfer.amounts AND adjustment.on_statements = line.of_adjustments - void_line.of_adjustments",
    ),
    Proof(
        "the subsidy wallets hold what is left of the subsidies",
        """
        SELECT format('wallet %%s holds %%s, the subsidies say %%s', wallet.id, balance_minor, COALESCE(expected.amount, 0)) FROM commissions_wallet wallet
        LEFT JOIN (
            SELECT koc_id, sum(hand_on_minor - allocated_minor - returned_minor) AS amount FROM commissions_subsidy WHERE brand_id = %(brand)s GROUP BY koc_id
        ) AS expected ON expected.koc_id = wallet.koc_id
        WHERE brand_id = %(brand)s AND kind = 'subsidy' AND balance_minor <> COALESCE(expected.amount, 0)
        """,
        holds="wallet.subsidies = subsidy.left",
    ),
    Proof(
        "what a subsidy says came and went is what moved",
        """
        SELECT format('subsidy %%s says %%s to hand on, %%s allocated, %%s returned; %%s came, %%s is in allocations, %%s returned', subsidy.id,
            hand_on_minor, allocated_minor, returned_minor, came.amount_minor, handed.amount, returned.amount_minor)
        FROM commissions_subsidy subsidy
        LEFT JOIN commissions_transfer came ON came.reason = CASE WHEN parent_id IS NULL THEN 'grant' ELSE 'passing' END AND came.cause_id = subsidy.id
        LEFT JOIN commissions_transfer returned ON returned.reason = 'expiry' AND returned.cause_id = subsidy.id
        LEFT JOIN (SELECT subsidy_id, sum(amount_minor) AS amount FROM commissions_allocation GROUP BY subsidy_id) AS handed ON handed.subsidy_id = subsidy.id
        WHERE brand_id = %(brand)s AND (hand_on_minor, allocated_minor, returned_minor)
            <> (COALESCE(came.amount_minor, 0), COALESCE(handed.amount, 0), COALESCE(returned.amount_minor, 0))
        """,
        holds="subsidy.came = subsidy_transfer.came AND subsidy.returned = subsidy_transfer.returned AND subsidy.allocated = allocation.amounts",
    ),
    Proof(
        "a statement is the sum of its lines, and adds up",
        """
        SELECT format('statement %%s of gross %%s and debt %%s has lines of %%s', statement.id, gross_minor, debt_in_minor, COALESCE(sum(line.amount_minor), 0))
        FROM commissions_statement statement JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
        LEFT JOIN commissions_statementline line ON line.statement_id = statement.id
        WHERE settlement.brand_id = %(brand)s GROUP BY statement.id
        HAVING gross_minor - debt_in_minor <> COALESCE(sum(line.amount_minor), 0) OR gross_minor <> debt_in_minor + tax_minor + net_minor
        """,
        holds="statement.sums = line.all AND statement.unsound = 0",
    ),
    Proof(
        "a statement moved its sum and its tax, and one that was reopened moved them back",
        """
        SELECT format('statement %%s (%%s) of %%s and tax %%s moved %%s and tax %%s', statement.id, statement.status, gross_minor - debt_in_minor, tax_minor,
            COALESCE(moved.sum, 0), COALESCE(moved.tax, 0))
        FROM commissions_statement statement JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
        LEFT JOIN (
            SELECT cause_id, sum(CASE
                    WHEN reason IN ('settlement', 'debt_advance', 'reopened_debt_recovery') THEN amount_minor
                    WHEN reason IN ('debt_recovery', 'reopened_settlement', 'reopened_debt_advance') THEN -amount_minor END) AS sum,
                sum(CASE reason WHEN 'tax' THEN amount_minor WHEN 'reopened_tax' THEN -amount_minor END) AS tax
            FROM commissions_transfer WHERE reason IN ('settlement', 'debt_advance', 'debt_recovery', 'tax',
                'reopened_settlement', 'reopened_debt_advance', 'reopened_debt_recovery', 'reopened_tax')
            GROUP BY cause_id
        ) AS moved ON moved.cause_id = statement.id
        WHERE settlement.brand_id = %(brand)s AND (COALESCE(moved.sum, 0), COALESCE(moved.tax, 0))
            <> (CASE WHEN statement.status = 'void' THEN 0 ELSE gross_minor - debt_in_minor END, CASE WHEN statement.status = 'void' THEN 0 ELSE tax_minor END)
        """,
        holds="statement_transfer.sums = statement.live_sums AND statement_transfer.taxes = statement.live_taxes",
    ),
    Proof(
        "the settled wallets hold what the unpaid statements say that are not at the bank, the paying wallets those that are",
        """
        SELECT format('the %%s wallet of KOC %%s holds %%s, the statements say %%s', COALESCE(wallet.kind, expected.kind),
            COALESCE(wallet.koc_id, expected.koc_id), COALESCE(balance_minor, 0), COALESCE(expected.amount, 0))
        FROM (SELECT * FROM commissions_wallet WHERE brand_id = %(brand)s AND kind IN ('settled', 'paying')) AS wallet
        FULL JOIN (
            SELECT statement.koc_id, CASE WHEN at_bank.statement_id IS NULL THEN 'settled' ELSE 'paying' END AS kind, sum(net_minor) AS amount
            FROM commissions_statement statement JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
            LEFT JOIN (
                SELECT line.statement_id FROM commissions_payoutline line JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
                WHERE batch.brand_id = %(brand)s AND batch.status = 'exported' AND line.status = 'waiting'
            ) AS at_bank ON at_bank.statement_id = statement.id
            WHERE settlement.brand_id = %(brand)s AND statement.status = 'ready' GROUP BY 1, 2
        ) AS expected ON expected.koc_id = wallet.koc_id AND expected.kind = wallet.kind
        WHERE COALESCE(balance_minor, 0) <> COALESCE(expected.amount, 0)
        """,
        holds="wallet.unpaid = statement.ready - at_bank.gone + at_bank.there",
    ),
    Proof(
        "a batch is the sum of its lines, and every line moved what its status says",
        """
        SELECT format('payout batch #%%s says %%s lines of %%s, it has %%s of %%s', batch.number, lines_count, total_minor, count(line.id), sum(amount_minor))
        FROM commissions_payoutbatch batch LEFT JOIN commissions_payoutline line ON line.batch_id = batch.id AND line.status <> 'dropped'
        WHERE batch.brand_id = %(brand)s AND batch.status <> 'cancelled' GROUP BY batch.id
        HAVING (lines_count, total_minor) IS DISTINCT FROM (count(line.id), COALESCE(sum(amount_minor), 0))
        UNION ALL
        SELECT format('payout line %%s (%%s) of %%s has moves %%s', line.reference, line.status, line.amount_minor, moved.transfers)
        FROM commissions_payoutline line JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
        LEFT JOIN (
            SELECT cause_id, string_agg(reason || ' ' || amount_minor, ', ' ORDER BY id) AS transfers
            FROM commissions_transfer WHERE reason IN ('payout', 'paid', 'returned', 'given_back') GROUP BY cause_id
        ) AS moved ON moved.cause_id = line.id
        WHERE batch.brand_id = %(brand)s AND moved.transfers IS DISTINCT FROM CASE
            WHEN line.status = 'paid' THEN format('payout %%s, paid %%s', line.amount_minor, line.amount_minor)
            WHEN line.status = 'returned'
                THEN format('payout %%s, paid %%s, given_back %%s', line.amount_minor, line.amount_minor, line.amount_minor)
            WHEN line.status = 'failed' THEN format('payout %%s, returned %%s', line.amount_minor, line.amount_minor)
            WHEN line.status = 'waiting' AND batch.status = 'exported' THEN format('payout %%s', line.amount_minor)
        END
        """,
        holds="batch.totals = batch_line.totals AND batch.counts = batch_line.counts AND batch_line.moves = payout_transfer.moves",
    ),
    Proof(
        "a statement is paid when a line of it is",
        """
        SELECT format('statement %%s is %%s, and has %%s paid lines', statement.id, statement.status, count(line.id))
        FROM commissions_statement statement JOIN accounts_koc koc ON koc.id = statement.koc_id
        LEFT JOIN commissions_payoutline line ON line.statement_id = statement.id AND line.status = 'paid'
        WHERE koc.brand_id = %(brand)s GROUP BY statement.id HAVING (statement.status = 'paid') <> (count(line.id) = 1)
        """,
        holds="statement.paid = batch_line.paid",
    ),
    Proof(
        "all wallets of a brand and currency sum to zero",
        """
        SELECT format('the wallets in %%s sum to %%s', currency, sum(amount)) FROM (
            SELECT wallet.currency, transfer.amount_minor AS amount FROM commissions_transfer transfer
            JOIN commissions_wallet wallet ON wallet.id = target_id WHERE wallet.brand_id = %(brand)s
            UNION ALL SELECT wallet.currency, -transfer.amount_minor FROM commissions_transfer transfer
            JOIN commissions_wallet wallet ON wallet.id = source_id WHERE wallet.brand_id = %(brand)s
        ) AS ends GROUP BY currency HAVING sum(amount) <> 0
        """,
        holds="transfer.astray = 0",
    ),
]
