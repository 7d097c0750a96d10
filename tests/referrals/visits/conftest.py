"""An open door and a share to find behind it."""

from pathlib import Path

import pytest

from referrals.shares.models import Share
from tests.support.factories import make_brand, make_kit, make_koc, make_product, make_share
from tests.support.processes.open_door import OpenDoor


@pytest.fixture
def opened(tmp_path: Path) -> OpenDoor:
    return OpenDoor(tmp_path / "clicks")


@pytest.fixture
def share() -> Share:
    brand = make_brand()
    return make_share(make_koc(brand), make_kit(brand, product=make_product(brand)), code="abc")
