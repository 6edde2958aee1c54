"""One page that answers: is anyone paying and not getting in?"""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import Alarms
from infra.blueprints import FUNCTIONS
from infra.metrics import Metrics
from infra.settings import StageSettings


class Dashboard(Construct):
    """Money first, then the read side, then every route and function."""

    def __init__(
        self, scope: Construct, settings: StageSettings, metrics: Metrics, alarms: Alarms, api_id: str
    ) -> None:
        super().__init__(scope, "Dashboard")
        names = [blueprint.name for blueprint in FUNCTIONS]
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=f"lectern-{settings.stage}",
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.alarms, width=24, height=4)],
                [
                    _graph("Orders opened, checkouts verified", metrics.orders, metrics.verified),
                    _graph("Oldest due timer (s), left by the sweep", metrics.oldest_due, metrics.left_by_sweep),
                    _graph("Breaches of the books' invariants", metrics.invariant("breaches")),
                ],
                [
                    _graph("Signatures rejected", metrics.webhooks_rejected, metrics.checkouts_rejected),
                    _graph("Oldest refund on its way (h)", metrics.invariant("oldest_refund_hours")),
                    _graph(
                        "Projector behind (ms)", metrics.of_function("dashboards-projector", "IteratorAge", "Maximum")
                    ),
                ],
                [
                    _of_routes("Failures by route", api_id, "5xx", "Sum"),
                    _of_routes("p99 by route (ms)", api_id, "Latency", "p99"),
                ],
                [
                    _graph("Errors", *(metrics.of_function(name, "Errors") for name in names)),
                    _graph("Throttles", *(metrics.of_function(name, "Throttles") for name in names)),
                    _graph("Running at once", *(_running(metrics, name) for name in names)),
                ],
            ],
        )


def _graph(title: str, *shown: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(shown), width=8)


def _running(metrics: Metrics, function: str) -> cloudwatch.Metric:
    return metrics.of_function(function, "ConcurrentExecutions", "Maximum")


def _of_routes(title: str, api_id: str, metric: str, statistic: str) -> cloudwatch.GraphWidget:
    """Every route there is, also those of later versions."""
    where = f'{{AWS/ApiGateway,ApiId,Method,Resource,Stage}} ApiId="{api_id}" MetricName="{metric}"'
    search = cloudwatch.MathExpression(expression=f"SEARCH('{where}', '{statistic}', 300)")
    return cloudwatch.GraphWidget(title=title, left=[search], width=12, height=8)
