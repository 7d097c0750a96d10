"""Plans of a brand never overlap, and what was answered or promised by a plan or campaign stays as it was: the database refuses it, whoever asks."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations, models
from django.db.models.constraints import Deferrable

# That what was named is not deleted stands since 0002 and 0004. Orders from the plan's start on, by the index on their day: of a plan to come there are none, and one that began mostly has spoken early.
SPOKEN = """
CREATE FUNCTION plan_has_spoken(spoken bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM commissions_plan plan
        JOIN commissions_order sale ON sale.brand_id = plan.brand_id AND sale.paid_at >= plan.starts_at AND sale.credited_at IS NOT NULL
        JOIN commissions_orderline line ON line.order_id = sale.id
        JOIN commissions_lineterms answer ON answer.line_id = line.id
        WHERE plan.id = spoken AND spoken IN (answer.plan_id, answer.protected_from_id)
    )
$$;
"""
PLANS_STAY = """
CREATE FUNCTION refuse_to_rewrite_plans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.brand_id, NEW.key, NEW.version, NEW.starts_at) IS DISTINCT FROM (OLD.brand_id, OLD.key, OLD.version, OLD.starts_at) AND plan_has_spoken(OLD.id) THEN
        RAISE EXCEPTION 'plan % has answered orders, and stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.ends_at IS DISTINCT FROM OLD.ends_at AND EXISTS (
        SELECT FROM commissions_order sale
        JOIN commissions_orderline line ON line.order_id = sale.id
        JOIN commissions_lineterms answer ON answer.line_id = line.id
        WHERE sale.brand_id = OLD.brand_id AND sale.paid_at >= NEW.ends_at AND OLD.id = COALESCE(answer.protected_from_id, answer.plan_id)
    ) THEN
        RAISE EXCEPTION 'plan % has answered an order that was paid later than its end would be', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_are_not_rewritten BEFORE UPDATE ON commissions_plan FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_plans();
"""
RULES_STAY = """
CREATE FUNCTION refuse_to_rewrite_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF plan_has_spoken(NEW.plan_id) OR (TG_OP = 'UPDATE' AND plan_has_spoken(OLD.plan_id)) THEN
        RAISE EXCEPTION 'plan % has answered orders, and its rules stay as they are', NEW.plan_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rules_are_not_rewritten BEFORE INSERT OR UPDATE ON commissions_rule FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_rules();
"""
# What is reserved moves all the time, and is none of these columns.
CAMPAIGNS_STAY = """
CREATE FUNCTION refuse_to_rewrite_campaigns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.brand_id, NEW.key, NEW.kind, NEW.starts_at, NEW.skus, NEW.fixed_minor, NEW.steps)
            IS DISTINCT FROM (OLD.brand_id, OLD.key, OLD.kind, OLD.starts_at, OLD.skus, OLD.fixed_minor, OLD.steps)
        AND (OLD.reserved_minor > 0 OR EXISTS (SELECT FROM commissions_monthlyvolume WHERE campaign_id = OLD.id) OR EXISTS (
            SELECT FROM commissions_order sale
            JOIN commissions_orderline line ON line.order_id = sale.id
            JOIN commissions_commission made ON made.line_id = line.id
            WHERE sale.brand_id = OLD.brand_id AND sale.paid_at >= OLD.starts_at AND made.campaign_id = OLD.id
        ))
    THEN
        RAISE EXCEPTION 'campaign % has promised money, and what it pays stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_are_not_rewritten
    BEFORE UPDATE OF brand_id, key, kind, starts_at, skus, fixed_minor, steps ON commissions_campaign
    FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_campaigns();
"""
UNDO = """
DROP TRIGGER IF EXISTS plans_are_not_rewritten ON commissions_plan;
DROP TRIGGER IF EXISTS rules_are_not_rewritten ON commissions_rule;
DROP TRIGGER IF EXISTS campaigns_are_not_rewritten ON commissions_campaign;
DROP FUNCTION IF EXISTS refuse_to_rewrite_plans();
DROP FUNCTION IF EXISTS refuse_to_rewrite_rules();
DROP FUNCTION IF EXISTS refuse_to_rewrite_campaigns();
DROP FUNCTION IF EXISTS plan_has_spoken(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("commissions", "0011_subsidies")]
    operations = [
        migrations.AddConstraint(
            model_name="plan",
            constraint=ExclusionConstraint(
                name="plans_of_a_brand_do_not_overlap",
                expressions=[
                    (models.Func("brand_id", "brand_id", models.Value("[]"), function="int8range"), "&&"),
                    (models.Func("starts_at", "ends_at", function="tstzrange"), "&&"),
                ],
                deferrable=Deferrable.DEFERRED,
            ),
        ),
        migrations.RunSQL(SPOKEN + PLANS_STAY + RULES_STAY + CAMPAIGNS_STAY, UNDO),
    ]
