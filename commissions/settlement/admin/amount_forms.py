"""Forms about a KOC with amounts of money."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from accounts.people.models import Koc
from foundation.money.amounts import in_minor


class AmountField(forms.DecimalField):
    """An amount in the major unit, as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=Decimal(0), max_digits=15, decimal_places=3, widget=UnfoldAdminDecimalFieldWidget, **kwargs
        )


class AmountsForm(forms.ModelForm):
    """A form about a KOC with amounts in the major unit of their brand's currency; `minor` has them in the minor
    unit."""

    amounts: tuple[str, ...]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self.minor: dict[str, int] = {}
        koc: Koc | None = given.get("koc")
        for name in self.amounts if koc else ():
            try:
                self.minor[name] = in_minor(given.get(name) or Decimal(0), koc.brand.currency)  # type: ignore[union-attr]  # there is one, or no loop
            except ValueError as error:
                self.add_error(name, str(error))
        return given
