"""What was added to statements beside commissions."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.settlement.models.adjustments import Adjustment
from foundation.admin.columns import amount


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    list_display = ["koc", "kind", "sum", "note", "happened_at", "statement"]
    list_select_related = ["brand", "koc", "statement"]
    list_filter = ["kind", ("brand", OnlyOwn), "happened_at"]
    search_fields = ["koc__key", "koc__name"]
    sum = amount("amount_minor", _("amount"))
