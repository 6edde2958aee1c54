"""A history: rounds of concurrent actions, then draining without faults, then redelivery of everything sent."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from functions.payments.invariants.ledger import Breach
from tests.simulation.actions import scheduled_functions
from tests.simulation.actions.action_table import ACTIONS, LEARNER_ACTIONS, SELF_COUNTING_ACTIONS, possible_actions
from tests.simulation.actions.coupon_terms import put_back_coupons
from tests.simulation.actions.webhook_delivery import WebhookDelivery
from tests.simulation.checks import dashboard_checks, examination_checks
from tests.simulation.checks.ledger_checks import check_always, read_ledger
from tests.simulation.checks.transitions import count_transitions
from tests.simulation.draining import drain, redeliver_everything
from tests.simulation.initial_data import SELLER_GSTIN, Learner, write_initial_data
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import MODES, Mode, SimulationSession

_OVERTAKING_RATES = (0.0, 0.0, 0.03, 0.15)
_FAULT_RATES = (0.0, 0.01, 0.03, 0.03, 0.08, 0.2)
_WEBHOOK_LOSS_RATES = (0.0, 0.1, 0.4, 1.0)
_ROUND_SECONDS = (0.2, 2.0, 20.0, 120.0, 600.0, 1_900.0, 4_000.0, 30_000.0, 100_000.0, 400_000.0)
_LIST_LAGS = (0, 0, 0, 5, 60, 900)
_PAGE_SIZES = (1_000, 1_000, 7, 3)
_DASHBOARD_CHECK_RATE = 0.01
"""The share of histories whose dashboards are checked: the check costs as much as ten histories."""


@dataclass
class HistoryResult:
    """The result of a history. `phase`: when the breaches were found. `calls`: the number of trace entries. `played`:
    how often each action took effect. `transitions`: the state changes of payments and enrollments."""

    seed: int
    mode: str
    breaches: list[Breach] = field(default_factory=list)
    phase: str = ""
    trace: list[str] = field(default_factory=list)
    digest: str = ""
    calls: int = 0
    played: Counter[str] = field(default_factory=Counter)
    transitions: Counter[str] = field(default_factory=Counter)


def mode_of(seed: int) -> Mode:
    return MODES[seed % len(MODES)]


def _is_registered(seed: int) -> bool:
    """Whether the seller of the history has a GSTIN: in every mode, half of the sellers have one."""
    return seed // len(MODES) % 2 == 1


def _approves_by_rule(seed: int) -> bool:
    """Whether learners' requests for refunds are approved by rule: in every mode, for a third of the sellers of each
    kind."""
    return seed // (2 * len(MODES)) % 3 == 2


def run_history(sandbox: Sandbox, seed: int, mode: Mode | None = None, *, keep_trace: bool = False) -> HistoryResult:
    """Run the history of a seed, by default in the mode of the seed. The result is deterministic."""
    mode = mode or mode_of(seed)
    environment = Environment(seed, 0.0)
    gstin, approval = SELLER_GSTIN if _is_registered(seed) else "", "rule" if _approves_by_rule(seed) else "admin"
    sandbox.use_environment(environment, seller_gstin=gstin, approval=approval)
    session = SimulationSession(environment, write_initial_data(environment.random), mode)
    session.seller_is_registered = _is_registered(seed)
    session.played["history with a registered seller"] += session.seller_is_registered
    session.played["history with refunds by rule"] += _approves_by_rule(seed)
    session.reconciliation_is_down = not mode.reconciles
    environment.faults.rate = environment.random.choice(_FAULT_RATES)
    environment.overtaking_rate = environment.random.choice(_OVERTAKING_RATES)
    delivery = WebhookDelivery(session, environment.random.choice(_WEBHOOK_LOSS_RATES))
    environment.on_event = delivery.schedule
    _degrade_lists(session)
    result = HistoryResult(seed, mode.name)
    for result.phase, part in (
        ("while running", partial(_run_rounds, session)),
        ("at rest", partial(drain, session, delivery)),
        ("after redelivery", partial(redeliver_everything, session, delivery)),
    ):
        result.breaches = part()
        if result.breaches:
            break
    if not result.breaches and environment.random.random() < _DASHBOARD_CHECK_RATE:
        result.phase, result.breaches = "in the dashboards", list(dashboard_checks.check_dashboards(session))
        if not result.breaches:
            result.phase, result.breaches = "by learner", list(examination_checks.check_examinations(session))
    result.calls, result.played = len(environment.trace.entries), session.played
    result.transitions = session.transitions + count_transitions(read_ledger(session))
    if result.breaches or keep_trace:
        result.trace, result.digest = environment.trace.lines(), environment.trace.digest()
    return result


def _degrade_lists(session: SimulationSession) -> None:
    """For the whole history, Razorpay's lists may lag, have small pages, and change their order."""
    rng, account = session.random, session.ledger.account
    account.list_lag_seconds, account.max_page_size = rng.choice(_LIST_LAGS), rng.choice(_PAGE_SIZES)
    account.lists_out_of_order = rng.random() < 0.3
    session.played["history with lagging lists"] += account.list_lag_seconds > 0
    session.played["history with small pages"] += account.max_page_size < 1_000
    session.played["history with lists out of order"] += account.lists_out_of_order


def _run_rounds(session: SimulationSession) -> list[Breach]:
    rng, scheduler = session.random, session.environment.scheduler
    for number in range(rng.randrange(3, 8)):
        for name, action in _choose_actions(session):
            scheduler.spawn(f"{name} {number}", action, rng.choice((0.0, 0.0, rng.random())))
        scheduled_functions.run_until(session, scheduler.seconds + rng.choice(_ROUND_SECONDS))
    put_back_coupons(session)
    return check_always(session)


def _choose_actions(session: SimulationSession) -> list[tuple[str, Callable[[], None]]]:
    """One to three actions that start at about the same time, most of them for the same learner and course, and perhaps
    sweeps."""
    rng = session.random
    chosen: list[tuple[str, Callable[[], None]]] = []
    learner, course = session.random_learner(), session.random_course_id()
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        if rng.random() < 0.3:
            learner, course = session.random_learner(), session.random_course_id()
        kind = _choose_kind(session)
        name = f"{learner.name} {kind}" if kind in LEARNER_ACTIONS else kind
        chosen.append((name, partial(_play, session, kind, learner, course)))
    if session.mode.sweep and rng.random() < 0.6:
        for _ in range(rng.choice((1, 1, 1, 2))):
            chosen.append(("sweep", partial(scheduled_functions.run_sweep, session)))
    if session.mode.reconciles and rng.random() < 0.2:
        chosen.append(("hour", partial(scheduled_functions.run_reconciliation, session, {})))
    return chosen


def _choose_kind(session: SimulationSession) -> str:
    """A random action by weight, of those that find something to do."""
    weights = possible_actions(session)
    return session.random.choices(list(weights), weights=list(weights.values()))[0]


def _play(session: SimulationSession, kind: str, learner: Learner, course_id: str) -> None:
    if kind not in SELF_COUNTING_ACTIONS:
        session.played[kind] += 1
    ACTIONS[kind][1](session, learner, course_id)
