"""The steps of a derivation in words."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from commissions.explanations.domain.steps import Step
from commissions.explanations.rendering.formats import Formats

Values = Mapping[str, Any]


def step_text(step: Step, formats: Formats) -> str:
    """One step as a sentence or a piece of one, in the active language."""
    return TEXTS[step.code](step.values, formats)


def plan_name(key: str, version: int) -> str:
    return key if version == 1 else f"{key} v{version}"


def _base(values: Values, formats: Formats) -> str:
    text = _("%(quantity)s × %(price)s = %(gross)s") % {
        "quantity": values["quantity"], "price": formats.money(values["unit_price_minor"]), "gross": formats.money(values["gross_minor"]),
    }  # fmt: skip
    if values["discount_minor"]:
        text += _(", less %(discount)s of the line's own discount") % {
            "discount": formats.money(values["discount_minor"])
        }
    if values["order_discount_minor"]:
        text += _(", less %(discount)s of the order's discount") % {
            "discount": formats.money(values["order_discount_minor"])
        }
    return text + _(": the base is %(base)s.") % {"base": formats.money(values["base_minor"])}


def _no_goods(values: Values, formats: Formats) -> str:
    params = {
        "quantity": values["quantity"], "price": formats.money(values["unit_price_minor"]), "gross": formats.money(values["gross_minor"]),
    }  # fmt: skip
    if values["gross_minor"] < 0:
        return _("%(quantity)s × %(price)s = %(gross)s: a discount, which is spread over the goods.") % params
    return _("%(quantity)s × %(price)s = %(gross)s: no goods, so it earns nothing.") % params


def _credit(values: Values, formats: Formats) -> str:
    coupon = values.get("coupon")
    return " ".join(
        text
        for text in (
            _coupon_lacks(coupon) if coupon and "lacks" in coupon else "",
            str(_credited(values, formats)),
            _("The same person bought before, as another customer.") if "is_known" in values else "",
            _("The buyer's phone cannot be read, so nobody could check whether this is an own purchase.")
            if "is_unreadable" in values
            else "",
        )
        if text
    )


def _coupon_lacks(coupon: Mapping[str, str]) -> str:
    reason = {
        "stopped": _("it had been stopped"),
        "too_early": _("it was not valid yet"),
        "expired": _("it had expired"),
        "not_received": _("the customer had not received it"),
        "used_up": _("it had been used up"),
        "used_before": _("the customer had used it as often as they may"),
        "not_active": _("its KOC was not active"),
        "own_purchase": _("it is the buyer's own"),
    }[coupon["lacks"]]
    return _("Coupon %(code)s credits nobody: %(why)s.") % {"code": coupon["code"], "why": reason}


def _credited(values: Values, formats: Formats) -> str:
    how = values["how"]
    if how == "unanswered":
        return _("The order is not answered yet.")
    if how in {"nobody", "self_purchase"}:
        return _nobody(values)
    if "koc" not in values:
        return {
            "koc": _("Credited as the shop says."),
            "share": _("Credited by the share that the shop names."),
            "click": _("Credited by a visit."),
            "shared": _("The credit is divided among several KOCs."),
            "binding": _("Credited to whom the customer is bound."),
            "coupon": _("Credited by a coupon."),
        }[how]
    params = {"koc": values["koc"], "share": values.get("share") or "—"}
    if how == "koc":
        return _("%(koc)s is credited: the shop named them.") % params
    if how == "coupon":
        return _("%(koc)s is credited: the order used their coupon %(code)s.") % (
            params | {"code": values["coupon"]["code"]}
        )
    if how == "share":
        return _("%(koc)s is credited: the shop named their share %(share)s.") % params
    return _by_binding(values, formats, params) if how == "binding" else _by_visits(values, formats, params)


def _by_binding(values: Values, formats: Formats, params: dict[str, Any]) -> str:
    bound = values["bound"]
    params |= {"since": formats.when(bound["since"]), "until": formats.when(bound["until"]) if bound["until"] else ""}
    text = (
        _("%(koc)s is credited: the customer has been bound to them since %(since)s, by a click")
        if bound["by"] == "click"
        else _("%(koc)s is credited: the customer has been bound to them since %(since)s, by an order")
    )
    return text % params + (_(", until %(until)s at the latest.") % params if bound["until"] else _(", for ever."))


def _nobody(values: Values) -> str:
    reason = values.get("why", "")
    if values["how"] == "self_purchase":
        return _("Nobody is credited: %(koc)s bought this, and one's own purchases earn nothing at this brand.") % {
            "koc": values.get("koc", "—")
        }
    if reason == "not_active":
        return _("Nobody is credited: %(koc)s was not active.") % {"koc": values.get("koc", "—")}
    if reason == "no_visit":
        return _("Nobody is credited: no counted visit of the buyer lies in the %(days)s days before the payment.") % {
            "days": values["window_days"]
        }
    if reason == "no_trace":
        return _(
            "Nobody is credited: the shop named no KOC and no share of ours, and nothing ties the buyer to a visit."
        )
    return _("Nobody is credited.")


def _by_visits(values: Values, formats: Formats, params: dict[str, Any]) -> str:
    if "visits" not in values:
        return _("%(koc)s is credited by a visit to their share %(share)s.") % params
    params |= {
        "visits": values["visits"],
        "days": values["window_days"],
        "part": formats.percent(values["credit_bps"]),
        "touches": values.get("touches", 0),
    }
    if values["how"] == "shared":
        return _(
            "%(koc)s is credited with %(part)s of the sale: of %(visits)s counted visits in the %(days)s days before the payment %(touches)s were theirs"
        ) % (params) + {
            "linear": _("; each counts alike."),
            "position": _("; the first and the last count most."),
            "time_decay": _("; one counts half as much for every 7 days before the payment."),
        }.get(values["model"], "")
    if "visited_at" not in values:
        return (
            _("%(koc)s is credited: all %(visits)s counted visits in the %(days)s days before the payment were theirs.")
            % params
        )
    params["at"] = formats.when(values["visited_at"])
    if values["visits"] == 1:
        return (
            _(
                "%(koc)s is credited: the only counted visit in the %(days)s days before the payment was theirs, on %(at)s."
            )
            % params
        )
    if values["model"] == "first_click":
        return (
            _(
                "%(koc)s is credited: the first of %(visits)s counted visits in the %(days)s days before the payment was theirs, on %(at)s."
            )
            % params
        )
    return (
        _(
            "%(koc)s is credited: the last of %(visits)s counted visits in the %(days)s days before the payment was theirs, on %(at)s."
        )
        % params
    )


def _plan(values: Values, formats: Formats) -> str:
    params = {"plan": plan_name(values["plan"], values["version"])}
    if "protected_from" in values:
        other = plan_name(values["protected_from"], values["protected_from_version"])
        less = next(
            (
                decision["level_1_minor"]
                for decision in values.get("others", ())
                if plan_name(decision["plan"], decision["version"]) == other
            ),
            0,
        )
        params |= {"other": other, "more": formats.money(values.get("level_1_minor", 0)), "less": formats.money(less)}
        text = _("Plan %(plan)s applies, which was in force when the share was made.")
        text += _(
            " Plan %(other)s, in force at the payment, pays less (%(less)s instead of %(more)s), and a lower rate does not reach the share yet."
        )
        return text % params
    if "others" in values:
        return (
            _("Plan %(plan)s was in force at the payment, and pays no less than the one when the share was made.")
            % params
        )
    return _("Plan %(plan)s was in force at the payment.") % params


def _no_rule(values: Values, formats: Formats) -> str:
    return _("None of its rules holds: nothing is earned.")


def _no_plan(values: Values, formats: Formats) -> str:
    return _("No plan was in force at the payment: nothing is earned.")


def _rule(values: Values, formats: Formats) -> str:
    return _("Rule %(rule)s applies: %(pays)s.") % {"rule": values["rule"], "pays": pays_text(values, formats)}


def pays_text(values: Values, formats: Formats) -> str:
    """What a rule pays: a rate or an amount a piece, the sponsor's rate, the cap."""
    is_rate = values["rate_bps"] is not None
    pays = (
        formats.percent(values["rate_bps"])
        if is_rate
        else _("%(fixed)s a piece") % {"fixed": formats.money(values["fixed_minor"])}
    )
    if values["override_bps"]:
        pays += _(", %(rate)s for the sponsor") % {"rate": formats.percent(values["override_bps"])}
    if values["cap_minor"] is not None:
        pays += _(", at most %(cap)s for a line at a level") % {"cap": formats.money(values["cap_minor"])}
    return pays


def _rate(values: Values, formats: Formats) -> str:
    return f"{formats.money(values['left_minor'])} × {formats.percent(values['rate_bps'])}"


def _override(values: Values, formats: Formats) -> str:
    return _("%(left)s × %(rate)s for the sponsor") % {
        "left": formats.money(values["left_minor"]),
        "rate": formats.percent(values["rate_bps"]),
    }


def _fixed(values: Values, formats: Formats) -> str:
    text = _("%(fixed)s × %(quantity)s pieces") % {
        "fixed": formats.money(values["fixed_minor"]),
        "quantity": values["quantity"],
    }
    return text + _of_base(values, formats)


def _bonus(values: Values, formats: Formats) -> str:
    return formats.money(values["fixed_minor"]) + _of_base(values, formats)


def _of_base(values: Values, formats: Formats) -> str:
    if values["left_minor"] == values["base_minor"]:
        return ""
    return f" × {formats.money(values['left_minor'])} / {formats.money(values['base_minor'])}"


def _multiplier(values: Values, formats: Formats) -> str:
    return _("× %(multiplier)s for tier %(tier)s") % {
        "multiplier": formats.times(values["multiplier_bps"]),
        "tier": values.get("tier", "—"),
    }


def _rounding(values: Values, formats: Formats) -> str:
    amount = formats.money(values["amount_minor"])
    if values["exact"] == str(values["amount_minor"]):
        return _("= %(amount)s.") % {"amount": amount}
    return _("= %(exact)s, rounded half up to %(amount)s.") % {
        "exact": formats.exact(values["exact"]),
        "amount": amount,
    }


def _part(values: Values, formats: Formats) -> str:
    params = {
        "part": formats.percent(values["credit_bps"]),
        "whole": formats.money(values["whole_minor"]),
        "amount": formats.money(values["amount_minor"]),
    }
    return _("Of %(whole)s, %(part)s is %(amount)s.") % params


def _no_level_2(values: Values, formats: Formats) -> str:
    reasons = {
        "one_level": _("Nobody is paid level 2: the brand paid one level."),
        "no_sponsor": _("Nobody is paid level 2: the credited KOC had no sponsor."),
        "not_active": _("Nobody is paid level 2: the sponsor was not active."),
    }
    return reasons.get(values.get("why", ""), _("Nobody is paid level 2."))


def _cap(values: Values, formats: Formats) -> str:
    params = {
        "cap": formats.money(values["cap_minor"]),
        "level": formats.money(values["level_minor"]),
        "amount": formats.money(values["amount_minor"]),
    }
    if values["is_cut"]:
        return _("A line may come to %(cap)s at a level, and this one came to %(level)s: cut to %(amount)s.") % params
    return _("The cap of %(cap)s is not reached.") % params


def _guard(values: Values, formats: Formats) -> str:
    params = {name: formats.money(values[f"{name}_minor"]) for name in ("guard", "taken", "room", "level", "amount")}
    params["bps"] = formats.percent(values["total_cap_bps"])
    if not values["is_cut"]:
        return _("The total cap of %(bps)s, %(guard)s for all levels together, has room.") % params
    if values["taken_minor"]:
        return _(
            "The total cap allows %(guard)s (%(bps)s) for all levels together; level 1 takes %(taken)s, so level 2 gives way: %(level)s becomes %(amount)s."
        ) % (params)
    return (
        _("The total cap allows %(guard)s (%(bps)s) for all levels together: %(level)s is cut to %(amount)s.") % params
    )


def _campaign(values: Values, formats: Formats) -> str:
    kinds = {
        "new_customer": _("the first order of a new customer"),
        "steps": _("monthly steps of one's own sales"),
        "bounty": _("a bounty a piece"),
    }
    return _("Campaign %(campaign)s pays on top: %(kind)s.") % {
        "campaign": values["campaign"],
        "kind": kinds[values["kind"]],
    }


def _steps(values: Values, formats: Formats) -> str:
    params = {name: formats.money(values[f"{name}_minor"]) for name in ("from", "to", "below", "above", "amount")}
    params["marks"] = ", ".join(f"{formats.percent(rate)} ≥ {formats.money(mark)}" for mark, rate in values["marks"])
    return (
        _(
            "The month's sales go from %(from)s to %(to)s. On the steps (%(marks)s) that is %(above)s − %(below)s = %(amount)s."
        )
        % params
    )


def _bonus_guard(values: Values, formats: Formats) -> str:
    if "whole_minor" in values:
        return _("It would have been %(whole)s, but the total cap left no room.") % {
            "whole": formats.money(values["whole_minor"])
        }
    if values["is_cut"]:
        params = {"room": formats.money(values["room_minor"]), "amount": formats.money(values["amount_minor"])}
        return _("The total cap leaves %(room)s: cut to %(amount)s.") % params
    return _("The total cap has room.")


def _budget(values: Values, formats: Formats) -> str:
    if "whole_minor" in values:
        return _("It would have been %(whole)s, but the campaign's budget was used up.") % {
            "whole": formats.money(values["whole_minor"])
        }
    if values["is_cut"]:
        return _("The campaign's budget had %(granted)s left: cut to that.") % {
            "granted": formats.money(values["granted_minor"])
        }
    return _("The campaign's budget had enough.")


def _granted(values: Values, formats: Formats) -> str:
    if not values["is_cut"]:
        return _("That is within what was granted.")
    return _("No more than was granted: %(granted)s.") % {"granted": formats.money(values["granted_minor"])}


def _left(values: Values, formats: Formats) -> str:
    params = {name: formats.money(values[f"{name}_minor"]) for name in ("base", "refunded", "left")}
    if not values["refunded_minor"]:
        return _("The base is now %(base)s.") % params
    return _("Of the base of %(base)s, %(refunded)s went back; %(left)s is left.") % params


def _void(values: Values, formats: Formats) -> str:
    return _("A review took it back for good: it is worth nothing, whatever the order does.")


def _not_given_back(values: Values, formats: Formats) -> str:
    return _("A bonus that was taken back does not come back: it stays at %(amount)s.") % {
        "amount": formats.money(values["amount_minor"])
    }


TEXTS: dict[str, Callable[[Values, Formats], str]] = {
    "no_goods": _no_goods,
    "base": _base, "credit": _credit, "plan": _plan, "no_plan": _no_plan, "rule": _rule, "no_rule": _no_rule, "rate": _rate, "fixed": _fixed,
    "multiplier": _multiplier, "rounding": _rounding, "part": _part, "override": _override, "no_level_2": _no_level_2, "cap": _cap, "guard": _guard,
    "campaign": _campaign, "bonus": _bonus, "steps": _steps, "bonus_guard": _bonus_guard, "budget": _budget, "granted": _granted, "left": _left, "void": _void,
    "not_given_back": _not_given_back,
}  # fmt: skip
