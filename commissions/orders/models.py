"""Facts that the shop reports. Each stands by itself, keyed by the shop's order number, so they may arrive in any
order."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand, Numbered, OfOrder, ShopField
from accounts.people.models import Customer, Koc, User
from content.products.models import Product
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, UnconstrainedForeignKey
from foundation.postgres.triggers import MetaForTriggers, checked, kept, named_stays
from foundation.sealing import SEAL
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by
from foundation.texts.sentences import SentenceField
from referrals.coupons.models import Coupon
from referrals.shares.models import Share
from referrals.visits.models import Visit

LINE_OF_ANOTHER_BRAND = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_order sale ON sale.id = added.order_id
    LEFT JOIN content_product product ON product.id = added.product_id
    WHERE sale.id IS NULL OR added.product_id IS NOT NULL AND product.brand_id IS DISTINCT FROM sale.brand_id
)"""


class Event(PublicModel, prefix="evt"):
    """What the shop sent, as it was sent. One that was refused is kept, so that staff can see and replay it."""

    class Status(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    brand = ProtectedForeignKey(Brand)
    shop = ShopField()
    webhook_id = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    type = models.CharField(max_length=40)
    body = models.JSONField()
    status = models.CharField(max_length=8, choices=Status.choices)
    refusal = SentenceField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "webhook_id", "shop"], name="event_once_per_webhook_id_of_shop")
        ]
        indexes = [
            Index(fields=["brand", "status", "-received_at"], name="event_by_status"),
            BrinIndex(fields=["received_at"], autosummarize=True, name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.webhook_id}"


class Order(Numbered, PublicModel, prefix="ord"):
    """A sale reported by the brand's shop, how it was brought, and, once answered, whom it is credited to."""

    class Credit(models.TextChoices):
        UNANSWERED = "", _("not answered yet")
        KOC = "koc", _("named by the shop")
        CLICK = "click", _("by a visit")
        SHARE = "share", _("by a share")
        SHARED = "shared", _("several touches")
        BINDING = "binding", _("bound customer")
        COUPON = "coupon", _("by a coupon")
        NOBODY = "nobody", _("nobody")
        SELF_PURCHASE = "self_purchase", _("own purchase")

    brand = ProtectedForeignKey(Brand)
    shop = ShopField()
    key = models.CharField(
        max_length=64,
        db_collation="C",
        help_text=_("the shop's order number; of two paid at one instant the lower is the earlier"),
    )
    paid_at = models.DateTimeField()
    customer = ProtectedForeignKey(Customer, null=True, blank=True, help_text=_("empty: a guest"))
    given_koc = ProtectedForeignKey(Koc, null=True, blank=True)
    given_share = ProtectedForeignKey(Share, null=True, blank=True)
    given_click = ProtectedForeignKey(Visit, null=True, blank=True)
    awaited_click = models.BigIntegerField(
        null=True,
        blank=True,
        help_text=_("the number of a click that was answered, and is still on its way to the visits"),
    )
    given_coupon = ProtectedForeignKey(Coupon, null=True, blank=True, db_index=False)
    phone_unreadable = models.BooleanField(default=False, db_default=False, help_text=_("a phone of the buyer was sent that nobody can read"))  # fmt: skip
    gap_filled = models.BooleanField(default=False, db_default=False, help_text=_("who bought, or what brought it, was said since"))  # fmt: skip
    told_again = models.BooleanField(default=False, db_default=False, help_text=_("what was left open was said since: to be looked at again"))  # fmt: skip
    order_discount_minor = models.PositiveBigIntegerField(default=0)
    shipping_minor = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(
        max_length=32, help_text=_("of what was sold to whom; empty: it was amended, and its versions say")
    )
    reported_at = models.DateTimeField(null=True, help_text=_("when the shop said so; empty: at paid_at"))
    received_at = models.DateTimeField()
    credited_at = models.DateTimeField(null=True, blank=True)
    credit = models.CharField(max_length=13, choices=Credit.choices, default=Credit.UNANSWERED, blank=True)
    koc = ProtectedForeignKey(Koc, null=True, blank=True, help_text=_("the credited KOC; of several the one with the largest part"))  # fmt: skip
    share = ProtectedForeignKey(Share, null=True, blank=True, help_text=_("the share that is credited"))
    customer_is_new = models.BooleanField(null=True, help_text=_("empty: a guest, or not answered yet"))
    credit_seen = models.JSONField(null=True, blank=True, help_text=_("what decided it: the policy of then, the visits seen, why nobody"))  # fmt: skip

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "key", "shop"], name="order_key_once_per_shop"),
            CheckConstraint(
                condition=Q(credited_at=None, credit="") | (Q(credited_at__isnull=False) & ~Q(credit="")),
                name="order_answer_is_whole",
            ),
        ]
        indexes = [
            Index(fields=["brand", "paid_at", "shop", "key"], name="order_to_credit", condition=Q(credited_at=None)),
            Index(fields=["brand", "-paid_at"], name="order_by_day"),
            Index(fields=["customer", "paid_at", "shop", "key"], name="order_of_customer"),
            Index(fields=["share"], name="order_by_share", condition=Q(share__isnull=False)),
            Index(fields=["brand"], name="order_told_again", condition=Q(told_again=True)),
        ]
        triggers = [kept("orders_are_kept")]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One line of an order. `base_minor` is what may earn: of goods gross minus their own discount and their part of the
    order's, of any other line 0: one that was taken out has quantity 0, a discount a price or a quantity below 0, a tip no
    product. `refunded_minor` is how much of the base all refunds took together, as they stand now.

    Here and in answers and commissions, fields without a constraint are checked by one trigger a statement, which also
    sees that all are of one brand, as a foreign key could not; and records of sales and money cannot be deleted."""

    order = UnconstrainedForeignKey(Order, related_name="lines")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    product = UnconstrainedForeignKey(Product, null=True, blank=True, help_text=_("empty: no goods"))
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.PositiveBigIntegerField(default=0)
    base_minor = models.PositiveBigIntegerField()
    refunded_minor = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            UniqueConstraint(fields=["order", "key"], name="order_line_once_per_order"),
            CheckConstraint(condition=Q(quantity__gt=0) | Q(base_minor=0), name="order_line_sells_something"),
        ]
        triggers = [
            kept("order_lines_are_kept"),
            checked(
                "lines_stay_in_one_brand", LINE_OF_ANOTHER_BRAND, "an order line sells a product of its order's brand"
            ),
        ]

    @named_by("order")
    def __str__(self) -> str:
        return _("order %(order)s, line %(line)s") % {"order": self.order, "line": self.key}


class OrderVersion(models.Model):
    """How an order stood from a moment on. Only an order that was told in more than one way has any; `lines` are all of
    that version."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits to be applied")
        APPLIED = "applied", _("applied")

    order = ProtectedForeignKey(Order, related_name="versions", db_index=False)
    reported_at = models.DateTimeField()
    order_discount_minor = models.PositiveBigIntegerField(default=0)
    shipping_minor = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    received_at = models.DateTimeField()
    answered = models.BooleanField(
        default=False, db_default=False, help_text=_("the order stood so when it was answered")
    )

    class Meta:
        constraints = [
            UniqueConstraint(fields=["order", "reported_at"], name="order_version_once"),
            UniqueConstraint(fields=["order"], condition=Q(answered=True), name="order_version_answered_once"),
        ]
        indexes = [Index(fields=["order"], name="order_version_waiting", condition=Q(status="waiting"))]

    @named_by("order__brand")
    def __str__(self) -> str:
        return _("order %(order)s as of %(at)s") % {
            "order": self.order,
            "at": full_moment(self.reported_at, self.order.brand.timezone),
        }


class VersionLine(models.Model):
    version = ProtectedForeignKey(OrderVersion, related_name="lines", db_index=False)
    key = models.CharField(max_length=64)
    product = ProtectedForeignKey(Product, db_index=False, null=True, blank=True)
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.PositiveBigIntegerField(default=0)
    base_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [UniqueConstraint(fields=["version", "key"], name="version_line_once")]

    @named_by("version__order__brand")
    def __str__(self) -> str:
        return _("%(version)s, line %(line)s") % {"version": self.version, "line": self.key}


class Delivery(OfOrder, models.Model):
    """The customer received the order, or a parcel with some of its lines. The hold of a line runs from the latest delivery
    that it is in, and from the payment if that came later; `matured` is set when the hold was found to be over. One that
    cannot be (long before the payment, of a line that the order does not have) is kept with why."""

    brand = ProtectedForeignKey(Brand)
    shop = ShopField()
    order_key = models.CharField(max_length=64, db_collation="C")
    number = models.PositiveSmallIntegerField(default=1, db_default=1, help_text=_("as the how manieth it was told"))
    lines = ArrayField(
        models.CharField(max_length=64), default=list, db_default=[], blank=True, help_text=_("empty: all, those added later too")
    )  # fmt: skip
    delivered_at = models.DateTimeField()
    hold_ends_at = models.DateTimeField()
    matured = models.BooleanField(default=False)
    event = UnconstrainedForeignKey(Event, null=True, blank=True, help_text=_("empty: it came in a file"))
    refusal = SentenceField(blank=True, default="", db_default="")
    is_new = models.BooleanField(default=False, db_default=False, help_text=_("what it changes was not looked at yet"))

    class Meta:
        verbose_name_plural = _("deliveries")
        constraints = [
            UniqueConstraint(fields=["brand", "order_key", "shop", "number"], name="delivery_once_per_number_of_shop")
        ]
        indexes = [
            Index(fields=["brand", "hold_ends_at"], name="delivery_immature", condition=Q(matured=False, refusal="")),
            Index(fields=["brand"], name="delivery_new", condition=Q(is_new=True)),
        ]

    @named_by("brand")
    def __str__(self) -> str:
        return _("order %(order)s, delivered at %(at)s") % {
            "order": self.order_number,
            "at": full_moment(self.delivered_at, self.brand.timezone),
        }


class Refund(OfOrder, models.Model):
    """Money went back to the customer: of lines, or an amount without lines. A cancellation is a refund of all that is
    left. One that is undone has a second row, which says when."""

    brand = ProtectedForeignKey(Brand)
    shop = ShopField()
    order_key = models.CharField(max_length=64, db_collation="C")

    class Kind(models.TextChoices):
        REFUND = "refund", _("refund")
        CANCELLATION = "cancellation", _("cancellation")
        UNDONE = "undone", _("refund taken back")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=64, blank=True, help_text=_("the shop's refund number; empty for a cancellation"))
    refunded_at = models.DateTimeField()
    amount_minor = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text=_("what went back without saying of which lines")
    )
    shipping_minor = models.PositiveBigIntegerField(default=0, db_default=0, help_text=_("takes nothing"))
    event = UnconstrainedForeignKey(Event, null=True, blank=True, help_text=_("empty: it came in a file"))

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for its order")
        APPLIED = "applied", _("applied")
        REFUSED = "refused", _("refused")

    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    refusal = SentenceField(blank=True)
    received_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True, help_text=_("staff said that it does not count"))

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["brand", "order_key", "shop", "kind", "key"],
                condition=Q(dismissed_at=None),
                name="refund_once_per_order_of_shop_and_key",
            ),
            CheckConstraint(condition=~Q(kind="cancellation") ^ Q(key=""), name="refund_has_a_key_unless_cancellation"),
            CheckConstraint(condition=Q(kind="refund") | Q(amount_minor=0), name="refund_alone_has_an_amount"),
        ]
        indexes = [
            Index(fields=["brand", "refunded_at"], name="refund_waiting", condition=Q(status="waiting")),
            Index(fields=["brand"], name="refund_refused", condition=Q(status="refused")),
            Index(fields=["brand", "order_key", "shop"], name="refund_of_order_of_shop"),
        ]

    def __str__(self) -> str:
        named = f"{self.get_kind_display()} {self.key}".rstrip()
        return _("order %(order)s, %(refund)s") % {"order": self.order_number, "refund": named}


class RefundLine(models.Model):
    refund = ProtectedForeignKey(Refund, related_name="lines", db_index=False)
    line_key = models.CharField(max_length=64)
    amount_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["refund", "line_key"], name="refund_line_once"),
            CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_line_is_positive"),
        ]

    @named_by("refund")
    def __str__(self) -> str:
        return _("%(refund)s, line %(line)s") % {"refund": self.refund, "line": self.line_key}


class Doubt(OfOrder, PublicModel, prefix="dbt"):
    """Something of the shop that cannot be, for staff to look at: an event that was refused, a refund that does not fit its
    order, or one that may be of another sale. While one that `holds` is open, what its order earned is held."""

    class Outcome(models.TextChoices):
        OPEN = "", _("open")
        ENDED = "ended", _("ended: it fits by now")
        MENDED = "mended", _("mended and sent again")
        DISMISSED = "dismissed", _("left out")

    brand = ProtectedForeignKey(Brand, db_index=False)
    shop = ShopField()
    order_key = models.CharField(max_length=64, db_collation="C")
    event = ProtectedForeignKey(Event, null=True, blank=True, related_name="doubts", help_text=_("empty: it came in a file"))  # fmt: skip
    refund = ProtectedForeignKey(Refund, null=True, blank=True, related_name="doubts")
    holds = models.BooleanField(help_text=_("what the order earned is held while it is open"))
    contests = models.BooleanField(default=False, db_default=False, help_text=_("another sale has this order number"))
    refusal = SentenceField()
    amount_minor = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("what it would give back"))
    opened_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = ProtectedForeignKey(User, null=True, blank=True, help_text=_("empty: by itself"))
    reason = models.CharField(max_length=500, blank=True)
    asked_by = ProtectedForeignKey(User, null=True, blank=True, help_text=_("who asked to dismiss it, where that takes two people"))  # fmt: skip
    is_new = models.BooleanField(default=True, help_text=_("what it holds or frees was not looked at yet"))

    class Meta:
        constraints = [
            UniqueConstraint(fields=["event"], condition=Q(outcome=""), name="doubt_open_once_per_event"),
            UniqueConstraint(fields=["refund", "holds"], condition=Q(outcome=""), name="doubt_open_once_per_refund"),
            CheckConstraint(condition=Q(event__isnull=False) | Q(refund__isnull=False), name="doubt_is_of_something"),
            CheckConstraint(condition=Q(outcome="") ^ Q(closed_at__isnull=False), name="doubt_is_whole"),
            CheckConstraint(condition=~Q(outcome="dismissed") | ~Q(reason=""), name="doubt_dismissed_for_a_reason"),
            CheckConstraint(
                condition=Q(asked_by=None) | ~Q(outcome="dismissed") | ~Q(asked_by=F("closed_by")),
                name="doubt_asked_and_dismissed_by_two",
            ),
        ]
        indexes = [
            Index(fields=["brand", "-opened_at"], name="doubt_open", condition=Q(outcome="")),
            Index(fields=["brand", "order_key", "shop"], name="doubt_of_order_of_shop"),
            Index(fields=["brand"], name="doubt_new", condition=Q(is_new=True)),
        ]
        triggers = [kept("doubts_are_kept")]

    @named_by("brand")
    def __str__(self) -> str:
        return _("doubt about order %(order)s") % {"order": self.order_number}


class IntakeSecret(models.Model):
    """A live secret with which a shop of the brand signs its events. Two at most a shop, so that one can be rotated. In clear
    stands only what tells them apart."""

    brand = ProtectedForeignKey(Brand)
    shop = ShopField()
    secret_sealed = models.TextField()
    last4 = models.CharField(max_length=4)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(secret_sealed__regex=SEAL), name="intake_secret_is_sealed")]

    @named_by("brand")
    def __str__(self) -> str:
        return _("secret of %(brand)s from %(at)s") % {
            "brand": self.brand,
            "at": full_moment(self.made_at, self.brand.timezone),
        }


class SoldProduct(Product):
    """Products as orders see them. Lines name them without a constraint, so a law keeps those that were sold."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("sold_products_stay", "commissions_orderline", "product_id")]
