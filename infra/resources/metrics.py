"""What is measured: by AWS itself, by the functions, and counted from what the functions log."""

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
    """Every metric that alarms and dashboard show. Lambda's own are asked for by function."""

    def __init__(
        self, scope: Construct, settings: StageSettings, functions: Functions, api_id: str, table: dynamodb.Table
    ) -> None:
        super().__init__(scope, "Metrics")
        self._stage = settings.stage
        self._functions = functions
        self._api_id = api_id
        self._table = table
        sweep, webhook, payments = "payments-sweep", "payments-webhook", "payments"
        self.oldest_due = self._of_log(sweep, "OldestDueSeconds", '{ $.message = "sweep" }', "$.oldest_due_seconds")
        self.left_by_sweep = self._of_log(sweep, "LeftBySweep", '{ $.message = "sweep" }', "$.deferred")
        self.webhooks_rejected = self._of_log(
            webhook, "WebhookSignaturesRejected", '{ $.message = "webhook signature rejected" }'
        )
        self.checkouts_rejected = self._of_log(
            payments, "CheckoutSignaturesRejected", '{ $.message = "checkout signature rejected" }'
        )
        self.orders = self._of_log(
            payments, "OrdersOpened", '{ $.route = "POST /api/payments/create-order" && $.status < 300 }'
        )
        self.verified = self._of_log(
            payments, "CheckoutsVerified", '{ $.route = "POST /api/payments/verify" && $.status < 300 }'
        )
        self.logins_paused = self._of_log("auth", "AttemptsPaused", '{ $.message = "attempts_paused" }')
        self.tokens_reused = self._of_log("auth", "RefreshTokensReused", '{ $.message = "refresh_token_reused" }')

    def invariant(self, name: str) -> cloudwatch.Metric:
        """Breaches found by the last look at the books: "breaches" for all of them."""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"stage": self._stage, "service": "invariants"},
            statistic="Maximum",
            period=Duration.hours(1),
        )

    def of_function(self, function: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """Lambda's `name` ("Errors", "Throttles", "IteratorAge", …)."""
        return self._functions.by_name[function].metric(name, statistic=statistic, period=FIVE_MINUTES)

    def of_route(self, key: str, name: str, statistic: str) -> cloudwatch.Metric:
        """API Gateway's `name` ("5xx", "Latency", "Count") of a route."""
        method, path = key.split(" ", 1)
        return self._of_api(name, statistic, {"Method": method, "Resource": path})

    def of_api(self, name: str, statistic: str) -> cloudwatch.Metric:
        return self._of_api(name, statistic, {})

    def of_table(self, name: str) -> cloudwatch.Metric:
        return self._table.metric(name, statistic="Sum", period=FIVE_MINUTES)

    def _of_api(self, name: str, statistic: str, more: dict[str, str]) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiId": self._api_id, "Stage": "$default", **more},
            statistic=statistic,
            period=FIVE_MINUTES,
        )

    def _of_log(self, function: str, name: str, pattern: str, value: str = "1") -> cloudwatch.Metric:
        counted = logs.MetricFilter(
            self,
            name,
            log_group=self._functions.logs[function],
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=f"{NAMESPACE}/{self._stage}",
            metric_name=name,
            metric_value=value,
        )
        return counted.metric(statistic="Maximum" if value != "1" else "Sum", period=FIVE_MINUTES)
