"""What runs by the clock."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.resources.functions import Functions
from infra.resources.stream import failure_queue
from infra.settings import StageSettings

SCHEDULED: Final = ("payments-sweep", "payments-invariants")

_MAX_EVENT_AGE_SECONDS: Final = 240
"""A run that could not be started within this is the next one's work."""


class Schedules(Construct):
    """A schedule for each function of SCHEDULED. `failures`: runs that could not be started, or did not end well."""

    def __init__(self, scope: Construct, settings: StageSettings, functions: Functions) -> None:
        super().__init__(scope, "Schedules")
        self.failures = failure_queue(self, "Failures", settings)
        for name, rate in zip(SCHEDULED, (settings.sweep_every, "rate(1 hour)"), strict=True):
            self._park_failures(name, functions.by_name[name])
            self._schedule(name, rate, functions.invoked[name])

    def _park_failures(self, name: str, function: lambda_.Function) -> None:
        """A run that fails is not tried again, since the next one does its work, but it is told."""
        role = function.role
        assert role is not None  # noqa: S101 (every function of ours has one)
        sending = iam.Policy(self, f"{name} failures", statements=[self._sending()])
        sending.attach_to_role(role)
        runs = lambda_.CfnEventInvokeConfig(
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
        runs.node.add_dependency(sending)

    def _schedule(self, name: str, rate: str, function: lambda_.IFunction) -> None:
        starting = iam.Role(self, f"{name} role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        invoking = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
        policy = iam.Policy(self, f"{name} policy", statements=[invoking, self._sending()])
        policy.attach_to_role(starting)
        schedule = scheduler.CfnSchedule(
            self,
            name,
            schedule_expression=rate,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=starting.role_arn,
                input="{}",
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.failures.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_MAX_EVENT_AGE_SECONDS, maximum_retry_attempts=3
                ),
            ),
        )
        schedule.node.add_dependency(policy)

    def _sending(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.failures.queue_arn])
