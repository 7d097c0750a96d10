"""What works: kits and authors beside each other."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.results.models import AuthorResult, ContentResult, KitResult
from commissions.results.rendering import results_picture
from foundation.admin.columns import amount, page
from foundation.admin.pages import moment
from foundation.pictures.figures import inline_svg
from foundation.texts.amounts import shown
from referrals.propagation.domain.curves import coverage, wilson

MOST_DRAWN = 12


def part(field: str, of: str, description: Any) -> Callable[[Any, Any], SafeString]:
    """A count, and what part that is of another, with its size and where the part lies with 95 %."""

    @display(description=description, ordering=field)
    def column(self: Any, row: ContentResult) -> SafeString:
        count, total = getattr(row, field), getattr(row, of)
        interval = wilson(count, total) if count <= total else None
        if interval is None:
            return format_html("{}", f"{count:,}")
        said = _("%(part)s of %(total)s (%(low)s – %(high)s)") % {
            "part": f"{count / total:.1%}", "total": f"{total:,}", "low": f"{interval.low:.1%}", "high": f"{interval.high:.1%}",
        }  # fmt: skip
        return _with_below(f"{count:,}", said)

    return column


class ResultAdmin(ReadOnlyAdmin):
    """What was shared, beside each other: the one that sold most is first."""

    is_small = True
    list_before_template = "commissions/results_picture.html"
    ordering = ["-gmv_minor", "-pk"]
    sharers = part("kocs", "active", gettext_lazy("shared by"))
    sharers_again = part("again", "kocs", gettext_lazy("again"))
    buyers = part("orders", "visits", gettext_lazy("orders per visit"))
    sold = amount("gmv_minor", gettext_lazy("sold"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The page of one says what its line says."""
        return list(self.list_display)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.list_display)

    @display(description=gettext_lazy("reached"), ordering="people")
    def reached(self, row: ContentResult) -> SafeString:
        """The audience was declared or counted, so it is no sample: a part without an interval."""
        covered = coverage(row.people, row.audience)
        if covered is None or covered > 1:
            return format_html("{}", f"{row.people:,}")
        return _with_below(f"{row.people:,}", _("%(part)s of %(total)s") % {"part": f"{covered:.1%}", "total": f"{row.audience:,}"})  # fmt: skip

    @display(description=gettext_lazy("half-life"), ordering="half_life")
    def half_of_visits(self, row: ContentResult) -> str:
        if row.half_life is None:
            return "—"
        return _("%(hours)s h") % {"hours": f"{row.half_life.total_seconds() / 3600:,.1f}"}

    @display(description=gettext_lazy("sold per share"))
    def per_share(self, row: ContentResult) -> SafeString:
        mean, currency = row.per_share, row.brand.currency
        if mean is None:
            return format_html("{}", "—")
        value = shown(round(mean.value), currency)
        if mean.low is None or mean.high is None:
            return _with_below(value, _("of %(shares)s shares: too few to say more") % {"shares": f"{row.shares:,}"})
        return _with_below(value, f"{shown(round(mean.low), currency)} – {shown(round(mean.high), currency)}")

    @display(description=gettext_lazy("counted at"))
    def counted(self, row: ContentResult) -> str:
        return moment(row.counted_at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The first of the list are drawn above it, if they are of one currency."""
        answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            rows = list(answer.context_data["cl"].result_list)[:MOST_DRAWN]
            currencies = {row.brand.currency for row in rows}
            if len(currencies) == 1:
                named = [(self.called(row), row) for row in rows]
                figure = results_picture(named, currency=currencies.pop())
                told = _("What a share of each sold; the numbers stand below.")
                answer.context_data["picture"] = mark_safe(inline_svg(figure, told=told))  # noqa: S308  outlines of letters
        return answer

    def called(self, row: Any) -> str:
        """Whose results these are, as the picture says it."""
        return str(row)


@admin.register(KitResult)
class KitResultAdmin(ResultAdmin):
    list_display = [
        "kit_page", "shares", "sharers", "sharers_again", "depth", "reached", "visits", "half_of_visits", "buyers", "per_share", "sold", "counted",
    ]  # fmt: skip
    list_select_related = ["brand", "kit__product"]
    list_filter = [("brand", OnlyOwn), ("kit__product", OnlyOwn)]
    search_fields = ["kit__title", "kit__key", "kit__product__sku"]
    kit_page = page("kit", gettext_lazy("kit"))

    def called(self, row: KitResult) -> str:
        return row.kit.title


@admin.register(AuthorResult)
class AuthorResultAdmin(ResultAdmin):
    list_display = [
        "author_page", "kits", "shares", "sharers", "sharers_again", "depth", "reached", "visits", "half_of_visits", "buyers", "per_share", "sold", "counted",
    ]  # fmt: skip
    list_select_related = ["brand", "author"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["author__name", "author__key"]
    author_page = page("author", gettext_lazy("author"))

    def called(self, row: AuthorResult) -> str:
        return row.author.called


def _with_below(value: str, said: str) -> SafeString:
    """A figure, and what it rests on in small letters below."""
    return format_html('{}<br><span class="text-xs opacity-80">{}</span>', value, said)
