"""Receipts, credit notes and debit notes as PDF."""
