"""What is known of a version before it is published."""

from accounts.brands.models import Brand
from content.channels.selectors import channel_limits
from content.kits.domain.posts import Head, publication_faults
from content.kits.domain.texts import Text
from content.kits.models import Channel, KitVersion
from content.review.models import ReviewPolicy


def texts_and_heads(version: KitVersion) -> tuple[list[Text], list[Head]]:
    """The texts of a version in their order, and its titles and tags."""
    return (
        [Text(row.kind, row.channel, row.text) for row in version.sections.all()],
        [Head(row.channel, row.title, row.tags) for row in version.headings.all()],
    )


def faults_of(version: KitVersion) -> list[str]:
    """Everything that keeps a version from being published, in words."""
    texts, heads = texts_and_heads(version)
    return list(
        publication_faults(
            version.channels or [],
            texts,
            heads,
            channel_limits(),
            has_product=version.kit.product_id is not None,
            names={value: str(label) for value, label in Channel.choices},
        )
    )


def needs_second_person(brand: Brand) -> bool:
    """Whether the brand wants another person than the author to publish."""
    return ReviewPolicy.objects.filter(brand=brand, needs_second_person=True).exists()
