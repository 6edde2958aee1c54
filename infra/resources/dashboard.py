"""The CloudWatch dashboard. Its first question: are learners paying without getting access?"""

from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.function_specs import FUNCTIONS
from infra.resources.alarms import Alarms
from infra.resources.api import Api
from infra.resources.metrics import Metrics
from infra.settings import StageSettings

_SORT_DESCENDING: Final = "sort value desc"


class Dashboard(Construct):
    """Payments first, then the read models, then every route and function."""

    def __init__(self, scope: Construct, settings: StageSettings, metrics: Metrics, alarms: Alarms, api: Api) -> None:
        super().__init__(scope, "Dashboard")
        names = [spec.name for spec in FUNCTIONS]
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=f"lectern-{settings.stage}",
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.alarms, width=24, height=4)],
                [
                    _graph_widget("Orders opened, checkouts verified", metrics.orders, metrics.verified),
                    _graph_widget(
                        "Oldest due poll (s), deferred by the sweep", metrics.oldest_due, metrics.deferred_by_sweep
                    ),
                    _graph_widget(
                        "Invariant breaches, learners not examined",
                        metrics.invariant_metric("breaches"),
                        metrics.invariant_metric("unexamined"),
                    ),
                ],
                [
                    _graph_widget("Signatures rejected", metrics.webhooks_rejected, metrics.checkouts_rejected),
                    _graph_widget(
                        "Refunds that wait, the oldest (h)",
                        metrics.invariant_metric("refunds_waiting"),
                        metrics.invariant_metric("oldest_refund_hours"),
                    ),
                    _graph_widget(
                        "Projector behind (ms)", metrics.lambda_metric("dashboards-projector", "IteratorAge", "Maximum")
                    ),
                ],
                [
                    _graph_widget(
                        "Reconciliation behind (min)",
                        metrics.reconciliation_metric("hourly_lag_minutes"),
                        metrics.reconciliation_metric("nightly_lag_minutes"),
                    ),
                    _graph_widget(
                        "Differences found, healed",
                        metrics.reconciliation_metric("differences_found"),
                        metrics.reconciliation_metric("differences_healed"),
                    ),
                    _graph_widget("Differences for an admin", metrics.reconciliation_metric("differences_open")),
                ],
                [
                    _graph_widget(
                        "Disputes open, and due within 48 hours",
                        metrics.invariant_metric("disputes_open"),
                        metrics.invariant_metric("disputes_due"),
                    ),
                    _graph_widget(
                        "Refund requests of learners that are open, the oldest (h)",
                        metrics.invariant_metric("learner_requests_open"),
                        metrics.invariant_metric("oldest_learner_request_hours"),
                    ),
                ],
                [
                    _route_table("Failures by route", api.log_group_name, "sum(status >= 500)"),
                    _route_table("p99 by route (ms)", api.log_group_name, "pct(milliseconds, 99)"),
                ],
                [
                    _graph_widget("Errors", *(metrics.lambda_metric(name, "Errors") for name in names)),
                    _graph_widget("Throttles", *(metrics.lambda_metric(name, "Throttles") for name in names)),
                    _graph_widget("Concurrent executions", *(_concurrency(metrics, name) for name in names)),
                ],
            ],
        )


def _graph_widget(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)


def _concurrency(metrics: Metrics, function: str) -> cloudwatch.Metric:
    return metrics.lambda_metric(function, "ConcurrentExecutions", "Maximum")


def _route_table(title: str, log_group: str, aggregate: str) -> cloudwatch.LogQueryWidget:
    """A table of all called routes, from the access log: a metric per route would cost more than the functions."""
    return cloudwatch.LogQueryWidget(
        title=title,
        log_group_names=[log_group],
        query_lines=[
            "filter ispresent(route)",
            f"stats {aggregate} as value, count(*) as requests by route",
            _SORT_DESCENDING,
        ],
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=12,
        height=8,
    )
