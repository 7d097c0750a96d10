"""What sales earn: plans and their versions."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableAdmin, EditableInline, OnlyOwn, ReadOnlyAdmin
from commissions.planning.admin.backtests import backtest_page
from commissions.planning.admin.plan_forms import PlanForm, RuleForm, RuleForms, saved_as
from commissions.planning.selectors.plans import notes_of, why_frozen
from commissions.planning.services.plans import save_plan, withdraw_plan
from commissions.plans.models.plans import Plan, Rule
from foundation.admin.pages import link, moment, table
from foundation.texts.translation import Text, translated

IN_FORCE = _(
    "It {why}: what sales earned under it must stay explainable, so only its end can be set. To pay "
    "otherwise make a new version, which starts later; this one ends there."
)
ENDED = _("It {why}, and stays as it was.")
TO_COME = _("Nothing was sold under it: it may be changed, moved or withdrawn until it starts.")
LABELS = {"to_come": "info", "in_force": "success", "ended": "warning"}
STANDINGS = {"to_come": _("to come"), "in_force": _("in force"), "ended": _("ended")}


def standing_of(row: Any) -> str:
    """Where a plan or campaign is in its time, now."""
    now = timezone.now()
    if row.starts_at > now:
        return "to_come"
    return "in_force" if row.ends_at is None or row.ends_at > now else "ended"


class RuleInline(EditableInline):
    model = Rule
    form = RuleForm
    formset = RuleForms
    template = "admin/edit_inline/stacked.html"
    ordering = ["position"]
    formfield_overrides = {**EditableInline.formfield_overrides, ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    fields = [
        ("position", "priority", "customer"),
        ("skus", "categories", "tiers"),
        "channels",
        ("rate_bps", "fixed_minor", "override_bps", "cap_minor"),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not getattr(obj, "is_frozen", False)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Of one that is only shown, the place is in the title."""
        return [("priority", "customer"), *self.fields[1:]] if getattr(obj, "is_frozen", False) else self.fields

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        copied = self._row(request).copied(request)
        return copied.rules.count() if copied and obj is None else self.extra


@admin.register(Plan)
class PlanAdmin(EditableAdmin):
    """One that began is not edited; a change is a new version with a start of its own. All is saved by the service that
    files use too."""

    is_small = True
    form = PlanForm
    compressed_fields = False  # labels above the fields: the rules have many
    list_display = ["__str__", "brand", "standing", "starts_at", "ends_at"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["key"]
    ordering = ["-starts_at"]
    inlines = [RuleInline]
    actions_detail = ["new_version", "backtest"]

    @display(description=_("standing"), label=LABELS)
    def standing(self, plan: Plan) -> tuple[str, Text]:
        return standing_of(plan), STANDINGS[standing_of(plan)]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        plan: Any = super().get_object(request, object_id, from_field)
        if plan is not None:
            plan.frozen = why_frozen(plan, at=timezone.now())
            plan.is_frozen = bool(plan.frozen)  # as it stands, whatever a form makes of it
        return plan

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or standing_of(obj) != "ended")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing refers to one that is to come: it may be withdrawn."""
        return obj is not None and self.has_view_permission(request, obj) and not why_frozen(obj, at=timezone.now())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        written = [("brand", "key"), "starts_at", "ends_at"]
        return [*written, "seen"] if obj is None else ["why", *written, "versions", "seen"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return ["why", "versions", "brand", "key", *(["starts_at"] if getattr(obj, "is_frozen", False) else [])]

    @display(description=_("standing"))
    def why(self, plan: Any) -> str:
        text = TO_COME if not plan.frozen else ENDED if standing_of(plan) == "ended" else IN_FORCE
        return text.format(why=translated(plan.frozen))

    @display(description=_("versions"))
    def versions(self, plan: Plan) -> SafeString:
        rows = Plan.objects.filter(brand=plan.brand_id, key=plan.key).order_by("version")
        return table(
            [_("plan"), _("starts at"), _("ends at")],
            [(link(row), moment(row.starts_at), moment(row.ends_at)) for row in rows],
        )

    def copied(self, request: HttpRequest) -> Plan | None:
        """The plan of which a new version is being written."""
        return self.get_object(request, request.GET.get("version_of", "")) if request.method == "GET" else None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version begins as the copy of the one before, at the next midnight of the brand."""
        plan = self.copied(request)
        if plan is None:
            return super().get_changeform_initial_data(request)
        zone = ZoneInfo(plan.brand.timezone)
        tomorrow = timezone.now().astimezone(zone).date() + timedelta(days=1)
        return {
            "brand": plan.brand_id,
            "key": plan.key,
            "starts_at": max(datetime.combine(tomorrow, time(), zone), plan.starts_at + timedelta(days=1)),
        }

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if obj.pk is None and (copied := self.copied(request)):
            kwargs["initial"] = list(copied.rules.values())
        return kwargs

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        saved = save_plan(brand=obj.brand, plan=form.part, at=form.at, seen=form.cleaned_data["seen"])
        saved_as(obj, saved)
        for note in notes_of(obj.brand, at=form.at):
            if note.startswith(f"plan {saved},"):
                messages.warning(request, translated(note))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """The rules were saved with their plan."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: Any = False) -> Any:  # noqa: FBT002  Django's signature
        return super().construct_change_message(request, form, [], add)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        return [str(plan) for plan in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: Plan) -> None:
        withdraw_plan(brand=obj.brand, plan=obj.pk, at=timezone.now())

    @action(description=_("New version"), url_path="new-version", icon="content_copy")
    def new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A copy to change, with a start of its own; where one is to come already, that one."""
        plan = self.get_object(request, object_id)
        if plan is None:
            raise Http404
        latest = Plan.objects.filter(brand=plan.brand_id, key=plan.key).select_related("brand").latest("version")
        if why_frozen(latest, at=timezone.now()):
            return HttpResponseRedirect(f"{reverse('admin:commissions_plan_add')}?version_of={plan.pk}")
        messages.warning(request, _("%(latest)s is to come already: change that one.") % {"latest": latest})
        return HttpResponseRedirect(reverse("admin:commissions_plan_change", args=[latest.pk]))

    @action(description=_("Backtest"), url_path="backtest", permissions=["backtest"])
    def backtest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = self.get_object(request, object_id)
        if plan is None:
            raise Http404
        return backtest_page(request, plan, self.admin_site.each_context(request), at=timezone.now())

    def has_backtest_permission(self, request: HttpRequest, object_id: str) -> bool:
        """For plans that are not in force yet. One that is not there for the user is not found, rather than
        forbidden."""
        plan = self.get_object(request, object_id)
        return plan is None or plan.starts_at > timezone.now()


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    is_small = True
    brand_path = "plan__brand"
    list_display = [
        "__str__",
        "priority",
        "skus",
        "categories",
        "tiers",
        "channels",
        "customer",
        "rate_bps",
        "fixed_minor",
        "override_bps",
    ]
    list_filter = [("plan", OnlyOwn)]
    ordering = ["plan", "position"]
    fields = [
        ("plan", "number"),
        ("priority", "customer"),
        ("skus", "categories", "tiers", "channels"),
        ("rate_bps", "fixed_minor", "override_bps", "cap_minor"),
    ]

    @display(description=_("rule"))
    def number(self, rule: Rule) -> int:
        return rule.number
