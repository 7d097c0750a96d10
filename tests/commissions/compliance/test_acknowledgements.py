"""Who acknowledged the second level: one row for each text and person, never rewritten."""

from datetime import UTC, datetime

import pytest

from backoffice.brand_file.services import import_brand
from commissions.planning.services.policies import acknowledge_level_2
from commissions.plans.models.policies import Acknowledgement, PayPolicy
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_brand

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


# Who acknowledged the second level


LUMI = """\
brand: {slug: bare, name: Bare, currency: CNY, landing_url: "https://shop.example/"}
policy: {paid_levels: 2, level2_acknowledged_by: Compliance desk}
"""


def load(text: str, at: datetime = NOW) -> str:
    return str(import_brand(lines=text.splitlines(keepends=True), name="brand.yaml", at=at)[1])


def acknowledged() -> list[tuple[str, datetime, str]]:
    return list(Acknowledgement.objects.order_by("pk").values_list("acknowledged_by", "acknowledged_at", "version"))


def test_a_brand_file_that_names_somebody_records_who_when_and_what_was_read() -> None:
    load(LUMI)
    load(LUMI, LATE)  # the same file again: the same acknowledgement
    assert acknowledged() == [("Compliance desk", NOW, "1")]
    text = Acknowledgement.objects.get().text
    assert "禁止传销条例" in text
    assert "two-level schemes were fined in 2022 and 2023" in text


def test_who_answered_before_stays_known() -> None:
    load(LUMI)
    load(LUMI.replace("Compliance desk", "Ann"), LATE)
    load(LUMI.replace("paid_levels: 2, level2_acknowledged_by: Compliance desk", "paid_levels: 1"), LATE)
    assert acknowledged() == [("Compliance desk", NOW, "1"), ("Ann", LATE, "1")]
    assert PayPolicy.objects.get().level2_acknowledged_by == ""


def test_acknowledging_twice_is_one_acknowledgement_and_another_person_is_another() -> None:
    brand = make_brand()
    first, again = (acknowledge_level_2(brand=brand, by="Ann", at=at) for at in (NOW, LATE))
    assert first == again
    acknowledge_level_2(brand=brand, by="Bo", at=LATE)
    assert acknowledged() == [("Ann", NOW, "1"), ("Bo", LATE, "1")]
    policy = PayPolicy.objects.get()
    assert (policy.level2_acknowledged_by, policy.level2_acknowledged_at) == ("Bo", LATE)


@pytest.mark.parametrize(
    "change",
    ["UPDATE commissions_acknowledgement SET acknowledged_by = 'Bo'", "DELETE FROM commissions_acknowledgement"],
)
def test_an_acknowledgement_is_never_rewritten(change: str) -> None:
    acknowledge_level_2(brand=make_brand(), by="Ann", at=NOW)
    assert_refused_by_database(change, "append-only")
    assert acknowledged() == [("Ann", NOW, "1")]
