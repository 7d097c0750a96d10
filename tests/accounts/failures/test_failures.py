from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from accounts.failures.domain import pause_after
from accounts.failures.models import FailedFact
from accounts.failures.services import every_step, process_isolated, set_aside
from accounts.people.models import Customer
from tests.support.factories import NOW, make_brand, make_staff, make_user

MINUTE = timedelta(minutes=1)


def test_pauses_grow_fourfold_from_a_minute_to_a_day() -> None:
    assert [pause_after(attempts) / MINUTE for attempts in (1, 2, 3, 4, 5, 6, 7, 100)] == [
        1,
        4,
        16,
        64,
        256,
        1024,
        1440,
        1440,
    ]


@pytest.mark.django_db
def test_a_lock_that_was_not_had_in_time_says_nothing_of_a_fact() -> None:
    def wait(_numbers) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    with pytest.raises(OperationalError):
        process_isolated([1, 2, 3], wait, fact_of=lambda number: ("order", number), brand=None, at=NOW)
    assert not FailedFact.objects.exists()


@pytest.mark.django_db
def test_a_foreign_key_that_leads_nowhere_is_found_with_its_fact_and_not_at_the_commit() -> None:
    """Django's foreign keys are looked at with the commit."""
    brand = make_brand()

    def add(numbers) -> int:
        with connection.cursor() as cursor:
            for number in numbers:
                cursor.execute(
                    "INSERT INTO accounts_customer (brand_id, key, phone, name, first_seen_at) VALUES (%s, %s, '', '', now())",
                    [-1 if number == 2 else brand.pk, f"c-{number}"],
                )
        return len(numbers)

    counts = process_isolated([1, 2, 3, 4], add, fact_of=lambda number: ("order", number), brand=brand, at=NOW)
    assert sum(counts) == Customer.objects.count() == 3
    assert FailedFact.objects.get().fact == 2


@pytest.mark.django_db
def test_staff_see_what_failed_at_their_brand_alone_and_let_it_be_tried_now(client: Client) -> None:
    own, other = make_brand(), make_brand("other")
    for number, brand in enumerate([own, other]):
        set_aside(("order", number), brand=brand, error=KeyError("13800000000"), at=NOW)
    client.force_login(make_staff(own))
    url = reverse("admin:accounts_failedfact_changelist")
    page = client.get(url).content.decode()
    assert ("KeyError" in page, "13800000000" in page) == (True, False)
    rows = list(FailedFact.objects.order_by("fact"))
    client.post(url, {"action": "try_now", "_selected_action": [row.pk for row in rows]})
    own_row, others_row = FailedFact.objects.order_by("fact")
    assert own_row.next_try_at > rows[0].next_try_at
    assert others_row.next_try_at == rows[1].next_try_at


@pytest.mark.django_db
def test_the_front_page_says_how_much_was_set_aside_at_ones_own_brands(client: Client) -> None:
    own, other = make_brand(), make_brand("other")
    for number, brand in enumerate([own, other]):
        set_aside(("order", number), brand=brand, error=KeyError(), at=NOW)
    client.force_login(make_staff(own))
    waiting = client.get(reverse("admin:index")).context["waiting"]
    assert [item["text"] for item in waiting if item["count"]] == ["Facts set aside since processing them failed: 1"]


@pytest.mark.django_db
def test_a_fact_of_no_brand_is_on_the_front_page_of_superusers_alone(client: Client) -> None:
    set_aside(("click", 1), brand=None, error=KeyError(), at=NOW, payload='"visitor"')
    for user, count in [(make_staff(make_brand()), 0), (make_user(is_staff=True, is_superuser=True), 1)]:
        client.force_login(user)
        waiting = client.get(reverse("admin:index")).context["waiting"]
        assert sum(item["count"] for item in waiting) == count
    assert "visitor" not in client.get(reverse("admin:accounts_failedfact_changelist")).content.decode()
    page = reverse("admin:accounts_failedfact_change", args=[FailedFact.objects.get().pk])
    assert "visitor" not in client.get(page).content.decode()


def test_every_step_is_done_and_what_the_steps_raised_is_raised_at_the_end() -> None:
    done = []

    def work() -> None:
        with every_step("work") as step:
            for number in range(4):
                with step():
                    done.append(1 // (number % 2))

    with pytest.raises(ExceptionGroup, match="work") as raised:
        work()
    assert done == [1, 1]
    assert [type(error) for error in raised.value.exceptions] == [ZeroDivisionError] * 2


def test_one_error_is_raised_as_it_is_and_what_ends_the_process_at_once() -> None:
    with pytest.raises(KeyError), every_step("work") as step, step():
        raise KeyError
    with pytest.raises(SystemExit), every_step("work") as step, step():
        raise SystemExit
