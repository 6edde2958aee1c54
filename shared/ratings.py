"""What the ratings of a course come to: whole numbers, so that nothing drifts."""

from typing import Final, NamedTuple

STARS: Final = (1, 2, 3, 4, 5)


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
