"""Average ratings, the counter changes of a changed review, and the rating on a catalogue card."""

from fractions import Fraction
from itertools import product
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.dashboards.projections import reviews
from functions.dashboards.projections.projection import RefreshCatalogue
from shared.db.entities import Review
from shared.db.read_models import counter_items
from shared.db.table.keys import Key
from shared.domain.ratings import NO_RATING, DisplayedRating, Ratings, average, displayed_rating, is_close_enough

KEY = Key("pk", "sk")
RATINGS = st.builds(Ratings, *[st.integers(0, 10_000)] * 5)


@pytest.mark.parametrize(
    ("ratings", "hundredths"),
    [
        (Ratings(), None),
        (Ratings(one=1), 100),
        (Ratings(four=1, five=1), 450),
        (Ratings(four=1, five=2), 467),
        (Ratings(four=2, five=1), 433),
        (Ratings(one=7, two=1), 113),
        (Ratings(five=3), 500),
    ],
)
def test_average_rating_half_hundredth_is_rounded_up(ratings: Ratings, hundredths: int | None) -> None:
    assert ratings.hundredths == hundredths


@given(RATINGS)
def test_average_rating_random_counts_is_within_half_a_hundredth(ratings: Ratings) -> None:
    stars = [star for star, number in enumerate(ratings, 1) for _ in range(min(number, 50))]
    small = Ratings(*(stars.count(star) for star in range(1, 6)))
    if not stars:
        assert small.hundredths is None
        return
    assert abs(Fraction(small.hundredths or 0, 100) - Fraction(sum(stars), len(stars))) <= Fraction(1, 200)


def test_rating_average_hundredths_are_converted_to_stars() -> None:
    assert (average(433), average(500), average(None)) == (4.33, 5.0, None)


def review(rating: int, hidden: bool) -> Review:
    unused: Any = {}
    return Review.build(KEY, course_id="c", rating=rating, hidden=hidden, **unused)


STATES: list[Review | None] = [None, *(review(rating, hidden) for rating in (1, 4, 5) for hidden in (False, True))]


def visible_rating(review: Review | None) -> int | None:
    return review.rating if review and not review.hidden else None


@pytest.mark.parametrize(("before", "after"), list(product(STATES, repeat=2)))
def test_project_review_change_counts_only_visible_reviews(before: Review | None, after: Review | None) -> None:
    projection = reviews.project("e", before, after)
    for stars in range(1, 6):
        counted_before, counted_after = visible_rating(before) == stars, visible_rating(after) == stars
        change = projection.counts[counter_items.course_counters("c")][f"rated_{stars}"]
        assert change == counted_after - counted_before
    assert projection.has_counts is (visible_rating(before) != visible_rating(after))
    assert projection.refreshes == ([RefreshCatalogue("c")] if projection.has_counts else [])


@pytest.mark.parametrize(
    ("ratings", "current", "displayed"),
    [
        (Ratings(), NO_RATING, NO_RATING),
        (Ratings(five=1), NO_RATING, DisplayedRating(500, 1)),
        (Ratings(), DisplayedRating(500, 1), NO_RATING),
        (Ratings(four=10, five=10), DisplayedRating(450, 16), DisplayedRating(450, 16)),
        (Ratings(four=10, five=11), DisplayedRating(450, 16), DisplayedRating(452, 21)),
        (Ratings(four=10, five=10), DisplayedRating(441, 20), DisplayedRating(441, 20)),
        (Ratings(four=10, five=10), DisplayedRating(440, 20), DisplayedRating(450, 20)),
        (Ratings(one=-1), DisplayedRating(100, 1), NO_RATING),
    ],
)
def test_displayed_rating_is_kept_while_near_and_replaced_otherwise(
    ratings: Ratings, current: DisplayedRating, displayed: DisplayedRating
) -> None:
    assert displayed_rating(ratings, current) == displayed


@given(st.lists(st.integers(1, 5), min_size=1, max_size=400))
def test_displayed_rating_random_sequence_stays_near_and_is_rarely_written(stars: list[int]) -> None:
    counts, card, writes = [0] * 5, NO_RATING, 0
    for rating in stars:
        counts[rating - 1] += 1
        displayed = displayed_rating(Ratings(*counts), card)
        writes += displayed != card
        card = displayed
        assert is_close_enough(Ratings(*counts), card)
    assert writes <= 40 + 40 * max(0.0, log(len(stars) / 40))
