"""Minimal valid rows, without randomness. Every maker returns a saved row; a counter keeps keys apart."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts.brands.models import Brand, Tier
from accounts.people.models import Customer, Koc, Staff, User
from commissions.payees.domain.payees import FullPayee
from commissions.payees.models.payees import Payee
from commissions.payees.services import save_payee
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from content.kits.domain.texts import Text
from content.kits.models import Kit
from content.kits.services.versions import publish_texts
from content.products.models import Product
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy, Sponsorship

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
TWO_LEVELS = {"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": NOW}
"""The policy of a brand that pays a sponsor too, as somebody answers for."""
_numbers = count(1)


def make_user(phone: str = "", **fields: Any) -> User:
    return User.objects.create_user(phone or f"+86138{next(_numbers):08}", **fields)


def make_brand(
    slug: str = "", *, policy: dict[str, Any] | None = None, credit: dict[str, Any] | None = None, **fields: Any
) -> Brand:
    """A brand with its policies and its lowest tier, `seed`. No tax unless the policy says so."""
    slug = slug or f"brand{next(_numbers)}"
    fields = {
        "name": slug.title(),
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "landing_url": "https://shop.example/p/{sku}",
        "created_at": NOW,
    } | fields
    brand = Brand.objects.create(slug=slug, **fields)
    Tier.objects.create(brand=brand, key="seed", name="种子", rank=0)
    PayPolicy.objects.create(brand=brand, **({"tax": "none"} | (policy or {})))
    CreditPolicy.objects.create(brand=brand, **(credit or {}))
    return brand


def make_staff(brand: Brand, **fields: Any) -> User:
    user = make_user(is_staff=True, **fields)
    Staff.objects.create(brand=brand, user=user)
    return user


def make_koc(brand: Brand, key: str = "", *, sponsor: Koc | None = None, **fields: Any) -> Koc:
    """An active KOC in the lowest tier, under its sponsor if one is given."""
    key = key or f"k{next(_numbers)}"
    fields = {"name": key, "status": "active", "invite_code": f"i{next(_numbers)}", "joined_at": NOW} | fields
    if "tier" not in fields:
        fields["tier"] = brand.tiers.order_by("rank").first()
    koc = Koc.objects.create(brand=brand, key=key, **fields)
    above = Sponsorship.objects.get(koc=sponsor) if sponsor else None
    Sponsorship.objects.create(
        koc=koc, brand=brand, sponsor=sponsor, root=above.root if above else koc, depth=above.depth + 1 if above else 0
    )
    return koc


# Made up; the first two are the examples of GB 11643
IDS = [
    "11010519491231002X",
    "440524188001010014",
    "110101199003077758",
    "310101199512241234",
]


def make_payee(user: User | None, id_number: str = IDS[0], **given: Any) -> Payee:
    """Whom a user's money goes to: 张小明 with a bank card, as they would say it themself."""
    assert user
    said: dict[str, Any] = {"name": "张小明", "account": "6222020200112233", "bank": "工商银行"} | given
    return save_payee(user=user, given=FullPayee(id_number=id_number, **said), at=NOW)


def make_customer(brand: Brand, key: str = "", **fields: Any) -> Customer:
    return Customer.objects.create(brand=brand, key=key or f"c{next(_numbers)}", **({"first_seen_at": NOW} | fields))


def make_product(brand: Brand, sku: str = "S1", **fields: Any) -> Product:
    return Product.objects.create(
        brand=brand, sku=sku, **({"name": sku, "category": "skincare", "price_minor": 9900} | fields)
    )


def make_kit(brand: Brand, key: str = "", **fields: Any) -> Kit:
    """A published kit with one text of each kind for any channel, or with `texts`."""
    status = fields.pop("status", Kit.Status.PUBLISHED)
    texts = fields.pop("texts", [Text(kind, "any", f"{kind} 文案") for kind in ("usage", "service", "value")])
    kit = Kit.objects.create(
        brand=brand, key=key or f"kit{next(_numbers)}", **({"title": "我的 28 天", "created_at": NOW} | fields)
    )
    if status != Kit.Status.DRAFT:
        publish_texts(kit=kit, texts=texts, at=NOW)
        Kit.objects.filter(pk=kit.pk).update(status=status)
        kit.status = status
    return kit


def make_share(koc: Koc, kit: Kit | None = None, *, parent: Share | None = None, **fields: Any) -> Share:
    """A share of this kit, or of one of its own if none is given."""
    kit = kit or make_kit(koc.brand)
    fields = {"code": f"s{next(_numbers)}", "channel": "moments", "shared_at": NOW} | fields
    root = None if parent is None else parent.root or parent
    return Share.objects.create(
        brand=koc.brand, koc=koc, kit=kit, parent=parent, root=root, depth=parent.depth + 1 if parent else 0, **fields
    )


def make_plan(
    brand: Brand,
    key: str = "base",
    *,
    rules: list[dict[str, Any]],
    starts_at: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ends_at: datetime | None = None,
) -> Plan:
    plan = Plan.objects.create(brand=brand, key=key, starts_at=starts_at, ends_at=ends_at)
    for position, rule in enumerate(rules):
        Rule.objects.create(plan=plan, position=position, **rule)
    return plan


def make_brand_with_plan(slug: str = "", *, rules: list[dict[str, Any]], **fields: Any) -> Brand:
    """A brand with one product, and a plan of these rules."""
    brand = make_brand(slug, **fields)
    make_product(brand)
    make_plan(brand, rules=rules)
    return brand


def make_selling_brand(
    slug: str = "", *, rate_bps: int = 1000, code: str = "code", policy: dict[str, Any] | None = None
) -> Brand:
    """A brand with one product and one rate for everything, whose KOC `a` has a share with this code."""
    brand = make_brand_with_plan(slug, rules=[{"rate_bps": rate_bps}], policy=policy)
    make_share(make_koc(brand, "a"), code=code)
    return brand
