from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from foundation.texts.translation import translate_names


class CommissionsConfig(AppConfig):
    name = "commissions"
    verbose_name = _("Commissions")

    def ready(self) -> None:
        translate_names(self.get_models())
