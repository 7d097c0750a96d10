"""The front page of the admin: the last 30 days of the brands that one works for."""

import json
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.brand_time import has_zone
from accounts.access.permissions.staff import of_own_brands, own_brands
from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.heartbeats.rendering import late_line
from accounts.heartbeats.selectors import late_works
from backoffice.home.selectors import LatestSums, Waiting, latest_sums, what_waits
from commissions.audit.selectors.ledger_checks import LatestChecks, ledger_state
from commissions.earnings.models.commissions import Commission
from foundation.admin.bounded import up_to_bound
from foundation.admin.pages import full_moment, table
from foundation.texts.amounts import shown
from foundation.texts.moments import page_zone
from foundation.texts.translation import Text

DAYS = 30
LOOK = json.dumps(
    {
        "maintainAspectRatio": False,
        "animation": False,
        "plugins": {"legend": {"display": True, "position": "bottom"}},
        "scales": {"x": {"grid": {"display": False}}, "y": {"beginAtZero": True, "ticks": {"precision": 0}}},
    }
)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    brands = of_own_brands(Brand.objects.all(), request.user, "pk")
    now = timezone.now()
    found = latest_sums(brands, days=DAYS, at=now)
    counts = waits_for(request)
    cache.set(f"waits:{request.user.pk}", counts, MENU_SECONDS)
    shown_here: dict[str, Any] = {
        "figures": figures(found),
        "waiting": waiting(counts),
        "earned": earned(found),
        "chart": chart(found),
    }
    late = [late_line(work, at=now) for work in late_works(at=now)]
    shown_here |= {"ledger": ledger(ledger_state(brands, at=now)), "late": late}
    zone = page_zone() if has_zone(request) else _("each brand's own time zone")
    return context | shown_here | {"days": DAYS, "look": LOOK, "zone": zone}


def figures(found: LatestSums) -> list[dict[str, Text]]:
    sales = " · ".join(shown(amount, currency) for currency, amount in found.sales_minor)
    return [
        {"title": _("Orders"), "value": f"{found.orders:,}", "href": reverse("admin:commissions_order_changelist")},
        {"title": _("GMV"), "value": sales or "—", "href": reverse("admin:commissions_order_changelist")},
        {"title": _("Shares"), "value": f"{found.shares:,}", "href": reverse("admin:referrals_share_changelist")},
        {"title": _("Visits"), "value": f"{found.visits:,}", "href": reverse("admin:referrals_visit_changelist")},
    ]


def waiting(found: Waiting) -> list[dict[str, Any]]:
    """What somebody should look at."""
    items: list[tuple[int, Text, str, str]] = [
        (found.waiting_applications, _("KOCs to approve"), "accounts_koc", "?status__exact=applied"),
        (found.kits_in_review, _("Texts of kits to review"), "content_kitversion", "?status__exact=in_review"),
        (found.submissions_in_review, _("Submissions to review"), "content_submission", "?status__exact=in_review"),
        (found.open_doubts, _("Refused events and doubts"), "commissions_doubt", "?outcome__exact="),
        (found.open_signals, _("Signals of fraud to look at"), "commissions_signal", "?state__exact=open"),
        (found.held, _("Commissions held for review"), "commissions_riskreview", "?outcome__exact="),
        (
            found.payments_without_result,
            _("Payments at the bank without a result for three days"),
            "commissions_payoutline",
            "?no_result=3",
        ),
        (found.failed_facts, _("Facts set aside since processing them failed"), "accounts_failedfact", ""),
        (found.failed_exports, _("Exports that failed"), "commissions_export", "?status__exact=failed"),
    ]
    return [
        {"text": f"{what}: {up_to_bound(count)}", "href": reverse(f"admin:{page}_changelist") + query, "count": count}
        for count, what, page, query in items
    ]


def ledger(state: LatestChecks) -> list[dict[str, str]]:
    """What the last proofs said: red first, then what is not known, then green."""
    checks = reverse("admin:commissions_ledgercheck_changelist")
    lines = [
        {
            "look": "bad",
            "text": _("%(brand)s: faults in the ledger: %(count)s, checked at %(checked_at)s")
            % {
                "brand": check.brand,
                "count": f"{check.fault_count:,}",
                "checked_at": full_moment(check.checked_at, check.brand.timezone),
            },
            "href": reverse("admin:commissions_ledgercheck_change", args=[check.pk]),
        }
        for check in state.off
    ]
    if state.stale:
        names = ", ".join(str(brand) for brand in state.stale[:3]) + (" …" if len(state.stale) > 3 else "")
        lines.append(
            {
                "look": "stale",
                "text": _("%(names)s: the ledger was not proved in the last 36 hours") % {"names": names},
                "href": checks,
            }
        )
    if state.proved:
        oldest = min(state.proved, key=lambda check: check.checked_at)
        whose = (
            _("%(brand)s: the ledger proves") % {"brand": state.proved[0].brand}
            if len(state.proved) == 1
            else _("The ledgers of %(count)s brands prove") % {"count": f"{len(state.proved):,}"}
        )
        text = _("%(whose)s, checked at %(checked_at)s") % {
            "whose": whose,
            "checked_at": full_moment(oldest.checked_at, oldest.brand.timezone),
        }
        lines.append({"look": "good", "text": text, "href": checks})
    return lines


def earned(found: LatestSums) -> str:
    order = list(Commission.Status)
    rows = sorted(found.earned, key=lambda row: (row.currency, order.index(row.status)))
    return table(
        [_("status"), _("commissions"), _("net")],
        [(row.status.label, f"{row.count:,}", shown(row.net_minor, row.currency)) for row in rows],
    )


def chart(found: LatestSums) -> str:
    lines = [
        (_("Orders"), "--color-primary-600", found.orders_by_day),
        (_("Shares"), "--color-primary-300", found.shares_by_day),
    ]
    return json.dumps(
        {
            "labels": [f"{day:%m-%d}" for day, _count in found.orders_by_day],
            "datasets": [
                {"label": str(label), "borderColor": f"var({colour})", "data": [count for _day, count in days]}
                for label, colour, days in lines
            ],
        }
    )


MENU: list[tuple[Text, list[tuple[Text, str, str]]]] = [
    (_("Today"), [
        (_("Front page"), "dashboard", "index"),
        (_("Facts set aside"), "error", "accounts_failedfact"),
        (_("Proofs of the ledger"), "fact_check", "commissions_ledgercheck"),
    ]),
    (_("KOCs and customers"), [
        (_("KOCs"), "group", "accounts_koc"),
        (_("Sponsorships"), "account_tree", "referrals_sponsorship"),
        (_("Communities"), "groups", "referrals_community"),
        (_("Contests"), "trophy", "growth_contest"),
        (_("Customers"), "shopping_bag", "accounts_customer"),
        (_("Blocked phones"), "phone_disabled", "accounts_blockedphone"),
        (_("Bindings"), "lock", "referrals_binding"),
    ]),
    (_("Content"), [
        (_("Kits"), "inventory_2", "content_kit"),
        (_("Texts of kits"), "edit_note", "content_kitversion"),
        (_("Posters"), "image", "content_posterstyle"),
        (_("Pictures"), "photo_library", "content_media"),
        (_("Products"), "sell", "content_product"),
        (_("What works"), "leaderboard", "commissions_kitresult"),
        (_("Authors"), "edit_square", "commissions_authorresult"),
        (_("Uses of products"), "task_alt", "content_productuse"),
        (_("Submissions"), "rate_review", "content_submission"),
        (_("Suggestions"), "lightbulb", "content_suggestion"),
        (_("Coupons"), "confirmation_number", "referrals_coupon"),
    ]),
    (_("Spread"), [
        (_("Charts"), "insights", "commissions_spread"),
        (_("Cascades"), "hub", "referrals_cascade"),
        (_("Shares"), "share", "referrals_share"),
        (_("Posts"), "link", "referrals_postproof"),
        (_("Visits"), "ads_click", "referrals_visit"),
    ]),
    (_("Sales"), [
        (_("Orders"), "receipt_long", "commissions_order"),
        (_("Deliveries"), "local_shipping", "commissions_delivery"),
        (_("Refunds"), "assignment_return", "commissions_refund"),
        (_("Doubts"), "help", "commissions_doubt"),
        (_("Events"), "webhook", "commissions_event"),
    ]),
    (_("Commissions"), [
        (_("Commissions"), "payments", "commissions_commission"),
        (_("Held for review"), "front_hand", "commissions_riskreview"),
        (_("Fraud signals"), "report", "commissions_signal"),
        (_("Subsidies"), "redeem", "commissions_subsidy"),
        (_("Write-offs"), "money_off", "commissions_writeoff"),
        (_("Wallets"), "account_balance_wallet", "commissions_wallet"),
        (_("Transfers"), "swap_horiz", "commissions_transfer"),
    ]),
    (_("Pay out"), [
        (_("Settlements"), "event_available", "commissions_settlement"),
        (_("Statements"), "description", "commissions_statement"),
        (_("Payout batches"), "account_balance", "commissions_payoutbatch"),
        (_("Payout lines"), "receipt", "commissions_payoutline"),
        (_("Payees"), "contact_page", "commissions_payee"),
        (_("Readings of payees"), "visibility", "commissions_payeeread"),
        (_("Reconciliation"), "balance", "commissions_reconciliation"),
        (_("Exports"), "download", "commissions_export"),
    ]),
    (_("Rules"), [
        (_("Plans"), "percent", "commissions_plan"),
        (_("Campaigns"), "campaign", "commissions_campaign"),
        (_("Tiers"), "stairs", "accounts_tier"),
        (_("Credit policies"), "how_to_reg", "referrals_creditpolicy"),
        (_("Invitations"), "person_add", "referrals_invitationpolicy"),
        (_("Pay policies"), "price_check", "commissions_paypolicy"),
        (_("Signal policies"), "tune", "commissions_signalpolicy"),
        (_("Compliance"), "gavel", "commissions_compliance"),
    ]),
    (_("Settings"), [
        (_("Brands"), "storefront", "accounts_brand"),
        (_("Staff"), "badge", "accounts_staff"),
        (_("Users"), "person", "accounts_user"),
        (_("Payout templates"), "table_view", "commissions_payouttemplate"),
        (_("Tax tables"), "calculate", "commissions_taxtable"),
        (_("Heartbeats"), "monitor_heart", "accounts_heartbeat"),
    ]),
]  # fmt: skip
"""The menu, in the order of the work. Tables that are only looked up from others have a page, reached by links, and no
line here."""
WAITS = {  # what of a page waits for somebody
    "accounts_koc": "waiting_applications",
    "accounts_failedfact": "failed_facts",
    "content_kitversion": "kits_in_review",
    "content_submission": "submissions_in_review",
    "commissions_doubt": "open_doubts",
    "commissions_riskreview": "held",
    "commissions_signal": "open_signals",
    "commissions_payoutline": "payments_without_result",
    "commissions_export": "failed_exports",
}
MENU_SECONDS = 10  # how long the menu's counts may be old; those of the front page are of now


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups and lines that are of use to the user, each with the number of what waits there."""
    counts = cache.get_or_set(f"waits:{request.user.pk}", lambda: waits_for(request), MENU_SECONDS) or Waiting()
    lines = [
        (title, [_line(*item, counts) for item in items if is_of_use(request, item[2], counts)])
        for title, items in MENU
    ]
    begins = [line["link"] for _title, items in lines for line in items if is_at(request, line["link"])]
    for line in (line for _title, items in lines for line in items):
        line["active"] = line["link"] == max(begins, key=len, default="")
    return [{"title": title, "items": items} for title, items in lines if items]


def is_at(request: HttpRequest, link: str) -> bool:
    """On the page of a link or below; all pages are below the front page."""
    return request.path == link if link == reverse("admin:index") else request.path.startswith(link)


def waits_for(request: HttpRequest) -> Waiting:
    return what_waits(request.user.pk or 0, own_brands(request.user), _failed_facts(request), at=timezone.now())


def is_of_use(request: HttpRequest, page: str, counts: Waiting) -> bool:
    """Who works for no brand has rows nowhere; pages of superusers are theirs alone."""
    if page == "index":
        return True
    model = _model_of(page)
    allowed = model is None or admin.site.get_model_admin(model).has_view_permission(request)
    return allowed and bool(counts.brands or request.user.is_superuser)


def _model_of(page: str) -> type[Model] | None:
    """The model that a page lists; none for pages that show several."""
    try:
        return apps.get_model(page.replace("_", ".", 1))
    except LookupError:
        return None


def _line(title: Text, icon: str, page: str, counts: Waiting) -> dict[str, Any]:
    link = reverse("admin:index" if page == "index" else f"admin:{page}_changelist")
    waits = getattr(counts, WAITS[page]) if page in WAITS else 0
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "badge": up_to_bound(waits) if waits else "",
        "badge_variant": "warning",
    }


def _failed_facts(request: HttpRequest) -> QuerySet[FailedFact]:
    return of_own_brands(FailedFact.objects.all(), request.user, "brand")
