"""Reviews: how many give each number of stars; those that are hidden do not count."""

from functions.dashboards.projections.projection import Projection, RefreshCatalogue
from shared.db.entities import Review
from shared.db.read_models import counter_items


def project(_event_id: str, old: Review | None, new: Review | None) -> Projection:
    made = Projection()
    for review, sign in ((old, -1), (new, 1)):
        if review and not review.hidden:
            made.counts[counter_items.course_counters(review.course_id)][f"rated_{review.rating}"] += sign
    review = new or old
    if review and made.has_counts:
        made.refreshes = [RefreshCatalogue(review.course_id)]
    return made
