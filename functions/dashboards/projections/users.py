"""Users: how many there are of each role, and who teaches."""

from functions.dashboards.projections.projection import Naming, Projection
from shared.db import figures
from shared.db.entities import User
from shared.lifecycle import Role


def project(event_id: str, old: User | None, new: User | None) -> Projection:
    made = Projection()
    platform = made.counts[figures.of_platform(event_id)]
    for user, sign in ((old, -1), (new, 1)):
        if user:
            platform[f"users_{user.role.value}"] += sign
    if new and new.role is Role.INSTRUCTOR:
        made.refreshes.append(Naming(new.user_id, new.name, new.created_at, new.updated_at))
    return made
