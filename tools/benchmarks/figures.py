"""A figure beside the limit that was measured in the same run and the goal; the table and the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, NamedTuple

Better = Literal["lower", "higher"]


class Figure(NamedTuple):
    """``limit``: what the same work costs without a node; ``goal``: what is asked for. None: there is none."""

    name: str
    value: float
    unit: str
    limit: float | None
    goal: float | None
    better: Better = "lower"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal


def write(figures: list[Figure], path: Path) -> None:
    """The list as JSON, for machines."""
    rows = [
        {**figure._asdict(), "value": _rounded(figure.value), "limit": _rounded(figure.limit)} for figure in figures
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def table(figures: list[Figure]) -> str:
    """The list for people."""
    rows = [("figure", "value", "limit", "goal", "unit", "")]
    for figure in figures:
        mark = {None: "", True: "met", False: "MISSED"}[figure.met]
        sign = "<= " if figure.better == "lower" else ">= "
        goal = "" if figure.goal is None else sign + _text(figure.goal)
        rows.append((figure.name, _text(figure.value), _text(figure.limit), goal, figure.unit, mark))
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  "
        f"{row[4]:<{widths[4]}}  {row[5]}".rstrip()
        for row in rows
    )


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
