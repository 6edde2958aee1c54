"""The single DynamoDB table, as docs/data-model.md describes it."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.settings import StageSettings


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


class Database(Construct):
    """`table`: on-demand capacity, point-in-time recovery, TTL, a stream of old and new images, two indexes."""

    def __init__(self, scope: Construct, settings: StageSettings) -> None:
        super().__init__(scope, "Database")
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_string("pk"),
            sort_key=_string("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=settings.keep_data,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute="expires_at",
        )
        self._add_index("gsi1", dynamodb.ProjectionType.ALL)
        self._add_index("gsi2", dynamodb.ProjectionType.KEYS_ONLY)

    def _add_index(self, name: str, projection: dynamodb.ProjectionType) -> None:
        self.table.add_global_secondary_index(
            index_name=name,
            partition_key=_string(f"{name}pk"),
            sort_key=_string(f"{name}sk"),
            projection_type=projection,
        )
