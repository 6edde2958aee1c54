"""The schedules: the sweep every five minutes, the invariant check and the reconciliation every hour, and a longer
reconciliation and a full check of the invariants every night."""

import json
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.resources.functions import Functions
from infra.resources.stream import create_failure_queue
from infra.settings import StageSettings

SCHEDULED: Final = ("payments-sweep", "payments-invariants", "payments-reconcile")
"""The functions that schedules invoke."""

_MAX_EVENT_AGE_SECONDS: Final = 240
"""A run that cannot start within this time is dropped: the next run does the same work."""


@dataclass(frozen=True)
class ScheduleSpec:
    """A schedule as data: its name, the function that it invokes, when, and the event that the function gets."""

    name: str
    function: str
    expression: str
    event: dict[str, str] = field(default_factory=dict)


def schedule_specs(settings: StageSettings) -> list[ScheduleSpec]:
    """Every schedule of a stage. A function may have several."""
    return [
        ScheduleSpec("payments-sweep", "payments-sweep", settings.sweep_every),
        ScheduleSpec("payments-invariants", "payments-invariants", "rate(1 hour)"),
        # Slices of the nightly pass: most runs of the day find that it is complete, and end at once.
        ScheduleSpec("payments-invariants-pass", "payments-invariants", "rate(15 minutes)", {"pass": "full"}),
        ScheduleSpec("payments-reconcile", "payments-reconcile", "rate(1 hour)", {"pass": "hourly"}),
        # 20:15 UTC is 01:45 in India, when few learners buy.
        ScheduleSpec("payments-reconcile-nightly", "payments-reconcile", "cron(15 20 * * ? *)", {"pass": "nightly"}),
    ]


class Schedules(Construct):
    """The schedules of a stage. `failures`: the queue of runs that did not start or that failed."""

    def __init__(self, scope: Construct, settings: StageSettings, functions: Functions) -> None:
        super().__init__(scope, "Schedules")
        self.failures = create_failure_queue(self, "Failures", settings)
        for name in SCHEDULED:
            self._add_failure_destination(name, functions.by_name[name])
        for spec in schedule_specs(settings):
            self._add_schedule(spec, functions.invocation_targets[spec.function])

    def _add_failure_destination(self, name: str, function: lambda_.Function) -> None:
        """Sends failed runs to the queue without a retry, because the next run does the same work."""
        role = function.role
        assert role is not None  # noqa: S101 (every function of ours has one)
        policy = iam.Policy(self, f"{name} failures", statements=[self._send_statement()])
        policy.attach_to_role(role)
        invoke_config = lambda_.CfnEventInvokeConfig(
            self,
            f"{name} runs",
            function_name=function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=_MAX_EVENT_AGE_SECONDS,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=self.failures.queue_arn)
            ),
        )
        invoke_config.node.add_dependency(policy)

    def _add_schedule(self, spec: ScheduleSpec, function: lambda_.IFunction) -> None:
        name = spec.name
        scheduler_role = iam.Role(self, f"{name} role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        invoke_statement = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
        policy = iam.Policy(self, f"{name} policy", statements=[invoke_statement, self._send_statement()])
        policy.attach_to_role(scheduler_role)
        schedule = scheduler.CfnSchedule(
            self,
            name,
            schedule_expression=spec.expression,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=scheduler_role.role_arn,
                input=json.dumps(spec.event),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.failures.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_MAX_EVENT_AGE_SECONDS, maximum_retry_attempts=3
                ),
            ),
        )
        schedule.node.add_dependency(policy)

    def _send_statement(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.failures.queue_arn])
