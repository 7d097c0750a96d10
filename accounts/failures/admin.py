"""What could not be processed, and a button to try it again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from accounts.failures.models import FailedFact
from accounts.failures.services import try_again


@admin.register(FailedFact)
class FailedFactAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["kind", "fact", "brand", "error", "attempts", "first_failed_at", "failed_at", "next_try_at"]
    list_filter = ["kind", ("brand", OnlyOwn)]
    exclude = ["payload"]
    actions = ["try_now"]

    @action(description=_("Try again now"))
    def try_now(self, request: HttpRequest, chosen: QuerySet[FailedFact]) -> None:
        count = try_again(chosen, at=timezone.now())
        messages.success(request, _("%(count)s will be tried again within a minute") % {"count": f"{count:,}"})
