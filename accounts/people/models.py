from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand, Numbered, ShopField, Tier
from foundation.ids.models import PublicModel
from foundation.phones import e164
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.names import pairs_of
from foundation.postgres.text_fields import KeyField, NameField
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by


class UserManager(BaseUserManager["User"]):
    def create_user(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(phone=phone, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(phone, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, phone: str | None) -> "User":
        """The login of a phone, however it is spelt. Raises DoesNotExist."""
        users = {user.phone: user for user in self.filter(phone__in=[phone, e164(phone or "")])}
        if not users:
            raise self.model.DoesNotExist
        return users.get(phone or "") or next(iter(users.values()))


class User(AbstractBaseUser, PermissionsMixin):
    """A login. One user may be KOC of several brands, or staff."""

    phone = models.CharField(max_length=20, unique=True, help_text=_("E.164, such as +8613800000000"))
    name = NameField(max_length=120, blank=True)
    language = models.CharField(
        max_length=10,
        blank=True,
        default="",
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        help_text=_("the back office speaks it; empty: the browser's"),
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def get_full_name(self) -> str:
        """What the user's menu calls them; it says the phone of who has no name."""
        return self.name

    def __str__(self) -> str:
        return self.name or f"…{self.phone[-4:]}"


class Staff(models.Model):
    """A user works for a brand: sees that brand's rows in the admin, and no other's."""

    brand = ProtectedForeignKey(Brand, related_name="staff")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="employments")

    class Meta:
        verbose_name_plural = _("staff")
        constraints = [UniqueConstraint(fields=["brand", "user"], name="staff_once_per_brand")]

    @named_by("user", "brand")
    def __str__(self) -> str:
        return f"{self.user} @ {self.brand}"


class Koc(PublicModel, prefix="koc"):
    """One user's membership in one brand's programme. One that was imported without a phone has no login yet."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("applied")
        ACTIVE = "active", _("active")
        REJECTED = "rejected", _("rejected")

    brand = ProtectedForeignKey(Brand, related_name="kocs")
    user = ProtectedForeignKey(User, related_name="memberships", null=True, blank=True)
    key = KeyField(max_length=64, help_text=_("the brand's own key"))
    name = NameField(max_length=120)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.APPLIED)
    tier = ProtectedForeignKey(Tier, related_name="kocs")
    tier_pinned = models.BooleanField(default=False, help_text=_("promotion leaves a pinned tier alone"))
    invite_code = models.CharField(max_length=16, unique=True)
    answers = models.JSONField(default=dict, blank=True)
    joined_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "key"], name="koc_key_once_per_brand"),
            UniqueConstraint(fields=["brand", "user"], name="koc_user_once_per_brand"),
        ]
        indexes = [
            Index(fields=["brand", "status", "joined_at"], name="koc_by_status"),
            GinIndex(pairs_of("brand_id", "name"), name="koc_by_name_part"),
            BrinIndex(fields=["joined_at"], autosummarize=True, name="koc_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"

    @property
    def called(self) -> str:
        """Within the name of another row."""
        return self.name or self.key


class TierChange(models.Model):
    """A KOC had another tier until then. What held at a moment is the tier before the first later change."""

    koc = ProtectedForeignKey(Koc, related_name="tier_changes")
    tier_before = ProtectedForeignKey(Tier)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [Index(fields=["koc", "changed_at"], name="tier_change_by_koc")]

    @named_by("koc__brand", "tier_before")
    def __str__(self) -> str:
        return _("%(koc)s, %(tier)s until %(at)s") % {
            "koc": self.koc,
            "tier": self.tier_before,
            "at": full_moment(self.changed_at, self.koc.brand.timezone),
        }


class BlockedPhone(models.Model):
    """A phone that several people use, a household's or one for tests: customers are not taken for one person by it."""

    brand = ProtectedForeignKey(Brand, db_index=False)
    phone = models.CharField(max_length=20, help_text=_("E.164, such as +8613800000000"))
    reason = models.CharField(max_length=200)
    blocked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["brand", "phone"], name="blocked_phone_once_per_brand")]

    def __str__(self) -> str:
        return f"…{self.phone[-4:]}"


class Customer(Numbered, PublicModel, prefix="cus"):
    """A person who bought from the brand. May also be a KOC: the same phone says so."""

    brand = ProtectedForeignKey(Brand, related_name="customers")
    shop = ShopField()
    key = KeyField(max_length=64, help_text=_("the shop's own id"))
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    name = NameField(max_length=120, blank=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["brand", "key", "shop"], name="customer_key_once_per_shop")]
        indexes = [
            Index(fields=["brand", "phone"], condition=~Q(phone=""), name="customer_by_phone"),
            GinIndex(pairs_of("brand_id", "name"), condition=~Q(name=""), name="customer_by_name_part"),
            BrinIndex(fields=["first_seen_at"], autosummarize=True, name="customer_by_time"),
        ]

    def __str__(self) -> str:
        return self.name or self.number
