"""The CloudWatch alarms. Each links its runbook in docs/runbooks: meaning, commands to run, text for the learner."""

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
"""Razorpay waits this long for the response to a webhook, and a learner is not expected to wait longer."""

HOURLY_LAG_MINUTES: Final = 3 * 60
SLOW_SWEEP_MILLISECONDS: Final = 150_000
"""With 7.5 minutes between two polls and 5 minutes until a run begins, a longer run makes a learner wait for more than
15 minutes."""

NIGHTLY_LAG_MINUTES: Final = 2 * 24 * 60


@dataclass(frozen=True)
class AlarmSpec:
    """An alarm as data. It fires when `metric` is at least `threshold` in `periods` consecutive periods.

    With `alarm_when_missing`, it fires when the metric is below `threshold` or has no data. `runbook`: a page of
    docs/runbooks, without ".md".
    """

    name: str
    metric: cloudwatch.Metric
    runbook: str
    threshold: float = 1
    periods: int = 1
    alarm_when_missing: bool = False


class Alarms(Construct):
    """All alarms of a stage. They notify one topic, and the stage's `alarm_email` is subscribed to it.

    `stream_failures`, `schedule_failures`: the dead-letter queues.
    """

    def __init__(
        self,
        scope: Construct,
        settings: StageSettings,
        metrics: Metrics,
        stream_failures: sqs.Queue,
        schedule_failures: sqs.Queue,
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
        specs = [
            *_payment_alarms(metrics, settings),
            *_projection_alarms(metrics, stream_failures, schedule_failures),
            *_platform_alarms(metrics),
        ]
        self.alarms = [self._add_alarm(spec, settings) for spec in specs]

    def _add_alarm(self, spec: AlarmSpec, settings: StageSettings) -> cloudwatch.Alarm:
        comparison = cloudwatch.ComparisonOperator
        missing = cloudwatch.TreatMissingData
        alarm = spec.metric.create_alarm(
            self,
            spec.name,
            alarm_name=f"lectern-{settings.stage}-{spec.name}",
            alarm_description=f"See docs/runbooks/{spec.runbook}.md",
            threshold=spec.threshold,
            evaluation_periods=spec.periods,
            comparison_operator=(
                comparison.LESS_THAN_THRESHOLD
                if spec.alarm_when_missing
                else comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=missing.BREACHING if spec.alarm_when_missing else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        return alarm


def _payment_alarms(metrics: Metrics, settings: StageSettings) -> list[AlarmSpec]:
    sweeps = metrics.lambda_metric("payments-sweep", "Invocations")
    duration = metrics.lambda_metric("payments-sweep", "Duration", "Maximum")
    # Not the invocations of the function: the slices of the full pass invoke it too.
    checks = metrics.invariant_metric("breaches").with_(statistic="SampleCount")
    invariant = metrics.invariant_metric
    reconciliations = metrics.lambda_metric("payments-reconcile", "Invocations").with_(period=Duration.hours(1))
    hourly_lag, nightly_lag = (metrics.reconciliation_metric(f"{name}_lag_minutes") for name in ("hourly", "nightly"))
    specs = [
        AlarmSpec("timers-overdue", metrics.oldest_due, "timers-overdue", threshold=600, periods=2),
        AlarmSpec("sweep-slow", duration, "timers-overdue", threshold=SLOW_SWEEP_MILLISECONDS),
        AlarmSpec("sweep-leaves-work", metrics.deferred_by_sweep, "timers-overdue", periods=3),
        AlarmSpec("sweep-silent", sweeps, "sweep-silent", periods=3, alarm_when_missing=True),
        AlarmSpec("refunds-waiting", invariant("oldest_refund_hours"), "refunds-waiting", threshold=72),
        AlarmSpec(
            "refund-requests-open", invariant("oldest_learner_request_hours"), "refund-requests-open", threshold=72
        ),
        AlarmSpec("disputes-due", invariant("disputes_due"), "dispute-open"),
        AlarmSpec("disputes-unknown", invariant("disputes_unknown"), "dispute-open"),
        AlarmSpec("invariant-broken", invariant("breaches"), "invariant-broken"),
        AlarmSpec("invariants-silent", checks, "invariant-broken", periods=2, alarm_when_missing=True),
        AlarmSpec("invariants-behind", invariant("unexamined_hours"), "invariants-behind", threshold=6),
        AlarmSpec("invariant-pass-behind", invariant("pass_age_hours"), "invariants-behind", threshold=49),
        AlarmSpec("reconciliation-silent", reconciliations, "reconciliation", periods=2, alarm_when_missing=True),
        AlarmSpec("reconciliation-behind", hourly_lag, "reconciliation", threshold=HOURLY_LAG_MINUTES),
        AlarmSpec("nightly-reconciliation-behind", nightly_lag, "reconciliation", threshold=NIGHTLY_LAG_MINUTES),
        AlarmSpec("differences-open", metrics.reconciliation_metric("differences_open"), "reconciliation"),
        AlarmSpec(
            "reconciliation-failing",
            metrics.reconciliation_metric("reconciliation_failed"),
            "reconciliation",
            periods=3,
        ),
        AlarmSpec(
            "entities-unreadable", metrics.reconciliation_metric("entities_unreadable"), "reconciliation", periods=3
        ),
        AlarmSpec(
            "settlements-unexplained", metrics.reconciliation_metric("settlements_unexplained"), "reconciliation"
        ),
        AlarmSpec("webhook-signatures", metrics.webhooks_rejected, "webhook-signatures", threshold=5),
        AlarmSpec("checkout-signatures", metrics.checkouts_rejected, "checkout-signatures", threshold=5),
        AlarmSpec("webhooks-unreadable", metrics.event_metric("webhook", "webhooks_unreadable"), "webhooks-unreadable"),
        AlarmSpec("payments-on-hold", metrics.event_metric("settlement", "payments_on_hold"), "payments-on-hold"),
        AlarmSpec("attempts-unlisted", metrics.event_metric("settlement", "attempts_unlisted"), "attempts-unlisted"),
        AlarmSpec(
            "coupons-not-written", metrics.event_metric("settlement", "coupons_not_written"), "coupons-not-written"
        ),
        AlarmSpec(
            "notes-without-receipt", metrics.event_metric("receipts", "notes_without_receipt"), "notes-without-receipt"
        ),
        AlarmSpec("refunds-rejected", metrics.event_metric("refunds", "refunds_rejected"), "refunds-rejected"),
        AlarmSpec(
            "refund-status-unknown",
            metrics.event_metric("refunds", "refund_statuses_unknown"),
            "refund-status-unknown",
        ),
        AlarmSpec("orders-orphaned", metrics.event_metric("adoption", "orders_orphaned"), "orders-orphaned"),
        AlarmSpec("refunds-unreadable", metrics.event_metric("refunds", "refunds_unreadable"), "data-unreadable"),
        AlarmSpec("items-unreadable", metrics.event_metric("store", "items_unreadable"), "data-unreadable"),
    ]
    for key in PAYMENT_ROUTES:
        name = key.rpartition("/")[2]
        specs += [
            AlarmSpec(f"{name}-failing", metrics.route_metric(key, "5xx", "Sum"), "money-route-failing"),
            AlarmSpec(
                f"{name}-slow",
                metrics.route_metric(key, "Latency", "p99"),
                "slow",
                threshold=SLOW_MILLISECONDS,
                periods=3,
            ),
        ]
    if settings.no_orders_hours:
        orders = metrics.orders.with_(period=Duration.hours(1))
        specs.append(
            AlarmSpec("no-orders", orders, "no-orders", periods=settings.no_orders_hours, alarm_when_missing=True)
        )
    return specs


def _projection_alarms(metrics: Metrics, stream_failures: sqs.Queue, schedule_failures: sqs.Queue) -> list[AlarmSpec]:
    age = metrics.lambda_metric("dashboards-projector", "IteratorAge", "Maximum")
    return [
        AlarmSpec("projector-behind", age, "projector-behind", threshold=300_000, periods=2),
        AlarmSpec("stream-dead-letters", _visible_messages(stream_failures), "dead-letters"),
        AlarmSpec("schedule-dead-letters", _visible_messages(schedule_failures), "dead-letters"),
    ]


def _platform_alarms(metrics: Metrics) -> list[AlarmSpec]:
    specs = [
        AlarmSpec("api-failing", metrics.api_metric("5xx", "Sum"), "api-failing", threshold=5),
        AlarmSpec("api-slow", metrics.api_metric("Latency", "p99"), "slow", threshold=SLOW_MILLISECONDS, periods=3),
        AlarmSpec("table-reads-throttled", metrics.table_metric("ReadThrottleEvents"), "throttled", periods=2),
        AlarmSpec("table-writes-throttled", metrics.table_metric("WriteThrottleEvents"), "throttled", periods=2),
        AlarmSpec("tokens-reused", metrics.tokens_reused, "sign-in-under-attack", threshold=5),
        AlarmSpec("logins-paused", metrics.logins_paused, "sign-in-under-attack", threshold=50),
    ]
    for function in FUNCTIONS:
        errors = metrics.lambda_metric(function.name, "Errors")
        throttles = metrics.lambda_metric(function.name, "Throttles")
        specs += [
            AlarmSpec(f"{function.name}-crashing", errors, "function-crashing"),
            AlarmSpec(f"{function.name}-throttled", throttles, "throttled"),
        ]
    return specs


def _visible_messages(queue: sqs.Queue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=Duration.minutes(5))
