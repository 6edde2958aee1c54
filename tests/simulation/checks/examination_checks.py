"""The invariant check of the product, over a history at rest: it examines one learner at a time, and must find what the
checks over the whole ledger find."""

from collections.abc import Iterator
from math import inf

from functions.payments.invariants import changed, full_pass
from functions.payments.invariants.check import check_invariants
from functions.payments.invariants.ledger import Breach
from tests.simulation.checks.ledger_checks import read_ledger
from tests.simulation.session import SimulationSession


def check_examinations(session: SimulationSession) -> Iterator[Breach]:
    """Call it when nothing is broken and the projector has processed every change: the check of everything, the hourly
    check and the full pass find no breach, and the hourly check leaves no learner to the full pass. Without a sweep
    there are breaches: work is overdue."""
    if not session.mode.sweep:
        return
    yield from check_invariants().breaches
    report = changed.examine_changed(lambda: inf)
    yield from report.breaches
    if report.unexamined:
        yield Breach("unexamined", "", f"{report.unexamined} learners are still listed")
    state = full_pass.run_slice(lambda: inf)
    while not state.completed_at:
        state = full_pass.run_slice(lambda: inf)
    yield from (Breach(*each) for each in state.result["breaches"])
    if state.result["learners"]:
        yield Breach("unexamined", "", f"{state.result['learners']} learners were never reported: {report}")
    if read_ledger(session).enrollments and not report.learners:
        yield Breach("unexamined", "", "no learner was reported")
