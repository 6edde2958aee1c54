"""What runs by the clock."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.stream import queue_of_failures

EVERY: Final = {"payments-sweep": "rate(5 minutes)", "payments-invariants": "rate(1 hour)"}
"""Function to how often it runs."""

_PATIENCE_SECONDS: Final = 240
"""A run that could not be started within this is the next one's work."""


class Schedules(Construct):
    """A schedule for each function of EVERY that there is. `failures`: runs that could not be started at all."""

    def __init__(self, scope: Construct, functions: dict[str, lambda_.IFunction]) -> None:
        super().__init__(scope, "Schedules")
        self.failures = queue_of_failures(self, "Failures")
        for name, rate in EVERY.items():
            if name in functions:
                self._schedule(name, rate, functions[name], self.failures)

    def _schedule(self, name: str, rate: str, function: lambda_.IFunction, failures: sqs.Queue) -> None:
        starting = iam.Role(self, f"{name} role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        statements = [
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn]),
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[failures.queue_arn]),
        ]
        policy = iam.Policy(self, f"{name} policy", statements=statements)
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
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=failures.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_PATIENCE_SECONDS, maximum_retry_attempts=3
                ),
            ),
        )
        schedule.node.add_dependency(policy)
