"""How much memory a large file of customers takes, as the process that imports it says."""

from pathlib import Path

import pytest

from accounts.people.models import Customer
from tests.support.factories import make_brand
from tests.support.processes.measured import bytes_a_row


@pytest.mark.heavy
def test_400_000_more_customers_take_less_than_50_bytes_each(committed: None, tmp_path: Path) -> None:
    make_brand("lumi")
    few, many = ([f"{name}{n},N\n" for n in range(count)] for name, count in (("few", 50_000), ("many", 450_000)))
    assert bytes_a_row(tmp_path, "customer,name\n", few, many, ["import_customers", "--brand", "lumi"]) < 50
    assert Customer.objects.count() == 500_000
