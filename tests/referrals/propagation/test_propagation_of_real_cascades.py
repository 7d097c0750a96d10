"""Real repost cascades and a real referral forest, through the files and the commands that an operator would use."""

import csv

import pytest
from django.core.management import call_command

from accounts.brands.models import Tier
from accounts.people.models import Koc
from referrals.propagation.selectors.propagation import referral_cascades, share_cascades
from referrals.shares.models import Share
from referrals.tree.models import Sponsorship
from tests.support.factories import make_brand, make_kit
from tests.support.paths import DATA

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.exists(), reason="the data does not ship with the product"),
]


def test_42_real_cascades_measure_what_was_computed_apart_from_grove(capsys: pytest.CaptureFixture[str]) -> None:
    brand = make_brand("weibo")
    make_kit(brand, "story")
    path = str(DATA / "cascades" / "shares.csv")
    call_command("import_shares", path, brand="weibo", create_kocs=True)
    assert capsys.readouterr().out.splitlines()[-1] == "shares: 8628 created, 0 updated, 0 unchanged"
    with open(DATA / "cascades" / "expected.csv", newline="") as file:
        expected = sorted(csv.DictReader(file), key=lambda row: row["root"])
    measured = share_cascades(brand)
    assert [cascade.root for cascade in measured] == [row["root"] for row in expected]
    for cascade, row in zip(measured, expected, strict=True):
        assert (cascade.size, cascade.people) == (int(row["size"]), int(row["sharers"]))
        assert (cascade.depth, cascade.max_breadth) == (int(row["depth"]), int(row["max_breadth"]))
        assert "|".join(map(str, cascade.breadth_by_depth)) == row["breadth_by_depth"]
        assert cascade.structural_virality == pytest.approx(float(row["structural_virality"]), rel=1e-11, abs=1e-9)
        assert cascade.reach == cascade.people
    assert Share.objects.get(brand=brand, key="R0137-3").root == Share.objects.get(brand=brand, key="R0137-0")
    call_command("import_shares", path, brand="weibo", create_kocs=True)
    assert capsys.readouterr().out.splitlines() == ["kocs: 0 created", "shares: 0 created, 0 updated, 8628 unchanged"]


def test_a_real_referral_forest_keeps_its_trees(capsys: pytest.CaptureFixture[str]) -> None:
    brand = make_brand("retail")
    Tier.objects.create(brand=brand, key="sprout", name="Sprout", rank=1)
    path = DATA / "retail" / "kocs.csv"
    call_command("import_kocs", str(path), brand="retail")
    assert capsys.readouterr().out == "kocs: 264 created, 0 updated, 0 unchanged\n"
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    sponsor = {row["koc"]: row["sponsor"] for row in rows}

    def ancestors(koc: str) -> list[str]:
        return [koc, *(ancestors(sponsor[koc]) if sponsor[koc] else [])]

    places = {place.koc.key: place for place in Sponsorship.objects.filter(brand=brand).select_related("koc", "root")}
    assert {key: (place.root.key, place.depth) for key, place in places.items()} == {
        koc: (ancestors(koc)[-1], len(ancestors(koc)) - 1) for koc in sponsor
    }
    trees = referral_cascades(brand)
    assert sum(tree.size for tree in trees) == 264
    assert len(trees) == 13
    assert {tree.root for tree in trees} == {koc for koc in sponsor if not sponsor[koc]}
    assert all(tree.reach == tree.people == tree.size for tree in trees)
    pinned = Koc.objects.filter(brand=brand, tier_pinned=True)
    assert set(pinned.values_list("key", "tier__key")) == {(row["koc"], row["tier"]) for row in rows if row["tier"]}
    call_command("import_kocs", str(path), brand="retail")
    assert capsys.readouterr().out == "kocs: 0 created, 0 updated, 264 unchanged\n"
