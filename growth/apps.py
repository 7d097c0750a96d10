from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from foundation.texts.translation import translate_names


class GrowthConfig(AppConfig):
    name = "growth"
    verbose_name = _("Growth")

    def ready(self) -> None:
        translate_names(self.get_models())
