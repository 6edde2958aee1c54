"""One page that answers: is anyone paying and not getting in?"""

from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.function_specs import FUNCTIONS
from infra.resources.alarms import Alarms
from infra.resources.api import Api
from infra.resources.metrics import Metrics
from infra.settings import StageSettings

_SORT_DESCENDING: Final = "sort figure desc"


class Dashboard(Construct):
    """Money first, then the read side, then every route and function."""

    def __init__(self, scope: Construct, settings: StageSettings, metrics: Metrics, alarms: Alarms, api: Api) -> None:
        super().__init__(scope, "Dashboard")
        names = [blueprint.name for blueprint in FUNCTIONS]
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=f"lectern-{settings.stage}",
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.alarms, width=24, height=4)],
                [
                    _graph_widget("Orders opened, checkouts verified", metrics.orders, metrics.verified),
                    _graph_widget("Oldest due timer (s), left by the sweep", metrics.oldest_due, metrics.left_by_sweep),
                    _graph_widget("Breaches of the books' invariants", metrics.invariant("breaches")),
                ],
                [
                    _graph_widget("Signatures rejected", metrics.webhooks_rejected, metrics.checkouts_rejected),
                    _graph_widget("Oldest refund on its way (h)", metrics.invariant("oldest_refund_hours")),
                    _graph_widget(
                        "Projector behind (ms)", metrics.of_function("dashboards-projector", "IteratorAge", "Maximum")
                    ),
                ],
                [
                    _route_table("Failures by route", api.log_group_name, "sum(status >= 500)"),
                    _route_table("p99 by route (ms)", api.log_group_name, "pct(milliseconds, 99)"),
                ],
                [
                    _graph_widget("Errors", *(metrics.of_function(name, "Errors") for name in names)),
                    _graph_widget("Throttles", *(metrics.of_function(name, "Throttles") for name in names)),
                    _graph_widget("Running at once", *(_concurrency(metrics, name) for name in names)),
                ],
            ],
        )


def _graph_widget(title: str, *shown: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(shown), width=8)


def _concurrency(metrics: Metrics, function: str) -> cloudwatch.Metric:
    return metrics.of_function(function, "ConcurrentExecutions", "Maximum")


def _route_table(title: str, log_group: str, figure: str) -> cloudwatch.LogQueryWidget:
    """Every route that was called, from the access log: a metric for each would cost more than the functions do."""
    return cloudwatch.LogQueryWidget(
        title=title,
        log_group_names=[log_group],
        query_lines=[
            "filter ispresent(route)",
            f"stats {figure} as figure, count(*) as requests by route",
            _SORT_DESCENDING,
        ],
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=12,
        height=8,
    )
