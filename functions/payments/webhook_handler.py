"""Route of the webhook function. It is a separate function because it needs a secret of its own, and no signed-in
users."""

from functions.payments import errors, webhook
from functions.payments.schemas import WebhookResultOut
from shared.http.app import NO_STORE, App
from shared.http.request import Request
from shared.http.route import Access
from shared.settlement.settle import PaymentContention

app = App("webhook", headers=NO_STORE)
lambda_handler = app


@app.route(
    "POST",
    "/api/payments/webhook",
    Access.ANYONE,
    response=WebhookResultOut,
    body_limit=1_048_576,
    errors=(errors.SignatureInvalid, errors.EventNotSettled, PaymentContention),
)
def receive_webhook(request: Request[None, None]) -> WebhookResultOut:
    """Receive a webhook of Razorpay, signed over the raw body with the webhook secret."""
    signature, event_id = request.header("x-razorpay-signature"), request.header("x-razorpay-event-id")
    return WebhookResultOut(outcome=webhook.receive(request.incoming.body, signature, event_id))
