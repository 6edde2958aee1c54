"""Normal calls of the report routes."""

from functions.payments import reconcile_handler
from shared.db.payments import account_ledger
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path

MONTH = "2026-11"


def settled_purchase(context: RouteContext) -> None:
    """A purchase that was settled three days later, and recorded in the night."""
    order_id = context.shop.create_order(context.student)["order_id"]
    context.shop.pay(order_id)
    context.shop.deliver()
    context.shop.clock.advance(days=3)
    reconcile_handler.lambda_handler({"pass": "nightly"}, None)


@happy_path("GET /api/reports/month", "Query", "GetItem", "Query", "Query", "Query", "Query", "Query")
def get_month_report(context: RouteContext) -> Call:
    settled_purchase(context)
    return lambda: context.admin.get(f"/api/reports/month?month={MONTH}")


@happy_path("GET /api/reports/ledger", "Query", "Query")
def list_ledger_entries(context: RouteContext) -> Call:
    settled_purchase(context)
    return lambda: context.admin.get(f"/api/reports/ledger?month={MONTH}")


@happy_path("GET /api/reports/payouts", "Query")
def list_payouts(context: RouteContext) -> Call:
    settled_purchase(context)
    return lambda: context.admin.get(f"/api/reports/payouts?month={MONTH}")


@happy_path("GET /api/reports/payouts/{settlement_id}", "GetItem", "Query", "BatchGetItem")
def list_payout_entries(context: RouteContext) -> Call:
    settled_purchase(context)
    (settlement,) = account_ledger.list_settlements(MONTH, 10, None).items
    return lambda: context.admin.get(f"/api/reports/payouts/{settlement.settlement_id}")


@happy_path("GET /api/reports/gstr1", "Query", "BatchGetItem")
def list_tax_documents(context: RouteContext) -> Call:
    order_id = context.shop.create_order(context.student)["order_id"]
    paid = context.shop.pay(order_id)
    context.shop.control("POST", f"payments/{paid['razorpay_payment_id']}/refund", {"amount": 10_000})
    context.shop.deliver()
    context.shop.clock.advance(minutes=60)
    context.shop.gateway.tick()
    context.shop.deliver()
    context.shop.sweep()
    return lambda: context.admin.get(f"/api/reports/gstr1?month={MONTH}")
