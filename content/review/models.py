"""How a brand reviews what is shared."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.postgres.fields import ProtectedOneToOneField


class ReviewPolicy(models.Model):
    """How many people a kit of a brand needs. A brand without a row asks for one."""

    brand = ProtectedOneToOneField(Brand)
    needs_second_person = models.BooleanField(default=False, help_text=_("another person than the author publishes"))

    class Meta:
        verbose_name_plural = _("review policies")

    def __str__(self) -> str:
        return str(self.brand)
