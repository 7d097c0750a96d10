"""A table's name in SQL text is an import, and only its owner's services write a table.

import-linter sees neither, so the strings of every module are read here, and its calls on `Model.objects`. Not seen: a
write through a queryset or a row that was kept in a variable, in the services of another noun."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import may_import, modules, noun_of, our_models, room_of
from tests.support.paths import ROOT

OWNERS = {model._meta.db_table: noun_of(model.__module__) for model in our_models()}
MODELS = {model.__name__: model._meta.db_table for model in our_models()}
TABLE = re.compile(rf"\b({'|'.join(OWNERS)})\b")
WRITTEN = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE(?!\s+OF\b)|DELETE\s+FROM|COPY|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?\"?([\w{][\w}]*)",
    re.IGNORECASE,
)
UNNAMED = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM|COPY|MERGE INTO|TRUNCATE) +\{")
ORM = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete"}
LOADS = {"copy_in", "copy_in_numbered"}

SETTLED = "what a statement or a payment makes of its commissions, in one statement for up to a million of them"
MODEL_AND_SCREEN = "the noun plans holds what a plan is; it is made, tried and started here, and nowhere else"
KEPT = "a row may not change under what was made of it, which only a trigger sees in time"
QUEUED = "a trigger queues every share and visit in its own transaction, however it was written"
# Triggers that name a table above their own, and why.
KNOWN_READS: dict[tuple[str, str], str] = {
    ("commissions.earnings.models.triggers", "commissions_statement"): KEPT,
    ("commissions.plans.models.triggers", "commissions_commission"): KEPT,
    ("commissions.plans.models.triggers", "commissions_decision"): KEPT,
    ("commissions.plans.models.triggers", "commissions_formerterms"): KEPT,
    ("commissions.plans.models.triggers", "commissions_lineterms"): KEPT,
    ("commissions.plans.models.triggers", "commissions_order"): KEPT,
    ("commissions.plans.models.triggers", "commissions_orderline"): KEPT,
    ("commissions.settlement.models.triggers", "commissions_payoutline"): KEPT,
    ("referrals.shares.models", "referrals_pendingaggregate"): QUEUED,
    ("referrals.visits.models", "referrals_pendingaggregate"): QUEUED,
}
# Writers of tables of another noun, and why each is not in the owner's services.
KNOWN: dict[tuple[str, str], str] = {
    ("referrals.shares.models", "referrals_pendingaggregate"): QUEUED,
    ("referrals.visits.models", "referrals_pendingaggregate"): QUEUED,
    ("accounts.access.services.sign_in", "accounts_user"): "who signs in first is made with their session, at once",
    ("backoffice.brand_file.services", "accounts_tier"): "a brand file writes all tables of a brand, or none",
    (
        "backoffice.demo.services.demo_network",
        "referrals_coupon",
    ): "made-up rows that no service would take back in time",
    (
        "backoffice.demo.services.demo_network",
        "growth_contest",
    ): "made-up rows that no service would take back in time",
    **{
        ("backoffice.demo.services.demo_content", f"content_{table}"): "made-up rows, as staff write them in forms"
        for table in ("posterstyle", "heading", "reviewpolicy", "kit", "kitversion", "section")
    },
    ("commissions.earnings.services.accruals", "commissions_transfer"): "commissions and their movements are one "
    "statement: the rows never travel to the client and back",
    (
        "commissions.earnings.services.tiered_bonuses",
        "commissions_monthlyvolume",
    ): "a campaign's steps are climbed by sales, which plans cannot know",
    ("commissions.payouts.services.payout_results", "commissions_statement"): SETTLED,
    ("commissions.payouts.services.payout_results", "commissions_commission"): SETTLED,
    ("commissions.payouts.services.reopening", "commissions_commission"): SETTLED,
    ("commissions.payouts.services.reopening", "commissions_statement"): "a month is reopened only when no batch holds "
    "its statements, which settlement cannot know",
    ("commissions.payouts.services.reopening", "commissions_adjustment"): "as the statements that they were on",
    ("commissions.settlement.services.settlement", "commissions_commission"): SETTLED,
    ("commissions.planning.services.plans", "commissions_plan"): MODEL_AND_SCREEN,
    ("commissions.planning.services.plans", "commissions_rule"): MODEL_AND_SCREEN,
    ("commissions.planning.services.policies", "commissions_acknowledgement"): MODEL_AND_SCREEN,
    ("commissions.subsidies.services.subsidies", "commissions_adjustment"): "the other side of an allocation, in its "
    "transaction; settlement has no rule of its own for it",
    ("referrals.tree.services.joining", "accounts_koc"): "sponsor, member and place are one statement, since everyone "
    "waits who joins under the same sponsor",
    ("referrals.tree.services.koc_import", "accounts_user"): "a file of a million KOCs is loaded in sets",
    ("referrals.tree.services.koc_import", "accounts_koc"): "a file of a million KOCs is loaded in sets",
    ("referrals.tree.services.koc_import", "accounts_tierchange"): "a file of a million KOCs is loaded in sets",
    ("referrals.tree.services.positions", "accounts_koc"): "members and places are loaded together, their ids reserved",
    ("referrals.propagation.selectors.forests", "?"): "no table: the attributes of a NetworkX graph",
    ("foundation.postgres.bulk", "?"): "the caller names the model; `copy_in` is looked for at its callers",
    ("referrals.propagation.services.rebuilding", "?"): "one statement for each of the tables that it lists, its own",
}


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string that is no docstring; what is put together of several is one, with {} for what is not written out."""
    parts = {id(part) for node in ast.walk(tree) for part in parts_of(node)}
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and id(node) not in parts | alone:
            yield text_of(node)


def parts_of(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.JoinedStr):
        return node.values
    return [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else []


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(map(text_of, parts)) if (parts := parts_of(node)) else "{}"


def written_by_calls(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """(table or ?, whether a model is named) of each call that writes rows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOADS:
            yield MODELS.get(ast.unparse(node.args[0]), "?"), True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ORM:
            model = re.match(r"(\w+)\.objects\b", ast.unparse(node.func.value))
            if model and model[1] in MODELS:
                yield MODELS[model[1]], True
            elif node.func.attr not in {"update", "delete"} or not node.args:  # of a dict or a bar: update(it)
                yield "?", False


def reads(root: Path) -> set[tuple[str, str]]:
    """(module, table) of every table that a module names in a string."""
    return {
        (module, table)
        for module, file in modules(root)
        for text in texts(ast.parse(file.read_text()))
        for table in TABLE.findall(text)
    }


def writes(root: Path) -> set[tuple[str, str]]:
    """(module, table) of every write; ? for a table that is not written out."""
    found: set[tuple[str, str]] = set()
    for module, file in modules(root):
        tree = ast.parse(file.read_text())
        for text in texts(tree):
            found |= {(module, table) for table in WRITTEN.findall(text) if table in OWNERS}
            found |= {(module, "?")} if UNNAMED.search(text) else set()
        found |= {
            (module, table)
            for table, is_named in written_by_calls(tree)
            if is_named
            or room_of(module) not in {"services", ""}  # a row in a variable: no room but services writes it
        }
    return found


def hidden_imports(root: Path) -> set[tuple[str, str]]:
    return {(module, table) for module, table in reads(root) if not may_import(module, OWNERS[table])}


def foreign_writes(root: Path) -> set[tuple[str, str]]:
    return {
        (module, table)
        for module, table in writes(root)
        if room_of(module) != "services" or noun_of(module) != OWNERS.get(table)
    }


def test_no_sql_names_a_table_of_a_noun_that_its_module_may_not_import() -> None:
    assert len(reads(ROOT)) > 300
    assert hidden_imports(ROOT) == KNOWN_READS.keys()


def test_only_the_services_of_a_tables_owner_write_it_but_for_the_known_ones() -> None:
    assert foreign_writes(ROOT) - KNOWN.keys() == set()


def test_every_known_exception_is_still_needed() -> None:
    assert KNOWN.keys() - foreign_writes(ROOT) == set()


def spoilt(folder: Path, file: str, code: str) -> str:
    """A house of one module only; returns the module's name."""
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(code)
    return file.removesuffix(".py").replace("/", ".")


def each(found: dict[str | None, list[tuple[str, str]]]) -> list[tuple[str, str, str | None]]:
    return [(file, code, table) for table, modules in found.items() for file, code in modules]


HIDDEN: dict[str | None, list[tuple[str, str]]] = {
    "commissions_order": [
        ("referrals/shares/services/spoilt.py", 'SQL = "SELECT 1 FROM commissions_order"'),
        ("commissions/plans/spoilt.py", 'SQL = "FROM " + "commissions_order"'),
    ],
    "commissions_wallet": [("commissions/orders/selectors/spoilt.py", 'SQL = f"FROM commissions_wallet {1}"')],
    "accounts_koc": [("accounts/brands/selectors.py", 'def f():\n    return "accounts_koc.id = 1"')],
    None: [
        ("commissions/audit/selectors/spoilt.py", 'X = "accounts_koc"'),
        ("commissions/orders/api.py", 'X = "commissions_wallet"'),
        ("commissions/plans/spoilt.py", 'def f():\n    """Not commissions_order."""'),
    ],
}
"""Table → the modules in which it is found; None: where nothing is."""


@pytest.mark.parametrize(("file", "code", "table"), each(HIDDEN))
def test_a_hidden_import_is_found(tmp_path: Path, file: str, code: str, table: str | None) -> None:
    module = spoilt(tmp_path, file, code)
    assert hidden_imports(tmp_path) == ({(module, table)} if table else set())


FOREIGN: dict[str | None, list[tuple[str, str]]] = {
    "commissions_order": [
        ("commissions/payouts/services/spoilt.py", 'X = "DELETE FROM commissions_order"'),
        ("commissions/orders/selectors/spoilt.py", 'X = "UPDATE commissions_order SET"'),
        ("commissions/payouts/services/spoilt.py", "Order.objects.filter(pk=1).update(key=1)"),
        ("commissions/payouts/services/spoilt.py", "copy_in(Order, [], [])"),
        ("commissions/orders/selectors/spoilt.py", "Order.objects.create()"),
    ],
    "?": [
        ("commissions/payouts/services/spoilt.py", 'X = f"INSERT INTO {1}"'),
        ("commissions/orders/admin/facts.py", "orders.update(key=1)"),
    ],
    None: [
        ("commissions/orders/services/spoilt.py", "Order.objects.create()"),
        ("commissions/payouts/services/spoilt.py", 'X = "SELECT 1 FROM commissions_order FOR UPDATE"'),
    ],
}
"""Table → the modules in which it is found; None: where nothing is."""


@pytest.mark.parametrize(("file", "code", "table"), each(FOREIGN))
def test_a_foreign_write_is_found(tmp_path: Path, file: str, code: str, table: str | None) -> None:
    module = spoilt(tmp_path, file, code)
    assert foreign_writes(tmp_path) - KNOWN.keys() == ({(module, table)} if table else set())
