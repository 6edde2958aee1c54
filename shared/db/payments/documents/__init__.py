"""Receipts, credit notes and debit notes, and their numbers."""
