"""Versions of kits: their texts with counters, what they look like on each channel, and the way to publication."""

from collections.abc import Callable, Iterator, Sequence
from difflib import ndiff
from functools import partial
from typing import Any, cast

import msgspec
from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.access.permissions.staff import EditableAdmin, EditableInline, OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from content.channels.domain.counting import length
from content.channels.selectors import channel_limits
from content.kits.admin.variants import SectionFormSet, learned_html
from content.kits.domain.objections import Objection
from content.kits.domain.posts import LONGEST, longest_texts, post_faults, post_for
from content.kits.domain.texts import DISCLOSURE, texts_for
from content.kits.domain.variants import one_of_each
from content.kits.models import Channel, Heading, KitVersion, Section, VersionPicture
from content.kits.selectors.versions import CATEGORIES, faults_of, in_words, objections_to, texts_and_heads
from content.kits.services.versions import add_pictures, justify, publish_version, send_back_version, submit_version
from content.media.admin.choosing import AddingPictures, PicturesInOrder, store_chosen, what_is_taken
from content.media.domain.limits import MOST_STAFF_BYTES
from foundation.admin.columns import labelled
from foundation.admin.pages import moment, page_of, sections, table
from foundation.texts.translation import Text, translated

Status = KitVersion.Status
STATUS_LABELS = {Status.DRAFT: "info", Status.IN_REVIEW: "warning", Status.PUBLISHED: "success", Status.RETIRED: ""}
STEPS = {Status.DRAFT: {"submit", "pictures", "justify"}, Status.IN_REVIEW: {"publish", "back", "justify"}}


class ListedField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def clean(self, value: Any) -> Any:
        listed = self.to_python(value)
        if any(len(line) > 200 for line in listed):
            raise forms.ValidationError(_("A line has 200 characters at most."))
        return listed

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class VersionForm(forms.ModelForm):
    channels = forms.TypedMultipleChoiceField(
        required=False, label=_("channels"), choices=Channel.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("where it is offered"),
    )  # fmt: skip
    checklist = ListedField(
        required=False, label=_("checklist"), help_text=_("what a KOC ticks before posting, one a line")
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if "reward_days" in self.fields:
            self.fields["reward_days"].required = False

    def clean_reward_days(self) -> int:
        """Nothing said: as it was."""
        return int(self.cleaned_data["reward_days"] or self.instance.reward_days)


class SendingBack(forms.Form):
    reason = forms.CharField(max_length=500, label=_("what is to be changed"), widget=UnfoldAdminTextareaWidget)


class Justifying(forms.Form):
    """One of the places that the review objects to, and why it stays."""

    piece = forms.ChoiceField(label=_("piece"), widget=UnfoldAdminSelectWidget)
    why = forms.CharField(max_length=500, label=_("why it stays"), widget=UnfoldAdminTextareaWidget)

    def __init__(self, *given: Any, objections: Sequence[Objection], **named: Any) -> None:
        super().__init__(*given, **named)
        choice: Any = self.fields["piece"]
        choice.choices = [
            (f"{category}|{found}", f"{found} · {CATEGORIES.get(category, category)}")
            for category, found in dict.fromkeys(objection.key for objection in objections)
        ]


class OfADraft(EditableInline):
    """Texts are written while their version is a draft."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 4  # several stand below each other
        return field

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.status == Status.DRAFT)


class SectionInline(OfADraft):
    model = Section
    formset = SectionFormSet
    fields = ["kind", "channel", "variant", "text", "position"]


class HeadingInline(OfADraft):
    model = Heading
    fields = ["channel", "title", "tags"]
    formfield_overrides = {**OfADraft.formfield_overrides, ArrayField: {"widget": UnfoldAdminTextInputWidget}}


class VersionPictureInline(PicturesInOrder, OfADraft):
    model = VersionPicture


@admin.register(KitVersion)
class KitVersionAdmin(ConfirmedActions, EditableAdmin):
    is_small = True
    brand_path = "kit__brand"
    form = VersionForm
    list_display = [
        "title",
        "number",
        "kit",
        "status_label",
        "written_by",
        "written_at",
        "published_by",
        "published_at",
    ]
    list_filter = ["status", ("kit__brand", OnlyOwn)]
    search_fields = ["title", "kit__key"]
    ordering = ["-written_at"]
    inlines = [SectionInline, HeadingInline, VersionPictureInline]
    actions_detail = ["pictures", "submit", "publish", "justify", "back"]
    fieldsets = sections(
        {
            None: [
                ("kit", "number"),
                ("status", "sent_back"),
                "title",
                "channels",
                "usage_rights",
                "checklist",
                "reward_days",
            ],
            _("What keeps it from being published"): ["missing"],
            _("How it looks"): ["looks"],
            _("Changes since the version before"): ["changes"],
            _("What stays for a reason"): ["justified"],
            _("What the variants taught"): ["learned"],
            _("Who and when"): [("written_by", "written_at"), ("submitted_at", "published_by"), "published_at"],
        }
    )
    readonly_fields = [
        "kit", "number", "status", "sent_back", "missing", "looks", "changes", "justified", "learned", "written_by",
        "written_at", "submitted_at", "published_by", "published_at",
    ]  # fmt: skip
    status_label = labelled("status", STATUS_LABELS)

    class Media:
        js = ("grove/posts.js",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a kit's page makes one

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.status == Status.DRAFT)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Whoever wrote last is the author: another one publishes, where the brand wants two."""
        obj.written_by, obj.written_at = cast(User, request.user), timezone.now()
        super().save_model(request, obj, form, change)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        version = self.get_object(request, object_id)
        steps = STEPS.get(version.status, set()) if version is not None else set()
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name.rsplit("_", 1)[-1] in steps]

    @display(description=_("still missing"))
    def missing(self, version: KitVersion) -> SafeString | Text:
        if version.status not in KitVersion.OPEN:
            return "—"
        found = [(translated(fault),) for fault in faults_of(version)]
        if not found:
            return _("nothing: it may be published")
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", found))

    @display(description=_("on each channel"))
    def looks(self, version: KitVersion) -> SafeString:
        """The posts at their longest, as a phone shows them, with what each channel counts; of a draft a script shows
        them as they are written."""
        shown = format_html('<div id="posts">{}</div>', format_html_join("", CARD, _cards(version)))
        return shown + json_script(_for_script(), "posts-of-channels") if version.status == Status.DRAFT else shown

    @display(description=_("changes"))
    def changes(self, version: KitVersion) -> SafeString | str:
        before = version.kit.versions.filter(number__lt=version.number).first()
        if before is None:
            return "—"
        lines = [line for line in ndiff(_lines(before), _lines(version)) if not line.startswith("?")]
        marks: dict[str, str] = {"+": "added-line", "-": "removed-line"}
        return format_html(
            '<div style="overflow-wrap:anywhere">{}</div>',
            format_html_join("", '<div class="{}">{}</div>', ((marks.get(line[0], ""), line) for line in lines)),
        )

    @action(description=_("Add pictures"), url_path="pictures", icon="add_photo_alternate")
    def pictures(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        def call(version: KitVersion, said: Any) -> None:
            add_pictures(version=version, pictures=store_chosen(request, version.kit.brand, said.cleaned_data))

        return self._step(request, object_id, [what_is_taken()], _("Upload"), call, form=AddingPictures)

    vars()["pictures"].most_bytes = MOST_STAFF_BYTES  # a larger form is refused before it is read

    @display(description=_("justified"))
    def justified(self, version: KitVersion) -> SafeString | str:
        rows = [
            (row.found, CATEGORIES.get(row.category, row.category), row.why, row.by, moment(row.at))
            for row in version.justifications.select_related("by")
        ]
        return table([_("piece"), _("category"), _("why it stays"), _("by"), _("at")], rows) if rows else "—"

    @display(description=_("orders per visit"))
    def learned(self, version: KitVersion) -> SafeString | str:
        return learned_html(version)

    @action(description=_("Justify"), url_path="justify", icon="gavel")
    def justify(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        found = objections_to(self.found(request, object_id))

        def call(version: KitVersion, said: Any) -> None:
            category, _bar, piece = said.cleaned_data["piece"].partition("|")
            justify(
                version=version,
                category=category,
                found=piece,
                why=said.cleaned_data["why"],
                by=cast(User, request.user),
                at=timezone.now(),
            )

        texts = [in_words(objection) for objection in found] or [str(_("The review objects to nothing."))]
        return self._step(request, object_id, texts, _("Justify"), call, form=partial(Justifying, objections=found))

    @action(description=_("Submit for review"), url_path="submit", icon="send")
    def submit(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        def call(version: KitVersion, _form: Any) -> None:
            submit_version(version=version, at=timezone.now())

        return self._step(request, object_id, [_("It cannot be changed while it is reviewed.")], _("Submit"), call)

    @action(description=_("Publish"), url_path="publish", icon="check")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        def call(version: KitVersion, _form: Any) -> None:
            publish_version(version=version, by=cast(User, request.user), at=timezone.now())

        texts = [_("KOCs share it from now on. A published version never changes; shares that were made keep theirs.")]
        return self._step(request, object_id, texts, _("Publish"), call)

    @action(description=_("Send back"), url_path="back", icon="undo")
    def back(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        def call(version: KitVersion, said: Any) -> None:
            send_back_version(version=version, reason=said.cleaned_data["reason"])

        return self._step(request, object_id, [], _("Send back"), call, form=SendingBack)

    def _step(
        self, request: HttpRequest, object_id: str, texts: list[Any], submit: Text, call: Callable[[Any, Any], None],
        form: Callable[..., forms.Form] = forms.Form,
    ) -> HttpResponseBase:  # fmt: skip
        version = self.found(request, object_id)

        def act(said: Any) -> str:
            call(version, said)
            return capfirst(f"{version}: {version.get_status_display()}")

        return self.step(request, act, title=f"{submit}: {version}", texts=texts, submit=submit, back=page_of(version), form=form)  # fmt: skip


CARD = (
    '<div class="post"><p class="post-channel">{}<span class="{}"> {}</span></p><p class="post-title">{}</p>'
    '<p class="post-text">{}</p><p>{}</p></div>'
)


def _cards(version: KitVersion) -> Iterator[tuple[str, ...]]:
    texts, heads = texts_and_heads(version)
    for channel, limit in channel_limits().items():
        if version.channels and channel not in version.channels:
            continue
        post = post_for(channel, one_of_each(texts_for(channel, texts), {}), heads, LONGEST)
        longest = post_for(channel, longest_texts(channel, texts, limit.text.counted), heads, LONGEST)
        wrong = {part for part, _fault in post_faults(channel, texts, heads, limit, pictures=0)}
        yield (
            str(Channel(channel).label), "text-red-600 dark:text-red-500" if "text" in wrong else "",
            f"{length(longest.text, limit.text.counted):,} / {limit.text.most:,}", post.title, post.text,
            " ".join(f"#{tag}" for tag in post.tags),
        )  # fmt: skip


def _for_script() -> dict[str, Any]:
    """What the script needs to count and show a post as the server does."""
    return {
        "limits": {channel: msgspec.to_builtins(limit) for channel, limit in channel_limits().items()},
        "names": {value: str(label) for value, label in Channel.choices},
        "longest": LONGEST,
        "mark": DISCLOSURE,
    }


def _lines(version: KitVersion) -> list[str]:
    """A version as lines that can be compared."""
    texts, heads = texts_and_heads(version)
    labels = dict(Channel.choices)
    return [
        version.title,
        *(f"{labels[head.channel]}: {head.title} {' '.join(head.tags)}" for head in heads),
        *(
            f"{' '.join(filter(None, [str(labels[text.channel]), text.variant]))}: {line}"
            for text in texts
            for line in text.text.splitlines()
        ),
    ]
