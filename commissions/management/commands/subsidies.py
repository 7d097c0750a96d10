import csv
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.selectors.subsidies import EarlyGift, given_soon_after_joining
from commissions.subsidies.selectors.subsidy_trees import SubsidyNode, SubsidyTree, subsidy_trees
from foundation.files.counts import counted
from foundation.files.exported_cells import harmless, moment
from foundation.files.faults import Refusal
from foundation.money.amounts import digits_of, major

COLUMNS = [
    "subsidy", "depth", "kind", "giver", "koc", "koc_name", "given_at", "expires_at", "money", "to_hand_on", "allocated", "returned", "left",
    "orders", "gmv", "note",
]  # fmt: skip
EARLY_COLUMNS = ["kind", "id", "giver", "koc", "koc_name", "amount", "joined_at", "given_at", "shares", "orders"]


class Command(BrandCommand):
    help = "Where every yuan of the subsidies went, and what it brought: one row per grant and allocation. Amounts in CSV are in the major unit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["csv", "json"], default="csv")
        parser.add_argument(
            "--soon-after-joining",
            type=int,
            metavar="DAYS",
            help="instead: what reached somebody within so many days of their joining",
        )

    def handle(self, *, brand: Brand, format: str, soon_after_joining: int | None, **options: Any) -> None:
        self.digits = digits_of(brand.currency)
        if soon_after_joining is None:
            summary = self._trees(brand, format)
        elif 0 < soon_after_joining <= 36_500:
            summary = self._early(brand, format, soon_after_joining)
        else:
            raise Refusal(f"--soon-after-joining is between 1 and 36500 days ({soon_after_joining})")
        self.stderr.write(summary)

    def _trees(self, brand: Brand, format: str) -> str:
        trees = nodes = 0
        rows = self._opened(format, COLUMNS)
        for tree in subsidy_trees(brand):
            if format == "json":
                rows.add(_as_json(tree, brand.currency))
            else:
                for node in tree.nodes:
                    rows.add(self._cells(tree, node))
            trees, nodes = trees + 1, nodes + len(tree.nodes)
        rows.close()
        return f"subsidies: {trees} granted, {counted(nodes - trees, 'allocation')}"

    def _early(self, brand: Brand, format: str, days: int) -> str:
        count = 0
        rows = self._opened(format, EARLY_COLUMNS)
        for gift in given_soon_after_joining(brand, days=days):
            rows.add(_early_json(gift) if format == "json" else self._early_cells(gift))
            count += 1
        rows.close()
        return f"subsidies: {count} given within {counted(days, 'day')} of joining"

    def _opened(self, format: str, columns: list[str]) -> "_CsvRows | _JsonRows":
        return _JsonRows(self.stdout) if format == "json" else _CsvRows(self.stdout, columns)

    def _cells(self, tree: SubsidyTree, node: SubsidyNode) -> list[Any]:
        amounts = [node.money_minor, node.budget_minor, node.allocated_minor, node.returned_minor, node.left_minor]
        people = [node.kind, harmless(node.giver or ""), harmless(node.koc), harmless(node.koc_name)]
        return [
            Subsidy.public_id_of(tree.root.root), node.depth, *people, moment(node.given_at), moment(node.expires_at),
            *(major(amount, self.digits) for amount in amounts), node.orders, major(node.gmv_minor, self.digits), harmless(node.note),
        ]  # fmt: skip

    def _early_cells(self, gift: EarlyGift) -> list[Any]:
        people = [harmless(gift.giver or ""), harmless(gift.koc), harmless(gift.koc_name)]
        return [
            gift.kind, _id_of(gift), *people, major(gift.amount_minor, self.digits), moment(gift.joined_at), moment(gift.given_at), gift.shares, gift.orders,
        ]  # fmt: skip


class _CsvRows:
    def __init__(self, out: Any, columns: list[str]) -> None:
        self.writer = csv.writer(out)
        self.writer.writerow(columns)

    def add(self, row: Any) -> None:
        self.writer.writerow(row)

    def close(self) -> None:
        pass


class _JsonRows:
    def __init__(self, out: Any) -> None:
        self.out, self.before = out, "["

    def add(self, row: Any) -> None:
        self.out.write(self.before + json.dumps(row, ensure_ascii=False), ending="")
        self.before = ",\n "

    def close(self) -> None:
        self.out.write("[]" if self.before == "[" else "]")


def _as_json(tree: SubsidyTree, currency: str) -> dict[str, Any]:
    root = tree.root
    return {
        "subsidy": Subsidy.public_id_of(root.root), "koc": root.koc, "currency": currency, "own_minor": root.money_minor, "hand_on_minor": root.budget_minor,
        "cost_minor": tree.cost_minor, "returned_minor": tree.returned_minor, "left_minor": tree.left_minor, "orders": tree.orders,
        "gmv_minor": tree.gmv_minor, "nodes": [_node_json(node) for node in tree.nodes],
    }  # fmt: skip


def _node_json(node: SubsidyNode) -> dict[str, Any]:
    return {
        "allocation": Allocation.public_id_of(node.allocation) if node.allocation else None, "depth": node.depth, "kind": node.kind, "giver": node.giver,
        "koc": node.koc, "koc_name": node.koc_name, "given_at": moment(node.given_at), "money_minor": node.money_minor, "budget_minor": node.budget_minor,
        "allocated_minor": node.allocated_minor, "returned_minor": node.returned_minor, "left_minor": node.left_minor, "orders": node.orders,
        "gmv_minor": node.gmv_minor, "note": node.note,
    }  # fmt: skip


def _early_json(gift: EarlyGift) -> dict[str, Any]:
    values = asdict(gift) | {"id": _id_of(gift), "joined_at": moment(gift.joined_at), "given_at": moment(gift.given_at)}
    return {name: value for name, value in values.items() if name != "koc_id"}


def _id_of(gift: EarlyGift) -> str:
    return (Subsidy if gift.kind == "grant" else Allocation).public_id_of(gift.id)
