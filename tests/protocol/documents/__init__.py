"""Receipts and notes as PDF."""
