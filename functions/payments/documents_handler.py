"""Routes of receipts and notes as PDF: a separate function, because its package contains fonts and a PDF library."""

from typing import Final

from functions.payments import errors
from functions.payments.documents import document_pdf, document_service
from functions.payments.documents.document_text import DocumentText, note_text, receipt_text
from functions.payments.receipts.readable_receipt import readable_receipt
from shared.http.app import NO_STORE, App
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access

app = App("payments-documents", headers=NO_STORE)
lambda_handler: Final = app


@app.route(
    "GET",
    "/api/payments/{order_id}/receipt.pdf",
    Access.SIGNED_IN,
    errors=(errors.OrderNotFound, errors.ReceiptNotDue, errors.ReceiptUnreadable),
)
def get_receipt_pdf(request: Request[None, None]) -> Response:
    """Get the receipt as a PDF, as it was issued: refunds are not on it, but on notes of their own."""
    order_id = request.path["order_id"]
    with readable_receipt(order_id):
        document = receipt_text(document_service.get_receipt(request.caller, order_id))
    return _pdf(document)


@app.route(
    "GET",
    "/api/payments/{order_id}/credit-notes/{note_id}/pdf",
    Access.SIGNED_IN,
    errors=(errors.OrderNotFound, errors.NoteNotFound, errors.NoteNotDue, errors.ReceiptUnreadable),
)
def get_note_pdf(request: Request[None, None]) -> Response:
    """Get a credit or debit note of a payment as a PDF."""
    path = request.path
    with readable_receipt(path["order_id"]):
        document = note_text(document_service.get_note(request.caller, path["order_id"], path["note_id"]))
    return _pdf(document)


def _pdf(document: DocumentText) -> Response:
    name = document.number.replace("/", "-")
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(document_pdf.render_pdf(document), headers=headers, media_type="application/pdf")
