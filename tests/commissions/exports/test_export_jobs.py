"""Exports that staff ask for: once each, written in the background whatever dies, seen only by the brand's own
staff."""

import io
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.exports import rendering
from commissions.exports import services as exports
from commissions.exports.models import Export
from commissions.exports.rendering import write_csv
from commissions.exports.selectors import commission_export
from commissions.exports.services import ask_export, forget_exports, write_next_export
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.services.settlement import settle_period
from commissions.tasks import write_exports
from foundation.files.faults import Refusal
from tests.support.factories import NOW, make_brand, make_selling_brand, make_staff, make_user
from tests.support.shop_events import delivered, paid, report

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
APRIL = datetime(2026, 4, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path / "exports"


def sold(slug: str) -> Brand:
    """Two sales of 99.00 at 10 % by KOC `a`."""
    brand = make_selling_brand(slug, code=f"{slug}-code")
    report(brand, paid("A-1", share=f"{slug}-code"), paid("A-2", share=f"{slug}-code"), delivered("A-1"))
    return brand


@pytest.fixture
def lumi() -> Brand:
    return sold("lumi")


@pytest.fixture
def ann(lumi: Brand) -> User:
    return make_staff(lumi)


def ask(brand: Brand, by: User, *, kind: str = "commissions", format: str = "csv", at: datetime = NOW) -> Export:
    return ask_export(brand=brand, kind=kind, period="2026-03", format=format, by=by, at=at)


def status_of(export: Export) -> tuple[str, int, int | None, int]:
    """(status, attempts, rows, rows done) as the database says now."""
    return Export.objects.values_list("status", "attempts", "rows", "rows_done").get(pk=export.pk)


def test_what_is_asked_for_is_written_as_the_command_would(lumi: Brand, ann: User, folder: Path) -> None:
    export = ask(lumi, ann)
    assert status_of(export) == ("waiting", 0, None, 0)
    assert write_next_export(at=LATER)
    assert status_of(export) == ("done", 1, 2, 2)
    whole = io.BytesIO()
    write_csv(commission_export(lumi, "2026-03"), whole)
    export.refresh_from_db()
    assert (folder / export.file).read_bytes() == BOM_UTF8 + whole.getvalue()
    assert (export.bytes, export.asked_by, export.started_at, export.percent) == (
        len(BOM_UTF8 + whole.getvalue()),
        ann,
        LATER,
        100,
    )
    assert [path.name for path in folder.iterdir()] == [export.file]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_writing_again_finds_nothing_to_do(lumi: Brand, ann: User) -> None:
    ask(lumi, ann)
    assert [write_next_export(at=LATER), write_next_export(at=LATER)] == [True, False]


def test_a_second_asking_makes_no_second_job_while_one_waits(lumi: Brand, ann: User) -> None:
    first = ask(lumi, ann)
    assert ask(lumi, make_staff(lumi), at=LATER).pk == first.pk
    assert ask(lumi, ann, format="xlsx").pk != first.pk
    write_exports()
    again = ask(lumi, ann)
    assert again.pk != first.pk
    assert sorted(Export.objects.values_list("status", flat=True)) == ["done", "done", "waiting"]


def test_the_database_refuses_two_of_one_kind_at_work(lumi: Brand, ann: User) -> None:
    export = ask(lumi, ann)
    Export.objects.filter(pk=export.pk).update(status="running")
    with pytest.raises(IntegrityError, match="export_one_at_work"), transaction.atomic():
        Export.objects.create(
            brand=lumi, kind="commissions", period="2026-03", format="csv", asked_by=ann, asked_at=NOW
        )


def test_what_is_no_period_or_is_not_settled_is_refused(lumi: Brand, ann: User) -> None:
    with pytest.raises(PeriodRefused, match="is not a month"):
        ask_export(brand=lumi, kind="commissions", period="2026-13", format="csv", by=ann, at=NOW)
    with pytest.raises(PeriodRefused, match="is not settled"):
        ask(lumi, ann, kind="statements")
    assert not Export.objects.exists()


def test_the_statements_of_a_settled_month_are_written_as_a_workbook(lumi: Brand, ann: User, folder: Path) -> None:
    settle_period(brand=lumi, period="2026-03", at=APRIL)
    export = ask(lumi, ann, kind="statements", format="xlsx")
    write_exports()
    assert status_of(export) == ("done", 1, 1, 1)
    header, row = openpyxl.load_workbook(folder / f"{export.pk}.xlsx").active.iter_rows(values_only=True)
    assert (row[header.index("koc")], row[header.index("carried_out")]) == ("a", 9.9)


def test_the_one_that_was_asked_for_first_is_written_first(lumi: Brand, ann: User) -> None:
    later, first = ask(lumi, ann, format="xlsx", at=LATER), ask(lumi, ann, at=NOW)
    write_next_export(at=LATER)
    assert (status_of(first)[0], status_of(later)[0]) == ("done", "waiting")


def dies(*given: Any, **named: Any) -> int:
    raise SystemExit("the worker was killed")


def test_what_a_worker_left_half_written_is_taken_up_again(
    lumi: Brand, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(lumi, ann)
    with monkeypatch.context() as broken:
        broken.setattr(exports, "write_to", dies)
        with pytest.raises(SystemExit):
            write_next_export(at=NOW)
    assert status_of(export) == ("running", 1, 2, 0)
    assert write_next_export(at=LATER)
    assert status_of(export) == ("done", 2, 2, 2)


def test_what_kills_three_workers_is_given_up(lumi: Brand, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    export, other = ask(lumi, ann), ask(lumi, ann, format="xlsx", at=LATER)
    with monkeypatch.context() as broken:
        broken.setattr(exports, "write_to", dies)
        for _ in range(3):
            with pytest.raises(SystemExit):
                write_next_export(at=NOW)
    write_exports()
    assert (status_of(export)[:2], status_of(other)[:2]) == (("failed", 3), ("done", 1))
    assert Export.objects.get(pk=export.pk).refusal == "gave up after 3 attempts"


def test_what_is_refused_while_it_is_written_says_why_and_stops_nothing_else(
    lumi: Brand, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*given: Any, **named: Any) -> int:
        raise Refusal("a sheet holds 1048575 rows")

    export = ask(lumi, ann)
    monkeypatch.setattr(exports, "write_to", refused)
    write_exports()
    assert status_of(export)[:2] == ("failed", 1)
    assert Export.objects.get().refusal == "a sheet holds 1048575 rows"


@pytest.fixture
def poison_csv(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Every file of CSV raises, until it is cured."""

    def raises(*given: Any, format: str, **named: Any) -> int:
        if format == "csv":
            raise KeyError("13800000000")
        return rendering.write_to(*given, format=format, **named)

    monkeypatch.setattr(exports, "write_to", raises)
    return lambda: monkeypatch.setattr(exports, "write_to", rendering.write_to)


def write_all(at: datetime) -> None:
    while write_next_export(at=at):
        pass


@pytest.mark.usefixtures("poison_csv")
def test_one_export_that_raises_stops_no_other_and_has_failed_after_three_tries(lumi: Brand, ann: User) -> None:
    export, other = ask(lumi, ann), ask(lumi, ann, format="xlsx", at=LATER)
    write_all(LATER)
    assert (status_of(export)[:2], status_of(other)[:2]) == (("waiting", 1), ("done", 1))
    for seconds, state in [
        (59, ("waiting", 1)),
        (60, ("waiting", 2)),
        (60 + 239, ("waiting", 2)),
        (60 + 240, ("failed", 3)),
        (9999, ("failed", 3)),
    ]:
        write_all(LATER + timedelta(seconds=seconds))
        assert status_of(export)[:2] == state
    refusal = Export.objects.get(pk=export.pk).refusal
    assert refusal.startswith("gave up after 3 attempts: KeyError")
    assert "138" not in refusal


def test_an_export_that_raised_once_is_written_after_its_pause(
    lumi: Brand, ann: User, poison_csv: Callable[[], None]
) -> None:
    export = ask(lumi, ann)
    write_all(NOW)
    poison_csv()
    write_all(NOW + timedelta(minutes=1))
    assert status_of(export) == ("done", 2, 2, 2)


def test_what_failed_is_on_the_front_page_until_somebody_asks_again(
    lumi: Brand, ann: User, client: Client, poison_csv: Callable[[], None]
) -> None:
    export, other = ask(lumi, ann), ask(sold("other"), ann)
    for minutes in (0, 1, 5):
        write_all(NOW + timedelta(minutes=minutes))
    poison_csv()
    client.force_login(ann)

    def failed() -> list[tuple[str, str]]:
        waiting = client.get(reverse("admin:index")).context["waiting"]
        return [(item["text"], item["href"]) for item in waiting if "Exports" in item["text"] and item["count"]]

    listed = page("changelist") + "?status__exact=failed"
    assert failed() == [("Exports that failed: 1", listed)]
    client.post(listed, {"action": "ask_again", "_selected_action": [export.pk, other.pk]})
    assert failed() == []
    write_all(LATER)
    assert list(Export.objects.filter(brand=lumi).order_by("pk").values_list("status", flat=True)) == ["failed", "done"]
    assert Export.objects.filter(brand=other.brand).count() == 1


def test_a_file_that_cannot_be_removed_keeps_no_other(folder: Path) -> None:
    folder.mkdir()
    for name in ("1.csv", "3.csv"):
        (folder / name).touch()
    (folder / "2.csv").mkdir()
    forget_exports(at=NOW)
    assert [path.name for path in folder.iterdir()] == ["2.csv"]


def test_files_are_kept_for_seven_days(lumi: Brand, ann: User, folder: Path) -> None:
    old, young = ask(lumi, ann), ask(lumi, ann, format="xlsx", at=LATER)
    write_next_export(at=NOW)
    write_next_export(at=LATER)
    waiting = ask(lumi, ann)
    (folder / "999.csv").write_text("of a row that never was")
    (folder / f"{waiting.pk}.csv.part").write_text("half")
    assert forget_exports(at=NOW + timedelta(days=7)) == 0
    assert forget_exports(at=NOW + timedelta(days=7, seconds=1)) == 1
    assert forget_exports(at=NOW + timedelta(days=7, seconds=1)) == 0
    assert (status_of(old)[0], status_of(young)[0]) == ("expired", "done")
    assert {path.name for path in folder.iterdir()} == {f"{young.pk}.xlsx", f"{waiting.pk}.csv.part"}


# The pages


def page(action: str, export: Export | None = None) -> str:
    return reverse(f"admin:commissions_export_{action}", args=[export.pk] if export else [])


def form(brand: Brand, **fields: str) -> dict[str, Any]:
    return {"brand": brand.pk, "kind": "commissions", "period": "2026-03", "format": "csv"} | fields


def test_staff_ask_follow_and_fetch(lumi: Brand, ann: User, client: Client) -> None:
    client.force_login(ann)
    for _ in range(2):
        answer = client.post(page("add"), form(lumi))
    export = Export.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page("change", export))
    assert (export.asked_by, export.kind, export.period, export.format) == (ann, "commissions", "2026-03", "csv")
    assert page("progress", export) in client.get(page("change", export)).content.decode()
    assert client.get(page("progress", export)).json() == {
        "at_work": True,
        "status": "waiting",
        "rows": None,
        "rows_done": 0,
        "percent": 0,
    }
    write_exports()
    assert client.get(page("progress", export)).json() == {
        "at_work": False,
        "status": "ready",
        "rows": 2,
        "rows_done": 2,
        "percent": 100,
    }
    assert page("file", export) in client.get(page("change", export)).content.decode()
    fetched: Any = client.get(page("file", export))
    assert fetched["Content-Disposition"] == 'attachment; filename="lumi-commissions-2026-03.csv"'
    assert b"".join(fetched.streaming_content).count(b"A-1") == 1


def test_a_bar_shows_how_far_it_is(lumi: Brand, ann: User, client: Client) -> None:
    client.force_login(ann)
    export = ask(lumi, ann)
    Export.objects.update(status="running", rows=200, rows_done=50)
    assert client.get(page("progress", export)).json()["percent"] == 25
    assert "width: 25%" in client.get(page("change", export)).content.decode()


def test_what_cannot_be_exported_is_said_beside_the_period(lumi: Brand, ann: User, client: Client) -> None:
    client.force_login(ann)
    answer = client.post(page("add"), form(lumi, kind="statements"))
    assert answer.context["adminform"].form.errors["period"] == ["2026-03 is not settled for lumi"]
    assert not Export.objects.exists()


@pytest.mark.parametrize("action", ["progress", "file"])
def test_what_is_another_brands_is_404(lumi: Brand, ann: User, client: Client, action: str) -> None:
    export = ask(lumi, ann)
    write_exports()
    for stranger, status in [(make_staff(make_brand("other")), 404), (make_user(), 302)]:
        client.force_login(stranger)
        assert client.get(page(action, export)).status_code == status
    assert client.get(page(action, export))["Location"].startswith(reverse("admin:login"))


def test_another_brands_export_is_neither_listed_nor_asked_for(lumi: Brand, ann: User, client: Client) -> None:
    ask(lumi, ann)
    other = make_staff(make_brand("other"))
    client.force_login(other)
    assert list(client.get(page("changelist")).context["cl"].result_list) == []
    assert "brand" in client.post(page("add"), form(lumi)).context["adminform"].form.errors
    assert Export.objects.count() == 1


def test_the_list_asks_no_question_per_row(
    lumi: Brand, ann: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(ann)
    ask(lumi, ann)
    client.get(page("changelist"))
    with CaptureQueriesContext(connection) as one:
        client.get(page("changelist"))
    Export.objects.bulk_create(
        Export(
            brand=lumi, kind="commissions", period="2026-03", asked_by=make_staff(lumi), asked_at=NOW, status="failed"
        )
        for _ in range(19)
    )
    with django_assert_num_queries(len(one)):
        assert len(client.get(page("changelist")).context["cl"].result_list) == 20


def test_an_expired_file_sends_one_back_to_ask_again(lumi: Brand, ann: User, client: Client) -> None:
    client.force_login(ann)
    export = ask(lumi, ann)
    write_next_export(at=NOW)
    forget_exports(at=NOW + timedelta(days=8))
    answer = client.get(page("file", export), follow=True)
    assert [str(message).split(":")[0] for message in answer.context["messages"]] == ["The file is not here (any more)"]
    assert page("file", export) not in answer.content.decode()


def test_the_form_offers_the_month_that_ended_last_and_the_only_brand(lumi: Brand, ann: User, client: Client) -> None:
    client.force_login(ann)
    initial = client.get(page("add")).context["adminform"].form.initial
    assert initial["brand"] == lumi
    assert len(initial["period"]) == 7
