"""The schedules: the sweep every five minutes, the invariant check every hour."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.resources.functions import Functions
from infra.resources.stream import create_failure_queue
from infra.settings import StageSettings

SCHEDULED: Final = ("payments-sweep", "payments-invariants")

_MAX_EVENT_AGE_SECONDS: Final = 240
"""A run that cannot start within this time is dropped: the next run does the same work."""


class Schedules(Construct):
    """A schedule for each function of SCHEDULED. `failures`: the queue of runs that did not start or that failed."""

    def __init__(self, scope: Construct, settings: StageSettings, functions: Functions) -> None:
        super().__init__(scope, "Schedules")
        self.failures = create_failure_queue(self, "Failures", settings)
        for name, rate in zip(SCHEDULED, (settings.sweep_every, "rate(1 hour)"), strict=True):
            self._add_failure_destination(name, functions.by_name[name])
            self._add_schedule(name, rate, functions.invocation_targets[name])

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

    def _add_schedule(self, name: str, rate: str, function: lambda_.IFunction) -> None:
        scheduler_role = iam.Role(self, f"{name} role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        invoke_statement = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
        policy = iam.Policy(self, f"{name} policy", statements=[invoke_statement, self._send_statement()])
        policy.attach_to_role(scheduler_role)
        schedule = scheduler.CfnSchedule(
            self,
            name,
            schedule_expression=rate,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=scheduler_role.role_arn,
                input="{}",
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.failures.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_MAX_EVENT_AGE_SECONDS, maximum_retry_attempts=3
                ),
            ),
        )
        schedule.node.add_dependency(policy)

    def _send_statement(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.failures.queue_arn])
