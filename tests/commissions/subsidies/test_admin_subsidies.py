"""What staff do with subsidies and write-offs in the back office."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.ledger.models import Transfer
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.write_offs import WriteOff
from commissions.subsidies.models import Subsidy
from commissions.subsidies.services.subsidies import allocate
from tests.support.debts import give_debt
from tests.support.factories import NOW, make_brand, make_koc, make_share, make_staff
from tests.support.shop_events import balances, prove

pytestmark = pytest.mark.django_db
GRANT, ASK = reverse("admin:commissions_subsidy_add"), reverse("admin:commissions_writeoff_add")
SUBSIDIES, WRITE_OFFS = (
    reverse("admin:commissions_subsidy_changelist"),
    reverse("admin:commissions_writeoff_changelist"),
)


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def lead(lumi: Brand) -> Koc:
    return sharing(make_koc(lumi, "lead", name="领队"))


@pytest.fixture
def ann(lumi: Brand) -> User:
    return make_staff(lumi)


@pytest.fixture
def staff(ann: User, client: Client) -> Client:
    client.force_login(ann)
    return client


def sharing(koc: Koc) -> Koc:
    make_share(koc)
    return koc


def form(of: Koc, **fields: Any) -> dict[str, Any]:
    return {
        "koc": of.pk,
        "own": "50000",
        "to_hand_on": "50000.00",
        "expires_at_0": "",
        "expires_at_1": "",
        "note": "",
        "key": "form-1",
    } | fields


def told(answer: Any) -> list[str]:
    """What the last thing done was answered with; the messages of a grant or a request before it are left out."""
    return [text for text in map(str, answer.context["messages"]) if "added successfully" not in text]


def test_staff_grant_in_yuan_and_a_second_click_grants_nothing_more(staff: Client, ann: User, lead: Koc) -> None:
    assert len(staff.get(GRANT).context["adminform"].form["key"].initial) == 32
    for _click in range(2):
        assert (
            staff.post(
                GRANT, form(lead, may_pass_on="on", expires_at_0="2099-06-01", expires_at_1="00:00:00")
            ).status_code
            == 302
        )
    subsidy = Subsidy.objects.get()
    assert (subsidy.own_minor, subsidy.hand_on_minor, subsidy.may_pass_on, subsidy.granted_by) == (
        5_000_000,
        5_000_000,
        True,
        ann,
    )
    assert subsidy.expires_at
    assert subsidy.expires_at.year == 2099
    assert balances(lead.brand) == {("lead", "approved"): 5_000_000, ("lead", "subsidy"): 5_000_000}
    prove(lead.brand)


def test_what_the_service_refuses_is_said_and_the_form_stays_filled(staff: Client, lead: Koc, lumi: Brand) -> None:
    idle = make_koc(lumi)
    answer = staff.post(GRANT, form(idle, own="12.5", note="开春"), follow=True)
    assert told(answer) == ["This KOC has only joined: nothing shared, nothing sold. Nobody is paid for joining."]
    assert (
        answer.context["adminform"].form.initial | {"own": "12.5", "note": "开春", "koc": str(idle.pk)}
        == answer.context["adminform"].form.initial
    )
    assert not Subsidy.objects.exists()
    assert not Transfer.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"own": "0.001"}, {"own": "-1"}, {"to_hand_on": "much"}, {"own": "9" * 14}, {"koc": ""}]
)
def test_a_form_that_makes_no_sense_is_shown_again(staff: Client, lead: Koc, wrong: dict[str, str]) -> None:
    answer = staff.post(GRANT, form(lead, **wrong))
    assert set(answer.context["adminform"].form.errors) == set(wrong)
    assert not Subsidy.objects.exists()


def test_another_brands_koc_gets_nothing_and_their_subsidy_is_not_found(staff: Client, lead: Koc) -> None:
    theirs = sharing(make_koc(make_brand("other")))
    assert "koc" in staff.post(GRANT, form(theirs)).context["adminform"].form.errors
    assert "koc" in staff.post(ASK, {"koc": theirs.pk, "owed": "1", "reason": "补偿"}).context["adminform"].form.errors
    assert not Subsidy.objects.exists()
    assert not WriteOff.objects.exists()


def test_a_grant_is_not_edited(staff: Client, lead: Koc) -> None:
    staff.post(GRANT, form(lead))
    page = reverse("admin:commissions_subsidy_change", args=[Subsidy.objects.get().pk])
    assert staff.get(page).context["has_change_permission"] is False
    assert staff.post(page, form(lead, own="1")).status_code == 403
    assert (
        staff.post(
            reverse("admin:commissions_subsidy_delete", args=[Subsidy.objects.get().pk]), {"post": "yes"}
        ).status_code
        == 403
    )
    assert Subsidy.objects.get().own_minor == 5_000_000


def test_the_page_of_a_subsidy_shows_its_tree_and_what_it_cost(staff: Client, lead: Koc, lumi: Brand) -> None:
    mid = sharing(make_koc(lumi, "mid", sponsor=lead, name="<b>小满</b>"))
    staff.post(GRANT, form(lead, may_pass_on="on"))
    subsidy = Subsidy.objects.get()
    for as_right in (False, True):
        allocate(subsidy=subsidy, to=mid, amount_minor=123_456, note="", as_right=as_right, at=NOW.replace(year=2098))
    found = staff.get(reverse("admin:commissions_subsidy_change", args=[subsidy.pk])).content.decode()
    for piece in [
        "CN¥51,234.56",
        "CN¥1,234.56",
        "CN¥48,765.44",
        "<svg viewBox",
        "领队 · granted by the brand CN¥100,000.00",
        "&lt;b&gt;小满&lt;/b&gt; · money CN¥1,234.56",
    ]:
        assert piece in found, piece
    assert "<b>小满</b>" not in found


def test_a_movement_of_a_subsidy_leads_to_what_moved_it(staff: Client, lead: Koc, lumi: Brand) -> None:
    mid = sharing(make_koc(lumi, "mid", sponsor=lead))
    staff.post(GRANT, form(lead))
    subsidy = Subsidy.objects.get()
    made = allocate(subsidy=subsidy, to=mid, amount_minor=5, note="", as_right=False, at=NOW.replace(year=2098))
    causes = {"subsidy": subsidy.own_part, "grant": subsidy, "allocation": made.adjustment}
    moved = {transfer.reason: transfer for transfer in Transfer.objects.all()}
    assert set(moved) == set(causes)
    for reason, cause in causes.items():
        assert cause
        page = staff.get(reverse("admin:commissions_transfer_change", args=[moved[reason].pk])).content.decode()
        assert reverse(f"admin:commissions_{cause._meta.model_name}_change", args=[cause.pk]) in page


def test_staff_take_back_what_is_left_once(staff: Client, lead: Koc) -> None:
    staff.post(GRANT, form(lead))
    chosen = {"action": "end", "_selected_action": [Subsidy.objects.get().pk]}
    assert told(staff.post(SUBSIDIES, chosen, follow=True)) == ["1 taken back."]
    assert told(staff.post(SUBSIDIES, chosen, follow=True)) == [
        f"{Subsidy.objects.get()}: Nothing is left of this subsidy."
    ]
    assert balances(lead.brand) == {("lead", "approved"): 5_000_000}
    prove(lead.brand)


def test_a_debt_is_forgiven_by_two_people(staff: Client, client: Client, lead: Koc, lumi: Brand) -> None:
    give_debt(lead, 500)
    asked = {"koc": lead.pk, "owed": "4.53", "reason": "补偿"}
    assert told(staff.post(ASK, asked | {"owed": "5.01"}, follow=True)) == ["This KOC does not owe so much."]
    assert staff.post(ASK, asked).status_code == 302
    row = WriteOff.objects.get()
    approve = {"action": "approve", "_selected_action": [row.pk]}
    assert told(staff.post(WRITE_OFFS, approve, follow=True)) == [f"{row}: Another person than who asked must approve."]
    assert balances(lumi) == {("lead", "debt"): -500}
    assert "CN¥5.00" in staff.get(reverse("admin:commissions_writeoff_change", args=[row.pk])).content.decode()

    bob, eve = make_staff(lumi), make_staff(make_brand("other"))
    client.force_login(eve)
    client.post(WRITE_OFFS, approve)
    assert balances(lumi) == {("lead", "debt"): -500}
    client.force_login(bob)
    assert told(client.post(WRITE_OFFS, approve, follow=True)) == ["1 approved."]
    assert told(client.post(WRITE_OFFS, approve, follow=True)) == [f"{row}: This request was decided already."]
    row.refresh_from_db()
    assert (row.status, row.decided_by, row.amount_minor) == ("approved", bob, 453)
    assert balances(lumi) == {("lead", "debt"): -47}
    assert Adjustment.objects.get().kind == "write_off"


def test_a_request_is_refused_and_nothing_moves(staff: Client, lead: Koc, lumi: Brand) -> None:
    give_debt(lead, 500)
    staff.post(ASK, {"koc": lead.pk, "owed": "5", "reason": "补偿"})
    assert told(
        staff.post(WRITE_OFFS, {"action": "refuse", "_selected_action": [WriteOff.objects.get().pk]}, follow=True)
    ) == ["1 refused."]
    assert WriteOff.objects.get().status == "refused"
    assert balances(lumi) == {("lead", "debt"): -500}
