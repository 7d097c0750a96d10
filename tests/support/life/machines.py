"""What the state machines over the life of a brand have in common."""

from contextlib import ExitStack

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from accounts.brands.models import Brand
from foundation.postgres.transactions import one_transaction
from tests.support.shop_events import prove


class BrandMachine(RuleBasedStateMachine):
    """Its brand's ledger proves after every step, and its rows are gone when it ends."""

    brand: Brand

    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(one_transaction())

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.close()

    @invariant()
    def the_ledger_proves(self) -> None:
        prove(self.brand)
