"""Addresses that nobody means: never a fault of ours."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern

from accounts.people.models import User
from commissions.payees.models.payees import Payee
from commissions.plans.models.plans import Plan
from tests.config.test_admin_questions import offered
from tests.support.admin_pages import MODELS, page, sell
from tests.support.extent import each_extent, each_with_each, one_each
from tests.support.factories import make_brand, make_koc, make_payee, make_share, make_user

pytestmark = pytest.mark.django_db
HUGE = "9" * 23
MOMENTS = ["2026-13-45", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59"]
ODD = ["", HUGE, "abc", "²", "x" * 10_000, *MOMENTS]
ODD_KEYS = ["%00", "_00", HUGE, "-1", "abc", "²", "1.5", "%20", "x" * 3000]
COMPLETED = {
    "accounts.Staff": {"brand"},
    "content.Kit": {"product", "people"},
    "content.ProductUse": {"koc", "product"},
    "content.PosterStyle": {"kit"},
    **{key: {"koc"} for key in ("commissions.Subsidy", "commissions.WriteOff", "referrals.Coupon")},
}
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("+8613900000000"))
    client.raise_request_exception = False
    return client


@pytest.fixture
def rows() -> dict[type, Any]:
    """Of two brands, so that filters have something to choose between."""
    found = [
        sell(brand) | {Payee: make_payee(make_koc(brand, user=make_user()).user)}
        for brand in (make_brand("other"), make_brand("lumi"))
    ]
    return found[1]


def faults(client: Client, asked: list[tuple[str, dict[str, str]]]) -> list[Any]:
    """Those that are answered by a fault of ours. Each has a savepoint of its own, since what PostgreSQL refuses spoils
    what comes after it."""
    found = []
    for url, query in asked:
        before = transaction.savepoint()
        if client.get(url, query).status_code >= 500:
            found.append((url[:100], {name: value[:30] for name, value in query.items()}))
        transaction.savepoint_rollback(before)
    return found


@each_extent
@each_model
def test_a_list_is_asked_nonsense(
    superuser: Client, rows: dict[type, Any], monkeypatch: pytest.MonkeyPatch, model: Any, is_whole: bool
) -> None:
    """The part: each filter with one odd value, the values in turn. The whole: each filter with every odd value."""
    monkeypatch.setattr(admin.site.get_model_admin(model), "list_per_page", 1)
    own: dict[str, list[str]] = {"p": [HUGE, "abc"], "o": ["9.9.9", f"-{HUGE}.abc"], "q": ["\x00", "x " * 5_000, HUGE]}
    own |= {name: ["\x00", "abc"] for name in ("all", "_facets", "_popup", "_to_field", "e", "nothing")}
    pairs = each_with_each if is_whole else one_each
    asked = pairs(own | dict.fromkeys(sorted(offered(model)), ODD))
    assert faults(superuser, [(page(model), {name: value}) for name, value in asked]) == []


@each_extent
@each_model
def test_a_form_is_given_nonsense_to_begin_with(
    superuser: Client, rows: dict[type, Any], model: Any, is_whole: bool
) -> None:
    names = [field.name for field in model._meta.get_fields()]
    own = ("_to_field", "_popup", "_changelist_filters", "version_of", "method", "key")
    values = dict.fromkeys(names, ("abc", HUGE, "²", MOMENTS[3])) | dict.fromkeys(own, ("\x00", "²", HUGE))
    if superuser.get(page(model, action="add")).status_code == 200:
        asked = (each_with_each if is_whole else one_each)(values)
        assert faults(superuser, [(page(model, action="add"), {name: value}) for name, value in asked]) == []


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every address of the admin, and the places in it."""
    for one in patterns:
        if isinstance(one, URLPattern):
            yield before + str(one.pattern), list(one.pattern.converters)
        else:
            yield from routes(one.url_patterns, before + str(one.pattern))


ROUTES = [(route, places) for route, places in routes(admin.site.urls[0]) if not route.startswith(("^", "("))]


def filled(route: str, key: str) -> str:
    return "/admin/" + "".join(
        part.partition(">")[2] if n == 0 else key + part.partition(">")[2]
        for n, part in enumerate(("x>" + route).split("<"))
    )


@each_extent
def test_a_page_is_asked_for_by_a_key_that_is_none(superuser: Client, rows: dict[type, Any], is_whole: bool) -> None:
    keys = {route: ODD_KEYS for route, places in ROUTES if places}
    asked = (each_with_each if is_whole else one_each)(keys)
    assert faults(superuser, [(filled(route, quote(key, safe="%")), {}) for route, key in asked]) == []


QUESTIONS = {"language": "abc", "kit": "²", "as_of": "9999-12-31", "by": "abc", "brand": "²", "first": "9999-13", "last": "0000-00", "first_day": "0001-01-01",
    "day_after": "9999-12-31", "s": "²", "page": "²", "term": "²", "next": "//abc", "_to_field": "abc", "_popup": "²", "_changelist_filters": "%"}  # fmt: skip
OWN = [
    (route, places)
    for route, places in ROUTES
    if not route.endswith(("/change/", "/add/", "/history/", "/delete/", "logout/", "<path:object_id>/"))
]
LISTS = {page(model) for model in MODELS}


@each_extent
def test_a_page_of_ours_is_asked_nonsense(superuser: Client, rows: dict[type, Any], is_whole: bool) -> None:
    """What a page that is no list and no form of Django's reads from its address, it reads as carefully as they do."""
    good = {
        "s": "koc",
        "first": "2026-02",
        "last": "2026-03",
        "first_day": "2026-01-01",
        "day_after": "2026-02-01",
        "brand": str(rows[Plan].brand_id),
    }
    keys = {"/".join(row._meta.label_lower.split(".")): str(row.pk) for row in rows.values()}
    asked = []
    for route, places in OWN:
        brand = route.startswith(("commissions/cascade", "commissions/acknowledgement"))
        url = (
            filled(route, good["brand"] if brand else keys.get("/".join(route.split("/")[:2]), "1"))
            if places
            else f"/admin/{route}"
        )
        if url not in LISTS:
            asked.append((url, dict.fromkeys(QUESTIONS, HUGE)))
            # one question of each page, the questions in turn
            names = list(QUESTIONS) if is_whole else [list(QUESTIONS)[len(asked) // 3 % len(QUESTIONS)]]
            asked += [(url, good | {name: value}) for name in names for value in (QUESTIONS[name], HUGE)]
    asked.append((url, good | {"s": "\x00"}))  # refused before any page is asked, so one is enough
    assert faults(superuser, asked) == []


@pytest.mark.parametrize("name", ["app_label", "model_name", "field_name", "term", "page"])
def test_choices_are_looked_up_by_nonsense(superuser: Client, rows: dict[type, Any], name: str) -> None:
    good = {"app_label": "content", "model_name": "kit", "field_name": "product", "term": "S"}
    assert faults(superuser, [("/admin/autocomplete/", good | {name: value}) for value in ODD]) == []


@each_model
def test_choices_are_looked_up_only_for_fields_that_a_form_completes(superuser: Client, model: Any) -> None:
    asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "term": "S"}
    found = {
        field.name
        for field in model._meta.get_fields()
        if superuser.get("/admin/autocomplete/", asked | {"field_name": field.name}).status_code != 403
    }
    assert found == COMPLETED.get(model._meta.label, set())


@each_extent
@each_model
def test_an_action_is_asked_of_nonsense(superuser: Client, rows: dict[type, Any], model: Any, is_whole: bool) -> None:
    nonsense = ("\x00", HUGE, "abc", "²", "_00", "")
    pairs = each_with_each if is_whole else one_each
    for action, value in pairs(dict.fromkeys(actions_of(model), nonsense)):
        answer = superuser.post(
            page(model), {"action": action, "_selected_action": value, "index": value, "select_across": "abc"}
        )
        assert answer.status_code < 500, (action, value[:30])


def actions_of(model: Any) -> list[str]:
    return [
        name if isinstance(name, str) else name.__name__ for name in admin.site.get_model_admin(model).actions or []
    ] or ["delete_selected"]


PUBLIC = ["/s/{}", "/s/{}/qr.svg", "/i/{}", "/c/{}", "/c/{}/qr.svg"]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_asked_for_by_nonsense(client: Client, path: str) -> None:
    """Nobody's code is an unknown one, whatever it is written with."""
    share = make_share(make_koc(make_brand("lumi")))
    keys = [*ODD_KEYS, "🌳", "%ff", "%e2%80%ae", "%0d%0aX: 1", share.code + "%00x", share.code.upper() + "%20x"]
    assert {(key[:20], client.get(path.format(key)).status_code) for key in keys} == {(key[:20], 404) for key in keys}
    odd = [
        f"?{name}={value}"
        for name in ("channel", "c", "q", "via", "%00")
        for value in ("%00", "%ff", HUGE, "x" * 10_000)
    ]
    assert faults(client, [(path.format(share.code) + query, {}) for query in odd]) == []


def test_a_shop_is_named_by_nonsense(client: Client) -> None:
    assert {
        client.post(f"/api/v1/intake/{key}/orders", {}, content_type="application/json").status_code
        for key in ODD_KEYS
        if "/" not in key
    } == {404}
