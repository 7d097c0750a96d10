"""Somebody opened a share.

One rule for one click and for many: a robot's is kept apart; so is what one source sends beyond `FLOOD_CLICKS` in a
minute; of what is left, the first of a visitor and share counts, and within an hour of a counted one the others are
repeats."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection

from accounts.failures.models import FailedFact
from accounts.failures.services import Fact, forget, process_isolated, set_aside
from foundation.postgres.transactions import in_own_transaction, in_transaction
from referrals.shares.models import Share
from referrals.visits.domain.clicks import COLUMNS
from referrals.visits.models import Visit

ONE_VISIT = timedelta(hours=1)
# A batch is recorded alone; single visits concurrently, but those of one (share, visitor) one after another, and not
# beside a batch.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('clicks', 2))"
BESIDE_OTHERS = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('clicks', 2)), pg_advisory_xact_lock(hashtextextended(%s, 2))"
)


@in_transaction
def record_visit(*, share: Share, visitor: str, robot: bool, at: datetime, source: str = "") -> Visit:
    """Keep a visit: counted once per visitor and share within an hour, later ones as repeats; a robot's and a flood's
    are kept apart.

    Takes an advisory lock of (share, visitor) until the commit, so that of two at once one is counted. No address is
    kept, only its `source`."""
    with connection.cursor() as cursor:
        cursor.execute(BESIDE_OTHERS, [f"{share.pk}:{visitor}"])
    visit: Visit = Visit.objects.create(
        share=share,
        visitor=visitor,
        visited_at=at,
        source=source,
        uncounted=_why_not(share, visitor, robot, source, at),
    )
    return visit


def _why_not(share: Share, visitor: str, robot: bool, source: str, at: datetime) -> Visit.Uncounted:  # noqa: FBT001
    if robot:
        return Visit.Uncounted.ROBOT
    limit: int = settings.FLOOD_CLICKS
    if source and limit:
        recent = Visit.objects.filter(
            source=source, visited_at__gt=at - timedelta(minutes=1), visited_at__lte=at
        ).exclude(source="")
        if recent.order_by("-visited_at")[limit - 1 : limit].exists():
            return Visit.Uncounted.FLOOD
    counted = Visit.objects.filter(
        share=share, visitor=visitor, uncounted=Visit.Uncounted.NO, visited_at__gt=at - ONE_VISIT
    )
    return Visit.Uncounted.REPEAT if counted.exists() else Visit.Uncounted.NO


STAGE = """
CREATE TEMP TABLE IF NOT EXISTS click (id bigint, code text, visitor text, at bigint, source text, robot boolean) ON COMMIT DELETE ROWS
"""
HOURS = "SELECT DISTINCT at / 3600000000 FROM click ORDER BY 1"
# `lag` reads the click that was `most` clicks earlier from the same source: within a minute, this one is one too many.
# Of what is in the table already no more than `most` clicks a source are read, however large the flood.
RECORD_HOUR = """
WITH fresh AS MATERIALIZED (
    SELECT DISTINCT ON (click.id) click.id, share.id AS share_id, click.visitor, 'epoch'::timestamptz + click.at * interval '1 microsecond' AS visited_at,
        click.source, click.robot
    FROM click JOIN referrals_share share ON share.code = click.code
    WHERE click.at / 3600000000 = %(hour)s AND NOT EXISTS (SELECT FROM referrals_visit known WHERE known.id = click.id)
), span AS (
    SELECT source, min(visited_at) AS first, max(visited_at) AS last FROM fresh WHERE source <> '' AND %(most)s > 0 GROUP BY source
), sent AS (
    SELECT fresh.source, fresh.visited_at, fresh.id, true AS is_fresh FROM fresh JOIN span USING (source)
    UNION ALL SELECT span.source, before.visited_at, before.id, false
    FROM span CROSS JOIN LATERAL (
        SELECT id, visited_at FROM referrals_visit
        WHERE source = span.source AND source <> '' AND visited_at > span.first - interval '1 minute' AND visited_at <= span.last
        ORDER BY visited_at DESC LIMIT %(most)s
    ) AS before
), flood AS MATERIALIZED (
    SELECT id FROM (
        SELECT id, is_fresh, visited_at - lag(visited_at, %(most)s) OVER (PARTITION BY source ORDER BY visited_at, id) < interval '1 minute' AS is_too_soon
        FROM sent
    ) AS paced WHERE is_fresh AND is_too_soon
), counted AS (
    SELECT DISTINCT ON (share_id, visitor) id FROM fresh
    WHERE NOT robot AND id NOT IN (SELECT id FROM flood) AND NOT EXISTS (
        SELECT FROM referrals_visit known WHERE known.share_id = fresh.share_id AND known.visitor = fresh.visitor AND known.uncounted = ''
            AND known.visited_at > fresh.visited_at - interval '1 hour' AND known.visited_at < fresh.visited_at + interval '1 hour'
    )
    ORDER BY share_id, visitor, visited_at, id
)
INSERT INTO referrals_visit (id, share_id, visitor, visited_at, source, uncounted)
SELECT fresh.id, share_id, visitor, visited_at, source,
    CASE WHEN robot THEN 'robot' WHEN flood.id IS NOT NULL THEN 'flood' WHEN counted.id IS NULL THEN 'repeat' ELSE '' END
FROM fresh LEFT JOIN flood USING (id) LEFT JOIN counted USING (id)
ORDER BY fresh.id
"""


UNKNOWN = (
    "SELECT 1 FROM click WHERE NOT EXISTS (SELECT FROM referrals_share share WHERE share.code = click.code) LIMIT 1"
)
KEPT_FOR = timedelta(days=90)
BATCH = 1_000


class UnknownShare(LookupError):
    """A click whose share is not in the table (any more)."""


@in_own_transaction
def record_clicks(*, lines: Sequence[bytes], at: datetime) -> int:
    """Keep the clicks of a journal as visits, each under the number that its redirect carried; returns how many are
    new. One that raises, or whose share is not there, is set aside at `at`, and the others are kept.

    Durable, since the caller removes the journal afterwards: inside of a transaction that is rolled back its clicks
    would be nowhere. The number is the key: a line that comes twice is one row. Batches wait for each other, so that of
    one visitor's clicks in several journals one is counted. Within a batch an hour of the clock is recorded at a time,
    in which no visitor can count twice."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
    keep = partial(_set_click_aside, at=at)
    return sum(process_isolated(lines, _record, fact_of=_fact_of, brand=None, at=at, keep=keep))


def _record(lines: Sequence[bytes]) -> int:
    new = 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM click")  # of the part before this one
        with connection.wrap_database_errors, cursor.copy(f"COPY click ({COLUMNS}) FROM STDIN") as copy:
            copy.write(b"\n".join([*lines, b""]))
        cursor.execute(ALONE)
        cursor.execute(HOURS)
        for (hour,) in cursor.fetchall():
            cursor.execute(RECORD_HOUR, {"hour": hour, "most": settings.FLOOD_CLICKS})
            new += cursor.rowcount
        if new < len(lines):
            cursor.execute(UNKNOWN)
            if cursor.fetchone():
                raise UnknownShare
    return new


def _fact_of(line: bytes) -> Fact:
    return FailedFact.Kind.CLICK, int(line.partition(b"\t")[0])


def _set_click_aside(line: bytes, error: Exception, *, at: datetime) -> None:
    """Keep a click that could not be recorded: its line, which holds no more of the visitor than a `Visit` does."""
    share = Share.objects.filter(code=line.split(b"\t")[1].decode()).select_related("brand").first()
    brand = share.brand if share else None
    set_aside(_fact_of(line), brand=brand, error=error, at=at, payload=json.dumps(line.decode()))


def retry_clicks(*, at: datetime) -> int:
    """Try the clicks that were set aside and whose pause is over at `at`; returns how many are recorded now.

    A click is set aside with its number, code, moment, the visitor's cookie and the hash of its source, as a visit would
    keep them; until a try succeeds, and for 90 days at most: then it is deleted."""
    clicks = FailedFact.objects.filter(kind=FailedFact.Kind.CLICK)
    forget(clicks.filter(first_failed_at__lt=at - KEPT_FOR).values_list("kind", "fact"))
    due, recorded = clicks.filter(next_try_at__lte=at).order_by("pk").values_list("payload", flat=True), 0
    while lines := [str(line).encode() for line in due[:BATCH]]:
        recorded += record_clicks(lines=lines, at=at)
    return recorded
