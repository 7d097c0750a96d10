from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.renderers import JSONRenderer

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.refusals import KitEnded
from content.kits.domain.texts import Text
from content.kits.models import Kit
from content.kits.services.versions import publish_texts
from referrals.propagation.selectors.propagation import share_cascades
from referrals.shares.api import ListedShareSerializer, ShareSerializer
from referrals.shares.domain.refusals import UnknownVia
from referrals.shares.models import Share
from referrals.shares.services.sharing import share_kit
from referrals.tree.domain.refusals import KocNotActive
from referrals.visits.models import Visit
from referrals.visits.selectors.shares import with_visits
from tests.support.clients import Person, check_list, errors, results
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return make_kit(brand)


def tap(
    koc: Koc, kit: Kit, *, person: Person | None = None, channel: str = "moments", via: str | None = None, key: str = ""
) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return (person or Person(koc.user)).send(
        f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": channel, "via": via}, **headers
    )


def test_one_tap_gives_everything_that_is_needed_to_post(koc: Koc, kit: Kit, settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://host"
    said = [Text("usage", "any", "…"), Text("service", "any", "service 文案"), Text("value", "any", "value 文案")]
    publish_texts(kit=kit, texts=[*said, Text("usage", "moments", "朋友圈的话")], at=NOW)
    response = tap(koc, kit)
    assert response.status_code == 201
    shown = response.json()
    share = Share.objects.get()
    assert shown == {
        "id": share.public_id,
        "code": share.code,
        "url": f"https://host/s/{share.code}",
        "channel": "moments",
        "disclosure": "广告",
        "title": None,
        "tags": [],
        "texts": [
            {"kind": "service", "text": "service 文案"},
            {"kind": "value", "text": "value 文案"},
            {"kind": "usage", "text": "朋友圈的话"},
        ],
        "post_text": f"service 文案\nvalue 文案\n朋友圈的话\n广告 https://host/s/{share.code}",
        "images": [],
        "poster_url": f"https://host/s/{share.code}/poster.jpg",
        "qr_url": f"https://host/s/{share.code}/qr.svg",
        "parent": None,
        "created_at": share.shared_at.isoformat().replace("+00:00", "Z"),
    }
    assert len(share.code) == 7
    assert share.code.isalnum()


def test_the_same_tap_on_the_same_day_is_the_same_share(koc: Koc, kit: Kit) -> None:
    first, again = tap(koc, kit), tap(koc, kit)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert tap(koc, kit, channel="douyin").json()["code"] != first.json()["code"]
    assert Share.objects.count() == 2


def test_the_day_is_the_brands(koc: Koc, kit: Kit) -> None:
    evening = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    shares = [
        share_kit(koc=koc, kit=kit, channel="moments", via="", at=evening + timedelta(minutes=minutes)).share
        for minutes in (0, 1, 60)
    ]
    assert shares[0] != shares[1] == shares[2]


def test_a_share_through_another_grows_from_it(brand: Brand, koc: Koc, kit: Kit) -> None:
    root = make_share(make_koc(brand), kit)
    middle = make_share(make_koc(brand), kit, parent=root)
    shown = tap(koc, kit, via=middle.code).json()
    assert shown["parent"] == middle.public_id
    share = Share.objects.get(koc=koc)
    assert (share.parent, share.root, share.depth) == (middle, root, 2)
    assert tap(koc, kit).json()["code"] != shown["code"], "without via it is another share"


def test_no_share_is_earlier_than_the_one_it_came_through(brand: Brand, koc: Koc, kit: Kit) -> None:
    """The machine that made the first one has a clock that is a second ahead."""
    ahead = make_share(make_koc(brand), kit, shared_at=NOW + timedelta(seconds=1))
    made = share_kit(koc=koc, kit=kit, channel="moments", via=ahead.code, at=NOW).share
    assert made.shared_at == NOW + timedelta(seconds=1)
    assert share_cascades(brand, as_of=NOW) == []
    assert share_cascades(brand)[0].time_to_depth_seconds == [0, 0]


@pytest.mark.parametrize("via", ["nobody", "foreign"])
def test_via_must_be_a_share_of_this_brand(koc: Koc, kit: Kit, via: str) -> None:
    other = make_brand()
    make_share(make_koc(other), code="foreign")
    refused = tap(koc, kit, via=via)
    assert (refused.status_code, errors(refused)) == (400, [("unknown_share", "via")])
    assert not Share.objects.filter(koc=koc).exists()


def test_an_applicant_does_not_share_yet(brand: Brand, kit: Kit) -> None:
    applicant = make_koc(brand, user=make_user(), status="applied")
    refused = tap(applicant, kit)
    assert (refused.status_code, errors(refused)) == (409, [("koc_not_active", None)])
    assert not Share.objects.exists()


def test_what_has_ended_is_not_shared_and_what_is_not_ones_own_is_not_found(brand: Brand, koc: Koc, kit: Kit) -> None:
    ended = tap(koc, make_kit(brand, status="ended"))
    assert (ended.status_code, errors(ended)) == (409, [("kit_ended", None)])
    assert tap(koc, make_kit(brand, status="draft")).status_code == 404
    assert tap(koc, make_kit(make_brand())).status_code == 404
    sponsor = make_koc(brand, user=make_user())
    for other in (sponsor.user, make_user()):
        assert tap(koc, kit, person=Person(other)).status_code == 404
    assert tap(koc, kit, person=Person()).status_code == 401
    assert not Share.objects.exists()


def test_the_service_refuses_by_name(brand: Brand, koc: Koc, kit: Kit) -> None:
    with pytest.raises(KocNotActive):
        share_kit(koc=make_koc(brand, status="rejected"), kit=kit, channel="moments", via="", at=NOW)
    with pytest.raises(KitEnded):
        share_kit(koc=koc, kit=make_kit(brand, status="ended"), channel="moments", via="", at=NOW)
    with pytest.raises(UnknownVia):
        share_kit(koc=koc, kit=kit, channel="moments", via="x", at=NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [("channel", "radio"), ("channel", None), ("koc", ""), ("via", "x" * 17), ("via", "\x00"), ("via", 5.5e300)],
)
def test_a_bad_tap_is_refused(koc: Koc, kit: Kit, field: str, value: Any) -> None:
    refused = Person(koc.user).send(
        f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "moments", field: value}
    )
    assert refused.status_code == 400
    assert errors(refused)[0][1] == field


def test_a_repeated_key_gives_the_first_answer_again(koc: Koc, kit: Kit) -> None:
    first, again = (tap(koc, kit, key="k") for _tap in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    conflict = tap(koc, kit, channel="douyin", key="k")
    assert (conflict.status_code, errors(conflict)) == (409, [("idempotency_conflict", None)])
    other_path = tap(koc, make_kit(koc.brand), key="k")
    assert other_path.status_code == 409
    assert Share.objects.count() == 1


def test_a_code_that_is_taken_is_drawn_again(koc: Koc, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    make_share(make_koc(koc.brand), kit, code="AAAAAAA")
    letters = iter("AAAAAAABBBBBBB")
    monkeypatch.setattr("referrals.shares.services.sharing.secrets.choice", lambda _letters: next(letters))
    assert tap(koc, kit).json()["code"] == "BBBBBBB"


def test_shares_are_listed_with_their_counted_visits(brand: Brand, koc: Koc, kit: Kit) -> None:
    share = make_share(koc, kit)
    for uncounted in ["", "", "repeat", "robot"]:
        Visit.objects.create(share=share, visitor="v", visited_at=NOW, uncounted=uncounted)
    newer = make_share(koc, kit, parent=share, shared_at=NOW + timedelta(days=1))
    make_share(make_koc(brand), kit)
    first, second = results(Person(koc.user).read("shares", koc=koc.public_id))
    assert (first["id"], first["visits"], first["parent"]) == (newer.public_id, 0, share.public_id)
    assert (second["id"], second["visits"], second["kit"]) == (
        share.public_id,
        2,
        {"id": kit.public_id, "title": kit.title},
    )
    detail = Person(koc.user).read(f"shares/{share.public_id}").json()
    assert (detail["visits"], detail["disclosure"], len(detail["texts"])) == (2, "广告", 3)


def test_a_share_is_its_owners_alone(brand: Brand, koc: Koc, kit: Kit) -> None:
    share = make_share(koc, kit)
    sponsor = make_koc(brand, user=make_user())
    for path in (f"shares/{share.public_id}", f"shares/{share.public_id}/propagation"):
        assert Person(koc.user).read(path).status_code == 200
        for other in (sponsor.user, make_user()):
            assert Person(other).read(path).status_code == 404
        assert Person().read(path).status_code == 401
    assert Person(sponsor.user).read("shares", koc=koc.public_id).status_code == 404
    assert Person(koc.user).read("shares").status_code == 400


def test_twenty_shares_take_as_many_queries_as_one(koc: Koc, kit: Kit) -> None:
    person = Person(koc.user)
    root = make_share(koc, kit)
    with CaptureQueriesContext(connection) as one:
        assert len(results(person.read("shares", koc=koc.public_id))) == 1
    for _more in range(19):
        make_share(koc, kit, parent=root)
    with CaptureQueriesContext(connection) as twenty:
        assert len(results(person.read("shares", koc=koc.public_id))) == 20
    assert len(one) == len(twenty) <= 4


def test_pages_hold_among_shares_of_one_moment(koc: Koc, kit: Kit) -> None:
    made = {make_share(koc, kit).public_id for _ in range(7)}
    person, url, seen = Person(koc.user), f"/api/v1/shares?koc={koc.public_id}&page_size=3", []
    while url:
        page = person.get(url)
        seen += [share["id"] for share in results(page)]
        url = page.json()["next"]
    assert len(seen) == 7
    assert set(seen) == made


def test_propagation_measures_what_grew_from_a_share_and_draws_it(brand: Brand, koc: Koc, kit: Kit) -> None:
    root = make_share(make_koc(brand), kit)
    share = make_share(koc, kit, parent=root)
    left, right = (make_share(make_koc(brand), kit, parent=share) for _child in range(2))
    leaf = make_share(make_koc(brand), kit, parent=left)
    shown = Person(koc.user).read(f"shares/{share.public_id}/propagation").json()
    assert (shown["size"], shown["depth"], shown["breadth_by_depth"], shown["truncated"]) == (4, 2, [1, 2, 1], False)
    assert [node["name"] is None for node in shown["nodes"]] == [False, False, False, True], (
        "who is two steps away stays nameless"
    )
    drawn = [(node["id"], node["parent"]) for node in shown["nodes"]]
    assert drawn[0] == (share.public_id, None)
    assert set(drawn[1:]) == {
        (left.public_id, share.public_id),
        (right.public_id, share.public_id),
        (leaf.public_id, left.public_id),
    }


def test_the_list_says_what_its_serializer_says(brand: Brand, koc: Koc, kit: Kit) -> None:
    theirs = make_share(make_koc(brand), kit)
    for number in range(5):
        share = make_share(
            koc,
            make_kit(brand, title=f"第\u2028{number}"),
            parent=theirs if number % 2 else None,
            shared_at=NOW + timedelta(seconds=number // 2),
        )
        for visit in range(number):
            Visit.objects.create(
                share=share, visitor=f"v{visit}", visited_at=NOW, uncounted="robot" if visit == 3 else ""
            )
    check_list(
        koc, "shares", ListedShareSerializer, with_visits(Share.objects.filter(koc=koc)).order_by("-shared_at", "-pk")
    )


@pytest.mark.parametrize("is_through", [False, True])
def test_a_tap_says_what_its_serializer_says(brand: Brand, koc: Koc, is_through: bool) -> None:
    kit = make_kit(brand, title="28 天", product=make_product(brand), texts=[Text("usage", "any", "{name}：{price}")])
    via = make_share(make_koc(brand), kit).code if is_through else None
    person = Person(koc.user)
    first, again = (tap(koc, kit, person=person, channel="xiaohongshu", via=via) for _time in range(2))
    share = Share.objects.get(koc=koc)
    assert first.content == again.content == JSONRenderer().render(ShareSerializer(share).data)
    assert (first.status_code, again.status_code, share.parent is not None) == (201, 200, is_through)


def test_a_tap_of_a_kit_that_the_process_knows_takes_few_statements(brand: Brand, koc: Koc) -> None:
    kit, person = make_kit(brand, product=make_product(brand)), Person(koc.user)
    tap(koc, kit, person=person)
    with CaptureQueriesContext(connection) as queries:
        assert tap(koc, kit, person=person, channel="douyin", key="k").status_code == 201
    # session; answer_once: its lock, the answer, KOC, kit, insert, pictures, its row; and the savepoints of two services
    assert len(queries) <= 8 + 4, [query["sql"] for query in queries]
