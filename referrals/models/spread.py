from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Brand, Customer, Koc
from accounts.models.public_ids import PublicModel
from content.models import Channel, Kit


class Share(PublicModel):
    """One KOC sharing one kit on one channel. Its parent is the share through which the KOC came."""

    prefix = "shr"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    koc = models.ForeignKey(Koc, on_delete=models.PROTECT, related_name="+")
    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.ANY)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    root = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="empty: this share is the root")
    depth = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=16, unique=True)
    key = models.CharField(max_length=64, null=True, blank=True, help_text="the key of the import, if it was imported")
    shared_at = models.DateTimeField()
    tapped_on = models.DateField(
        null=True, blank=True, help_text="the day in the brand's zone; the same tap on the same day is the same share. Empty: imported"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="share_key_once_per_brand"),
            models.UniqueConstraint(
                fields=["koc", "kit", "channel", "parent", "tapped_on"],
                condition=Q(tapped_on__isnull=False),
                nulls_distinct=False,
                name="share_once_per_tap_and_day",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, root__isnull=True, depth=0) | Q(parent__isnull=False, root__isnull=False, depth__gt=0),
                name="share_root_has_depth_0",
            ),
            models.CheckConstraint(condition=~Q(pk=F("parent")), name="share_not_its_own_parent"),
        ]
        indexes = [
            models.Index(fields=["koc", "-shared_at"], name="share_by_koc"),
            models.Index(fields=["root", "depth"], name="share_by_level"),
            models.Index(fields=["brand", "kit", "shared_at"], name="share_by_kit"),
        ]

    def __str__(self) -> str:
        return self.code


class Visit(PublicModel):
    """Somebody opened a share. Counted once per visitor and share within an hour; robots, and floods from one source, are kept apart."""

    prefix = "clk"

    class Uncounted(models.TextChoices):
        NO = "", "counted"
        REPEAT = "repeat", "repeat 重复"
        ROBOT = "robot", "robot or preview 机器人"
        FLOOD = "flood", "flood of one source 异常流量"

    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="visits", db_index=False)  # `visit_by_share` begins with it
    visitor = models.CharField(max_length=64, help_text="the first-party cookie, or the key of the import")
    visited_at = models.DateTimeField()
    uncounted = models.CharField(max_length=8, choices=Uncounted.choices, default=Uncounted.NO, blank=True)
    source = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="a keyed hash of where it came from, another one every day; empty: imported, or not known",
    )

    class Meta:
        indexes = [
            models.Index(fields=["share", "visitor", "visited_at"], name="visit_by_share"),
            models.Index(fields=["visitor", "visited_at"], name="visit_by_visitor"),
            models.Index(fields=["source", "visited_at"], name="visit_by_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"visit of {self.share_id} at {self.visited_at}"

    @property
    def counted(self) -> bool:
        return self.uncounted == self.Uncounted.NO


class Acquaintance(models.Model):
    """A customer turned out to be this visitor: an order of theirs carried the visitor's click."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    visitor = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "visitor"], name="acquaintance_once")]
        indexes = [models.Index(fields=["visitor"], name="acquaintance_by_visitor")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} is a visitor"


class Binding(models.Model):
    """A customer was bound to a KOC: half-open [since, until), what made it, and what ended it or will.

    It follows from clicks and orders (`domain.bindings`), and is written when an order of the customer is answered.
    """

    class Because(models.TextChoices):
        ENDLESS = "", "no end 不失效"
        EXPIRED = "expired", "expired 到期"
        RELEASED = "released", "no order for long 久未下单释放"
        SNATCHED = "snatched", "another KOC came 被抢客"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    koc = models.ForeignKey(Koc, on_delete=models.PROTECT, related_name="+")
    share = models.ForeignKey(Share, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=5, choices=[("click", "click 点击"), ("order", "order 下单")])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=8, choices=Because.choices, default=Because.ENDLESS, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True, because="") | (Q(until__gt=F("since")) & ~Q(because="")), name="binding_ends_after_it_begins_and_says_why"
            ),
            ExclusionConstraint(  # the customer as a range of one, since GiST compares numbers only with an extension
                name="a_customer_is_bound_to_one_koc_at_a_time",
                expressions=[
                    (Func("customer_id", "customer_id", Value("[]"), function="int8range"), "&&"),
                    (Func("since", "until", function="tstzrange"), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} → {self.koc} since {self.since:%Y-%m-%d}"
