"""What the API says to a person is in the language that they asked for, else in their own."""

import pytest
from rest_framework.test import APIClient

from tests.support.clients import Person
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
UNKNOWN = {"en": "Not found.", "zh-hans": "未找到。"}


@pytest.mark.parametrize(
    ("asked", "own", "spoken"),
    [
        ({}, "zh-hans", "zh-hans"),
        ({}, "en", "en"),
        ({"Accept-Language": "*"}, "zh-hans", "zh-hans"),
        ({"Accept-Language": "fr, de;q=0.5"}, "zh-hans", "zh-hans"),
        ({"Accept-Language": "en"}, "zh-hans", "en"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "zh-hans", "en"),
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "en", "zh-hans"),
        ({"Accept-Language": "zh-Hans"}, "en", "zh-hans"),
    ],
)
def test_the_language_that_was_asked_for_goes_before_ones_own(asked: dict[str, str], own: str, spoken: str) -> None:
    user = make_user()
    user.language = own
    user.save()
    response = Person(user, **asked).read("commissions/com_x")
    assert response.status_code == 404
    assert (response.headers["Content-Language"], response.json()["errors"][0]["detail"]) == (spoken, UNKNOWN[spoken])


def test_the_next_request_has_its_own_language() -> None:
    user = make_user(language="zh-hans")
    assert Person(user).read("commissions/com_x").headers["Content-Language"] == "zh-hans"
    assert APIClient().get("/api/v1/me").headers["Content-Language"] == "en"
