"""The front page of the admin: the last 30 days of the brands that one works for."""

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.access.permissions.staff import of_own_brands
from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.heartbeats.rendering import late_line
from accounts.heartbeats.selectors import late_works
from backoffice.home.selectors import Overview, overview
from commissions.audit.selectors.ledger_checks import LatestChecks, ledger_state
from commissions.earnings.models.commissions import Commission
from foundation.admin.pages import moment, table
from foundation.files.counts import counted
from foundation.money.amounts import shown

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
    failed_facts = of_own_brands(FailedFact.objects.all(), request.user, "brand")
    found = overview(brands, failed_facts=failed_facts, days=DAYS, at=now)
    shown_here: dict[str, Any] = {
        "figures": figures(found),
        "waiting": waiting(found),
        "earned": earned(found),
        "chart": chart(found),
    }
    late = [late_line(work, at=now) for work in late_works(at=now)]
    shown_here |= {"ledger": ledger(ledger_state(brands, at=now)), "late": late}
    return context | shown_here | {"days": DAYS, "look": LOOK}


def figures(found: Overview) -> list[dict[str, str]]:
    sales = " · ".join(shown(amount, currency) for currency, amount in found.sales_minor)
    return [
        {"title": "Orders 订单", "value": f"{found.orders:,}", "href": reverse("admin:commissions_order_changelist")},
        {"title": "GMV 成交额", "value": sales or "—", "href": reverse("admin:commissions_order_changelist")},
        {"title": "Shares 分享", "value": f"{found.shares:,}", "href": reverse("admin:referrals_share_changelist")},
        {"title": "Visits 访问", "value": f"{found.visits:,}", "href": reverse("admin:referrals_visit_changelist")},
    ]


def waiting(found: Overview) -> list[dict[str, Any]]:
    """What somebody should look at."""
    items = [
        (
            found.waiting_applications,
            "application",
            "waiting for approval 待审核",
            "accounts_koc",
            "?status__exact=applied",
        ),
        (
            found.refused_events,
            "refused event",
            "of the shop 已拒绝的事件",
            "commissions_event",
            "?status__exact=refused",
        ),
        (
            found.open_signals,
            "signal",
            "of fraud to look at 风险信号待处理",
            "commissions_signal",
            "?state__exact=open",
        ),
        (found.held, "commission", "held for review 冻结待审", "commissions_riskreview", "?outcome__exact="),
        (
            found.payments_without_result,
            "payment",
            "at the bank without a result for three days 打款无结果",
            "commissions_payoutline",
            "?no_result=3",
        ),
        (found.failed_facts, "fact", "set aside since processing it failed 处理失败待重试", "accounts_failedfact", ""),
        (found.failed_exports, "export", "failed 导出失败", "commissions_export", "?status__exact=failed"),
    ]
    return [
        {"text": f"{counted(count, noun)} {what}", "href": reverse(f"admin:{page}_changelist") + query, "count": count}
        for count, noun, what, page, query in items
    ]


def ledger(state: LatestChecks) -> list[dict[str, str]]:
    """What the last proofs said: red first, then what is not known, then green."""
    checks = reverse("admin:commissions_ledgercheck_changelist")
    lines = [
        {
            "look": "bad",
            "text": f"{check.brand}: {counted(check.fault_count, 'fault')} in the ledger, checked at {moment(check.checked_at)} 账本有误",
            "href": reverse("admin:commissions_ledgercheck_change", args=[check.pk]),
        }
        for check in state.off
    ]
    if state.stale:
        names = ", ".join(str(brand) for brand in state.stale[:3]) + (" …" if len(state.stale) > 3 else "")
        lines.append(
            {
                "look": "stale",
                "text": f"{names}: the ledger was not proved in the last 36 hours 账本超过36小时未核对",
                "href": checks,
            }
        )
    if state.proved:
        oldest = min(check.checked_at for check in state.proved)
        whose = (
            f"{state.proved[0].brand}: the ledger proves"
            if len(state.proved) == 1
            else f"The ledgers of {len(state.proved)} brands prove"
        )
        lines.append({"look": "good", "text": f"{whose}, checked at {moment(oldest)} 账本已证明无误", "href": checks})
    return lines


def earned(found: Overview) -> str:
    order = list(Commission.Status)
    rows = sorted(found.earned, key=lambda row: (row.currency, order.index(row.status)))
    return table(
        ["status", "commissions", "net"],
        [(row.status.label, f"{row.count:,}", shown(row.net_minor, row.currency)) for row in rows],
    )


def chart(found: Overview) -> str:
    lines = [
        ("Orders 订单", "--color-primary-600", found.orders_by_day),
        ("Shares 分享", "--color-primary-300", found.shares_by_day),
    ]
    return json.dumps(
        {
            "labels": [f"{day:%m-%d}" for day, _ in found.orders_by_day],
            "datasets": [
                {"label": label, "borderColor": f"var({colour})", "data": [count for _, count in days]}
                for label, colour, days in lines
            ],
        }
    )


MENU: list[tuple[str, list[tuple[str, str, str]]]] = [
    ("People 人", [
        ("KOCs", "group", "accounts_koc"),
        ("Customers 顾客", "shopping_bag", "accounts_customer"),
        ("Brands 品牌", "storefront", "accounts_brand"),
        ("Tiers 等级", "stairs", "accounts_tier"),
    ]),
    ("Content 内容", [
        ("Kits 素材包", "inventory_2", "content_kit"),
        ("Products 商品", "sell", "content_product"),
    ]),
    ("Spread 传播", [
        ("Charts 传播图表", "insights", "commissions_spread"),
        ("Shares 分享", "share", "referrals_share"),
        ("Visits 访问", "ads_click", "referrals_visit"),
        ("Coupons 优惠券", "confirmation_number", "referrals_coupon"),
        ("Bindings 锁客", "lock", "referrals_binding"),
        ("Sponsorships 推荐关系", "account_tree", "referrals_sponsorship"),
        ("Communities 社群", "groups", "referrals_community"),
        ("Contests 竞赛", "trophy", "growth_contest"),
        ("Invitations 邀请规则", "person_add", "referrals_invitationpolicy"),
        ("Credit policies 归因规则", "rule", "referrals_creditpolicy"),
    ]),
    ("Sales 销售", [
        ("Orders 订单", "receipt_long", "commissions_order"),
        ("Refunds 退款", "undo", "commissions_refund"),
        ("Deliveries 收货", "local_shipping", "commissions_delivery"),
        ("Events 事件", "webhook", "commissions_event"),
    ]),
    ("Money 资金", [
        ("Commissions 佣金", "payments", "commissions_commission"),
        ("Held for review 风控审核", "front_hand", "commissions_riskreview"),
        ("Fraud signals 风险信号", "report", "commissions_signal"),
        ("Signal policies 风险规则", "tune", "commissions_signalpolicy"),
        ("Settlements 结算", "event_available", "commissions_settlement"),
        ("Statements 结算单", "description", "commissions_statement"),
        ("Payout batches 打款批次", "account_balance", "commissions_payoutbatch"),
        ("Payout lines 打款明细", "receipt", "commissions_payoutline"),
        ("Payout templates 打款模板", "table_view", "commissions_payouttemplate"),
        ("Subsidies 补贴", "redeem", "commissions_subsidy"),
        ("Write-offs 核销", "money_off", "commissions_writeoff"),
        ("Wallets 钱包", "account_balance_wallet", "commissions_wallet"),
        ("Transfers 记账", "swap_horiz", "commissions_transfer"),
        ("Exports 导出", "download", "commissions_export"),
        ("Reconciliation 对账", "balance", "commissions_reconciliation"),
        ("Plans 佣金方案", "percent", "commissions_plan"),
        ("Campaigns 活动", "campaign", "commissions_campaign"),
        ("Payees 收款人", "contact_page", "commissions_payee"),
        ("Readings of payees 查看记录", "visibility", "commissions_payeeread"),
        ("Tax tables 税率表", "table_rows", "commissions_taxtable"),
        ("Pay policies 结算规则", "policy", "commissions_paypolicy"),
        ("Compliance 合规报告", "gavel", "commissions_compliance"),
    ]),
]  # fmt: skip
FOR_SUPERUSERS = (
    "Installation 系统",
    [("Users 用户账号", "person", "accounts_user"), ("Staff 员工", "badge", "accounts_staff")],
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu, in the order of the work. Tables that are only looked up from others have a page, reached by links, and
    no line here."""
    menu = [*MENU, FOR_SUPERUSERS] if request.user.is_superuser else MENU
    lines = {
        title: [
            {"title": name, "icon": icon, "link": reverse(f"admin:{page}_changelist")} for name, icon, page in items
        ]
        for title, items in menu
    }
    return [{"title": title, "items": items} for title, items in lines.items()]
