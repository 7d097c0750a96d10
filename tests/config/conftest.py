"""A brand, one of its staff, and a superuser, signed in to the admin."""

import pytest
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import User
from tests.support.factories import make_brand, make_staff


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def staff(lumi: Brand, client: Client) -> Client:
    client.force_login(make_staff(lumi))
    return client


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("+8613900000000"))
    return client
