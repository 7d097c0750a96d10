"""Contests, as those who take part see them."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.own import asker
from accounts.people.models import Koc
from foundation.http.rows import RowSerializer
from growth.contests.models import Contest, Prize
from growth.contests.selectors import leaderboard

SHOWN = 100


class PrizeSerializer(RowSerializer[Prize]):
    class Meta:
        model = Prize
        fields = ("first", "last", "what")


class RankedSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField(help_text="equal scores share one")
    name = serializers.CharField(help_text="as they show it")
    score = serializers.IntegerField(help_text="GMV in the minor unit, or people")
    is_mine = serializers.BooleanField()


class LeaderboardSerializer(serializers.Serializer[Any]):
    """A contest as it stands now."""

    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Contest.Kind.choices)
    rule = serializers.CharField(allow_blank=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    currency = serializers.CharField()
    prizes = PrizeSerializer(many=True)
    people = serializers.IntegerField(help_text="who is ranked")
    results = RankedSerializer(many=True, help_text=f"the first {SHOWN} places")
    mine = RankedSerializer(allow_null=True, help_text="your own place; empty when you have none")


class LeaderboardView(APIView):
    @extend_schema(tags=["communities"], operation_id="leaderboard", responses={200: LeaderboardSerializer})
    def get(self, request: Request, contest_id: str) -> Response:
        """Read who leads a contest of a brand that you are a KOC of, by names that people show."""
        mine = dict(Koc.objects.filter(user=asker(request), status=Koc.Status.ACTIVE).values_list("brand", "pk"))
        rows: Any = Contest.objects.with_public_id(contest_id)
        contest: Contest = get_object_or_404(
            rows.filter(brand__in=mine).select_related("brand").prefetch_related("prizes")
        )
        own = mine[contest.brand_id]
        board = leaderboard(contest)
        told = [{"rank": one.rank, "name": one.name, "score": one.score, "is_mine": one.koc == own} for one in board]
        answer = {name: getattr(contest, name) for name in ("name", "kind", "rule", "starts_at", "ends_at")}
        answer |= {
            "id": contest.public_id,
            "currency": contest.brand.currency,
            "prizes": contest.prizes.all(),
            "people": len(board),
        }
        answer |= {"results": told[:SHOWN], "mine": next((one for one in told if one["is_mine"]), None)}
        return Response(LeaderboardSerializer(answer).data)
