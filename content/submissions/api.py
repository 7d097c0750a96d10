"""KOCs submit own content, and see what the brand says to it."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import idempotent, is_answered, once
from accounts.access.permissions.own import OfOwnKoc, OwnListView, asker, own_koc
from accounts.people.models import Koc
from content.kits.models import Kit, Section
from content.media.api import PicturesField, ShownPicture, TakesPictures
from content.media.domain.refusals import PictureRefused
from content.media.models import Media
from content.media.services.pictures import store_picture
from content.products.api import ProductSerializer
from content.review.selectors import terms_of
from content.submissions.domain import LONGEST_TEXT, LONGEST_TITLE, MOST_PICTURES
from content.submissions.models import EarlierSending, Submission
from content.submissions.selectors import product_named, with_details
from content.submissions.services.deciding import withdraw_submission
from content.submissions.services.sending import refuse_to_resubmit, refuse_to_submit, resubmit, submit
from foundation.http.bodies import given
from foundation.http.fields import NameField
from foundation.http.rows import RowSerializer


class SubmissionFilter(OfOwnKoc):
    status = django_filters.ChoiceFilter(choices=Submission.Status.choices)


class ContentSerializer(serializers.Serializer[Any]):
    title = NameField(max_length=LONGEST_TITLE)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    product = serializers.CharField(
        max_length=64, required=False, allow_blank=True, help_text="a product's id, `prd_…`, or its SKU"
    )
    kind = serializers.ChoiceField(choices=Section.Kind.choices, required=False)
    licence = serializers.CharField(
        max_length=40, help_text="the version that you agree to, as `GET /submissions/licence` gives it"
    )
    images = PicturesField(max_length=MOST_PICTURES, required=False)


class SubmittingSerializer(ContentSerializer):
    koc = serializers.CharField(max_length=40)


class RevisingSerializer(ContentSerializer):
    without_images = serializers.BooleanField(
        required=False, default=False, help_text="take the pictures out; without it, and without `images`, they stay"
    )


class LicenceQuery(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40, help_text="one of your own memberships, `koc_…`")


class LicenceSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(source="licence", help_text="what is sent as `licence`")
    text = serializers.CharField(source="licence_text")


class EarlierSerializer(serializers.ModelSerializer[EarlierSending]):
    """What was sent before, and what the brand said to it."""

    class Meta:
        model = EarlierSending
        fields = ("number", "title", "text", "licence", "reason", "sent_at", "decided_at")
        read_only_fields = fields


class SubmissionSerializer(RowSerializer[Submission]):
    koc = serializers.CharField(source="koc.public_id", read_only=True)
    product = ProductSerializer(read_only=True, allow_null=True)
    images = serializers.SerializerMethodField()
    kit = serializers.SerializerMethodField(help_text="what it became, once approved")
    earlier = EarlierSerializer(many=True, read_only=True)
    created_at = serializers.DateTimeField(source="made_at", read_only=True)

    class Meta:
        model = Submission
        fields = (
            "id", "koc", "title", "text", "kind", "product", "images", "licence", "status", "reason", "number", "earlier", "kit",
            "sent_at", "due_at", "decided_at", "created_at",
        )  # fmt: skip

    @extend_schema_field(ShownPicture(many=True))
    def get_images(self, submission: Submission) -> Any:
        shown: Any = [row.media for row in submission.pictures.all() if row.number == submission.number]
        return ShownPicture(shown, many=True).data

    def get_kit(self, submission: Submission) -> str | None:
        return None if submission.kit_id is None else Kit.public_id_of(submission.kit_id)


@extend_schema_view(get=extend_schema(tags=["content"], operation_id="submissions"))
class SubmissionListView(TakesPictures, OwnListView[Submission]):
    """List what this membership submitted, the newest first, and what became of it."""

    serializer_class = SubmissionSerializer
    filterset_class = SubmissionFilter
    queryset = with_details(Submission.objects.all())
    page_order = "-made_at"

    @idempotent(
        tags=["content"], operation_id="submit", request=SubmittingSerializer, responses={201: SubmissionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Submit own content: a form with a text and up to 9 pictures. 409 `licence_changed` when you agreed to another
        licence than the current one, `too_many_submissions` while 10 earlier ones are open."""
        asked = given(SubmittingSerializer, request.data)
        koc = own_koc(asker(request), asked.pop("koc"))
        if not is_answered(request):
            refuse_to_submit(koc=koc, licence=asked["licence"])
        pictures = stored_pictures(koc, asked.pop("images", ()))
        return once(request, lambda: self._submit(koc, pictures, **asked))

    def _submit(
        self, koc: Koc, pictures: Sequence[Media], *, title: str, text: str, licence: str, kind: str = Section.Kind.USAGE,
        product: str = "",
    ) -> Response:  # fmt: skip
        made = submit(
            koc=koc, title=title, text=text, kind=kind, product=product_named(koc.brand, product), licence=licence,
            pictures=pictures, at=timezone.now(),
        )  # fmt: skip
        return Response(_shown(made), status=201)


class RevisionView(TakesPictures, APIView):
    @idempotent(
        tags=["content"],
        operation_id="submission_revision",
        request=RevisingSerializer,
        responses={200: SubmissionSerializer},
    )
    def post(self, request: Request, submission_id: str) -> Response:
        """Send a submission again, after the brand asked for changes. The text before stays readable under `earlier`.
        Product, kind and pictures that are not named stay. 409 `submission_not_open` when no changes are asked for."""
        asked = given(RevisingSerializer, request.data)
        found: Any = with_details(Submission.objects.filter(koc__user=asker(request)))
        submission = get_object_or_404(found.select_related("koc__brand").with_public_id(submission_id))
        if not is_answered(request):
            refuse_to_resubmit(submission=submission, licence=asked["licence"])
        files, without = asked.pop("images", None), asked.pop("without_images")
        pictures = None if files is None and not without else stored_pictures(submission.koc, files or ())
        return once(request, lambda: self._resubmit(submission, pictures, **asked))

    def _resubmit(
        self, submission: Submission, pictures: Sequence[Media] | None, *, title: str, text: str, licence: str,
        kind: str | None = None, product: str | None = None,
    ) -> Response:  # fmt: skip
        chosen = submission.product if product is None else product_named(submission.koc.brand, product)
        sent = resubmit(
            submission=submission, title=title, text=text, kind=kind or submission.kind, product=chosen, licence=licence,
            pictures=pictures, at=timezone.now(),
        )  # fmt: skip
        return Response(_shown(sent))


class SubmissionWithdrawalView(APIView):
    @idempotent(
        tags=["content"], operation_id="submission_withdrawal", request=None, responses={200: SubmissionSerializer}
    )
    def post(self, request: Request, submission_id: str) -> Response:
        """Take back what you submitted. 409 `submission_not_open` once the brand has decided about it."""
        submissions: Any = Submission.objects.filter(koc__user=asker(request))
        submission = get_object_or_404(submissions.with_public_id(submission_id))
        return once(request, lambda: self._withdraw(request, submission))

    def _withdraw(self, request: Request, submission: Submission) -> Response:
        return Response(_shown(withdraw_submission(submission=submission, by=asker(request), at=timezone.now())))


class LicenceView(APIView):
    @extend_schema(
        tags=["content"],
        operation_id="submission_licence",
        parameters=[LicenceQuery],
        responses={200: LicenceSerializer},
    )
    def get(self, request: Request) -> Response:
        """Read what one agrees to who submits content, and its version."""
        koc = own_koc(asker(request), given(LicenceQuery, request.query_params)["koc"])
        return Response(LicenceSerializer(terms_of(koc.brand)).data)


def stored_pictures(koc: Koc, files: Sequence[Any]) -> list[Media]:
    """The pictures of a form, private; outside of the request's transaction. One that turns out to be damaged is named
    by its place."""
    stored = []
    for place, file in enumerate(files):
        try:
            stored.append(store_picture(brand=koc.brand, koc=koc, file=file, by=koc.user, at=timezone.now()))
        except PictureRefused as refusal:
            refusal.place = f"images.{place}"
            raise
    return stored


def _shown(submission: Submission) -> Any:
    return SubmissionSerializer(with_details(Submission.objects.all()).get(pk=submission.pk)).data
