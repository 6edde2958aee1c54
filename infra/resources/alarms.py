"""What somebody is woken for. Each alarm has a page in docs/runbooks: what it means, what to run, what to tell."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function_specs import FUNCTIONS
from infra.resources.metrics import Metrics
from infra.routes import PAYMENT_ROUTES
from infra.settings import StageSettings

SLOW_MILLISECONDS: Final = 5_000
"""Razorpay waits this long for the webhook's answer, and a learner for Checkout."""


@dataclass(frozen=True)
class AlarmSpec:
    """An alarm as data: it goes off when `metric` reaches `at_least` in `periods` periods running.

    `silence`: it goes off when the metric is below 1, or is not there at all. `page`: its file in docs/runbooks."""

    name: str
    metric: cloudwatch.Metric
    page: str
    at_least: float = 1
    periods: int = 1
    silence: bool = False


class Alarms(Construct):
    """Every alarm tells one topic; `alarm_email` of the stage subscribes to it."""

    def __init__(
        self, scope: Construct, settings: StageSettings, metrics: Metrics, stream: sqs.Queue, schedules: sqs.Queue
    ) -> None:
        super().__init__(scope, "Alarms")
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if settings.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        watches = [
            *_payment_alarms(metrics, settings),
            *_projection_alarms(metrics, stream, schedules),
            *_platform_alarms(metrics),
        ]
        self.alarms = [self._alarm(watch, settings) for watch in watches]

    def _alarm(self, watch: AlarmSpec, settings: StageSettings) -> cloudwatch.Alarm:
        comparison = cloudwatch.ComparisonOperator
        missing = cloudwatch.TreatMissingData
        alarm = watch.metric.create_alarm(
            self,
            watch.name,
            alarm_name=f"lectern-{settings.stage}-{watch.name}",
            alarm_description=f"See docs/runbooks/{watch.page}.md",
            threshold=watch.at_least,
            evaluation_periods=watch.periods,
            comparison_operator=(
                comparison.LESS_THAN_THRESHOLD if watch.silence else comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=missing.BREACHING if watch.silence else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        return alarm


def _payment_alarms(metrics: Metrics, settings: StageSettings) -> list[AlarmSpec]:
    runs = metrics.of_function("payments-sweep", "Invocations")
    looks = metrics.of_function("payments-invariants", "Invocations").with_(period=Duration.hours(1))
    watches = [
        AlarmSpec("timers-overdue", metrics.oldest_due, "timers-overdue", at_least=1_800, periods=2),
        AlarmSpec("sweep-leaves-work", metrics.left_by_sweep, "timers-overdue", periods=3),
        AlarmSpec("sweep-silent", runs, "sweep-silent", periods=3, silence=True),
        AlarmSpec("refunds-waiting", metrics.invariant("oldest_refund_hours"), "refunds-waiting", at_least=72),
        AlarmSpec("invariant-broken", metrics.invariant("breaches"), "invariant-broken"),
        AlarmSpec("invariants-silent", looks, "invariant-broken", periods=2, silence=True),
        AlarmSpec("webhook-signatures", metrics.webhooks_rejected, "webhook-signatures", at_least=5),
        AlarmSpec("checkout-signatures", metrics.checkouts_rejected, "checkout-signatures", at_least=5),
    ]
    for key in PAYMENT_ROUTES:
        name = key.rpartition("/")[2]
        watches += [
            AlarmSpec(f"{name}-failing", metrics.of_route(key, "5xx", "Sum"), "money-route-failing"),
            AlarmSpec(
                f"{name}-slow", metrics.of_route(key, "Latency", "p99"), "slow", at_least=SLOW_MILLISECONDS, periods=3
            ),
        ]
    if settings.no_orders_hours:
        orders = metrics.orders.with_(period=Duration.hours(1))
        watches.append(AlarmSpec("no-orders", orders, "no-orders", periods=settings.no_orders_hours, silence=True))
    return watches


def _projection_alarms(metrics: Metrics, stream: sqs.Queue, schedules: sqs.Queue) -> list[AlarmSpec]:
    age = metrics.of_function("dashboards-projector", "IteratorAge", "Maximum")
    return [
        AlarmSpec("projector-behind", age, "projector-behind", at_least=300_000, periods=2),
        AlarmSpec("stream-dead-letters", _visible_messages(stream), "dead-letters"),
        AlarmSpec("schedule-dead-letters", _visible_messages(schedules), "dead-letters"),
    ]


def _platform_alarms(metrics: Metrics) -> list[AlarmSpec]:
    watches = [
        AlarmSpec("api-failing", metrics.of_api("5xx", "Sum"), "api-failing", at_least=5),
        AlarmSpec("api-slow", metrics.of_api("Latency", "p99"), "slow", at_least=SLOW_MILLISECONDS, periods=3),
        AlarmSpec("table-reads-throttled", metrics.of_table("ReadThrottleEvents"), "throttled", periods=2),
        AlarmSpec("table-writes-throttled", metrics.of_table("WriteThrottleEvents"), "throttled", periods=2),
        AlarmSpec("tokens-reused", metrics.tokens_reused, "sign-in-under-attack", at_least=5),
        AlarmSpec("logins-paused", metrics.logins_paused, "sign-in-under-attack", at_least=50),
    ]
    for blueprint in FUNCTIONS:
        errors = metrics.of_function(blueprint.name, "Errors")
        throttles = metrics.of_function(blueprint.name, "Throttles")
        watches += [
            AlarmSpec(f"{blueprint.name}-crashing", errors, "function-crashing"),
            AlarmSpec(f"{blueprint.name}-throttled", throttles, "throttled"),
        ]
    return watches


def _visible_messages(queue: sqs.Queue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=Duration.minutes(5))
