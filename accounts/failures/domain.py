"""When a fact that failed is tried again, and how its error is told without what it carries."""

from datetime import timedelta
from pathlib import Path
from traceback import extract_tb

ROOT = Path(__file__).parents[2]

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)


def pause_after(attempts: int) -> timedelta:
    """One minute after the first try, four times as long after each further one, a day at most."""
    steps = min(attempts - 1, 10)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << 2 * steps))


def error_text(error: BaseException) -> str:
    """The class of an error and the line of ours that raised it: `KeyError at commissions/orders/services/intake.py:41`.

    Its message stays out: it may carry a phone or a name, and every member of staff reads this."""
    frames = extract_tb(error.__traceback__)
    ours = [
        f"{path.relative_to(ROOT)}:{frame.lineno}"
        for frame in frames
        if (path := Path(frame.filename)).is_relative_to(ROOT) and "site-packages" not in path.parts
    ]
    return " at ".join([type(error).__name__, *ours[-1:]])[:300]
