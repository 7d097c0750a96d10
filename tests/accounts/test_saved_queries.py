"""A query whose SQL is written once says what Django's own would."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import JSONObject
from django.test.utils import CaptureQueriesContext

from accounts.people.models import Koc
from foundation.postgres.saved_queries import SavedQuery
from tests.support.factories import NOW, make_brand, make_koc

pytestmark = pytest.mark.django_db


def members(brand: int, name: str, since: datetime, size: int) -> Any:
    found = Koc.objects.filter(brand=brand, joined_at__gte=since).exclude(name=name).order_by("pk")
    return found.values_list("pk", "answers", JSONObject(name=F("name"), of=Value("koc")), "joined_at")[:size]


def test_rows_are_those_of_the_queryset_whatever_is_asked_for() -> None:
    asked: list[Any] = []

    def build(**values: Any) -> Any:
        asked.append(values)
        return members(**values)

    saved = SavedQuery(build, brand=int, name=str, since=datetime)
    brands = [make_brand(), make_brand()]
    for brand in brands:
        for number in range(4):
            make_koc(brand, name=f"n{number}", answers={"city": "上海"}, joined_at=NOW + timedelta(days=number))
    for size in (2, 3):
        for brand in brands:
            for name in ("n1", "n'2%s", "n3"):
                values: dict[str, Any] = {
                    "brand": brand.pk,
                    "name": name,
                    "since": NOW + timedelta(days=1),
                    "size": size,
                }
                with CaptureQueriesContext(connection) as queries:
                    rows = saved.rows(**values)
                assert rows == list(members(**values))
                assert rows[0][1:3] == ({"city": "上海"}, {"name": rows[0][2]["name"], "of": "koc"})
                assert len(queries) == 1
    assert [values["size"] for values in asked] == [2, 3]


def test_a_value_that_the_sql_has_in_another_form_is_refused() -> None:
    saved = SavedQuery(lambda name: Koc.objects.filter(name__contains=name).values_list("pk"), name=str)
    with pytest.raises(ValueError, match="not in the SQL as they were given: name"):
        saved.rows(name="n")


def test_what_was_saved_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foundation.postgres.saved_queries.MOST_KEPT", 2)
    koc = make_koc(make_brand(), joined_at=datetime(2026, 1, 1, tzinfo=UTC))
    saved = SavedQuery(lambda koc, size: Koc.objects.filter(pk=koc).values_list("pk")[:size], koc=int)
    assert [saved.rows(koc=koc.pk, size=size) for size in (1, 2, 3, 4)] == [[(koc.pk,)]] * 4
    assert len(saved._written) == 2
