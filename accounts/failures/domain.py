"""When a fact that failed is tried again, and how its error is told without what it carries."""

from datetime import timedelta
from traceback import extract_tb

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)


def pause_after(attempts: int) -> timedelta:
    """One minute after the first try, four times as long after each further one, a day at most."""
    steps = min(attempts - 1, 10)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << 2 * steps))


def error_text(error: BaseException) -> str:
    """The class of an error and the place that raised it: `KeyError at commissions/orders/services/intake.py:41`.

    Its message stays out: it may carry a phone or a name, and every member of staff reads this."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    where = (ours or frames)[-1] if frames else None
    place = f" at {'/'.join(where.filename.split('/')[-4:])}:{where.lineno}" if where else ""
    return f"{type(error).__name__}{place}"[:300]
