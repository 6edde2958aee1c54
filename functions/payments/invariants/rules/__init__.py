"""The rules of the invariants: pure checks of a ledger."""
