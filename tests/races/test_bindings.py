"""One customer, taken by two KOCs at one moment."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from commissions.ledger.services import lock_book
from referrals.attribution.domain.bindings import CLICK, Bound
from referrals.attribution.models import Binding
from referrals.attribution.services import write_bindings
from tests.support.concurrency import run_at_once, wait_for_the_others
from tests.support.factories import NOW, make_brand, make_customer, make_koc

OVERLAPS = "ALTER TABLE referrals_binding DROP CONSTRAINT a_customer_is_bound_to_one_koc_at_a_time"
REFUSED = """ALTER TABLE referrals_binding ADD CONSTRAINT a_customer_is_bound_to_one_koc_at_a_time
    EXCLUDE USING gist (int8range(customer_id, customer_id, '[]') WITH &&, tstzrange(since, until) WITH &&)"""


def snatch(brand: Brand, customer: Customer, koc: Koc, *, hold: bool) -> None:
    with transaction.atomic():
        if hold:
            lock_book(brand)
        wait_for_the_others()
        write_bindings({customer.pk: [Bound(koc.pk, None, CLICK, NOW, None, "")]})
        wait_for_the_others()


@pytest.mark.parametrize("guard", ["book", "constraint", "nothing"])
def test_a_customer_is_snatched_by_one_of_two(committed: None, guard: str) -> None:
    """Under the book the second finds what the first one wrote. Without it the database refuses one; without that, too,
    the customer is bound to both."""
    brand = make_brand()
    customer, kocs = make_customer(brand), [make_koc(brand, "ana"), make_koc(brand, "ben")]
    if guard == "nothing":
        with connection.cursor() as cursor:
            cursor.execute(OVERLAPS)
    answers: list[Any] = run_at_once(
        *[lambda koc=koc: snatch(brand, customer, koc, hold=guard == "book") for koc in kocs]
    )
    bound = Binding.objects.filter(customer=customer).count()
    if guard == "nothing":
        Binding.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(REFUSED)
    # By the constraint, or by the deadlock of two who wait for each other at it
    refused = [answer for answer in answers if isinstance(answer, DatabaseError)]
    assert (bound, len(refused)) == {"book": (1, 0), "constraint": (1, 1), "nothing": (2, 0)}[guard]
