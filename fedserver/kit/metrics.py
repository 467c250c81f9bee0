"""Counters, gauges and histograms of one process, rendered in the Prometheus text format 0.0.4.

``count``, ``gauge`` and ``observe`` check name, kind and labels against ``metric_table``: a name that is not in
the table raises ``KeyError`` in the first test that reaches it. Thread-safe. A metric keeps at most 500 label
sets; what comes after is counted under ``other``, so that nothing from outside can grow the memory.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.metric_table import TABLE, Metric

MAX_SERIES = 500
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[str, ...]


class Registry:
    """The values of every metric in ``table``. Raises ``ValueError`` for a name listed twice."""

    def __init__(self, table: Iterable[Metric] = TABLE, clock: Clock = SYSTEM) -> None:
        self._metrics: dict[str, Metric] = {}
        for metric in table:
            if metric.name in self._metrics:
                raise ValueError(f"the metric {metric.name} is listed twice")
            self._metrics[metric.name] = metric
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers: dict[str, dict[Labels, float]] = {name: {} for name in self._metrics}
        self._buckets: dict[str, dict[Labels, list[float]]] = {name: {} for name in self._metrics}

    def count(self, name: str, amount: float = 1, /, **labels: object) -> None:
        """Add ``amount`` (not negative) to a counter."""
        if amount < 0:
            raise ValueError("a counter never goes down")
        metric = self._metric(name, "counter")
        with self._lock:
            series = self._numbers[name]
            key = _room(series, _key(metric, labels))
            series[key] = series.get(key, 0.0) + amount

    def gauge(self, name: str, value: float, /, **labels: object) -> None:
        """Set a gauge."""
        metric = self._metric(name, "gauge")
        with self._lock:
            series = self._numbers[name]
            series[_room(series, _key(metric, labels))] = value

    def add(self, name: str, amount: float, /, **labels: object) -> None:
        """Move a gauge up or down."""
        metric = self._metric(name, "gauge")
        with self._lock:
            series = self._numbers[name]
            key = _room(series, _key(metric, labels))
            series[key] = series.get(key, 0.0) + amount

    def observe(self, name: str, value: float, /, **labels: object) -> None:
        """Put one measurement into a histogram."""
        metric = self._metric(name, "histogram")
        with self._lock:
            series = self._buckets[name]
            key = _room(series, _key(metric, labels))
            # One cell a bucket, one for larger values, and the sum at the end.
            cells = series.setdefault(key, _cells(metric))
            cells[bisect_left(metric.buckets, value)] += 1
            cells[-1] += value

    def series(self, name: str, /, **labels: object) -> Series:
        """One set of labels of a metric, checked once, for what is counted with every request."""
        metric = self._metrics[name]
        with self._lock:
            if metric.kind == "histogram":
                buckets = self._buckets[name]
                cells = buckets.setdefault(_room(buckets, _key(metric, labels)), _cells(metric))
                return Series(self._lock, cells, 0, metric.buckets)
            numbers = self._numbers[name]
            key = _room(numbers, _key(metric, labels))
            numbers.setdefault(key, 0.0)
            return Series(self._lock, numbers, key, ())

    @contextmanager
    def timed(self, name: str, /, **labels: object) -> Iterator[None]:
        """Observe the seconds that the block takes, also when it raises."""
        start = self._clock.monotonic()
        try:
            yield
        finally:
            self.observe(name, self._clock.monotonic() - start, **labels)

    def value(self, name: str, /, **labels: object) -> float:
        """The number of a counter or gauge, or how many measurements a histogram has; 0 when never touched."""
        metric = self._metrics[name]
        key = _key(metric, labels)
        with self._lock:
            if metric.kind == "histogram":
                return sum(self._buckets[name].get(key, [0.0])[:-1])
            return self._numbers[name].get(key, 0.0)

    def render(self) -> str:
        """Everything in the Prometheus text format; a metric without labels shows even when never touched."""
        lines: list[str] = []
        with self._lock:
            for metric in self._metrics.values():
                lines += (f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}")
                lines += (
                    _histogram(metric, self._buckets) if metric.kind == "histogram" else _plain(metric, self._numbers)
                )
        return "\n".join(lines) + "\n"

    def _metric(self, name: str, kind: str) -> Metric:
        metric = self._metrics[name]
        if metric.kind != kind:
            raise ValueError(f"{name} is a {metric.kind}, not a {kind}")
        return metric


class Series:
    """One set of labels: ``add`` counts or moves a gauge, ``observe`` puts a measurement into a histogram."""

    __slots__ = ("_buckets", "_key", "_lock", "_values")

    def __init__(self, lock: threading.Lock, values: Any, key: Labels | int, buckets: tuple[float, ...]) -> None:
        self._lock, self._values, self._key, self._buckets = lock, values, key, buckets

    def add(self, amount: float = 1) -> None:
        """Add ``amount`` to a counter or a gauge."""
        with self._lock:
            self._values[self._key] += amount

    def observe(self, value: float) -> None:
        """One measurement."""
        with self._lock:
            self._values[bisect_left(self._buckets, value)] += 1
            self._values[-1] += value


REGISTRY = Registry()

count = REGISTRY.count
gauge = REGISTRY.gauge
add = REGISTRY.add
observe = REGISTRY.observe
series = REGISTRY.series
timed = REGISTRY.timed
render = REGISTRY.render


def _key(metric: Metric, labels: dict[str, object]) -> Labels:
    try:
        key = tuple([str(labels[name]) for name in metric.labels])
    except KeyError:
        key = None
    if key is None or len(key) != len(labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}, not {tuple(labels)}")
    return key


def _cells(metric: Metric) -> list[float]:
    return [0.0] * (len(metric.buckets) + 2)


def _room(series: Mapping[Labels, object], key: Labels) -> Labels:
    return key if key in series or len(series) < MAX_SERIES else ("other",) * len(key)


def _plain(metric: Metric, numbers: dict[str, dict[Labels, float]]) -> Iterator[str]:
    series = numbers[metric.name] or ({} if metric.labels else {(): 0.0})
    for key, value in sorted(series.items()):
        yield f"{metric.name}{_labels(metric, key)} {_number(value)}"


def _histogram(metric: Metric, buckets: dict[str, dict[Labels, list[float]]]) -> Iterator[str]:
    series = buckets[metric.name] or ({} if metric.labels else {(): [0.0] * (len(metric.buckets) + 2)})
    for key, cells in sorted(series.items()):
        total = 0.0
        for bound, cell in zip((*map(_number, metric.buckets), "+Inf"), cells[:-1], strict=True):
            total += cell
            yield f"{metric.name}_bucket{_labels(metric, key, bound)} {_number(total)}"
        yield f"{metric.name}_sum{_labels(metric, key)} {_number(cells[-1])}"
        yield f"{metric.name}_count{_labels(metric, key)} {_number(total)}"


def _labels(metric: Metric, key: Labels, bound: str = "") -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in zip(metric.labels, key, strict=True)]
    pairs += [f'le="{bound}"'] if bound else []
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
