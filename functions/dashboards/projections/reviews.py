"""Reviews: the number of visible reviews by stars."""

from functions.dashboards.projections.projection import Projection, RefreshCatalogue
from shared.db.entities import Review
from shared.db.read_models import counter_items


def project(_subject: str, old: Review | None, new: Review | None) -> Projection:
    """Counts visible reviews by stars; hidden ones do not count."""
    projection = Projection()
    for review, sign in ((old, -1), (new, 1)):
        if review and not review.hidden:
            projection.counts[counter_items.course_counters(review.course_id)][f"rated_{review.rating}"] += sign
    review = new or old
    if review and projection.has_counts:
        projection.refreshes = [RefreshCatalogue(review.course_id)]
    return projection
