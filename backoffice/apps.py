from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from foundation.texts.translation import translate_names


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        translate_names(self.get_models())
