"""What keeps the demo out of a database."""

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from accounts.brands.models import Brand
from accounts.people.models import User
from backoffice.demo.services.demo import ADMIN, make_demo
from foundation.files.faults import Refusal
from tests.support.factories import NOW, make_user

pytestmark = pytest.mark.django_db


def test_production_makes_no_password_that_everybody_knows(settings: LazySettings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(Refusal, match="give --password"):
        call_command("demo")


def test_a_weak_password_makes_nothing() -> None:
    with pytest.raises(Refusal, match="too short"):
        make_demo(password="12345", at=NOW)
    assert (Brand.objects.count(), User.objects.count()) == (0, 0)


def test_a_phone_that_has_a_login_never_becomes_an_administrator() -> None:
    somebody = make_user(ADMIN)
    with pytest.raises(Refusal, match="has a login already"):
        make_demo(password="leaves-and-rain", at=NOW)
    somebody.refresh_from_db()
    assert not somebody.is_superuser
    assert not Brand.objects.exists()
