"""Variants on the page of a version: they are named, and what was learned of them is shown."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from content.kits.domain.variants import FEWEST_TRIALS, WINS_FROM
from content.kits.models import KitVersion
from content.kits.rendering import called, odds_picture
from content.kits.selectors.variants import Learned, learned_of
from content.kits.services.variants import free_names
from foundation.admin.pages import table
from foundation.pictures.figures import inline_svg


class SectionFormSet(forms.BaseInlineFormSet):
    """The texts of a version: no two of a kind and channel have one name, and names may change places."""

    def clean(self) -> None:
        super().clean()
        seen: set[tuple[str, str, str]] = set()
        for form in self.forms:
            said = form.cleaned_data if form.is_valid() else {}
            if not said.get("variant") or said.get("DELETE"):
                continue
            name = (said["kind"], said["channel"], said["variant"])
            if name in seen:
                form.add_error("variant", _("Another text of this kind and channel has this variant already."))
            seen.add(name)

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  Django's own
        """Rows are written one after another: a name is free before another row takes it."""
        free_names(sections=[form.instance.pk for form in self.initial_forms if form.has_changed()])
        return super().save(commit)


def learned_html(version: KitVersion) -> SafeString | str:
    """The odds of the variants as a picture and as numbers, and which one may be kept alone; a dash where there is
    nothing to choose or nothing known."""
    learned = learned_of(version)
    if not learned:
        return "—"
    told = _("How often each variant sells, by channel; the numbers stand below.")
    picture = mark_safe(inline_svg(odds_picture(learned), told=told))  # noqa: S308  outlines of letters
    headers = [_("channel"), _("variant"), _("visits"), _("orders"), _("orders per visit"), _("the best"), _("of the next shares")]  # fmt: skip
    rows = [row for one in learned for row in _rows(one)]
    return format_html("{}{}{}", picture, table(headers, rows), _proposals(learned))


def _rows(learned: Learned) -> list[tuple[Any, ...]]:
    return [
        (
            called(learned), odds.variant, f"{odds.trials:,}", f"{odds.rewards:,}",
            f"{odds.rate:.1%} ({odds.low:.1%} – {odds.high:.1%})", f"{odds.best:.1%}", f"{odds.drawn:.0%}",
        )
        for odds in learned.odds
    ]  # fmt: skip


def _proposals(learned: list[Learned]) -> SafeString:
    won = [(called(one), one.winner) for one in learned if one.winner]
    lines = [_("%(section)s: keep %(variant)s alone in the next version") % {"section": section, "variant": variant} for section, variant in won]  # fmt: skip
    rule = _(
        "A winner is proposed when it is the best with more than %(sure)s, and each variant had %(visits)s visits."
    )
    said = "; ".join(lines) or _("No winner is proposed yet.")
    return format_html("<p>{} {}</p>", said, rule % {"sure": f"{WINS_FROM:.0%}", "visits": FEWEST_TRIALS})
