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

from infra.blueprints import FUNCTIONS
from infra.metrics import Metrics
from infra.routes import MONEY
from infra.settings import StageSettings

SLOW_MILLISECONDS: Final = 5_000
"""Razorpay waits this long for the webhook's answer, and a learner for Checkout."""


@dataclass(frozen=True)
class Watch:
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
            *_of_money(metrics, settings),
            *_of_projection(metrics, stream, schedules),
            *_of_platform(metrics),
        ]
        self.alarms = [self._alarm(watch, settings) for watch in watches]

    def _alarm(self, watch: Watch, settings: StageSettings) -> cloudwatch.Alarm:
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


def _of_money(metrics: Metrics, settings: StageSettings) -> list[Watch]:
    runs = metrics.of_function("payments-sweep", "Invocations")
    looks = metrics.of_function("payments-invariants", "Invocations").with_(period=Duration.hours(1))
    watches = [
        Watch("timers-overdue", metrics.oldest_due, "timers-overdue", at_least=1_800, periods=2),
        Watch("sweep-leaves-work", metrics.left_by_sweep, "timers-overdue", periods=3),
        Watch("sweep-silent", runs, "sweep-silent", periods=3, silence=True),
        Watch("refunds-waiting", metrics.invariant("oldest_refund_hours"), "refunds-waiting", at_least=72),
        Watch("invariant-broken", metrics.invariant("breaches"), "invariant-broken"),
        Watch("invariants-silent", looks, "invariant-broken", periods=2, silence=True),
        Watch("webhook-signatures", metrics.webhooks_rejected, "webhook-signatures", at_least=5),
        Watch("checkout-signatures", metrics.checkouts_rejected, "checkout-signatures", at_least=5),
    ]
    for key in MONEY:
        name = key.rpartition("/")[2]
        watches += [
            Watch(f"{name}-failing", metrics.of_route(key, "5xx", "Sum"), "money-route-failing"),
            Watch(
                f"{name}-slow", metrics.of_route(key, "Latency", "p99"), "slow", at_least=SLOW_MILLISECONDS, periods=3
            ),
        ]
    if settings.no_orders_hours:
        orders = metrics.orders.with_(period=Duration.hours(1))
        watches.append(Watch("no-orders", orders, "no-orders", periods=settings.no_orders_hours, silence=True))
    return watches


def _of_projection(metrics: Metrics, stream: sqs.Queue, schedules: sqs.Queue) -> list[Watch]:
    age = metrics.of_function("dashboards-projector", "IteratorAge", "Maximum")
    return [
        Watch("projector-behind", age, "projector-behind", at_least=300_000, periods=2),
        Watch("stream-dead-letters", _waiting(stream), "dead-letters"),
        Watch("schedule-dead-letters", _waiting(schedules), "dead-letters"),
    ]


def _of_platform(metrics: Metrics) -> list[Watch]:
    watches = [
        Watch("api-failing", metrics.of_api("5xx", "Sum"), "api-failing", at_least=5),
        Watch("api-slow", metrics.of_api("Latency", "p99"), "slow", at_least=SLOW_MILLISECONDS, periods=3),
        Watch("table-reads-throttled", metrics.of_table("ReadThrottleEvents"), "throttled", periods=2),
        Watch("table-writes-throttled", metrics.of_table("WriteThrottleEvents"), "throttled", periods=2),
        Watch("tokens-reused", metrics.tokens_reused, "sign-in-under-attack", at_least=5),
        Watch("logins-paused", metrics.logins_paused, "sign-in-under-attack", at_least=50),
    ]
    for blueprint in FUNCTIONS:
        errors = metrics.of_function(blueprint.name, "Errors")
        throttles = metrics.of_function(blueprint.name, "Throttles")
        watches += [
            Watch(f"{blueprint.name}-crashing", errors, "function-crashing"),
            Watch(f"{blueprint.name}-throttled", throttles, "throttled"),
        ]
    return watches


def _waiting(queue: sqs.Queue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=Duration.minutes(5))
