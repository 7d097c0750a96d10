"""KOCs tell the brand something, and see what became of it."""

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.permissions.idempotency import idempotent, once
from accounts.access.permissions.own import OfOwnKoc, OwnListView, asker, own_koc
from content.suggestions.models import Suggestion
from content.suggestions.services import suggest
from foundation.http.bodies import given
from foundation.http.rows import RowSerializer


class SuggestionFilter(OfOwnKoc):
    status = django_filters.ChoiceFilter(choices=Suggestion.Status.choices)


class SuggestingSerializer(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40)
    text = serializers.CharField(max_length=2000)


class SuggestionSerializer(RowSerializer[Suggestion]):
    created_at = serializers.DateTimeField(source="made_at", read_only=True)

    class Meta:
        model = Suggestion
        fields = ("id", "text", "status", "answer", "answered_at", "created_at")


@extend_schema_view(get=extend_schema(tags=["content"], operation_id="suggestions"))
class SuggestionListView(OwnListView[Suggestion]):
    """List what this membership suggested, the newest first, and what became of it."""

    serializer_class = SuggestionSerializer
    filterset_class = SuggestionFilter
    queryset = Suggestion.objects.all()
    page_order = "-made_at"

    @idempotent(
        tags=["content"], operation_id="suggest", request=SuggestingSerializer, responses={201: SuggestionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Tell the brand something. 409 `too_many_suggestions` while 20 earlier ones were not looked at."""
        asked = given(SuggestingSerializer, request.data)
        return once(request, lambda: self._suggest(**asked))

    def _suggest(self, *, koc: str, text: str) -> Response:
        made = suggest(koc=own_koc(asker(self.request), koc), text=text, at=timezone.now())
        return Response(SuggestionSerializer(made).data, status=201)
