"""A process that the tests of races start.

python -m tests.support.processes.worker deliver SLUG TIME events.jsonl 7    sends a brand's events, shuffled by a seed, some of them twice
python -m tests.support.processes.worker answer SLUG TIME                    does all that is due, in small batches
"""

import json
import os
import random
import sys
from datetime import datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.brands.models import Brand  # noqa: E402
from commissions.earnings.services import approvals, crediting, order_changes  # noqa: E402
from commissions.orders.services.events import receive_event  # noqa: E402
from commissions.schedule import run_due  # noqa: E402


def deliver(brand: Brand, file: str, seed: str, at: datetime) -> None:
    """Every event, in an order of this process's own, and every fifth one twice."""
    events = list(enumerate(Path(file).read_text().splitlines()))
    chance = random.Random(seed)
    events += chance.sample(events, len(events) // 5)
    chance.shuffle(events)
    for number, body in events:
        receive_event(brand=brand, webhook_id=f"msg_{number}", body=body.encode(), at=at)


def answer(brand: Brand, at: datetime) -> None:
    """All that is due, in batches so small that there are many moments to be killed at."""
    crediting.BATCH = order_changes.BATCH = approvals.BATCH = 5
    print(json.dumps(str(run_due(brand=brand, at=at))), flush=True)


if __name__ == "__main__":
    verb, slug, moment, *rest = sys.argv[1:]
    brand = Brand.objects.get(slug=slug)
    if verb == "deliver":
        deliver(brand, rest[0], rest[1], datetime.fromisoformat(moment))
    else:
        answer(brand, datetime.fromisoformat(moment))
