from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint, Value
from django.utils.translation import gettext_lazy as _

from accounts.people.models import Customer, Koc
from foundation.postgres.fields import ProtectedForeignKey
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by
from referrals.shares.models import Share


class Acquaintance(models.Model):
    """A customer turned out to be this visitor: an order of theirs carried the visitor's click."""

    customer = ProtectedForeignKey(Customer)
    visitor = models.CharField(max_length=64)

    class Meta:
        constraints = [UniqueConstraint(fields=["customer", "visitor"], name="acquaintance_once")]
        indexes = [Index(fields=["visitor"], name="acquaintance_by_visitor")]

    @named_by("customer")
    def __str__(self) -> str:
        return _("visits of %(customer)s") % {"customer": self.customer}


class Binding(models.Model):
    """A customer was bound to a KOC: half-open [since, until), what made it, and what ended it or will.

    It follows from clicks and orders (`domain.bindings`), and is written when an order of the customer is credited.
    """

    class Because(models.TextChoices):
        ENDLESS = "", _("no end")
        EXPIRED = "expired", _("expired")
        RELEASED = "released", _("no order for long")
        SNATCHED = "snatched", _("another KOC came")

    customer = ProtectedForeignKey(Customer)
    koc = ProtectedForeignKey(Koc)
    share = ProtectedForeignKey(Share, null=True, blank=True)
    cause = models.CharField(max_length=5, choices=[("click", _("click")), ("order", _("order"))])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=8, choices=Because.choices, default=Because.ENDLESS, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(until=None, because="") | (Q(until__gt=F("since")) & ~Q(because="")),
                name="binding_ends_after_it_begins_and_says_why",
            ),
            ExclusionConstraint(  # the customer as a range of one, since GiST compares numbers only with an extension
                name="a_customer_is_bound_to_one_koc_at_a_time",
                expressions=[
                    (Func("customer_id", "customer_id", Value("[]"), function="int8range"), "&&"),
                    (Func("since", "until", function="tstzrange"), "&&"),
                ],
            ),
        ]

    @named_by("customer", "koc__brand")
    def __str__(self) -> str:
        return _("%(customer)s → %(koc)s since %(at)s") % {
            "customer": self.customer,
            "koc": self.koc,
            "at": full_moment(self.since, self.koc.brand.timezone),
        }
