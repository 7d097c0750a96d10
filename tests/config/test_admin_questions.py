"""What may be asked of the admin: what its pages offer, and nothing by which what they hide could be guessed."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib import admin
from django.db.models import BooleanField, DateField
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.access.models import IdempotentAnswer, OneTimeCode, Session
from accounts.brands.models import Brand
from accounts.heartbeats.models import Heartbeat
from accounts.limits.models import Hits
from accounts.people.models import Koc, Staff, User
from commissions.orders.models import IntakeSecret
from commissions.orders.services.secrets import intake_secrets
from commissions.payees.models.payees import Payee, PayeeRead
from commissions.payees.services import read_payees
from tests.support.admin_pages import MODELS, page, sell
from tests.support.extent import each_extent, each_with_each, one_each
from tests.support.factories import NOW, make_brand, make_koc, make_payee, make_staff, make_user

pytestmark = pytest.mark.django_db
ENDINGS = ["", "exact", "iexact", "contains", "icontains", "startswith", "endswith", "regex", "iregex"]
ENDINGS += [
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "range",
    "isnull",
    "isempty",
    "year",
    "date",
    "length",
    "pk__exact",
    "id__exact",
]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def page_of(model: Any) -> Any:
    return admin.site.get_model_admin(model)


def field_at(model: Any, path: str) -> Any:
    field: Any = None
    for name in path.split("__"):
        field = model._meta.get_field(name)
        model = field.related_model
    return field


def offered(model: Any) -> set[str]:
    """The lookups in the links of a page's filters, by what the documentation of Django says of each kind."""
    found: set[str] = set()
    for given in (*page_of(model).list_filter, *getattr(page_of(model), "narrowing_filter", ())):
        path, kind = given if isinstance(given, tuple) else (given, None)
        if not isinstance(path, str):
            found.add(path.parameter_name)
            continue
        field = field_at(model, path)
        if kind is admin.EmptyFieldListFilter:
            found.add(f"{path}__isempty")
        elif field.is_relation:
            found |= {f"{path}__{field.related_model._meta.pk.name}__exact", f"{path}__isnull"}
        elif isinstance(field, DateField):
            found |= {f"{path}__gte", f"{path}__lt"} | ({f"{path}__isnull"} if field.null else set())
        elif field.choices or isinstance(field, BooleanField):
            found |= {f"{path}__exact", f"{path}__isnull"}
        else:
            found |= {path, f"{path}__isnull"}
    return found


def paths(model: Any) -> Iterator[str]:
    """Every field of a table, and every field of the tables next to it, whichever way the key points."""
    for field in model._meta.get_fields():
        name = field.name if field.concrete else field.get_accessor_name() and field.name
        yield name
        if field.is_relation and field.related_model:
            yield from (
                f"{name}__{beyond.name}" for beyond in field.related_model._meta.get_fields() if beyond.concrete
            )


@each_model
def test_a_page_is_asked_only_what_its_filters_offer(superuser: Client, model: Any) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get()
    asked = {f"{path}__{ending}".removesuffix("__") for path in paths(model) for ending in ENDINGS} | offered(model)
    allowed = {lookup for lookup in asked if page_of(model).lookup_allowed(lookup, "1", request)}
    assert allowed == offered(model)


@each_extent
@each_model
def test_whatever_else_is_asked_is_refused_before_any_row_is_looked_at(
    superuser: Client, model: Any, is_whole: bool
) -> None:
    """The part: the fields of the table itself. The whole: those of the tables next to it as well."""
    lookups = [f"{path}__regex" for path in paths(model) if is_whole or "__" not in path]
    asked = dict.fromkeys([*lookups, "nothing", "pk", "pk__in", "id__gt"], ("1", "["))
    pairs = each_with_each if is_whole else one_each
    assert {superuser.get(page(model), {lookup: value}).status_code for lookup, value in pairs(asked)} == {400}


@each_model
def test_filters_offer_and_count_only_what_is_ones_own(staff: Client, lumi: Brand, model: Any) -> None:
    """Another brand's rows change no choice, and no number beside one."""

    def told() -> list[Any]:
        answer = staff.get(page(model), {"_facets": "1"})
        if answer.status_code == 403:  # it is for superusers
            return []
        shown = answer.context["cl"]
        return [shown.result_count, *(choice["display"] for one in shown.filter_specs for choice in one.choices(shown))]

    sell(lumi)
    make_payee(make_koc(lumi, user=make_user()).user)
    before = told()
    other = make_brand("other")
    sell(other)
    make_payee(make_koc(other, user=make_user()).user)
    assert told() == before


@pytest.mark.parametrize("model", [Koc, Staff, Payee, PayeeRead], ids=lambda model: model.__name__)
def test_a_phone_whose_end_is_shown_cannot_be_guessed_digit_by_digit(staff: Client, lumi: Brand, model: Any) -> None:
    user = make_user("+8613812345678", is_staff=True)
    koc = make_koc(lumi, user=user)
    make_payee(user)
    Staff.objects.create(brand=lumi, user=user)
    read_payees(koc_ids=[koc.pk], who="export", why="to pay", at=NOW)

    def found(asked: str) -> list[Any]:
        return [
            row
            for row in staff.get(page(model), {"q": asked}).context["cl"].result_list
            if getattr(row, "user_id", None) == user.pk
        ]

    assert [found(part) for part in ("+86138", "1234", "+861381234567", "3812345678")] == [[]] * 4
    assert [len(found(whole)) for whole in ("+8613812345678", "138 1234 5678")] == [1, 1]


def links(url: str, answer: Any) -> set[str]:
    """Where a page leads to within the admin."""
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return set()
    found = (unescape(text) for text in re.findall(r'(?:href|data-href)="([^"#]*)"', answer.content.decode()))
    own = {
        f"{url.partition('?')[0]}{link}" if link.startswith("?") else link
        for link in found
        if link.startswith(("/admin/", "?"))
    }
    return {link for link in own if not link.startswith(("/admin/logout", "/admin/jsi18n"))}


def kind_of(link: str) -> tuple[str, ...]:
    """Links of one kind differ in numbers only."""
    parts = urlsplit(link)
    return (
        re.sub(r"/\d+/", "/1/", parts.path),
        *sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}),
    )


@pytest.mark.parametrize("is_superuser", [False, True], ids=["staff", "superuser"])
def test_every_link_of_the_admin_leads_somewhere(client: Client, lumi: Brand, is_superuser: bool) -> None:
    sell(lumi)
    if is_superuser:
        sell(make_brand("other"))
    make_koc(lumi, status="applied")
    payee = make_payee(make_koc(lumi, user=make_user()).user)
    client.force_login(User.objects.create_superuser("+8613900000000") if is_superuser else make_staff(lumi))
    answers: dict[tuple[str, ...], tuple[str, int]] = {}
    waiting = [reverse("admin:index"), *map(page, MODELS), page(Payee, payee)]
    while waiting:
        url = waiting.pop()
        if kind_of(url) not in answers:
            answer = client.get(url)
            answers[kind_of(url)] = url, 400 if "e=1" in answer.get("Location", "") else answer.status_code
            if "?" not in url:  # a filtered list leads on to the same filters, two and three at a time
                waiting += links(url, answer)
    refused = {url: status for url, status in answers.values() if status not in {200, 302}}
    # Who may not see a table is told so
    private = {
        page(User),
        page(Session),
        page(OneTimeCode),
        page(Hits),
        page(IdempotentAnswer),
        page(Heartbeat),
    }
    assert [
        url for url, status in refused.items() if is_superuser or status != 403 or not url.startswith(tuple(private))
    ] == []
    asked = {
        name
        for url, _status in answers.values()
        for name, _value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
    }
    assert {"status__exact", "brand__id__exact", "joined_at__gte", "no_result", "outcome__exact", "o"} - asked == (
        set() if is_superuser else {"brand__id__exact"}
    )


def test_an_intake_secret_cannot_be_guessed_letter_by_letter(staff: Client, lumi: Brand) -> None:
    """`?secret__regex=^whsec_[a-m]` told it in 266 questions."""
    intake_secrets(brand=lumi, rotate=False, at=NOW)
    columns = [field.name for field in IntakeSecret._meta.get_fields()]
    for column in [*columns, "secret"]:
        answers = [
            staff.get(page(IntakeSecret), {f"{column}__regex": guess})
            for guess in ("^whsec_", "^gAAAA", "[a-m]", "^$", "[")
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[0].content)}, column
