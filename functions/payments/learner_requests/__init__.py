"""Refunds that learners request, within the seller's terms, and the admins' decisions about them."""
