"""Every metric by name: the one place to look one up and the one place to add one.

Names and units follow Prometheus: ``_total`` counts, ``_seconds`` and ``_bytes`` are base units. Labels take few
and known values (a route pattern, a job name); never a host, an account or anything else from outside.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

# Seconds, from a cached read to a request that should have been a job.
LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)


class Metric(NamedTuple):
    """One row: what is measured, under which labels; ``buckets`` (upper bounds) for a histogram only."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


TABLE: tuple[Metric, ...] = (
    Metric("fedserver_info", "gauge", "Always 1; the version is in the label.", ("version",)),
    Metric("fedserver_start_time_seconds", "gauge", "When this process started, in Unix time."),
    # The doors.
    Metric("fedserver_http_requests_total", "counter", "Requests answered.", ("door", "method", "status")),
    Metric("fedserver_http_request_seconds", "histogram", "Time to answer a request.", ("door",), LATENCY),
    Metric("fedserver_http_in_flight", "gauge", "Requests being answered.", ("door",)),
    Metric("fedserver_http_failures_total", "counter", "Requests refused, by error code.", ("code",)),
    Metric("fedserver_rate_limited_total", "counter", "Requests over a rate limit.", ("limit",)),
    Metric("fedserver_streams_open", "gauge", "Open streaming connections.", ("transport",)),
    Metric("fedserver_streams_dropped_total", "counter", "Streams closed because the reader was too slow."),
    Metric("fedserver_push_total", "counter", "Push messages, by what the push service said.", ("outcome",)),
    # Federation in.
    Metric("fedserver_inbox_activities_total", "counter", "Activities received.", ("type", "result")),
    Metric("fedserver_inbox_refused_total", "counter", "Activities refused, by reason.", ("reason",)),
    Metric("fedserver_key_fetches_total", "counter", "Actor keys fetched.", ("result",)),
    # Federation out.
    Metric("fedserver_deliveries_total", "counter", "Deliveries tried.", ("result",)),
    Metric("fedserver_delivery_seconds", "histogram", "Time of one delivery.", (), LATENCY),
    Metric("fedserver_deliveries_waiting", "gauge", "Deliveries not yet acknowledged by their host."),
    Metric("fedserver_hosts_paused", "gauge", "Hosts that are not tried for the moment."),
    Metric("fedserver_mails_total", "counter", "Mails handed to the mail server.", ("result",)),
    # Outgoing requests.
    Metric("fedserver_fetches_total", "counter", "Outgoing requests.", ("purpose", "result")),
    Metric("fedserver_fetch_seconds", "histogram", "Time of an outgoing request.", ("purpose",), LATENCY),
    Metric("fedserver_fetches_blocked_total", "counter", "Outgoing requests that the address guard refused."),
    # Jobs.
    Metric("fedserver_jobs_total", "counter", "Jobs run.", ("job", "result")),
    Metric("fedserver_job_seconds", "histogram", "Time of one job.", ("job",), LATENCY),
    Metric("fedserver_jobs_waiting", "gauge", "Jobs due or scheduled."),
    Metric("fedserver_jobs_dead", "gauge", "Jobs given up."),
    Metric("fedserver_jobs_oldest_seconds", "gauge", "How long the oldest due job has waited."),
    # The database.
    Metric("fedserver_units_total", "counter", "Units of work, by outcome.", ("result",)),
    Metric("fedserver_unit_seconds", "histogram", "Time of a unit of work, waiting and commit included.", (), LATENCY),
    Metric("fedserver_commit_units", "histogram", "Units of work in one commit.", (), SIZES),
    Metric("fedserver_database_writable", "gauge", "1 when the last write succeeded."),
    Metric("fedserver_database_wal_bytes", "gauge", "Length of SQLite's write-ahead log; above 64 MiB it is logged."),
    # Caches.
    Metric("fedserver_cache_hits_total", "counter", "Reads that a cache answered.", ("cache",)),
    Metric("fedserver_cache_misses_total", "counter", "Reads that a cache could not answer.", ("cache",)),
    Metric("fedserver_cache_bytes", "gauge", "Bytes in a cache.", ("cache",)),
    # Media and policy.
    Metric("fedserver_media_total", "counter", "Media processed.", ("kind", "result")),
    Metric("fedserver_media_seconds", "histogram", "Time to process a medium.", ("kind",), LATENCY),
    Metric("fedserver_provenance_total", "counter", "Provenance labels given.", ("label",)),
    Metric("fedserver_moderation_total", "counter", "Moderation decisions.", ("action",)),
    # The log.
    Metric("fedserver_log_lines_lost_total", "counter", "Log lines lost because the log could not be written."),
)
