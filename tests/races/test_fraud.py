"""Two of the staff decide on one signal at one moment; two workers search a brand."""

from typing import Any

import pglock
import pytest

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import RiskReview
from commissions.ledger.services import lock_book
from commissions.plans.models.policies import PayPolicy
from commissions.risk import services as fraud
from commissions.risk.models import Signal, SignalFact
from commissions.risk.selectors.fraud import policies_of, sightings
from commissions.risk.services import confirm_signals, dismiss_signals, find_signals
from commissions.settlement.domain.refusals import AlreadyDecided
from tests.support.concurrency import Rendezvous, run_at_once, wait_for_the_others
from tests.support.factories import make_user
from tests.support.fraud import LATER, buy_by_click, commission_statuses, make_searched_brand, search_only_for


def fast_orders(brand: Brand) -> None:
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    search_only_for(brand, "click_to_order", holds=True)


def decide_unguarded(brand: Brand, signals: list[int], state: str, reason: str, by: Any, at: Any) -> None:
    """Looks, and then writes."""
    if Signal.objects.filter(brand=brand, pk__in=signals, state="open").count() != len(signals):
        raise AlreadyDecided("decided")
    wait_for_the_others()
    Signal.objects.filter(brand=brand, pk__in=signals).update(state=state, reason=reason, decided_by=by, decided_at=at)


@pytest.mark.parametrize("guard", ["book", "compare", "nothing"])
def test_of_two_decisions_at_once_one_is_refused(committed: None, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """Under the book the second finds it decided; without it the update looks again when it has waited for the first;
    without that both are told that theirs holds, and what was confirmed is let go."""
    brand, by = make_searched_brand("lumi"), make_user()
    fast_orders(brand)
    find_signals(brand=brand, at=LATER)
    signal = Signal.objects.get().pk
    meeting = Rendezvous(lock_book if guard == "book" else lambda *brand: PayPolicy.objects.count())
    if guard == "nothing":
        monkeypatch.setattr(fraud, "_decide", decide_unguarded)
        monkeypatch.setattr(fraud, "lock_book", lambda brand: None)
    else:
        monkeypatch.setattr(fraud, "lock_book", meeting)
    given: dict[str, Any] = {"brand": brand, "signals": [signal], "by": by, "at": LATER}
    confirmed, dismissed = run_at_once(
        lambda: confirm_signals(reason="yes", **given), lambda: dismiss_signals(reason="no", **given)
    )
    refused = [outcome for outcome in (confirmed, dismissed) if isinstance(outcome, AlreadyDecided)]
    state, reason = Signal.objects.values_list("state", "reason").get()
    if guard == "nothing":
        assert (refused, dismissed) == ([], 3)
        return
    assert meeting.most == (2 if guard == "compare" else 1)
    assert len(refused) == 1
    won = "dismissed" if confirmed in refused else "confirmed"
    assert (state, reason, set(commission_statuses().values())) == (
        (won, "no", {"pending"}) if won == "dismissed" else (won, "yes", {"held"})
    )


@pytest.mark.parametrize("guard", ["lock", "constraint"])
def test_two_searches_at_once_find_a_signal_once(committed: None, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """Searches of a brand stand in line. Without the line both see it, and the database refuses the second one's
    facts."""
    brand = make_searched_brand("lumi")
    fast_orders(brand)
    if guard == "lock":
        monkeypatch.setattr(fraud, "policies_of", Rendezvous(policies_of))
    else:
        monkeypatch.setattr(pglock.advisory, "acquire", lambda _: True)
        monkeypatch.setattr(fraud, "sightings", Rendezvous(sightings))
    outcomes = run_at_once(*[lambda: find_signals(brand=brand, at=LATER)] * 2)
    found = sorted(str(outcome[0]) if isinstance(outcome, tuple) else type(outcome).__name__ for outcome in outcomes)
    assert found == (["0", "1"] if guard == "lock" else ["1", "IntegrityError"])
    assert (Signal.objects.count(), SignalFact.objects.count(), RiskReview.objects.count()) == (1, 3, 3)
