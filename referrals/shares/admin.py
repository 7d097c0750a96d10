from django.contrib import admin
from django.db.models import Count
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from foundation.admin.columns import page
from foundation.admin.pages import link, moment, table
from referrals.shares.models import Share
from referrals.visits.models import Visit


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    list_display = ["code", "koc", "kit", "channel", "parent", "depth", "shared_at", "brand"]
    list_filter = ["channel", ("brand", OnlyOwn), ("kit", OnlyOwn), "shared_at"]
    search_fields = ["code", "key", "koc__name", "koc__key"]
    ordering = ["-shared_at"]
    came_through = page("parent", "came through")
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

    @display(description="shares that grew from it")
    def grew(self, share: Share) -> SafeString:
        children = share.children.select_related("koc").order_by("-shared_at")[:50]
        return table(
            ["share", "KOC", "at"], [(link(child), link(child.koc), moment(child.shared_at)) for child in children]
        )

    @display(description="visits, counted and not")
    def clicks(self, share: Share) -> SafeString:
        many = dict(share.visits.order_by().values_list("uncounted").annotate(Count("pk")))
        return table(["kind", "visits"], [(kind.label, f"{many[kind]:,}") for kind in Visit.Uncounted if kind in many])

    @display(description="latest visits")
    def opened(self, share: Share) -> SafeString:
        visits = share.visits.order_by("-visited_at")[:50]
        return table(
            ["visit", "at", "counted"],
            [(link(visit, visit.pk), moment(visit.visited_at), visit.get_uncounted_display()) for visit in visits],
        )
