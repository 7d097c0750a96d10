from tests.factories import make_brand, make_koc
import pytest


@pytest.mark.django_db
def test_a_brand_and_a_koc_can_be_made() -> None:
    koc = make_koc(make_brand())
    assert koc.public_id.startswith("koc_")


def test_real_commits_are_emptied(committed: None) -> None:
    make_brand("lumi")
