"""The metrics: of AWS services, emitted by the functions, and derived from the functions' logs."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.resources.functions import Functions
from infra.settings import StageSettings
from shared.observability import NAMESPACE

FIVE_MINUTES: Final = Duration.minutes(5)


class Metrics(Construct):
    """Every metric of the alarms and the dashboard. Log-based metrics are attributes; methods return the others."""

    def __init__(
        self, scope: Construct, settings: StageSettings, functions: Functions, api_id: str, table: dynamodb.Table
    ) -> None:
        super().__init__(scope, "Metrics")
        self._stage = settings.stage
        self._functions = functions
        self._api_id = api_id
        self._table = table
        sweep, webhook, payments = "payments-sweep", "payments-webhook", "payments"
        self.oldest_due = self._log_metric(sweep, "OldestDueSeconds", '{ $.message = "sweep" }', "$.oldest_due_seconds")
        self.deferred_by_sweep = self._log_metric(sweep, "LeftBySweep", '{ $.message = "sweep" }', "$.deferred")
        self.webhooks_rejected = self._log_metric(
            webhook, "WebhookSignaturesRejected", '{ $.message = "webhook signature rejected" }'
        )
        self.checkouts_rejected = self._log_metric(
            payments, "CheckoutSignaturesRejected", '{ $.message = "checkout signature rejected" }'
        )
        self.orders = self._log_metric(
            payments, "OrdersOpened", '{ $.route = "POST /api/payments/create-order" && $.status < 300 }'
        )
        self.verified = self._log_metric(
            payments, "CheckoutsVerified", '{ $.route = "POST /api/payments/verify" && $.status < 300 }'
        )
        self.logins_paused = self._log_metric("auth", "AttemptsPaused", '{ $.message = "attempts_paused" }')
        self.tokens_reused = self._log_metric("auth", "RefreshTokensReused", '{ $.message = "refresh_token_reused" }')

    def invariant_metric(self, name: str) -> cloudwatch.Metric:
        """A metric of the hourly invariant check: "breaches" in total, one invariant, "oldest_refund_hours",
        "refunds_waiting", "oldest_learner_request_hours", "unexamined_hours", "pass_age_hours", "disputes_open", …"""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"stage": self._stage, "service": "invariants"},
            statistic="Maximum",
            period=Duration.hours(1),
        )

    def event_metric(self, service: str, name: str) -> cloudwatch.Metric:
        """The number of events that a part of the product counted: "webhooks_unreadable" of "webhook" …"""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"stage": self._stage, "service": service},
            statistic="Sum",
            period=FIVE_MINUTES,
        )

    def reconciliation_metric(self, name: str) -> cloudwatch.Metric:
        """A metric of the reconciliation: "hourly_lag_minutes", "differences_open", …"""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"stage": self._stage, "service": "reconciliation"},
            statistic="Maximum",
            period=Duration.hours(1),
        )

    def lambda_metric(self, function: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """Lambda's metric `name` of a function ("Errors", "Throttles", "IteratorAge", …)."""
        return self._functions.by_name[function].metric(name, statistic=statistic, period=FIVE_MINUTES)

    def route_metric(self, key: str, name: str, statistic: str) -> cloudwatch.Metric:
        """API Gateway's metric `name` ("5xx", "Latency", "Count") of a route."""
        method, path = key.split(" ", 1)
        return self._api_metric(name, statistic, {"Method": method, "Resource": path})

    def api_metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        """API Gateway's metric `name` of all routes together."""
        return self._api_metric(name, statistic, {})

    def table_metric(self, name: str) -> cloudwatch.Metric:
        return self._table.metric(name, statistic="Sum", period=FIVE_MINUTES)

    def _api_metric(self, name: str, statistic: str, dimensions: dict[str, str]) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiId": self._api_id, "Stage": "$default", **dimensions},
            statistic=statistic,
            period=FIVE_MINUTES,
        )

    def _log_metric(self, function: str, name: str, pattern: str, value: str = "1") -> cloudwatch.Metric:
        """Counts the lines that match `pattern`; with a `value` such as "$.field", the maximum of that field."""
        metric_filter = logs.MetricFilter(
            self,
            name,
            log_group=self._functions.logs[function],
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=f"{NAMESPACE}/{self._stage}",
            metric_name=name,
            metric_value=value,
        )
        return metric_filter.metric(statistic="Maximum" if value != "1" else "Sum", period=FIVE_MINUTES)
