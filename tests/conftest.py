from collections.abc import Iterator

import pytest
import time_machine
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.utils import timezone, translation
from hypothesis import HealthCheck, Phase, settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.brands.models import Brand
from accounts.people.models import Koc
from config.celery import app
from tests.support.clock import STOPPED_AT
from tests.support.factories import make_brand, make_brand_with_plan, make_koc, make_user

# For `make mutants`: the first example that fails is enough; making it small takes longer than all the rest.
settings.register_profile(
    "mutants", settings.get_profile("ci"), max_examples=50, phases=[Phase.explicit, Phase.generate]
)
# No test depends on how fast the machine is.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")

app.conf.task_always_eager = True  # a task that starts tasks does their work; journeys run real workers


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """As pytest-django's own; then the types of all models are read, so that no page of a test that counts queries is
    the first of its process to ask for one."""
    with django_db_blocker.unblock():
        ContentType.objects.get_for_models(*apps.get_models(), for_concrete_models=False)
        ContentType.objects.get_for_models(*apps.get_models())


@pytest.fixture(autouse=True)
def own_language_zone_and_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A request leaves its language and time zone behind in its thread, and counts for the menu in the cache: the next
    test has none of them. What the menu counts is kept for as long as a test takes, or a slow machine would count it
    twice."""
    monkeypatch.setattr("backoffice.home.admin.MENU_SECONDS", 3_600)
    yield
    translation.deactivate()
    timezone.deactivate()
    cache.clear()


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In the place of pytest-django's own, whose flush the ledger refuses, as it should: here its triggers are off for
    that one statement."""
    with django_db_blocker.unblock():
        yield
        assert connection.settings_dict["NAME"].startswith("test_"), "only a test database is ever emptied"
        models = [
            model
            for app in ("accounts", "content", "referrals", "commissions", "growth")
            for model in apps.get_app_config(app).get_models()
        ]
        shipped = apps.get_model("commissions", "TaxTable")  # its rows came with its table
        tables = [model._meta.db_table for model in models if model is not shipped and not model._meta.proxy]
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            # TRUNCATE makes new files of them all, which takes over a second
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in tables))
            cursor.execute("SET session_replication_role = origin")
        connection.close()


@pytest.fixture
def stopped_clock() -> Iterator[None]:
    """Whoever asks for the time gets STOPPED_AT: for tests of pages and of the API that compare days or months."""
    with time_machine.travel(STOPPED_AT, tick=False):
        yield


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Real commits, for tests with several connections or processes; every table of ours is emptied afterwards."""


@pytest.fixture
def brand() -> Brand:
    """A brand that sells nothing yet; a module or a folder that needs more of it makes its own."""
    return make_brand()


@pytest.fixture
def koc(brand: Brand) -> Koc:
    """One of its KOCs, who has a login."""
    return make_koc(brand, user=make_user())


@pytest.fixture
def lumi() -> Brand:
    """A brand by name, which sells one product at 10 %."""
    return make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])


@pytest.fixture
def lead(lumi: Brand) -> Koc:
    """A KOC of Lumi who has a login, and a name that is not the key."""
    return make_koc(lumi, "lead", name="领队", user=make_user())
