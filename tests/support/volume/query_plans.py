"""How much of the tables a query reads."""

import json
from typing import Any

from django.db import connection


def rows_read(sql: str) -> dict[str, int]:
    """Rows that a query read of each table, those included that it threw away; by EXPLAIN ANALYZE."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
    plan = json.loads(found) if isinstance(found, str) else found
    read: dict[str, int] = {}

    def walk(node: dict[str, Any]) -> None:
        if table := node.get("Relation Name"):
            thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            read[table] = read.get(table, 0) + int((node["Actual Rows"] + thrown) * node["Actual Loops"])
        for below in node.get("Plans", []):
            walk(below)

    walk(plan[0]["Plan"])
    return read
