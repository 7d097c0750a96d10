"""What staff write of a plan and of a campaign: tried by the services that save them, whose refusals stand at the
fields."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
)

from accounts.brands.models import Brand
from commissions.planning.domain.refusals import CampaignRefused, PlanRefused
from commissions.planning.selectors.plans import changed_since, plan_part, stamp
from commissions.planning.selectors.usual import highest_rate_bps, lowest_price_minor
from commissions.planning.services.campaigns import try_campaign
from commissions.planning.services.plans import try_plan
from commissions.plans.domain.plan_parts import CampaignPart, PlanPart, RulePart
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan
from content.kits.models import Channel
from foundation.admin.fields import FAR, CountField, MoneyField, NumberWidget, ask_once_more, chosen
from foundation.files.shapes import as_cleaned
from foundation.files.yaml_files import Contradiction, misfits
from foundation.money.units import RATE, Mistyped, Unit, typed, written
from foundation.texts.translation import translated

BLANK_STEPS = 3
MOST = 2**53  # of an amount in JSON, and of a rate, which the total cap refuses far below


class ServiceForm(forms.ModelForm):
    """A form whose fields Django looks at one by one, and not at the model's constraints: the service that is tried
    looks at the whole, and says more."""

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self.instance._meta.fields}


class VersionedForm(ServiceForm):
    """A form that brings back what was looked at, so that nobody overwrites what somebody else saved meanwhile."""

    seen = forms.CharField(required=False, label="", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: Any = self.instance
        self.initial.setdefault("seen", stamp(row if row.pk else None))

    def clean(self) -> dict[str, Any]:
        row: Any = self.instance
        if row.pk and (text := changed_since(type(row).objects.get(pk=row.pk), self.cleaned_data["seen"])):
            self.add_error(None, text)
        return self.cleaned_data

    def said(self, field: str) -> Any:
        """What the form says of a field, or the row where it is only shown."""
        return self.cleaned_data[field] if field in self.fields else getattr(self.instance, field)

    def blame(self, faults: Sequence[Contradiction]) -> None:
        for message, place in faults:
            field = str(place[0]) if place else ""
            inside = " ".join(str(step + 1 if isinstance(step, int) else "") for step in place[1:2])
            text = translated(message)
            self.add_error(field if field in self.fields else None, f"{inside}: {text}" if inside else text)


def ask_about_fixed(form: Any, brand: Brand | None) -> None:
    """Ask once more about an amount for each piece that is more than the cheapest product it is paid for."""
    fixed = form.cleaned_data.get("fixed_minor")
    if not fixed or brand is None or "fixed_minor" not in form.changed_data:
        return
    price = lowest_price_minor(brand, form.cleaned_data.get("skus") or [])
    if price is not None and fixed > price:
        _ask(form, "fixed_minor", _("It is %(fixed)s for a piece of %(price)s."), fixed=fixed, price=price)


def ask_about_rate(form: Any, brand: Brand | None) -> None:
    """Ask once more about a rate that is `FAR` times the highest of the brand."""
    rate = form.cleaned_data.get("rate_bps")
    if not rate or brand is None or "rate_bps" not in form.changed_data:
        return
    highest = highest_rate_bps(brand)
    if highest and rate >= FAR * highest:
        _ask(form, "rate_bps", _("The highest rate of this brand is %(highest)s."), highest=highest)


def _ask(form: Any, name: str, why: Any, **parts: int) -> None:
    try:
        ask_once_more(form[name], form.cleaned_data[name], why, **parts)
    except forms.ValidationError as asked:
        form.add_error(name, asked)


class PlanForm(VersionedForm):
    """Tried together with its rules, when they are known; `part` and `at` are what was tried, to be saved as they
    are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.form = self  # so that the rows, which know only the plan, find it
        self.part: PlanPart | None = None
        self.at = timezone.now()

    def try_with(self, rules: list[RulePart]) -> list[Contradiction]:
        """Why the plan cannot be saved with these rules."""
        self.part = PlanPart(self.said("key"), self.said("starts_at"), self.said("ends_at"), rules)
        try:
            try_plan(brand=self.said("brand"), plan=self.part, at=self.at, seen=self.cleaned_data["seen"])
        except PlanRefused as refused:
            return list(refused.faults)
        return []


class RuleForm(ServiceForm):
    position = CountField(required=False, label=_("order"))
    channels = forms.MultipleChoiceField(
        required=False, choices=Channel.choices, label=_("channels"), widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("position") is not None:
            self.initial["position"] += 1  # people count from 1, as explanations do
        for field in {"priority", "override_bps"} & self.fields.keys():
            self.fields[field].required = False

    def clean(self) -> dict[str, Any]:
        """The shape of a rule; what it means is looked at with the whole plan."""
        if not self.errors:
            for message, place in misfits(self.rule(), RulePart):
                self.add_error(str(place[0]), translated(message))
            ask_about_fixed(self, chosen(self, "plan__brand"))
            ask_about_rate(self, chosen(self, "plan__brand"))
        return self.cleaned_data

    def rule(self) -> dict[str, Any]:
        said = {name: self.cleaned_data[name] for name in RulePart.__struct_fields__}
        return said | {"priority": said["priority"] or 0, "override_bps": said["override_bps"] or 0}


class RuleForms(PaginationInlineFormSet):
    """The rules of a plan, in the order that staff gave them; new ones without a place come last."""

    def clean(self) -> None:
        form = self.instance.form
        if form.errors or any(self.errors):
            return
        if self.instance.pk and self.instance.is_frozen:
            rows, rules = [], plan_part(Plan.objects.get(pk=self.instance.pk)).rules
        else:
            rows = self._rows()
            rules = [msgspec.convert(row.rule(), RulePart, dec_hook=as_cleaned) for row in rows]
        for message, place in form.try_with(rules):
            if place[:1] == ("rules",):
                row = rows[int(place[1])]
                row.add_error(str(place[2]) if len(place) > 2 else "priority", translated(message))
            else:
                form.blame([(message, place)])

    def _rows(self) -> list[Any]:
        written = [
            row for row in self.forms if not self._should_delete_form(row) and (row.instance.pk or row.has_changed())
        ]
        return sorted(
            written,
            key=lambda row: float("inf") if row.cleaned_data["position"] is None else row.cleaned_data["position"],
        )

    def is_valid(self) -> bool:
        return super().is_valid() and not self.instance.form.errors

    def validate_unique(self) -> None:
        """Two rows may claim one place: the upper one goes first."""


class StepsWidget(forms.Widget):
    """Steps as rows of an amount and a rate, with room for more."""

    unit: Unit | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        pairs = zip(data.getlist(f"{name}_from"), data.getlist(f"{name}_rate"), strict=False)
        return [(mark.strip(), rate.strip()) for mark, rate in pairs if mark.strip() or rate.strip()]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_from" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        amount, rates = NumberWidget(), NumberWidget()
        amount.unit, rates.unit = self.unit, RATE
        rows = [*(value or []), *[("", "")] * BLANK_STEPS]
        inputs = [
            (amount.render(f"{name}_from", mark, {"id": f"{name}_from_{n}"}), rates.render(f"{name}_rate", rate))
            for n, (mark, rate) in enumerate(rows)
        ]
        lines = format_html_join("", '<tr><td class="pb-2 pr-2">{}</td><td class="pb-2">{}</td></tr>', inputs)
        head = format_html(
            '<tr class="text-left"><th class="font-normal">{}</th><th class="font-normal">{}</th></tr>',
            _("sales from"),
            _("rate"),
        )
        return format_html('<table class="text-sm">{}{}</table>', head, lines)


class StepsField(MoneyField):
    """[[from_minor, rate_bps], …], typed as amounts and rates."""

    widget = StepsWidget

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):  # of an address: steps come as the rows of a form
            raise forms.ValidationError(_("%(place)s: a step is an amount and a rate"), params={"place": value[:20]})
        return [[self._typed(n, step[0]), self._typed(n, step[1], RATE)] for n, step in enumerate(value or [], start=1)]

    def _typed(self, place: int, text: Any, unit: Unit | None = None) -> int:
        """Raises ValidationError, which names the step."""
        unit = unit or self.unit_now()
        if text == "":
            raise forms.ValidationError(_("%(place)s: a step is an amount and a rate"), params={"place": place})
        if unit is None or isinstance(text, int):
            return text if isinstance(text, int) else 0
        try:
            return typed(text, unit, most=MOST)
        except Mistyped as mistyped:
            raise forms.ValidationError(f"{place}: {translated(mistyped.message)}") from None

    def prepare_value(self, value: Any) -> Any:
        unit = self.unit_now()
        if not isinstance(value, list):
            return []
        return [
            [
                written(mark, unit) if unit and isinstance(mark, int) else mark,
                written(rate, RATE) if isinstance(rate, int) else rate,
            ]
            for mark, rate in value
        ]

    def _clean_bound_field(self, bf: Any) -> Any:
        return self.clean(bf.data)


class CampaignForm(VersionedForm):
    steps = StepsField(
        required=False,
        label=_("steps"),
        help_text=_("the part of the month's base above each mark earns its rate"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part: CampaignPart | None = None
        self.at = timezone.now()

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            said: dict[str, Any] = {name: self.said(name) for name in CampaignPart.__struct_fields__}
            said["steps"] = [dict(zip(("from_minor", "rate_bps"), step, strict=True)) for step in said["steps"]]
            faults = list(misfits(said, CampaignPart)) or self._tried(
                msgspec.convert(said, CampaignPart, dec_hook=as_cleaned)
            )
            self.blame(faults)
            if said["kind"] == Campaign.Kind.BOUNTY and not self.errors:
                ask_about_fixed(self, self.said("brand"))
        return self.cleaned_data

    def _tried(self, part: CampaignPart) -> list[Contradiction]:
        self.part = part
        try:
            try_campaign(brand=self.said("brand"), campaign=part, at=self.at, seen=self.cleaned_data["seen"])
        except CampaignRefused as refused:
            return list(refused.faults)
        return []


def saved_as(row: Model, saved: Model) -> None:
    """Let what the form made be the row that the service saved."""
    row.pk = saved.pk
    row.refresh_from_db()
