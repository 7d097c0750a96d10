"""Scripts that `propagation.py` runs beside a database: members, loading, walks, and people who join."""

MEMBERS = """
import django; django.setup()
import json, sys
import numpy as np
from datetime import UTC, datetime, timedelta
from django.db import connection
from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc, User
from foundation.postgres.bulk import copy_in, refresh_statistics
from content.kits.models import Kit
from referrals.propagation.models import PendingAggregate
from referrals.shares.models import Share
from referrals.tree.models import Sponsorship
from referrals.visits.models import Visit
from referrals.tree.services.positions import KOC_COLUMNS
from referrals.tree.domain.forests import grow
n = int(sys.argv[1])
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
tier = Tier.objects.create(brand=brand, key="seed", name="S", rank=0, multiplier_bps=10000)
kit = Kit.objects.create(brand=brand, key="spring", title="28 days", created_at=start)
forest = grow(parents(n))
parent, root, depth = (column.tolist() for column in (forest.parent, forest.root, forest.depth))
copy_in(Koc, KOC_COLUMNS, ((k + 1, brand.pk, None, f"k{k}", f"K{k}", "active", tier.pk, False, f"i{k}", "{}", start, start) for k in range(n)))
copy_in(Sponsorship, ["koc_id", "brand_id", "sponsor_id", "root_id", "depth"],
    ((k + 1, brand.pk, parent[k] + 1 if parent[k] >= 0 else None, root[k] + 1, depth[k]) for k in range(n)))
copy_in(Share, ["id", "brand_id", "koc_id", "kit_id", "channel", "parent_id", "root_id", "depth", "code", "shared_at"],
    ((k + 1, brand.pk, k + 1, kit.pk, "moments", parent[k] + 1 if parent[k] >= 0 else None, root[k] + 1 if parent[k] >= 0 else None, depth[k], f"s{k}",
      start + timedelta(seconds=k)) for k in range(n)))
copy_in(Visit, ["share_id", "visitor", "visited_at", "uncounted"], ((k + 1, f"v{k * 7919 % (n // 2)}", start + timedelta(days=20), "") for k in range(n)))
with connection.cursor() as cursor:
    cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_koc', 'id'), %s), setval(pg_get_serial_sequence('referrals_share', 'id'), %s)", [n, n])
refresh_statistics(Koc, Sponsorship, Share, Visit, PendingAggregate)
connection.close()
connection.ensure_connection()
with connection.cursor() as cursor:
    cursor.execute("VACUUM ANALYZE")
size = forest.size
ten = int(np.abs(size - 10_001).argmin())
print(json.dumps({"deepest": int(depth.index(max(depth))) + 1, "ten": ten + 1, "team": int(size[ten]) - 1, "tops": (np.argsort(-size)[:50] + 1).tolist()}))
"""
TIMED = """
import django; django.setup()
import json, statistics, sys, threading, time
from datetime import UTC, datetime
import psycopg
from django.db import connection, connections
from accounts.brands.models import Brand
from accounts.people.models import Koc, User
rounds, nodes = int(sys.argv[1]), json.loads(sys.argv[2])
NOW = datetime(2026, 2, 1, tzinfo=UTC)
brand = Brand.objects.get()

def best(*calls):
    "the best of some rounds of each, the rounds alternating"
    took = [[] for _ in calls]
    for _ in range(rounds):
        for number, call in enumerate(calls):
            begin = time.perf_counter(); call(); took[number].append(time.perf_counter() - begin)
    return [min(times) for times in took]

def rows(query, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else None
"""
LOADING = """
from referrals.propagation.selectors.forests import kocs_of, shares_of
from referrals.propagation.domain.metrics import measure
from referrals.tree.domain.forests import grow, parent_positions
from foundation.postgres.arrays import whole_numbers
import numpy as np
def bare():
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT koc_id, sponsor_id FROM referrals_sponsorship) TO STDOUT (FORMAT BINARY)") as copy:
        for block in copy: pass
def fetched(): rows("SELECT koc_id, sponsor_id FROM referrals_sponsorship")
def arrays(): whole_numbers("SELECT koc_id, COALESCE(sponsor_id, 0) FROM referrals_sponsorship", [], 2)
def whole():
    ids, above = whole_numbers("SELECT koc_id, COALESCE(sponsor_id, 0) FROM referrals_sponsorship", [], 2)
    measure(grow(parent_positions(ids, above)))
def as_used(): kocs_of(brand)
names = ["bare COPY", "bare SELECT with fetchall", "into arrays", "into arrays and every metric", "kocs_of: with joining times and status, every metric"]
took = best(bare, fetched, arrays, whole, as_used)
print(json.dumps(dict(zip(names, took))))
"""
AS_USED = "kocs_of: with joining times and status, every metric"
WALKS = """
from referrals.tree.services.positions import lock_sponsors
from referrals.shares.selectors import layers_below, people_below
from django.db import transaction
ABOVE = ("WITH RECURSIVE up AS (SELECT koc_id, sponsor_id FROM referrals_sponsorship WHERE koc_id = %s UNION ALL SELECT p.koc_id, p.sponsor_id FROM up "
    "JOIN referrals_sponsorship p ON p.koc_id = up.sponsor_id) SELECT koc_id FROM up")
BELOW = ("WITH RECURSIVE down AS (SELECT koc_id, 1 AS depth FROM referrals_sponsorship WHERE sponsor_id = %s "
    "UNION ALL SELECT p.koc_id, down.depth + 1 FROM down JOIN referrals_sponsorship p ON p.sponsor_id = down.koc_id) "
    "SELECT depth, count(*) FROM down GROUP BY depth ORDER BY depth")
from referrals.tree.services.positions import ABOVE as OURS_ABOVE
deep, ten = nodes["deepest"], Koc.objects.get(pk=nodes["ten"])
def raw_above():
    for _ in range(200): rows(ABOVE, [deep])
def our_above():
    for _ in range(200): rows(OURS_ABOVE, [deep])
def locked_above():
    for _ in range(200):
        with transaction.atomic(): lock_sponsors(Koc(pk=deep))
def raw_below():
    for top in [ten.pk, *nodes["tops"][:5]]: rows(BELOW, [top])
def our_below():
    for top in [ten.pk, *nodes["tops"][:5]]: people_below(Koc(pk=top))
def active_below():
    for top in [ten.pk, *nodes["tops"][:5]]: layers_below(Koc(pk=top), at=NOW)
from referrals.propagation.selectors.forests import shares_below
from referrals.propagation.selectors.aggregates import aggregated_propagation
from referrals.propagation.selectors.propagation import share_propagation
from referrals.propagation.models import Cascade
from referrals.shares.models import Share
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation, rebuild_propagation
def block(): layers_below(ten, at=NOW)
above, ours, locked, below, our, active = best(raw_above, our_above, locked_above, raw_below, our_below, active_below)
[block_s] = best(block)
begin = time.perf_counter(); aggregate_spread(brand=brand, at=NOW); aggregate_s = time.perf_counter() - begin
print("aggregated in", aggregate_s, file=sys.stderr, flush=True)
rows("VACUUM ANALYZE")
begin = time.perf_counter(); check = check_propagation(brand=brand); check_s = time.perf_counter() - begin
begin = time.perf_counter(); rebuild_propagation(brand=brand); rebuild_s = time.perf_counter() - begin
rows("VACUUM ANALYZE")
largest = Share.objects.get(pk=Cascade.objects.order_by("-shares").first().root_id)
middle = Cascade.objects.filter(shares__lte=10_500).order_by("-shares").first()
middle_share = Share.objects.get(pk=middle.root_id)
aggregated, measured, big_aggregated, big_measured = best(lambda: aggregated_propagation(middle_share), lambda: share_propagation(middle_share),
    lambda: aggregated_propagation(largest), lambda: share_propagation(largest))
from referrals.propagation.selectors.aggregates import aggregated_cascades
from referrals.propagation.selectors.propagation import share_cascades
rounds = 1
brand_aggregated, brand_measured = best(lambda: aggregated_cascades(brand), lambda: share_cascades(brand))
print(json.dumps({"ancestors, raw": above, "ancestors, ours": ours, "ancestors, locked": locked, "subtrees, raw": below,
    "subtrees, ours": our, "subtrees, ours with activity": active,
    "block of the KOC": block_s, "aggregate all": aggregate_s, "check": check_s, "rebuild": rebuild_s, "differences": len(check.differences),
    "middle n": middle.shares, "propagation, aggregated": aggregated, "propagation, measured": measured,
    "largest n": Cascade.objects.order_by("-shares").first().shares, "largest, aggregated": big_aggregated,
    "largest, measured": big_measured,
    "all cascades, aggregated": brand_aggregated, "all cascades, measured": brand_measured}))
"""
JOINING = """
from referrals.tree.services.joining import join_brand
from referrals.tree.models import Sponsorship
joins, workers = 150, 8
sponsor = Koc.objects.get(pk=nodes["ten"])
tier = brand.tiers.get()
def users(tag): return [[User.objects.create_user(f"+86{tag}{worker:02}{k:06}") for k in range(joins)] for worker in range(workers)]
def join_at_once(groups, join):
    barrier = threading.Barrier(workers + 1)
    errors = []
    def work(users):
        try:
            connection.ensure_connection(); barrier.wait()
            for user in users: join(user)
        except Exception as error: errors.append(repr(error))
        finally: connections.close_all()
    threads = [threading.Thread(target=work, args=(users,)) for users in groups]
    for thread in threads: thread.start()
    barrier.wait(); begin = time.perf_counter()
    for thread in threads: thread.join()
    if errors: raise SystemExit(errors[0])
    return time.perf_counter() - begin
from django.db import transaction
place = Sponsorship.objects.get(koc=sponsor)
def bare(user):  # the rows alone, with plain inserts
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO accounts_koc (brand_id, user_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at, "
                "approved_at) VALUES (%s, %s, %s, %s, 'active', %s, false, %s, '{}', %s, %s) RETURNING id",
                [brand.pk, user.pk, f"u{user.pk}", "N", tier.pk, f"u{user.pk}", NOW, NOW])
            koc = cursor.fetchone()[0]
            cursor.execute("INSERT INTO referrals_sponsorship (koc_id, brand_id, sponsor_id, root_id, depth) VALUES (%s, %s, %s, %s, %s)",
                [koc, brand.pk, sponsor.pk, place.root_id, place.depth + 1])
def plain(user):  # the same with the ORM, without any check
    with transaction.atomic():
        koc = Koc.objects.create(brand=brand, user=user, key=f"u{user.pk}", name="N", status="active", tier=tier, invite_code=f"u{user.pk}", answers={},
            joined_at=NOW, approved_at=NOW)
        Sponsorship.objects.create(koc=koc, brand=brand, sponsor=sponsor, root_id=place.root_id, depth=place.depth + 1)
def ours(user): join_brand(user=user, brand=brand, invite_code=sponsor.invite_code, answers={}, at=NOW)
took = {"bare": [], "plain": [], "ours": []}
for turn in range(rounds):
    for number, (name, join) in enumerate((("bare", bare), ("plain", plain), ("ours", ours))):
        took[name].append(join_at_once(users(f"1{turn}{number}"), join))
print(json.dumps({name: [joins * workers / seconds for seconds in times] for name, times in took.items()}))
"""
