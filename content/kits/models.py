"""What is shared: kits, their versions and the texts of these."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc, User
from content.kits.domain.variants import REWARD_DAYS
from content.media.models import Media, picture_of_the_brand
from content.products.models import Product
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.names import pairs_of
from foundation.postgres.text_fields import NameField
from foundation.postgres.triggers import changed, refused, rows_checked


class Channel(models.TextChoices):
    ANY = "any", _("any")
    MOMENTS = "moments", _("Moments")
    COMMUNITY = "community", _("community")
    XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
    DOUYIN = "douyin", _("Douyin")
    WECOM_MOMENTS = "wecom_moments", _("WeCom Moments")
    WECOM_GROUP = "wecom_group", _("WeCom group send")
    CHANNELS = "channels", _("WeChat Channels")
    WEIBO = "weibo", _("Weibo")


class Kit(PublicModel, prefix="kit"):
    """Content that is ready to share. The brand writes it centrally; it must not sound central."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        ENDED = "ended", _("ended")

    class Language(models.TextChoices):
        CHINESE = "zh-hans", _("Chinese")
        ENGLISH = "en", _("English")

    brand = ProtectedForeignKey(Brand)
    key = models.SlugField(max_length=64)
    title = NameField(max_length=200)
    product = ProtectedForeignKey(Product, related_name="kits", null=True, blank=True)
    audience_size = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("how many people could see it; coverage is measured against it")
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    version = ProtectedForeignKey("KitVersion", null=True, blank=True, help_text=_("the texts that are shared now"))
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.CHINESE)
    starts_at = models.DateTimeField(null=True, blank=True, help_text=_("empty: as soon as it is published"))
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("empty: until it is ended"))
    tiers = models.ManyToManyField(
        Tier, related_name="+", blank=True, help_text=_("who may share it, beside the people; neither: everybody")
    )
    people = models.ManyToManyField(
        Koc,
        related_name="+",
        blank=True,
        verbose_name=_("people by name"),
        help_text=_("KOCs who may share it, whatever their tier"),
    )
    needs_use = models.BooleanField(
        default=False, db_default=False,
        help_text=_("only who has used the product may share it, by an order of their own or as you know (Advertising Law, Art. 38)"),
    )  # fmt: skip
    author = ProtectedForeignKey(Koc, null=True, blank=True, help_text=_("the KOC whose content it is"))
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "key"], name="kit_key_once_per_brand"),
            CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="kit_ends_after_start",
            ),
            CheckConstraint(condition=Q(status="draft") | Q(version__isnull=False), name="kit_published_has_a_version"),
            CheckConstraint(
                condition=Q(status="draft") | Q(needs_use=False) | Q(product__isnull=False),
                name="kit_that_needs_use_has_a_product",
            ),
        ]
        indexes = [
            Index(fields=["brand", "status", "-created_at"], name="kit_by_status"),
            GinIndex(pairs_of("brand_id", "title"), name="kit_by_title_part"),
        ]

    def __str__(self) -> str:
        return self.title


class KitVersion(models.Model):
    """The texts of a kit as they were written once. A version that left its draft never changes; shares keep theirs."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    OPEN = (Status.DRAFT, Status.IN_REVIEW)

    kit = ProtectedForeignKey(Kit, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    title = NameField(max_length=200)
    channels = ArrayField(
        models.CharField(max_length=16, choices=Channel.choices), null=True, blank=True,
        help_text=_("where it is offered; of an imported version nothing was said, and it is offered everywhere"),
    )  # fmt: skip
    usage_rights = models.TextField(
        blank=True, max_length=500, help_text=_("what a KOC may do with it, and for how long")
    )
    checklist = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, help_text=_("what a KOC ticks before posting")
    )
    reward_days = models.PositiveSmallIntegerField(
        default=REWARD_DAYS, db_default=REWARD_DAYS, validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("where texts have variants: a variant is credited with an order so many days after a visit at most"),
    )  # fmt: skip
    written_by = ProtectedForeignKey(User, null=True, blank=True)
    written_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    sent_back = models.CharField(max_length=500, blank=True, help_text=_("what is to be changed"))
    published_by = ProtectedForeignKey(User, null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kit", "-number"]
        constraints = [
            UniqueConstraint(fields=["kit", "number"], name="kit_version_number_once"),
            UniqueConstraint(
                fields=["kit"], condition=Q(status__in=["draft", "in_review"]), name="kit_version_one_open"
            ),
            UniqueConstraint(fields=["kit"], condition=Q(status="published"), name="kit_version_one_published"),
            CheckConstraint(
                condition=Q(status__in=["draft", "in_review"]) | Q(published_at__isnull=False),
                name="kit_version_published_once",
            ),
            CheckConstraint(condition=Q(reward_days__range=(1, 60)), name="kit_version_learns_within_60_days"),
        ]
        triggers = [
            refused(
                "kit_version_stays", pgtrigger.Update, "a version that left its draft stays as it is: UPDATE refused",
                condition=f"OLD.status <> 'draft' AND {changed('kit_id', 'number', 'title', 'channels', 'usage_rights', 'checklist', 'reward_days')}",
            ),
            refused(
                "kit_version_is_kept", pgtrigger.Delete, "a version that was published is kept: DELETE refused",
                condition="OLD.status IN ('published', 'retired')",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} · {self.number}"


OF_A_DRAFT = "NOT EXISTS (SELECT FROM content_kitversion WHERE id = {row}.version_id AND status = 'draft')"


def of_a_draft(name: str) -> list[pgtrigger.Trigger]:
    """Texts are written, changed and deleted only while their version is a draft."""
    message = "the texts of a version that left its draft stay as they are: % refused"
    return [
        rows_checked(f"{name}_{word}", operation, OF_A_DRAFT.format(row=row), message, "TG_OP")
        for word, operation, row in (
            ("added", pgtrigger.Insert, "NEW"), ("changed", pgtrigger.Update, "NEW"), ("deleted", pgtrigger.Delete, "OLD"),
        )
    ]  # fmt: skip


class Section(models.Model):
    """One text of a kit: what it was like, how one was served, or what it is worth; per channel or for any."""

    class Kind(models.TextChoices):
        USAGE = "usage", _("usage experience")
        SERVICE = "service", _("service experience")
        VALUE = "value", _("value description")

    version = models.ForeignKey(KitVersion, on_delete=models.CASCADE, related_name="sections")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.ANY)
    text = models.TextField(max_length=5000)
    variant = models.CharField(
        max_length=8, blank=True, default="", db_default="", validators=[RegexValidator(r"^\w+$", _("Letters and digits."))],
        help_text=_("A, B, C …: of texts with the same kind and channel each share says one, and those that sell are said more often"),
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["version", "position", "pk"]
        constraints = [
            CheckConstraint(condition=~Q(text=""), name="section_says_something"),
            UniqueConstraint(
                fields=["version", "kind", "channel", "variant"], condition=~Q(variant=""), name="section_variant_once",
                violation_error_message=_("Another text of this kind and channel has this variant already."),
            ),
        ]  # fmt: skip
        triggers = of_a_draft("section_is")

    def __str__(self) -> str:
        return " · ".join(filter(None, [self.get_kind_display(), self.get_channel_display(), self.variant]))


class VariantResult(models.Model):
    """What became of the shares of one channel that say one variant: visits that are decided, and those of them that a
    sale followed. Counted anew by the clock; a share draws by it."""

    version = ProtectedForeignKey(KitVersion, related_name="variant_results", db_index=False)
    channel = models.CharField(max_length=16, choices=Channel.choices, help_text=_("of the shares"))
    section = models.CharField(max_length=32, help_text=_("kind and channel of the texts: usage:any"))
    variant = models.CharField(max_length=8)
    trials = models.PositiveIntegerField()
    rewards = models.PositiveIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["version", "channel", "section", "variant"], name="variant_result_once"),
            CheckConstraint(condition=Q(rewards__lte=F("trials")), name="variant_result_rewards_are_trials"),
        ]

    def __str__(self) -> str:
        return f"{self.section} · {self.get_channel_display()} · {self.variant}"


class Heading(models.Model):
    """The title and the tags of a post on one channel, or on any that has none of its own."""

    version = models.ForeignKey(KitVersion, on_delete=models.CASCADE, related_name="headings")
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.ANY)
    title = NameField(max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ["version", "channel"]
        constraints = [UniqueConstraint(fields=["version", "channel"], name="heading_once_per_channel")]
        triggers = of_a_draft("heading_is")

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.title}"


class VersionPicture(models.Model):
    """A picture of a version's posts, in their order."""

    version = models.ForeignKey(KitVersion, on_delete=models.CASCADE, related_name="pictures")
    media = ProtectedForeignKey(Media)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["version", "position", "pk"]
        constraints = [UniqueConstraint(fields=["version", "media"], name="version_picture_once")]
        triggers = [
            *of_a_draft("version_picture_is"),
            picture_of_the_brand(
                "version_picture_is_of_the_brand",
                "content_kit kit JOIN content_kitversion version ON version.kit_id = kit.id WHERE version.id = NEW.version_id",
            ),
        ]

    def __str__(self) -> str:
        return str(self.media)


class Justification(models.Model):
    """Why a piece of a version's texts stays although the review objects to it, in somebody's own words."""

    version = models.ForeignKey(KitVersion, on_delete=models.CASCADE, related_name="justifications")
    category = models.CharField(max_length=16)
    found = models.CharField(max_length=200, help_text=_("the piece, as it is written"))
    why = models.CharField(max_length=500)
    by = ProtectedForeignKey(User)
    at = models.DateTimeField()

    class Meta:
        ordering = ["version", "pk"]
        constraints = [
            UniqueConstraint(fields=["version", "category", "found"], name="justified_once"),
            CheckConstraint(condition=~Q(why=""), name="justification_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.found}: {self.why}"
