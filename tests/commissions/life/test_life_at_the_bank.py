"""What becomes of money that is paid out, granted and forgiven, beside all that `test_life_of_money` does to it."""

from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from accounts.people.models import Koc
from commissions.earnings.services import crediting, order_changes
from commissions.payouts.domain.refusals import NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services.payout_exports import export_batch
from commissions.payouts.services.payout_results import record_results
from commissions.payouts.services.payouts import approve_batch, cancel_batch, make_batch
from commissions.settlement.domain.refusals import FourEyes
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.services.write_offs import approve_write_off, ask_write_off
from commissions.subsidies.models import Subsidy
from commissions.subsidies.services.subsidies import allocate, end_subsidy, grant_subsidy
from foundation.files.faults import BadFile, Refusal
from tests.commissions.life.test_life_of_money import LifeOfMoney
from tests.support.extent import run_state_machine
from tests.support.life.contract_model import DAY
from tests.support.life.money_model import TREE, Budget, Item
from tests.support.payout_files import results_file
from tests.support.payouts import checker_of, maker_of


class LifeAtTheBank(LifeOfMoney):
    def __init__(self) -> None:
        super().__init__()
        self.maker, self.checker = maker_of(self.brand), checker_of(self.brand)
        self.said: dict[str, str] = {}
        """reference → what the bank said of a payment"""
        self.granted: list[int] = []
        """the subsidy of each budget of the model"""

    def koc(self, key: str) -> Koc:
        return Koc.objects.select_related("brand").get(brand=self.brand, key=key)

    def names(self, lines: QuerySet[PayoutLine]) -> list[tuple[int, str]]:
        """Which statements of the model some lines pay."""
        places = {
            pk: place
            for place, pk in enumerate(
                Settlement.objects.filter(brand=self.brand).order_by("pk").values_list("pk", flat=True)
            )
        }
        return [(places[settlement], koc) for settlement, koc in lines.values_list("statement__settlement", "koc__key")]

    def batches(self, *states: str) -> list[PayoutBatch]:
        return list(PayoutBatch.objects.filter(brand=self.brand, status__in=states).order_by("number"))

    @precondition(lambda self: self.model.payable())
    @rule(goes_on=st.integers(0, 2))
    def a_batch_is_made_and_perhaps_goes_on(self, goes_on: int) -> None:
        payable = self.model.payable()
        batch = make_batch(brand=self.brand, made_by=self.maker, at=self.clock).batch
        assert (batch.lines_count, batch.total_minor) == (len(payable), sum(one.net for one in payable))
        self.model.at_bank |= {one.name: "drafted" for one in payable}
        with pytest.raises(NothingToPay):
            make_batch(brand=self.brand, made_by=self.checker, at=self.clock)
        if goes_on:
            self.approve(batch)
        if goes_on > 1:
            self.export(batch)

    @precondition(lambda self: self.batches("draft", "approved", "exported"))
    @rule(which=st.integers(0, 9))
    def a_batch_goes_on(self, which: int) -> None:
        """Approved by another than its maker; then to the bank; and there perhaps again."""
        batches = self.batches("draft", "approved", "exported")
        batch = batches[which % len(batches)]
        (self.approve if batch.status == "draft" else self.export)(batch)

    def approve(self, batch: PayoutBatch) -> None:
        with pytest.raises(FourEyes):
            approve_batch(batch=batch, by=self.maker, at=self.clock)
        approve_batch(batch=batch, by=self.checker, at=self.clock)

    def export(self, batch: PayoutBatch) -> None:
        is_new = export_batch(batch=batch, template_key="generic", by=self.checker, at=self.clock).is_new
        if is_new:
            self.model.at_bank |= dict.fromkeys(
                self.names(PayoutLine.objects.filter(batch=batch, status="waiting")), "paying"
            )

    @precondition(lambda self: self.batches("draft", "approved"))
    @rule(which=st.integers(0, 9))
    def a_batch_is_given_up(self, which: int) -> None:
        batches = self.batches("draft", "approved")
        for name in self.names(PayoutLine.objects.filter(batch=batches[which % len(batches)], status="waiting")):
            del self.model.at_bank[name]
        cancel_batch(batch=batches[which % len(batches)], by=self.maker, at=self.clock)

    @precondition(lambda self: self.batches("exported", "closed"))
    @rule(
        which=st.lists(st.integers(0, 99), min_size=1, max_size=4),
        answers=st.lists(st.sampled_from(["paid", "paid", "failed", "returned"]), min_size=4, max_size=4),
    )
    def the_bank_answers_in_a_piece_perhaps_again(self, which: list[int], answers: list[str]) -> None:
        """Of any payment that it was ever told; what it said once it says again. What it paid it may give back, once;
        that it had paid it may say before or after."""
        lines = list(
            PayoutLine.objects.filter(batch__in=self.batches("exported", "closed"))
            .exclude(status="dropped")
            .order_by("pk")
        )
        chosen = {lines[place % len(lines)].reference: answers[number] for number, place in enumerate(which)}
        rows = [
            {"reference": reference, "status": self.answer(reference, answer)} for reference, answer in chosen.items()
        ]
        record_results(brand=self.brand, lines=results_file(rows), name="results.csv", at=self.clock)

    def answer(self, reference: str, answer: str) -> str:
        """What the bank may say of a payment now, of which it said something before or nothing; the model follows."""
        before = self.said.get(reference, "")
        if before == "failed" or (before, answer) in {("paid", "failed"), ("returned", "failed")}:
            return before
        if (before, answer) in {("", "paid"), ("", "failed"), ("", "returned"), ("paid", "returned")}:
            self.said[reference] = answer
            (name,) = self.names(PayoutLine.objects.filter(reference=reference))
            if answer == "paid":
                self.model.at_bank[name] = "paid"
            else:
                del self.model.at_bank[name]
        return answer

    @precondition(lambda self: "paid" in self.said.values() or "returned" in self.said.values())
    @rule(which=st.integers(0, 9))
    def a_payment_that_was_made_does_not_fail(self, which: int) -> None:
        made = sorted(reference for reference, said in self.said.items() if said != "failed")
        rows = results_file([{"reference": made[which % len(made)], "status": "failed"}])
        with pytest.raises(BadFile, match="what the bank gave back after it had paid is returned"):
            record_results(brand=self.brand, lines=rows, name="results.csv", at=self.clock)

    @precondition(lambda self: sum(budget.left > 0 for budget in self.model.budgets) < 3)
    @rule(
        koc=st.sampled_from(["a", "a", "a", "b", "c"]),
        own=st.sampled_from([0, 300, 90_000]),
        to_hand_on=st.sampled_from([5_000, 5_000, 1, 0]),
        may_pass_on=st.booleans(),
        days=st.none() | st.integers(1, 100),
    )
    def a_subsidy_is_granted(self, koc: str, own: int, to_hand_on: int, may_pass_on: bool, days: int | None) -> None:
        expires_at = None if days is None else self.clock + days * DAY
        asked: dict[str, Any] = {
            "own_minor": own,
            "hand_on_minor": to_hand_on,
            "may_pass_on": may_pass_on,
            "expires_at": expires_at,
        }
        if not own + to_hand_on:
            with pytest.raises(Refusal):
                grant_subsidy(brand=self.brand, koc=self.koc(koc), **asked, note="", by=self.maker, at=self.clock)
            return
        subsidy = grant_subsidy(brand=self.brand, koc=self.koc(koc), **asked, note="", by=self.maker, at=self.clock)
        self.granted.append(subsidy.pk)
        self.model.budgets.append(Budget(koc, to_hand_on, expires_at, may_pass_on))
        self.model.items += [Item(koc, own, self.clock)] if own else []

    @precondition(lambda self: any(budget.left for budget in self.model.budgets))
    @rule(
        which=st.integers(0, 2),
        to=st.sampled_from(["c", "c", "c", "b", "a"]),
        amount=st.sampled_from([700, 700, 1, 5_000, 0]),
        as_right=st.sampled_from([False, False, True]),
    )
    def a_subsidy_is_handed_on(self, which: int, to: str, amount: int, as_right: bool) -> None:
        """To somebody below in one's own tree, within what is left, before it expires."""
        budget, subsidy = self.budget(which)
        if (
            budget.is_live(self.clock)
            and (budget.may_pass_on or not as_right)
            and to in TREE[budget.koc]
            and 0 < amount <= budget.left
        ):
            given = allocate(
                subsidy=subsidy, to=self.koc(to), amount_minor=amount, note="", as_right=as_right, at=self.clock
            )
            budget.left -= amount
            if as_right:
                assert given.child_id
                self.granted.append(given.child_id)
                self.model.budgets.append(Budget(to, amount, budget.expires_at, budget.may_pass_on))
            else:
                self.model.items.append(Item(to, amount, self.clock))
        else:
            with pytest.raises(Refusal):
                allocate(
                    subsidy=subsidy, to=self.koc(to), amount_minor=amount, note="", as_right=as_right, at=self.clock
                )

    @precondition(lambda self: sum(budget.left > 0 for budget in self.model.budgets) > 1)
    @rule(which=st.integers(0, 2))
    def a_subsidy_is_ended(self, which: int) -> None:
        budget, subsidy = self.budget(which)
        if budget.left and budget.is_live(self.clock):
            end_subsidy(subsidy=subsidy, by=self.maker, at=self.clock)
            budget.left, budget.expires_at = 0, self.clock
        else:
            with pytest.raises(Refusal):
                end_subsidy(subsidy=subsidy, by=self.maker, at=self.clock)

    def budget(self, which: int) -> tuple[Budget, Subsidy]:
        """One with something left if there is one of that number, else any."""
        left = [place for place, budget in enumerate(self.model.budgets) if budget.left]
        place = left[which] if which < len(left) else which % len(self.granted)
        return self.model.budgets[place], Subsidy.objects.select_related("brand").get(pk=self.granted[place])

    @property
    def debtors(self) -> dict[str, int]:
        return {koc: -amount for (koc, kind), amount in self.model.balances().items() if kind == "debt" and amount < 0}

    @precondition(lambda self: self.debtors)
    @rule(which=st.integers(0, 2), percent=st.sampled_from([1, 60, 100, 101]))
    def a_debt_is_forgiven(self, which: int, percent: int) -> None:
        """By two people, and never more than is owed."""
        debtors = self.debtors
        koc = sorted(debtors)[which % len(debtors)]
        owed = debtors[koc]
        amount = -(-owed * percent // 100)
        if amount <= owed:
            asked = ask_write_off(
                koc=self.koc(koc), amount_minor=amount, reason="an old friend", by=self.maker, at=self.clock
            )
            with pytest.raises(Refusal):
                approve_write_off(write_off=asked, by=self.maker, at=self.clock)
            approve_write_off(write_off=asked, by=self.checker, at=self.clock)
            self.model.items.append(Item(koc, amount, self.clock, is_write_off=True))
        else:
            with pytest.raises(Refusal):
                ask_write_off(
                    koc=self.koc(koc), amount_minor=amount, reason="an old friend", by=self.maker, at=self.clock
                )

    @invariant()
    def statements_stand_where_their_payments_do(self) -> None:
        paid = Statement.objects.filter(koc__brand=self.brand, status="paid").count()
        assert paid == sum(state == "paid" for state in self.model.at_bank.values())
        told = {reference for reference, said in self.said.items() if said == "returned"}
        assert told == set(
            PayoutLine.objects.filter(batch__brand=self.brand, status="returned").values_list("reference", flat=True)
        )


@pytest.mark.django_db
@pytest.mark.parametrize("runs", [3, pytest.param(12, marks=pytest.mark.heavy)])
def test_money_that_is_paid_granted_and_forgiven_is_where_the_model_says(
    monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    for service in (crediting, order_changes):
        monkeypatch.setattr(service, "BATCH", 3)
    run_state_machine(LifeAtTheBank, runs=runs, steps=70)
