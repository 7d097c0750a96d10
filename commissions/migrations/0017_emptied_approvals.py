from django.db import migrations, models

# What a change within the hold emptied after its approval had no withdrawal before, and could never be approved anew.
EMPTIED = """
INSERT INTO commissions_approvalwithdrawal (commission_id, delivery_id, amount_minor, withdrawn_at)
SELECT earned.id, latest.id, 0, now()
FROM commissions_commission earned
JOIN commissions_orderline line ON line.id = earned.line_id JOIN commissions_order sale ON sale.id = line.order_id
CROSS JOIN LATERAL (
    SELECT id FROM commissions_delivery
    WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND refusal = '' AND (lines = '{}' OR line.key = ANY(lines))
    ORDER BY hold_ends_at DESC, id DESC LIMIT 1
) AS latest
WHERE earned.approved_at IS NULL AND earned.status <> 'approved'
    AND EXISTS (SELECT FROM commissions_transfer WHERE reason = 'approval' AND cause_id = earned.id)
    AND NOT EXISTS (SELECT FROM commissions_approvalwithdrawal WHERE commission_id = earned.id)
ORDER BY earned.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0016_known_later"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="approvalwithdrawal",
            name="approval_withdrawn_once_per_delivery",
        ),
        migrations.AddIndex(
            model_name="approvalwithdrawal",
            index=models.Index(fields=["commission"], name="withdrawal_by_commission"),
        ),
        migrations.AddConstraint(
            model_name="approvalwithdrawal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("amount_minor__gt", 0)),
                fields=("commission", "delivery"),
                name="approval_withdrawn_once_per_delivery",
            ),
        ),
        migrations.RunSQL(EMPTIED, migrations.RunSQL.noop),
    ]
