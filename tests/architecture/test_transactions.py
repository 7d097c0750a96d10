"""Which services are repeated after a deadlock, and which cannot be; and that nothing is left to a session."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import modules, room_of

READ_ONCE = {"Iterable", "Iterator", "Generator", "BinaryIO", "TextIO"}
PARTS = {  # never the outermost: whoever calls them is repeated as a whole
    "accounts.failures.services.process_isolated",
    "commissions.orders.services.events.record_facts",
    "commissions.orders.services.intake.record_sales",
    "commissions.orders.services.deliveries.record_deliveries",
    "commissions.orders.services.intake.record_refunds",
}
ALONE = {"backoffice.demo.services.demo.make_demo"}  # half an hour's work of a command, on a brand that nobody has yet


def decorated(*decorators: str) -> Iterator[tuple[str, bool]]:
    """The services with one of these decorators, and whether they are given what can be read only once."""
    for name, file in modules():
        if room_of(name) != "services":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                ast.unparse(one).split("(")[0] in decorators for one in node.decorator_list
            ):
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                words = {
                    word.id
                    for one in given
                    if one.annotation
                    for word in ast.walk(one.annotation)
                    if isinstance(word, ast.Name)
                }
                yield f"{name}.{node.name}", bool(words & READ_ONCE)


def test_a_service_that_is_repeated_is_not_given_what_can_be_read_only_once() -> None:
    services = dict(decorated("in_transaction", "in_own_transaction"))
    assert len(services) > 80
    assert [name for name, reads_once in services.items() if reads_once] == []


def test_every_other_transaction_of_a_service_reads_once_or_is_a_part() -> None:
    services = dict(decorated("transaction.atomic", "one_transaction"))
    assert [name for name, reads_once in services.items() if not reads_once and name not in PARTS | ALONE] == []
    assert services.keys() >= PARTS | ALONE


OF_A_SESSION = re.compile(
    r"pg_(try_)?advisory_lock|set_config\([^)]*false\)|pglock\.advisory\((?!.*xact=True)|[\"' ]RESET |SET SESSION|LISTEN "
)


def test_no_lock_and_no_limit_is_a_session_s() -> None:
    """Behind a pooler the next transaction has another one."""
    lines = [(file.name, line) for _, file in modules() for line in file.read_text().splitlines()]
    assert [(name, line) for name, line in lines if OF_A_SESSION.search(line)] == []
    for line in ("SELECT pg_try_advisory_lock(1)", 'pglock.advisory("x", timeout=0)', "set_config('a', %s, false)"):
        assert OF_A_SESSION.search(line)
