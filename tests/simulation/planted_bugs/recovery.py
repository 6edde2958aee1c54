"""Planted bugs of the recovery of a restored table."""

from functions.payments.reconciliation.restore import receipt_numbers
from tests.simulation.planted_bugs.patching import Patch


def ignores_the_numbers_of_replaced_tables() -> list[Patch]:
    """As before `recover` had options for them: a table that is older than an earlier recovery issues numbers again."""
    return [(receipt_numbers, "last_issued", lambda *_: {})]
