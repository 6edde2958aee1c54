"""Invariants of the ledger: what must hold at every moment, and the checks over the stored items that show it.

`registry.INVARIANTS` lists them; docs/invariants.md is generated from that list. The checks are pure: they read a
`Ledger` and yield one `Breach` for each violation. Only `check` reads the table.
"""
