"""Payments with their history, receipts and the webhook inbox."""
