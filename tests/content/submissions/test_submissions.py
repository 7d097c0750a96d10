"""What a KOC submits, from the form to the kit that names its author."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.refusals import KitUnfit, SamePerson
from content.kits.models import Kit
from content.media.domain.limits import MOST_BYTES
from content.media.models import Media
from content.review.models import ReviewPolicy
from content.submissions.domain import MOST_OPEN, NoReason, SubmissionNotOpen
from content.submissions.models import EarlierSending, Submission
from content.submissions.services.approving import approve_submission
from content.submissions.services.deciding import decline_submission, justify_piece, request_changes
from tests.support.clients import Person, errors, me, results
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share, make_staff, make_user
from tests.support.media.pictures import jpeg, png

pytestmark = pytest.mark.django_db
TITLE, TEXT = "我的 28 天", "用了一个月，脸不干了。"
HARMFUL = "这是全国第一的精华"


def form(*pictures: BytesIO, **said: Any) -> dict[str, Any]:
    files = [SimpleUploadedFile("a.jpg", one.getvalue()) for one in pictures]
    return {"title": TITLE, "text": TEXT, "licence": "1"} | said | ({"images": files} if files else {})


def sent(koc: Koc, *pictures: BytesIO, key: str = "", person: Person | None = None, **said: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = form(*pictures, koc=koc.public_id, **said)
    return (person or me(koc)).post("/api/v1/submissions", body, format="multipart", headers=headers)


def revised(koc: Koc, submission: str, *pictures: BytesIO, person: Person | None = None, **said: Any) -> Any:
    path = f"/api/v1/submissions/{submission}/revision"
    return (person or me(koc)).post(path, form(*pictures, **said), format="multipart")


def submitted(koc: Koc, *pictures: BytesIO, **said: Any) -> Submission:
    response = sent(koc, *pictures, **said)
    assert response.status_code == 201, response.content
    row: Submission = Submission.objects.with_public_id(response.json()["id"]).get()
    return row


def test_the_whole_way_from_the_form_to_the_page_of_a_share(brand: Brand, koc: Koc) -> None:
    staff, product = make_staff(brand), make_product(brand, name="Serum")
    licence = me(koc).read("submissions/licence", koc=koc.public_id).json()
    assert licence["version"] == "1"
    assert licence["text"].startswith("The text and the pictures are my own")
    first = sent(koc, jpeg((400, 300)), png((50, 40)), product="S1", kind="value", licence=licence["version"]).json()
    assert (first["status"], first["kind"], first["product"]["sku"]) == ("in_review", "value", "S1")
    assert [(one["width"], one["height"]) for one in first["images"]] == [(400, 300), (50, 40)]
    assert "/media/private/" in first["images"][0]["url"]
    row = Submission.objects.get()
    assert row.due_at - row.sent_at == timedelta(days=3)
    assert row.licence_text == licence["text"]

    request_changes(submission=row, reason=" 说说质地 ", by=staff, at=NOW)
    [seen] = results(me(koc).read("submissions", koc=koc.public_id, status="changes_requested"))
    assert (seen["reason"], seen["earlier"]) == ("说说质地", [])
    again = revised(koc, first["id"], text="质地很轻。")
    assert again.status_code == 200, again.content
    body = again.json()
    assert (body["status"], body["text"], body["reason"], body["number"]) == ("in_review", "质地很轻。", "", 2)
    assert (body["kind"], body["product"]["sku"], len(body["images"])) == ("value", "S1", 2)
    assert [(one["number"], one["text"], one["reason"]) for one in body["earlier"]] == [(1, TEXT, "说说质地")]

    kit = approve_submission(submission=row, channels=["moments", "xiaohongshu"], by=staff, at=NOW)
    assert (kit.key, kit.author, kit.product, kit.title, kit.language) == (
        row.public_id,
        koc,
        product,
        TITLE,
        "zh-hans",
    )
    [seen] = results(me(koc).read("submissions", koc=koc.public_id))
    assert (seen["status"], seen["kit"]) == ("approved", kit.public_id)
    assert "/media/private/" not in seen["images"][0]["url"]
    make_kit(brand)
    shown = {one["id"]: one for one in results(me(koc).read("kits", koc=koc.public_id))}
    assert [shown[kit.public_id][name] for name in ("author", "channels")] == [koc.called, ["moments", "xiaohongshu"]]
    assert len(shown[kit.public_id]["images"]) == 2
    assert [one["author"] for one in shown.values() if one["id"] != kit.public_id] == [None]
    assert shown[kit.public_id]["sections"] == [
        {"kind": "value", "channel": "any", "text": "质地很轻。", "variant": ""}
    ]
    other = make_koc(brand, name="另一位", user=make_user())
    for one, says in ((kit, True), (make_kit(brand), False)):
        share = make_share(other, one)
        page = Person().get(f"/s/{share.code}?view=1").content.decode()
        assert (f"written by {koc.called}" in page) == says


def test_a_double_click_submits_once(koc: Koc) -> None:
    first, again = (sent(koc, jpeg(), key="k") for _ in range(2))
    assert (first.status_code, again.json(), again["Idempotency-Replayed"]) == (201, first.json(), "true")
    assert (Submission.objects.count(), Media.objects.count()) == (1, 1)
    assert sent(koc, jpeg(), key="k", text="x").status_code == 409


def test_a_replay_is_answered_even_when_it_would_be_refused_now(brand: Brand, koc: Koc) -> None:
    first = sent(koc, key="k")
    ReviewPolicy.objects.create(brand=brand, licence_version="2")
    assert sent(koc, key="k").json() == first.json()


def test_of_anothers_submissions_nothing_is_known(brand: Brand, koc: Koc) -> None:
    row, stranger = submitted(koc), make_koc(brand, user=make_user())
    request_changes(submission=row, reason="x", by=make_staff(brand), at=NOW)
    assert sent(koc, jpeg(), person=me(stranger)).status_code == 404
    assert revised(koc, row.public_id, person=me(stranger)).status_code == 404
    assert revised(koc, "sbm_x").status_code == 404
    assert me(stranger).read("submissions", koc=koc.public_id).status_code == 404
    assert me(stranger).read("submissions/licence", koc=koc.public_id).status_code == 404
    assert results(me(stranger).read("submissions", koc=stranger.public_id)) == []
    assert (Submission.objects.get().number, Media.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"title": " "}, ("blank", "title")),
        ({"title": "长" * 201}, ("max_length", "title")),
        ({"text": "长" * 5001}, ("max_length", "text")),
        ({"kind": "fun"}, ("invalid_choice", "kind")),
        ({"product": "S9"}, ("unknown_product", "product")),
    ],
)
def test_a_wrong_field_is_named(koc: Koc, said: Any, fault: tuple[str, str]) -> None:
    response = sent(koc, **said)
    assert (response.status_code, errors(response)) == (400, [fault])
    assert not Submission.objects.exists()


def test_another_brands_product_is_unknown(koc: Koc) -> None:
    theirs = make_product(make_brand(), "S9")
    assert errors(sent(koc, product=theirs.public_id)) == [("unknown_product", "product")]
    own = make_product(koc.brand, "S1")
    assert submitted(koc, product=own.public_id).product == own


@pytest.mark.parametrize(
    ("picture", "code"),
    [(BytesIO(b"hello"), "not_a_picture"), (BytesIO(jpeg((400, 300)).getvalue()[:-400]), "picture_broken")],
)
def test_a_wrong_picture_is_named_by_its_place(koc: Koc, picture: BytesIO, code: str) -> None:
    response = sent(koc, jpeg(), picture)
    assert (response.status_code, errors(response)) == (400, [(code, "images.1")])
    assert not Submission.objects.exists()


def test_nine_pictures_are_the_most_and_ten_mebibytes(koc: Koc) -> None:
    many = [jpeg((8 + size, 8)) for size in range(10)]
    assert errors(sent(koc, *many)) == [("max_length", "images")]
    assert len(submitted(koc, *many[:9]).pictures.all()) == 9
    huge = sent(koc, BytesIO(jpeg().getvalue() + b"\0" * MOST_BYTES))
    assert huge.status_code == 413
    assert Submission.objects.count() == 1


def test_the_same_picture_twice_is_shown_once(koc: Koc) -> None:
    assert submitted(koc, jpeg(), jpeg()).pictures.count() == 1


def test_a_licence_that_changed_is_agreed_to_anew(brand: Brand, koc: Koc) -> None:
    row = submitted(koc)
    request_changes(submission=row, reason="x", by=make_staff(brand), at=NOW)
    ReviewPolicy.objects.create(brand=brand, licence_version="2026-03", licence_text="全部归品牌。", review_days=5)
    for response in (sent(koc, jpeg()), revised(koc, row.public_id, jpeg())):
        assert (response.status_code, errors(response)) == (409, [("licence_changed", "licence")])
    assert not Media.objects.exists()
    licence = me(koc).read("submissions/licence", koc=koc.public_id).json()
    assert licence == {"version": "2026-03", "text": "全部归品牌。"}
    assert revised(koc, row.public_id, licence="2026-03").json()["licence"] == "2026-03"
    row.refresh_from_db()
    assert (row.licence_text, row.due_at - row.sent_at) == ("全部归品牌。", timedelta(days=5))
    assert EarlierSending.objects.get().licence == "1"


def test_ten_are_open_at_most(brand: Brand, koc: Koc) -> None:
    rows = [submitted(koc) for _ in range(MOST_OPEN)]
    response = sent(koc, jpeg())
    assert (response.status_code, errors(response)) == (409, [("too_many_submissions", None)])
    assert not Media.objects.exists()
    decline_submission(submission=rows[0], reason="x", by=make_staff(brand), at=NOW)
    assert sent(koc).status_code == 201


def test_who_has_only_applied_submits_nothing(koc: Koc) -> None:
    Koc.objects.update(status="applied")
    assert errors(sent(koc)) == [("koc_not_active", None)]


def test_only_what_is_to_be_changed_is_sent_again(brand: Brand, koc: Koc) -> None:
    row, staff = submitted(koc), make_staff(brand)
    assert errors(revised(koc, row.public_id)) == [("submission_not_open", None)]
    decline_submission(submission=row, reason="重复", by=staff, at=NOW)
    assert errors(revised(koc, row.public_id)) == [("submission_not_open", None)]
    assert (EarlierSending.objects.count(), Submission.objects.get().reason) == (0, "重复")


def test_pictures_stay_change_or_go_when_it_is_sent_again(brand: Brand, koc: Koc) -> None:
    row, staff = submitted(koc, jpeg()), make_staff(brand)
    sizes = []
    said: Any
    for pictures, said in (([], {}), ([png((30, 20))], {}), ([], {"without_images": "true"})):
        request_changes(submission=row, reason="x", by=staff, at=NOW)
        sizes.append([one["width"] for one in revised(koc, row.public_id, *pictures, **said).json()["images"]])
    assert sizes == [[96], [30], []]
    assert list(row.pictures.values_list("number", "media__width")) == [(1, 96), (2, 96), (3, 30)]


def test_a_product_is_kept_or_taken_out(brand: Brand, koc: Koc) -> None:
    make_product(brand)
    row, staff = submitted(koc, product="S1"), make_staff(brand)
    request_changes(submission=row, reason="x", by=staff, at=NOW)
    assert revised(koc, row.public_id, product="").json()["product"] is None


def test_what_the_review_objects_to_blocks_approval_until_it_is_justified(brand: Brand, koc: Koc) -> None:
    row, staff = submitted(koc, jpeg(), text=HARMFUL), make_staff(brand)
    assert row.objections == 1
    with pytest.raises(KitUnfit) as refused:
        approve_submission(submission=row, channels=["moments"], by=staff, at=NOW)
    [said] = refused.value.messages()
    assert "全国第一" in said
    row.refresh_from_db()
    assert (row.status, row.kit, Kit.objects.count(), Media.objects.get().is_private) == ("in_review", None, 0, True)
    with pytest.raises(NoReason):
        justify_piece(submission=row, category="absolute", found="全国第一", why=" ", by=staff, at=NOW)
    justify_piece(submission=row, category="absolute", found="全国第一", why="引用奖项", by=staff, at=NOW)
    kit = approve_submission(submission=row, channels=["moments"], by=staff, at=NOW)
    assert kit.version is not None
    assert [(one.found, one.why, one.by) for one in kit.version.justifications.all()] == [
        ("全国第一", "引用奖项", staff)
    ]
    with pytest.raises(SubmissionNotOpen):
        justify_piece(submission=row, category="absolute", found="x", why="y", by=staff, at=NOW)


def test_the_title_is_reviewed_too(brand: Brand, koc: Koc) -> None:
    row = submitted(koc, title=HARMFUL)
    with pytest.raises(KitUnfit):
        approve_submission(submission=row, channels=["moments"], by=make_staff(brand), at=NOW)
    assert not Kit.objects.exists()


def test_what_does_not_fit_a_channel_is_not_approved_for_it(brand: Brand, koc: Koc) -> None:
    row, staff = submitted(koc, text="字" * 1500), make_staff(brand)
    with pytest.raises(KitUnfit) as refused:
        approve_submission(submission=row, channels=["moments", "xiaohongshu"], by=staff, at=NOW)
    assert [said.split(",")[0] for said in refused.value.messages()] == ["Xiaohongshu"]
    with pytest.raises(KitUnfit):
        approve_submission(submission=row, channels=[], by=staff, at=NOW)
    assert not Kit.objects.exists()
    assert approve_submission(submission=row, channels=["moments"], by=staff, at=NOW).status == "published"


def test_braces_stay_as_they_were_written(brand: Brand, koc: Koc) -> None:
    row = submitted(koc, text="我说 {name} 和 { 就是这样")
    kit = approve_submission(submission=row, channels=["moments"], by=make_staff(brand), at=NOW)
    person = make_koc(brand, name="别人", user=make_user())
    share = me(person).send(f"kits/{kit.public_id}/shares", {"koc": person.public_id, "channel": "moments"}).json()
    assert share["texts"] == [{"kind": "usage", "text": "我说 {name} 和 { 就是这样"}]


def test_nobody_publishes_what_they_wrote_where_the_brand_wants_two(brand: Brand, koc: Koc) -> None:
    ReviewPolicy.objects.create(brand=brand, needs_second_person=True)
    row = submitted(koc, jpeg())
    with pytest.raises(SamePerson):
        approve_submission(submission=row, channels=["moments"], by=koc.user, at=NOW)
    assert (Kit.objects.count(), Media.objects.get().is_private) == (0, True)
    approve_submission(submission=row, channels=["moments"], by=make_staff(brand), at=NOW)


def test_what_was_decided_stays(brand: Brand, koc: Koc) -> None:
    row, staff = submitted(koc), make_staff(brand)
    kit = approve_submission(submission=row, channels=["moments"], by=staff, at=NOW)
    for step in (
        lambda: approve_submission(submission=row, channels=["moments"], by=staff, at=NOW),
        lambda: request_changes(submission=row, reason="x", by=staff, at=NOW),
        lambda: decline_submission(submission=row, reason="x", by=staff, at=NOW),
    ):
        with pytest.raises(SubmissionNotOpen):
            step()
    row.refresh_from_db()
    assert (row.status, row.kit, Kit.objects.count()) == ("approved", kit, 1)


def test_who_says_no_says_why(brand: Brand, koc: Koc) -> None:
    row = submitted(koc)
    for step in (request_changes, decline_submission):
        with pytest.raises(NoReason):
            step(submission=row, reason=" ", by=make_staff(brand), at=NOW)
    row.refresh_from_db()
    assert row.status == "in_review"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE content_submission SET status = 'approved', decided_at = now()",
        "UPDATE content_submission SET status = 'declined', decided_at = now()",
        "UPDATE content_submission SET decided_at = now()",
        "UPDATE content_submission SET text = ''",
        "UPDATE content_submission SET koc_id = (SELECT max(id) FROM accounts_koc)",
        "UPDATE content_submission SET product_id = (SELECT max(id) FROM content_product)",
        "UPDATE content_earliersending SET text = 'other'",
    ],
)
def test_the_database_keeps_what_a_submission_is(brand: Brand, koc: Koc, statement: str) -> None:
    row = submitted(koc)
    request_changes(submission=row, reason="x", by=make_staff(brand), at=NOW)
    revised(koc, row.public_id)
    make_koc(other := make_brand())
    make_product(other)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_list_takes_as_many_queries_for_twenty_as_for_one(brand: Brand, koc: Koc) -> None:
    staff, person, counts = make_staff(brand), me(koc), []
    make_product(brand)
    for count in (1, 9):
        for _ in range(count):
            row = submitted(koc, jpeg(), product="S1")
            request_changes(submission=row, reason="x", by=staff, at=NOW)
            revised(koc, row.public_id)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            rows = results(person.read("submissions", koc=koc.public_id))
        assert len(rows) == (1 if count == 1 else 10)
        counts.append(len(seen))
    assert counts[0] == counts[1]
