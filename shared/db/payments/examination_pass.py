"""The state of the pass of the invariant check over the whole table. A slice that another process has overtaken cannot
store its progress."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.db.entities import ExaminationPass
from shared.db.table import keys, store
from shared.db.table.changes import update_actions
from shared.db.table.store import StartKey

Json = dict[str, Any]


@dataclass(frozen=True)
class PassState:
    """`position` is the key at which the scan continues; None before the first page. `progress` and `result` are the
    counts so far, and those of the latest completed pass (functions/payments/invariants/pass_counts.py)."""

    run: str
    revision: int
    began_at: datetime
    progress: Json
    completed_at: datetime | None = None
    position: StartKey = None
    result: Json = field(default_factory=dict)


def current() -> PassState | None:
    """The current or latest pass, one GetItem; None if there has never been one. Raises StoreUnavailable."""
    item = store.get(ExaminationPass, keys.examination_pass())
    if item is None:
        return None
    return PassState(
        run=item.run,
        revision=item.revision,
        began_at=item.began_at,
        progress=json.loads(item.progress),
        completed_at=item.completed_at,
        position=json.loads(item.position) if item.position else None,
        result=json.loads(item.result) if item.result else {},
    )


def save(state: PassState, before: PassState | None) -> bool:
    """Stores the state; False if another process has stored one since `before` was read or stored. Raises
    StoreUnavailable."""
    changes = {
        "kind": ExaminationPass.KIND,
        "run": state.run,
        "revision": state.revision,
        "began_at": state.began_at,
        "progress": _text(state.progress),
        "completed_at": state.completed_at,
        "position": _text(state.position) if state.position else None,
        "result": _text(state.result),
    }
    unchanged = ExaminationPass.revision == before.revision if before else ExaminationPass.pk.does_not_exist()
    # An update whose response was lost is repeated by the SDK and then finds its own revision: it counts as overtaken,
    # and the next slice continues from the stored state.
    return store.update(
        ExaminationPass, keys.examination_pass(), update_actions(ExaminationPass, changes), unchanged
    ).succeeded


def _text(document: Json) -> str:
    return json.dumps(document, separators=(",", ":"))
