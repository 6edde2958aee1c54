"""What the ratings of a course come to: whole numbers, so that nothing drifts."""

from typing import Final, NamedTuple

STARS: Final = (1, 2, 3, 4, 5)
_TENTH_OF_A_STAR: Final = 10


class Ratings(NamedTuple):
    """How many gave one star, two, … five."""

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
        """All stars together."""
        return sum(stars * given for stars, given in zip(STARS, self, strict=True))

    @property
    def hundredths(self) -> int | None:
        """The average in hundredths of a star, half rounded up: 433 is 4.33. None without ratings."""
        return (200 * self.total + self.number) // (2 * self.number) if self.number > 0 else None


def average(hundredths: int | None) -> float | None:
    """As it is told: 4.33."""
    return None if hundredths is None else hundredths / 100


class DisplayedRating(NamedTuple):
    """What a card tells: the average in hundredths of a star (None without ratings), and of how many."""

    hundredths: int | None
    number: int


NO_RATING: Final = DisplayedRating(None, 0)


def displayed_rating(ratings: Ratings, before: DisplayedRating) -> DisplayedRating:
    """What cards go on telling: `before`, while that is near.

    To move the average of n ratings by a tenth takes more than n / 40 of them, so that a course with many is rarely
    written into its lists again."""
    return before if is_close_enough(ratings, before) else _exact_rating(ratings)


def is_close_enough(ratings: Ratings, card: DisplayedRating) -> bool:
    """Whether a card is less than a tenth of a star off, and at most a quarter of its number."""
    exact = _exact_rating(ratings)
    if exact.hundredths is None or card.hundredths is None:
        return exact == card
    return (
        abs(exact.hundredths - card.hundredths) < _TENTH_OF_A_STAR
        and abs(exact.number - card.number) * 4 <= card.number
    )


def _exact_rating(ratings: Ratings) -> DisplayedRating:
    return DisplayedRating(ratings.hundredths, max(ratings.number, 0))
