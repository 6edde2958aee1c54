"""Responses of the reconciliation routes."""

from shared.domain.reconciliation import DifferenceKind, ReconciliationStage
from shared.schemas import Out, UtcTime


class ReconciliationPassOut(Out):
    """The current or latest pass. It covers `since` to `until`, and is at `stage`. The numbers count what it has met so
    far: entities `listed` by the gateway, orders `found` to differ, `healed`, and `failed` (the next pass tries again),
    entities that are `not_ours` or `unreadable`. `complete_until` is the end of the latest period that was read
    completely, `lag_minutes` the time since then."""

    name: str
    since: UtcTime
    until: UtcTime
    stage: ReconciliationStage
    started_at: UtcTime
    listed: int
    found: int
    healed: int
    failed: int
    not_ours: int
    unreadable: int
    complete_until: UtcTime | None
    completed_at: UtcTime | None
    lag_minutes: int


class OpenDifferenceOut(Out):
    """A difference that the reconciliation may not decide. `entity_id` is the id of a payment, a refund or a dispute;
    `gateway` and `local` describe the entry of each side. It disappears when its cause is gone."""

    order_id: str
    kind: DifferenceKind
    entity_id: str
    gateway: str
    local: str
    found_at: UtcTime


class ReconciliationOut(Out):
    """`passes` is empty before the first run."""

    passes: list[ReconciliationPassOut]
    differences: list[OpenDifferenceOut]
