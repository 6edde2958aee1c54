"""What is played, as a pure function of the seed: the actions of each history, which messages it loses, the passage of
time, the kills, and the moods of Razorpay. What an action finds to do depends on answers, and so on timing."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

MINUTE: Final = 60.0
DAY: Final = 86_400.0
ROUNDS: Final = 4
_PAUSES: Final = (2 * MINUTE, 16 * MINUTE, 40 * MINUTE, 3 * 60 * MINUTE, DAY, 3 * DAY)
"""Seconds between two rounds."""
_MOMENTS_A_ROUND: Final = (4, 7)

ACTION_WEIGHTS: Final = {
    "buy": 30,
    "pay an earlier order": 10,
    "verify again": 4,
    "forge a checkout": 2,
    "enroll": 2,
    "withdraw": 5,
    "complete lessons": 2,
    "read a receipt": 3,
    "read own payments": 2,
    "change the price": 3,
    "unpublish": 2,
    "refund": 8,
    "decide on a hold": 5,
    "grant": 3,
    "revoke": 4,
    "poll an order": 2,
    "bank answers late": 7,
    "refund in the dashboard": 5,
    "open a dispute": 6,
    "change a dispute": 6,
    "change a refund": 4,
    "pay a forgotten order": 2,
    "pay by link or QR code": 1,
}
"""The order and the weights are part of a seed's history: a change gives every seed another history."""


@dataclass(frozen=True)
class PlannedAction:
    """`seed` is that of the action's own choices."""

    name: str
    seed: str


Moment = tuple[PlannedAction, ...]
"""Actions that are played at the same time: one or two."""


@dataclass(frozen=True)
class Loss:
    """The share of webhooks that never arrive, and of checkouts after which the browser never calls verify. `family`
    limits the loss of webhooks to one: "payment", "refund", "order"; a dispute's events are "payment.dispute"."""

    webhooks: float
    verify: float
    family: str = ""

    def concerns(self, event_type: str) -> bool:
        is_dispute = event_type.startswith("payment.dispute.")
        if not self.family:
            return True
        return self.family == ("payment.dispute" if is_dispute else event_type.partition(".")[0])


NO_LOSS: Final = Loss(0.0, 0.15)
"""Browsers are closed in every history."""
_LOSSES: Final = (
    Loss(1.0, 1.0),
    Loss(1.0, 0.4),
    Loss(0.5, 0.5),
    Loss(0.5, 0.5),
    Loss(0.25, 0.3),
    Loss(1.0, 0.5, "payment"),
    Loss(1.0, 0.3, "refund"),
    Loss(1.0, 0.3, "payment.dispute"),
    Loss(1.0, 0.3, "order"),
)


@dataclass(frozen=True)
class HistoryPlan:
    number: int
    seed: str
    learners: int
    courses: int
    loss: Loss
    rounds: tuple[tuple[Moment, ...], ...]


@dataclass(frozen=True)
class PlannedKill:
    """SIGKILL `delay_seconds` after so many requests since the last start; the product stays down for
    `down_seconds`."""

    after_requests: int
    delay_seconds: float
    down_seconds: float


@dataclass(frozen=True)
class BatchPlan:
    """`account` are settings of the fake Razorpay for the whole batch, `moods` for each round. `pauses` are the seconds
    after each round but the last."""

    seed: str
    histories: tuple[HistoryPlan, ...]
    pauses: tuple[float, ...]
    kills: tuple[PlannedKill, ...]
    account: dict[str, Any]
    moods: tuple[dict[str, Any], ...]

    def limited_to(self, number: int | None) -> "BatchPlan":
        """The plan with only the history of that number; None keeps all."""
        kept = tuple(history for history in self.histories if number in (None, history.number))
        return replace(self, histories=kept)


def plan_history(seed: int, number: int) -> HistoryPlan:
    """Every second history loses messages for good."""
    key = f"{seed}:{number}"
    rng = Random(key)
    loss = rng.choice(_LOSSES) if number % 2 else NO_LOSS
    learners, courses = rng.choice((1, 2, 3, 3)), rng.choice((1, 2, 2))
    rounds = tuple(_round(rng, f"{key}:{index}") for index in range(ROUNDS))
    return HistoryPlan(number, key, learners, courses, loss, rounds)


def plan_batch(seed: int, numbers: range, requests_between_kills: int) -> BatchPlan:
    """`requests_between_kills` is the mean of the gaps; 0 plans no kill."""
    key = f"{seed}:batch:{numbers.start}"
    rng = Random(key)
    histories = tuple(plan_history(seed, number) for number in numbers)
    expected_requests = 75 * len(histories)
    count = max(1, expected_requests // requests_between_kills) if requests_between_kills else 0
    return BatchPlan(
        seed=key,
        histories=histories,
        pauses=tuple(rng.choice(_PAUSES) for _ in range(ROUNDS - 1)),
        kills=tuple(_kill(rng, requests_between_kills) for _ in range(count)),
        account=_account(rng),
        moods=tuple(_mood(rng) for _ in range(ROUNDS)),
    )


def _round(rng: Random, key: str) -> tuple[Moment, ...]:
    moments = []
    for index in range(rng.randint(*_MOMENTS_A_ROUND)):
        size = 2 if rng.random() < 0.3 else 1
        names = rng.choices(list(ACTION_WEIGHTS), list(ACTION_WEIGHTS.values()), k=size)
        if index == 0 and size == 1:
            names = ["buy"]
        moments.append(tuple(PlannedAction(name, f"{key}:{index}:{each}") for each, name in enumerate(names)))
    return tuple(moments)


def _kill(rng: Random, mean: int) -> PlannedKill:
    gap = 1 + int(rng.expovariate(1 / mean))
    return PlannedKill(min(gap, 4 * mean), rng.choice((0.0, 0.002, 0.01, 0.03, 0.1)), rng.choice((0.0, 0.0, 0.5, 2.0)))


def _account(rng: Random) -> dict[str, Any]:
    return {
        "list_lag_seconds": rng.choice((0, 60, 240)),
        "max_page_size": rng.choice((7, 25, 100)),
        "lists_out_of_order": rng.random() < 0.3,
        "deduct_at_onset": rng.random() < 0.3,
    }


def _mood(rng: Random) -> dict[str, Any]:
    """How Razorpay treats refunds in a round."""
    refunds = rng.choices(("process", "hold", "fail"), (70, 15, 15))[0]
    return {"refunds": refunds, "balance": rng.choice((None, None, None, 0, 60_000)), "vague_balance_error": True}
