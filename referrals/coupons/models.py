from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint, Value
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand, OfOrder, ShopField
from accounts.people.models import Customer, Koc
from content.kits.models import Channel
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.text_fields import KeyField
from foundation.texts.keys import ALIKE, LOOKS
from foundation.texts.names import named_by


class Coupon(PublicModel, prefix="cpn"):
    """A code that the shop takes, and that credits its KOC. A unique one has a stock of 1; a shared one more, or no
    end."""

    brand = ProtectedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc)
    code = KeyField(max_length=64, help_text=_("as the shop knows it; upper case"))
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.ANY)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    valid_days = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("good so many days after receipt; empty: needs none")
    )
    stock = models.PositiveIntegerField(null=True, blank=True, help_text=_("how often it can be used; empty: always"))
    most_per_customer = models.PositiveIntegerField(null=True, blank=True, default=1, help_text=_("empty: always"))
    used = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "code"], name="coupon_code_once_per_brand"),
            CheckConstraint(condition=Q(code__regex=r"^[^\sa-z]+$"), name="coupon_code_is_upper_case_without_blanks"),
            CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="coupon_ends_after_it_starts"
            ),
            CheckConstraint(
                condition=Q(stock=None) | Q(used__lte=F("stock")), name="coupon_is_not_used_beyond_its_stock"
            ),
            CheckConstraint(condition=Q(valid_days=None) | Q(valid_days__gt=0), name="coupon_validity_is_positive"),
        ]
        indexes = [
            Index(fields=["koc", "-starts_at"], name="coupon_by_koc"),
            Index(F("brand"), Func(F("code"), Value(LOOKS), Value(ALIKE), function="translate"), name="coupon_by_look"),
        ]

    def __str__(self) -> str:
        return self.code


class CouponReceipt(models.Model):
    """A customer received a coupon; the first time counts."""

    coupon = ProtectedForeignKey(Coupon, related_name="receipts")
    customer = ProtectedForeignKey(Customer)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["coupon", "customer"], name="coupon_received_once")]

    @named_by("coupon", "customer")
    def __str__(self) -> str:
        return _("coupon %(coupon)s of %(customer)s") % {"coupon": self.coupon, "customer": self.customer}


class CouponUse(OfOrder, models.Model):
    """An order was credited by a coupon. It stays used when the order is cancelled: the shop gave the discount, and may
    issue another."""

    coupon = ProtectedForeignKey(Coupon, related_name="uses")
    customer = ProtectedForeignKey(Customer, null=True, blank=True)
    shop = ShopField()
    order_key = models.CharField(max_length=64, help_text=_("the shop's order number"))
    used_at = models.DateTimeField(help_text=_("when the order was paid"))

    class Meta:
        constraints = [
            UniqueConstraint(fields=["coupon", "order_key", "shop"], name="coupon_used_once_per_order_of_shop")
        ]
        indexes = [Index(fields=["coupon", "customer"], name="coupon_use_by_customer")]

    @named_by("coupon")
    def __str__(self) -> str:
        return _("coupon %(coupon)s for order %(order)s") % {"coupon": self.coupon, "order": self.order_number}
