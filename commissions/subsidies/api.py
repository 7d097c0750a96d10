"""Budgets that one may hand on, and handing a part of one on."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.permissions.idempotency import idempotent, once
from accounts.access.permissions.own import OwnListView, asker
from accounts.people.models import Koc
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.selectors.subsidies import LATEST, subsidies_of, with_allocations, with_recipients
from commissions.subsidies.services.subsidies import allocate
from foundation.http.bodies import given
from foundation.http.rows import RowSerializer

LARGEST = 2**63 - 1


class AllocationSerializer(RowSerializer[Allocation]):
    to = serializers.CharField(source="to.public_id", read_only=True)
    name = serializers.SerializerMethodField(
        help_text="of somebody whom you invited yourself; further down people stay nameless"
    )

    class Meta:
        model = Allocation
        fields = ("id", "to", "name", "amount_minor", "kind", "note", "allocated_at")

    def get_name(self, allocation: Any) -> str | None:
        return allocation.to.name if allocation.is_direct else None


class SubsidySerializer(RowSerializer[Subsidy]):
    currency = serializers.CharField(source="brand.currency", read_only=True)
    from_brand = serializers.SerializerMethodField(help_text="false: somebody above you in the tree handed it on")
    left_minor = serializers.IntegerField(read_only=True)
    allocations = serializers.SerializerMethodField(
        help_text=f"the latest {LATEST}; all of them under `/subsidies/{{id}}/allocations`"
    )

    class Meta:
        model = Subsidy
        fields = (
            "id", "currency", "from_brand", "own_minor", "hand_on_minor", "allocated_minor", "returned_minor", "left_minor", "may_pass_on", "note",
            "granted_at", "expires_at", "allocations",
        )  # fmt: skip

    def get_from_brand(self, subsidy: Subsidy) -> bool:
        return subsidy.parent_id is None

    @extend_schema_field(AllocationSerializer(many=True))
    def get_allocations(self, subsidy: Any) -> Any:
        return AllocationSerializer(subsidy.latest, many=True).data


class HandOnSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=40, help_text="`koc_…` of somebody in your own tree, at any depth")
    amount_minor = serializers.IntegerField(min_value=1, max_value=LARGEST)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    hand_on = serializers.BooleanField(
        required=False,
        default=False,
        help_text="true: not money, but the right to hand it on in turn, if the brand allows it",
    )


class HandedOnSerializer(AllocationSerializer):
    left_minor = serializers.IntegerField(source="subsidy.left_minor", read_only=True, help_text="of the subsidy")

    class Meta:
        model = Allocation
        fields = (*AllocationSerializer.Meta.fields, "left_minor")


@extend_schema_view(get=extend_schema(tags=["earnings"], operation_id="subsidies"))
class SubsidyListView(OwnListView[Subsidy]):
    """List the subsidies of one membership, the newest first: what was granted, and what became of the part to hand
    on."""

    serializer_class = SubsidySerializer
    queryset: QuerySet[Subsidy] = with_allocations(Subsidy.objects.all())
    page_order = "-granted_at"


@extend_schema_view(get=extend_schema(tags=["earnings"], operation_id="allocations"))
class AllocationListView(ListAPIView[Allocation]):
    """List all that you handed on of one of your subsidies, the newest first."""

    serializer_class = AllocationSerializer
    filter_backends = ()
    queryset = Allocation.objects.none()

    def get_queryset(self) -> QuerySet[Allocation]:
        return with_recipients(Allocation.objects.filter(subsidy=self._own()))

    @idempotent(
        tags=["earnings"], operation_id="allocate", request=HandOnSerializer, responses={201: HandedOnSerializer}
    )
    def post(self, request: Request, subsidy_id: str) -> Response:
        """Hand a part of one of your subsidies on to somebody in your own tree, as you decide.

        Who is outside of your tree is as unknown as who does not exist: 400 `unknown_recipient`. 409 says what else
        stands against it: `koc_not_active`, `recipient_not_active`, `only_joined` (they have neither shared nor sold
        anything: nobody is paid for joining), `subsidy_expired`, `may_not_pass_on`, `budget_exceeded`."""
        subsidy = self._own()
        asked = given(HandOnSerializer, request.data)
        return once(request, lambda: self._hand_on(subsidy, **asked))

    def _own(self) -> Subsidy:
        own: Any = subsidies_of(asker(self.request))
        found: Subsidy = get_object_or_404(own.with_public_id(self.kwargs["subsidy_id"]))
        return found

    def _hand_on(self, subsidy: Subsidy, *, to: str, amount_minor: int, note: str, hand_on: bool) -> Response:
        recipient = Koc.objects.with_public_id(to).first()
        made = allocate(
            subsidy=subsidy, to=recipient, amount_minor=amount_minor, note=note, as_right=hand_on, at=timezone.now()
        )
        return Response(
            HandedOnSerializer(with_recipients(Allocation.objects.select_related("subsidy")).get(pk=made.pk)).data,
            status=201,
        )
