from __future__ import annotations

import re
import threading

import pytest

from fedserver.kit import metrics
from fedserver.kit.clock import ManualClock
from fedserver.kit.metric_table import TABLE, Metric

ROWS = (
    Metric("done_total", "counter", "Done.", ("result",)),
    Metric("plain_total", "counter", "Plain."),
    Metric("depth", "gauge", "Depth."),
    Metric("took_seconds", "histogram", "Took.", ("job",), (0.1, 1.0)),
)


def test_the_text_format() -> None:
    registry = metrics.Registry(ROWS)
    registry.count("done_total", result='a"\\\n')
    registry.count("done_total", 2.5, result="b")
    registry.gauge("depth", 3)
    registry.add("depth", -1)
    for seconds in (0.05, 0.1, 0.5, 7):
        registry.observe("took_seconds", seconds, job="x")
    assert registry.render().splitlines() == [
        "# HELP done_total Done.",
        "# TYPE done_total counter",
        r'done_total{result="a\"\\\n"} 1',
        'done_total{result="b"} 2.5',
        "# HELP plain_total Plain.",
        "# TYPE plain_total counter",
        "plain_total 0",
        "# HELP depth Depth.",
        "# TYPE depth gauge",
        "depth 2",
        "# HELP took_seconds Took.",
        "# TYPE took_seconds histogram",
        'took_seconds_bucket{job="x",le="0.1"} 2',
        'took_seconds_bucket{job="x",le="1"} 3',
        'took_seconds_bucket{job="x",le="+Inf"} 4',
        'took_seconds_sum{job="x"} 7.65',
        'took_seconds_count{job="x"} 4',
    ]
    assert registry.value("took_seconds", job="x") == 4
    assert registry.value("took_seconds", job="never") == 0


def test_what_the_table_does_not_know_is_a_defect() -> None:
    registry = metrics.Registry(ROWS)
    with pytest.raises(KeyError):
        registry.count("nothing_total")
    with pytest.raises(ValueError, match="is a gauge"):
        registry.count("depth")
    with pytest.raises(ValueError, match="labels"):
        registry.count("done_total")
    with pytest.raises(ValueError, match="labels"):
        registry.count("plain_total", host="a")
    with pytest.raises(ValueError, match="never goes down"):
        registry.count("plain_total", -1)
    with pytest.raises(ValueError, match="twice"):
        metrics.Registry((*ROWS, ROWS[0]))


def test_labels_from_outside_cannot_grow_the_memory() -> None:
    registry = metrics.Registry(ROWS)
    for number in range(5000):
        registry.count("done_total", result=f"r{number}")
    assert registry.render().count("done_total{") == metrics.MAX_SERIES + 1
    assert registry.value("done_total", result="other") == 5000 - metrics.MAX_SERIES


def test_a_block_is_timed_also_when_it_raises() -> None:
    clock = ManualClock()
    registry = metrics.Registry(ROWS, clock)
    with pytest.raises(KeyError), registry.timed("took_seconds", job="x"):
        clock.advance(2)
        raise KeyError
    assert 'took_seconds_sum{job="x"} 2' in registry.render()


def test_threads_lose_nothing() -> None:
    registry = metrics.Registry(ROWS)

    def work() -> None:
        for _ in range(5000):
            registry.count("plain_total")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.value("plain_total") == 20_000


def test_the_table_follows_the_rules_of_prometheus() -> None:
    for metric in TABLE:
        assert re.fullmatch(r"fedserver_[a-z][a-z_]*", metric.name), metric.name
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert bool(metric.buckets) == (metric.kind == "histogram"), metric.name
        assert list(metric.buckets) == sorted(set(metric.buckets)), metric.name
        assert metric.help.endswith("."), metric.name
        assert not {"host", "domain", "account", "user"} & set(metric.labels), metric.name


def test_a_series_counts_what_its_name_and_labels_would() -> None:
    registry = metrics.Registry(ROWS)
    registry.count("done_total", result="a")
    registry.series("done_total", result="a").add()
    registry.series("depth").add(3)
    registry.series("depth").add(-1)
    registry.series("took_seconds", job="x").observe(0.5)
    registry.observe("took_seconds", 7, job="x")
    assert (registry.value("done_total", result="a"), registry.value("depth")) == (2, 2)
    assert 'took_seconds_bucket{job="x",le="1"} 1' in registry.render() and "sum{job=" in registry.render()
    assert registry.value("took_seconds", job="x") == 2
    with pytest.raises(ValueError, match="labels"):
        registry.series("done_total", other="a")
    for number in range(5000):
        registry.series("done_total", result=f"r{number}").add()
    assert registry.render().count("done_total{") == metrics.MAX_SERIES + 1
