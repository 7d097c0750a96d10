"""Kits: what they are about, who may share them and when. Their texts are written in versions."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from content.kits.models import Kit
from content.kits.services.versions import clone_kit, draft_of, end_kit
from foundation.admin.columns import labelled, page
from foundation.admin.pages import link, moment, page_of, table

STATUS_LABELS = {Kit.Status.DRAFT: "info", Kit.Status.PUBLISHED: "success", Kit.Status.ENDED: "warning"}


class KitForm(ModelForm):
    class Meta:
        widgets = {"tiers": UnfoldAdminCheckboxSelectMultipleWidget}

    def clean(self) -> dict[str, Any]:
        """A kit speaks of its own brand's product, and is for its own brand's tiers and people. One that is published
        has a product where use is asked for; a draft is told so before."""
        cleaned: dict[str, Any] = super().clean() or {}
        brand = cleaned.get("brand") or (self.instance.brand if self.instance.pk else None)
        if brand and cleaned.get("product") and cleaned["product"].brand_id != brand.pk:
            self.add_error("product", _("This product is another brand's."))
        if brand and any(tier.brand_id != brand.pk for tier in cleaned.get("tiers") or ()):
            self.add_error("tiers", _("This tier is another brand's."))
        if brand and any(koc.brand_id != brand.pk for koc in cleaned.get("people") or ()):
            self.add_error("people", _("This KOC is another brand's."))
        if cleaned.get("needs_use") and not cleaned.get("product") and self.instance.status != Kit.Status.DRAFT:
            self.add_error("product", _("Only who has used the product may share this kit, and it has no product."))
        return cleaned


class Cloning(forms.Form):
    key = forms.SlugField(max_length=64, label=_("key"), widget=UnfoldAdminTextInputWidget)


@admin.register(Kit)
class KitAdmin(ConfirmedActions, EditableAdmin):
    is_small = True
    form = KitForm
    list_display = ["title", "key", "brand", "product", "status_label", "starts_at", "ends_at", "audience_size"]
    list_filter = ["status", ("brand", OnlyOwn), ("product", OnlyOwn), "language"]
    search_fields = ["title", "key", "product__sku", "product__name"]
    autocomplete_fields = ["product", "people"]
    ordering = ["-created_at"]
    actions_detail = ["write", "clone", "end"]
    status_label = labelled("status", STATUS_LABELS)
    author_page = page("author", _("author"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        written = [
            ("brand", "key"),
            "title",
            ("product", "language"),
            "starts_at",
            "ends_at",
            "tiers",
            "people",
            "needs_use",
            "audience_size",
        ]
        return ["status", *written, "author_page", "versions"] if obj else written

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The title is of the version that is published: it is written and reviewed there."""
        return ["status", "brand", "key", "title", "author_page", "versions"] if obj else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        kit = self.get_object(request, object_id)
        steps = {"write", "clone"} | ({"end"} if kit is not None and kit.status == Kit.Status.PUBLISHED else set())
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name.rsplit("_", 1)[-1] in steps]

    @display(description=_("versions"))
    def versions(self, kit: Kit) -> SafeString:
        rows = kit.versions.select_related("written_by", "published_by").order_by("-number")
        return table(
            [_("version"), _("status"), _("written by"), _("published by"), _("published at")],
            [
                (
                    link(row, str(row.number)), row.get_status_display(), row.written_by or "—", row.published_by or "—",
                    moment(row.published_at) if row.published_at else "—",
                )
                for row in rows
            ],
        )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        obj.created_at = obj.created_at or timezone.now()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Whoever makes a kit writes its texts next."""
        draft = draft_of(kit=obj, by=cast(User, request.user), at=timezone.now())
        return HttpResponseRedirect(page_of(draft))

    @action(description=_("Write texts"), url_path="write", icon="edit")
    def write(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The open draft; of texts that are published, a copy as the next version, made when it is asked for."""
        kit = self.found(request, object_id)

        def act(_form: Any) -> HttpResponseRedirect:
            return HttpResponseRedirect(page_of(draft_of(kit=kit, by=cast(User, request.user), at=timezone.now())))

        newest = kit.versions.first()
        if newest is not None and newest.status in newest.OPEN:
            return HttpResponseRedirect(page_of(newest))
        texts = [_("What is published stays as it is until the next version is.")]
        title, submit = _("A new version of %(kit)s") % {"kit": kit}, _("Write texts")
        return self.step(request, act, title=title, texts=texts, submit=submit, back=page_of(kit))

    @action(description=_("Clone"), url_path="clone", icon="content_copy")
    def clone(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        kit = self.found(request, object_id)

        def act(said: Cloning) -> HttpResponseRedirect:
            key, by = said.cleaned_data["key"], cast(User, request.user)
            return HttpResponseRedirect(page_of(clone_kit(kit=kit, key=key, by=by, at=timezone.now())))

        texts = [_("A new kit with the newest texts of this one, as a draft.")]
        title = _("Clone %(kit)s") % {"kit": kit}
        return self.step(request, act, title=title, texts=texts, submit=_("Clone"), back=page_of(kit), form=Cloning)

    @action(description=_("End"), url_path="end", icon="block")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        kit = self.found(request, object_id)

        def act(_form: Any) -> str:
            end_kit(kit=kit)
            return capfirst(_("%(kit)s has ended") % {"kit": kit})

        texts = [
            _("Nobody can share it any more. Links that were shared lead to the brand's page, and sales still count.")
        ]
        title, submit = _("End %(kit)s") % {"kit": kit}, _("End the kit")
        return self.step(request, act, title=title, texts=texts, submit=submit, back=page_of(kit))
