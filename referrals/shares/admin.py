from django.contrib import admin
from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from foundation.admin.columns import page
from foundation.admin.pages import link, moment, table
from referrals.shares.models import Share
from referrals.visits.models import Visit


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    list_display = ["code", "koc", "kit", "channel", "parent", "depth", "shared_at", "brand"]
    list_filter = [("brand", OnlyOwn), ("kit", OnlyOwn), "shared_at"]
    narrowing_filter = ["channel"]
    search_fields = ["code", "key", "koc__name", "koc__key"]
    came_through = page("parent", _("came through"))
    fields = [
        ("code", "brand"),
        ("koc", "kit"),
        ("channel", "shared_at"),
        ("came_through", "depth"),
        "key",
        "public_id",
        "grew",
        "clicks",
        "opened",
    ]

    @display(description=_("shares that grew from it"))
    def grew(self, share: Share) -> SafeString:
        children = share.children.select_related("koc").order_by("-shared_at")[:50]
        return table(
            [_("share"), _("KOC"), _("at")],
            [(link(child), link(child.koc), moment(child.shared_at)) for child in children],
        )

    @display(description=_("visits, counted and not"))
    def clicks(self, share: Share) -> SafeString:
        many = dict(share.visits.order_by().values_list("uncounted").annotate(Count("pk")))
        return table(
            [_("kind"), _("visits")], [(kind.label, f"{many[kind]:,}") for kind in Visit.Uncounted if kind in many]
        )

    @display(description=_("latest visits"))
    def opened(self, share: Share) -> SafeString:
        visits = share.visits.order_by("-visited_at")[:50]
        return table(
            [_("at"), _("counted")],
            [(moment(visit.visited_at), link(visit, visit.get_uncounted_display())) for visit in visits],
        )
