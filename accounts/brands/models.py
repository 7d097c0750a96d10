from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import available_timezones

from django.contrib.admin import display
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Deferrable, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.domain.landing_urls import BRACES, LONGEST_URL, NO_HOST, NOT_HTTP, TOO_LONG, fault_of
from accounts.brands.domain.shops import MAIN, shown_number
from foundation.files.faults import LONGEST, beginning, on_one_line
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.text_fields import KeyField, NameField
from foundation.texts.translation import Text

SAID: dict[str, Text] = {
    NOT_HTTP: _("“%(value)s” is not an http or https address."),
    NO_HOST: _("“%(value)s” names no host that a browser could open."),
    BRACES: _("“%(value)s” may have no braces but {sku}, and that behind the host."),
    TOO_LONG: _("“%(value)s” is too long."),
}


def validate_landing_url(url: str) -> None:
    """The rule of `accounts.brands.domain.landing_urls`, as Django asks for it."""
    if fault := fault_of(url):
        shown = on_one_line(beginning(url, LONGEST))
        raise ValidationError(SAID[fault], code="landing_url", params={"value": shown})


def validate_zone(name: str) -> None:
    """A time zone of the IANA: work of the clock asks for each brand's midnight."""
    if name not in available_timezones():
        raise ValidationError(_("“%(value)s” is not a time zone."), code="timezone", params={"value": name})


class Brand(PublicModel, prefix="brd"):
    """A tenant. Nothing of one brand is visible to another."""

    class Approval(models.TextChoices):
        MANUAL = "manual", _("staff approve")
        AUTO = "auto", _("at once")

    slug = models.SlugField(unique=True)
    name = NameField(max_length=120)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64, default="Asia/Shanghai", validators=[validate_zone])
    landing_url = models.CharField(
        max_length=LONGEST_URL, validators=[validate_landing_url], help_text=_("{sku} stands for the product")
    )
    approval = models.CharField(max_length=8, choices=Approval.choices, default=Approval.MANUAL)
    candidate_purchases = models.PositiveIntegerField(default=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="brand_currency_is_iso_4217"),
            CheckConstraint(condition=Q(candidate_purchases__gt=0), name="brand_candidate_needs_a_purchase"),
            CheckConstraint(condition=Q(landing_url__iregex="^https?://"), name="brand_landing_url_is_http"),
        ]

    def __str__(self) -> str:
        return self.name


class Shop(NamedTuple):
    """One of a brand's shops. Order numbers, customer ids and webhook ids are unique within it. It has no table: the facts
    that it reports name it."""

    brand: Brand
    name: str = MAIN

    @property
    def columns(self) -> dict[str, Any]:
        """What the rows of this shop have in common."""
        return {"brand": self.brand, "shop": self.name}


if TYPE_CHECKING:
    ShopField = models.CharField
else:

    class ShopField(KeyField):
        """The name of the shop whose fact a row is."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{"max_length": 64, "default": MAIN, "db_default": MAIN, "db_collation": "C"} | options)


class Numbered:
    """A row that a shop numbers."""

    shop: str
    key: str

    @property
    @display(description=_("key"), ordering="key")
    def number(self) -> str:
        return shown_number(self.shop, self.key)


class OfOrder:
    """A row that names an order by the number that its shop gave it: the order may not have been heard of yet."""

    shop: str
    order_key: str

    @property
    @display(description=_("order"), ordering="order_key")
    def order_number(self) -> str:
        return shown_number(self.shop, self.order_key)


class Tier(models.Model):
    """A rung with benefits and a rate multiplier, kept by merit."""

    brand = ProtectedForeignKey(Brand, related_name="tiers")
    key = models.SlugField()
    name = NameField(max_length=120)
    rank = models.PositiveSmallIntegerField(help_text=_("0 is the lowest"))
    growth = models.PositiveIntegerField(default=0, help_text=_("points needed"))
    multiplier_bps = models.PositiveIntegerField(default=10_000)
    keep = models.PositiveIntegerField(default=0, help_text=_("points in the last keep_days to stay"))
    keep_days = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["brand", "rank"]
        constraints = [
            UniqueConstraint(fields=["brand", "key"], name="tier_key_once_per_brand"),
            UniqueConstraint(fields=["brand", "rank"], name="tier_rank_once_per_brand", deferrable=Deferrable.DEFERRED),
            CheckConstraint(condition=Q(keep=0) | Q(keep_days__gt=0), name="tier_keep_has_a_window"),
        ]

    def __str__(self) -> str:
        return self.name
