"""The average rating of a course. It is computed from integer counts, so that rounding errors do not accumulate."""

from typing import Final, NamedTuple

STARS: Final = (1, 2, 3, 4, 5)
_TENTH_OF_A_STAR: Final = 10


class Ratings(NamedTuple):
    """The number of reviews with one star, two stars, … five stars."""

    one: int = 0
    two: int = 0
    three: int = 0
    four: int = 0
    five: int = 0

    @property
    def number(self) -> int:
        return sum(self)

    @property
    def total(self) -> int:
        """The sum of all stars."""
        return sum(stars * reviews for stars, reviews in zip(STARS, self, strict=True))

    @property
    def hundredths(self) -> int | None:
        """The average in hundredths of a star, half rounded up: 433 is 4.33. None without ratings."""
        return (200 * self.total + self.number) // (2 * self.number) if self.number > 0 else None


def average(hundredths: int | None) -> float | None:
    """The average as the API sends it: 433 is 4.33."""
    return None if hundredths is None else hundredths / 100


class DisplayedRating(NamedTuple):
    """The rating on a course card: the average in hundredths of a star (None without ratings) and the number of
    reviews."""

    hundredths: int | None
    number: int


NO_RATING: Final = DisplayedRating(None, 0)


def displayed_rating(ratings: Ratings, current: DisplayedRating) -> DisplayedRating:
    """The rating that cards show from now on: `current` while it is close enough, otherwise the exact one.

    This rarely rewrites the cards of a course with many reviews: it takes more than n / 40 new ratings to move the
    average of n ratings by a tenth of a star."""
    return current if is_close_enough(ratings, current) else _exact_rating(ratings)


def is_close_enough(ratings: Ratings, card: DisplayedRating) -> bool:
    """Whether the card deviates by less than a tenth of a star, and by at most a quarter of its number of reviews."""
    exact = _exact_rating(ratings)
    if exact.hundredths is None or card.hundredths is None:
        return exact == card
    return (
        abs(exact.hundredths - card.hundredths) < _TENTH_OF_A_STAR
        and abs(exact.number - card.number) * 4 <= card.number
    )


def _exact_rating(ratings: Ratings) -> DisplayedRating:
    return DisplayedRating(ratings.hundredths, max(ratings.number, 0))
