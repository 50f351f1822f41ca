"""Curves as SVG, which the page draws in its own colors, light or dark; a plotting library has fixed ones, and weighs 57 MB."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 380, 230  # of the picture, in pixels where the page gives it that room
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 36  # around the curves
MOST_POINTS = 300  # of a curve; beyond, neighbors are averaged
COLORS = 8  # in style.css
TICKS = 5  # about how many an axis gets

Point = tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """Some curves over one axis.

    Attributes:
        title: Above it.
        x: What the horizontal axis is.
        curves: Points by name, from left to right.
        ranges: Lowest and highest value of x and of y; None takes those of the points.
        diagonal: Whether a line shows where both axes are equal.
        names: Of the curves of all charts of a kind, so that each has one color in all of them; None takes those of this one.
        dots: Names of the curves whose points are not joined.
        choices: What 0, 1 and so on are called on the horizontal axis.
        log: Whether the horizontal axis is logarithmic.
    """

    title: str
    x: str
    curves: Mapping[str, Sequence[Point]]
    ranges: tuple[Point, Point] | None = None
    diagonal: bool = False
    names: Sequence[str] | None = None
    dots: Collection[str] = ()
    choices: Sequence[str] = ()
    log: bool = False

    def color(self, name: str) -> int:
        """The number of the color of a curve."""
        return [*(self.names or self.curves)].index(name) % COLORS

    def covers(self, name: str) -> int:
        """How many curves, drawn before this one, it would hide: it has at least half of its points in common with them."""
        lines = {name: {*points} for name, points in self.lines().items() if name}
        before = [*lines][: [*lines].index(name)]
        return sum(2 * len(lines[name] & lines[each]) >= len(lines[name]) for each in before)

    @property
    def spans(self) -> tuple[Point, Point]:
        """Lowest and highest value of both axes; of a logarithmic one, the exponents of ten."""
        if self.ranges:
            return self.ranges
        across, up = zip(*(point for curve in self.curves.values() for point in curve), strict=True)
        return (-0.5, len(self.choices) - 0.5) if self.choices else _span([*map(self._across, across)]), _span(up)

    def lines(self) -> dict[str, list[Point]]:
        """The curves, and the diagonal as the one without a name, in pixels of the picture."""
        diagonal: dict[str, Sequence[Point]] = {"": [(0, 0), (1, 1)]} if self.diagonal else {}
        curves = {name: curve if name in self.dots else thinned(curve) for name, curve in {**diagonal, **self.curves}.items()}
        return {name: [self._place(*point) for point in curve] for name, curve in curves.items()}

    def ticks(self) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
        """Places and texts of both axes, in pixels of the picture."""
        (left, right), (low, high) = self.spans
        values = powers(left, right) if self.log else round_values(left, right)
        named = enumerate(self.choices) if self.choices else ((value, f"{value:g}") for value in values)
        across = [(self._place(value, low)[0], text) for value, text in named]
        return across, [(self._place(1, value)[1], f"{value:g}") for value in round_values(low, high)]

    def _across(self, x: float) -> float:
        return math.log10(x) if self.log else x

    def _place(self, x: float, y: float) -> Point:
        (left, right), (low, high) = self.spans
        across, up = (self._across(x) - left) / (right - left), (y - low) / (high - low)
        return round(LEFT + across * (WIDTH - LEFT - RIGHT), 1), round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1)


def thinned(curve: Sequence[Point]) -> list[Point]:
    """At most `MOST_POINTS` of a curve: the means of as many neighbors as it takes."""
    size = -(-len(curve) // MOST_POINTS)
    parts = [curve[first : first + size] for first in range(0, len(curve), size or 1)]
    return [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in parts]


def round_values(low: float, high: float) -> list[float]:
    """Some multiples of 1, 2 or 5 times a power of ten between two values."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [round(number * step, 12) for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def powers(low: float, high: float) -> list[float]:
    """Powers of ten between two exponents; where they are few, also some of their multiples."""
    factors = (1, 2, 5) if high - low <= 2 else (1, 3) if high - low <= 3 else (1,)
    values = [factor * 10.0**exponent for exponent in range(math.floor(low), math.ceil(high) + 1) for factor in factors]
    return [value for value in values if low - 1e-9 <= math.log10(value) <= high + 1e-9]


def _span(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    return (low, high) if low < high else (low - 0.5, low + 0.5)
