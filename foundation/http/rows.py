"""Rows as clients read them."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)


class RowSerializer(serializers.ModelSerializer[Row]):
    """A row under its public id, with nothing to write."""

    id = serializers.CharField(source="public_id", read_only=True)

    def get_extra_kwargs(self) -> dict[str, dict[str, Any]]:
        return {name: {"read_only": True} for name in self.Meta.fields}
