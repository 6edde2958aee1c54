"""Every place that writes the status of a payment. All but the first creation are rules of shared/settlement, whose
changes `settle` or `open_order` writes in one transaction: see docs/decisions, "One path for money"."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATUS_WRITES = {
    "shared/db/payments/order_writes.py new_payment",
    "shared/settlement/decide.py _access_revoked",
    "shared/settlement/rules/authorization_rules.py authorization_voided",
    "shared/settlement/rules/authorization_rules.py _record_authorization",
    "shared/settlement/rules/capture_rules.py captured",
    "shared/settlement/rules/capture_rules.py replace_authorized_basis",
    "shared/settlement/rules/order_rules.py no_payment_found",
    "shared/settlement/rules/order_rules.py superseded_changes",
    "shared/settlement/rules/refund_rules.py apply_balance",
    "shared/settlement/rules/refund_rules.py _refund_again",
    "shared/settlement/rules/dispute_rules.py _restore",
    "shared/settlement/rules/request_rules.py refund_requested",
    "shared/settlement/rules/extra_capture_rules.py hold_mismatched_capture",
    "shared/settlement/rules/hold_rules.py primary_capture_changes",
}
STEPS = {
    "functions/enrollments/service.py _superseded",
    "functions/payments/checkout/earlier_orders.py read_earlier_orders",
    "shared/db/payments/order_writes.py _add_superseded",
    "shared/settlement/settle.py _settle_once",
}
"""Where changes of a payment become a write: an order that a free enrollment or another order supersedes, or whose
claim passes over, and every decision."""
WRITERS = {
    "shared/db/payments/payment_attributes.py apply_payment_changes",
    "shared/db/payments/payments.py add_payment_step",
}
"""Where changes of a payment become stored attributes."""


def functions_in(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Each node inside a function or method, with the name of the outermost one; "module" for the others."""
    for statement in tree.body:
        owners = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        for owner in owners:
            name = owner.name if isinstance(owner, ast.FunctionDef) else "module"
            yield from ((name, node) for node in ast.walk(owner))


def is_status_write(node: ast.AST) -> bool:
    """Whether the node sets the status of a payment: a keyword, a key of a dict, an attribute, or an update action."""
    match node:
        case ast.Call(func=func, keywords=keywords) if any(keyword.arg == "status" for keyword in keywords):
            value = next(keyword.value for keyword in keywords if keyword.arg == "status")
            return ast.unparse(func) in ("PaymentChanges", "Payment.build") or "PaymentStatus." in ast.unparse(value)
        case ast.Call(func=ast.Attribute(attr="set", value=target)):
            return ast.unparse(target) == "Payment.status"
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), value]):
            return "PaymentStatus." in ast.unparse(value)
        case ast.Dict(keys=keys, values=values):
            entries = [(ast.unparse(key), ast.unparse(value)) for key, value in zip(keys, values, strict=True) if key]
            return any(key == "'status'" and "PaymentStatus." in value for key, value in entries)
        case ast.Assign(targets=[ast.Attribute(attr="status") | ast.Subscript(slice=ast.Constant(value="status"))]):
            return "PaymentStatus." in ast.unparse(node.value)
        case _:
            return False


def is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name


def scan(*names: str) -> set[str]:
    """ "path function" of each call of one of `names`; without names, of each status write."""
    found = set()
    for folder in ("functions", "shared"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for function, node in functions_in(ast.parse(path.read_text())):
                matches = any(is_call_of(node, name) for name in names) if names else is_status_write(node)
                if matches:
                    found.add(f"{path.relative_to(ROOT).as_posix()} {function}")
    return found


def test_payment_status_is_written_only_by_listed_functions() -> None:
    assert scan() == STATUS_WRITES


def test_payment_steps_are_created_only_by_settle_and_open_order() -> None:
    assert scan("PaymentStep") == STEPS


def test_payment_changes_are_stored_only_by_the_payments_module() -> None:
    assert scan("payment_attributes") == WRITERS


@pytest.mark.parametrize(
    "source",
    [
        "PaymentChanges(status=new_status)",
        "Payment.build(key, status=new_status)",
        "replace(changes, status=PaymentStatus.CAPTURED)",
        'changes = {"status": PaymentStatus.CAPTURED}',
        'changes["status"] = PaymentStatus.CAPTURED',
        "payment.status = PaymentStatus.CAPTURED",
        'setattr(payment, "status", PaymentStatus.CAPTURED)',
        "store.update(Payment, key, [Payment.status.set(new_status)], None)",
    ],
)
def test_status_write_in_any_form_is_found(source: str) -> None:
    assert any(is_status_write(node) for _, node in functions_in(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "EnrollmentChanges(status=EnrollmentStatus.ACTIVE)",
        "payment.status is PaymentStatus.CAPTURED",
        "PaymentChanges(reason=None)",
        "Enrollment.status.set(new_status)",
    ],
)
def test_other_code_is_no_status_write(source: str) -> None:
    assert not any(is_status_write(node) for _, node in functions_in(ast.parse(source)))
