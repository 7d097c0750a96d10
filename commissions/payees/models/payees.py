"""Whom the money goes to, and who has looked at that."""

from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.payees.domain import payees
from commissions.payees.domain.payees import FullPayee
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.triggers import append_only
from foundation.sealing import SEAL, unseal
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by


class Payee(models.Model):
    """The person behind a login, as a tax office and a bank want to know them. In clear stands only what tells their
    owner which ones they are."""

    user = ProtectedOneToOneField(User, primary_key=True)

    class Method(models.TextChoices):
        BANK = payees.BANK, _("bank card")
        ALIPAY = payees.ALIPAY, _("Alipay")
        WECHAT = payees.WECHAT, _("WeChat Pay")

    method = models.CharField(max_length=6, choices=Method.choices)
    bank = models.CharField(max_length=payees.LONGEST_BANK, blank=True)

    class IdType(models.TextChoices):
        RESIDENT = payees.RESIDENT, _("resident identity card")
        OTHER = payees.OTHER, _("another document")

    id_type = models.CharField(max_length=5, choices=IdType.choices)
    name_sealed = models.TextField()
    id_number_sealed = models.TextField()
    account_sealed = models.TextField()
    id_number_last4 = models.CharField(max_length=4)
    account_last4 = models.CharField(max_length=4)
    person = models.CharField(
        max_length=64,
        db_index=True,
        help_text=_("a keyed digest of the id number: the same for two logins of one person"),
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(name_sealed__regex=SEAL, id_number_sealed__regex=SEAL, account_sealed__regex=SEAL),
                name="payee_is_sealed",
            ),
            CheckConstraint(condition=Q(person__regex=r"^[0-9a-f]{64}$"), name="payee_person_is_a_digest"),
            CheckConstraint(condition=Q(method__in=["bank", "alipay", "wechat"]), name="payee_method_is_known"),
        ]

    @named_by("user")
    def __str__(self) -> str:
        return _("payee of %(user)s, account …%(last4)s") % {"user": self.user, "last4": self.account_last4}

    def opened(self) -> FullPayee:
        """The whole record in clear. Whoever shows it to somebody writes a PayeeRead. Raises Unreadable."""
        name, id_number, account = map(unseal, (self.name_sealed, self.id_number_sealed, self.account_sealed))
        return FullPayee(
            name=name, id_number=id_number, account=account, method=self.method, bank=self.bank, id_type=self.id_type
        )


class PayeeRead(models.Model):
    """Somebody read a payee's full record. Rows are only added."""

    user = ProtectedForeignKey(User, help_text=_("whose record"))
    brand = ProtectedForeignKey(Brand, help_text=_("for which brand"))
    reader = ProtectedForeignKey(User, null=True, blank=True, help_text=_("empty: a command"))
    who = models.CharField(max_length=120, help_text=_("the reader as they were called, or the command"))
    why = models.CharField(max_length=200)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=~Q(who="") & ~Q(why=""), name="payee_read_says_who_and_why")]
        indexes = [
            Index(fields=["user", "-read_at"], name="payee_read_by_user"),
            Index(fields=["brand", "-read_at"], name="payee_read_by_brand"),
        ]
        triggers = [append_only("payee_reads_are_append_only")]

    @named_by("brand")
    def __str__(self) -> str:
        return _("%(who)s at %(at)s") % {
            "who": self.who,
            "at": full_moment(self.read_at, self.brand.timezone if self.brand else ""),
        }
