"""The webhook's own function: its own secret, no read of users."""

from functions.payments import errors, webhook
from functions.payments.schemas import WebhookOut
from functions.payments.settle import StillChanging
from shared.errors import JsonInvalid
from shared.http.app import NO_STORE, App
from shared.http.request import Request
from shared.http.route import Access

app = App("webhook", headers=NO_STORE)
lambda_handler = app


@app.route(
    "POST",
    "/api/payments/webhook",
    Access.ANYONE,
    answer=WebhookOut,
    body_limit=1_048_576,
    refusals=(errors.SignatureInvalid, JsonInvalid, errors.EventUnclear, StillChanging),
)
def webhook_event(request: Request[None, None]) -> WebhookOut:
    """Razorpay's webhook deliveries: signed with the webhook secret over the raw body."""
    signature, event_id = request.header("x-razorpay-signature"), request.header("x-razorpay-event-id")
    return WebhookOut(outcome=webhook.receive(request.incoming.body, signature, event_id))
