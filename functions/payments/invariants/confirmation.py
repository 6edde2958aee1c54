"""Confirms a breach by reading again.

Reads of several items are not atomic: they may find one half of a transaction before and the other half after it was
written.
"""

import time
from collections.abc import Callable
from typing import Final

from functions.payments.invariants.ledger import Breach

READS_TO_CONFIRM: Final = 3
PAUSE_SECONDS: Final = 0.2


def confirmed(find: Callable[[], list[Breach]]) -> list[Breach]:
    """The breaches that every one of several reads shows; `find` reads and checks. Takes half a second when there is a
    breach."""
    breaches = find()
    for _ in range(READS_TO_CONFIRM - 1):
        if not breaches:
            break
        time.sleep(PAUSE_SECONDS)
        shown = {(breach.invariant, breach.subject) for breach in breaches}
        breaches = [breach for breach in find() if (breach.invariant, breach.subject) in shown]
    return breaches
