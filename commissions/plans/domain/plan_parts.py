"""The shape of a plan and of a campaign in files and forms."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from foundation.files.shapes import Key, OptionalName

Slug = Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=50)]
LongSlug = Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=64)]
Category = Annotated[str, Meta(min_length=1, max_length=64)]
Bps = Annotated[int, Meta(ge=0, le=10_000)]
Amount = Annotated[int, Meta(ge=0, le=10**15)]
Instant = Annotated[datetime, Meta(tz=True)]
Channel = Literal[
    "any", "moments", "community", "xiaohongshu", "douyin", "wecom_moments", "wecom_group", "channels", "weibo"
]


class Part(Struct, forbid_unknown_fields=True, frozen=True):
    pass


class RulePart(Part, frozen=True):
    priority: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    skus: list[Key] = []
    categories: list[Category] = []
    tiers: list[Slug] = []
    channels: list[Channel] = []
    customer: Literal["", "new", "returning"] = ""
    rate_bps: Bps | None = None
    fixed_minor: Amount | None = None
    override_bps: Bps = 0
    cap_minor: Amount | None = None


class PlanPart(Part, frozen=True):
    key: LongSlug
    starts_at: Instant
    ends_at: Instant | None = None
    rules: list[RulePart] = []


class StepPart(Part, frozen=True):
    from_minor: Amount
    rate_bps: Bps


class CampaignPart(Part, frozen=True):
    key: LongSlug
    kind: Literal["new_customer", "steps", "bounty"]
    starts_at: Instant
    budget_minor: Amount
    ends_at: Instant | None = None
    name: OptionalName = ""
    skus: list[Key] = []
    fixed_minor: Amount | None = None
    steps: list[StepPart] = []
