"""Reads and writes a stage's secrets and parameters, by the names in privileges.SECRETS and functions.PARAMETERS."""

import json
from collections.abc import Mapping
from typing import Any, Final

import botocore.session
from botocore.exceptions import ClientError

from infra import privileges

PARAMETERS: Final = {
    "LMS_JWT_PUBLIC_KEYS": "jwt_public_keys",
    "LMS_RAZORPAY_KEY_ID": "razorpay_key_id",
    "LMS_CLOUDINARY_CLOUD_NAME": "cloudinary_cloud_name",
    "LMS_CLOUDINARY_API_KEY": "cloudinary_api_key",
}
"""Settings that belong to an account and are no secret: read from Parameter Store at each deployment."""


class SecretStore:
    """Secrets Manager and Parameter Store of the account that the environment has credentials for."""

    def __init__(self, stage: str) -> None:
        self._prefix = f"lectern/{stage}"
        session: Any = botocore.session.get_session()
        self._session = session
        self._secrets = session.create_client("secretsmanager")
        self._parameters = session.create_client("ssm")

    def secrets_of(self, function: str) -> dict[str, str]:
        """What the function's secret holds; nothing when there is none yet."""
        try:
            found = self._secrets.get_secret_value(SecretId=self._name(function))
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return {}
        held: dict[str, str] = json.loads(found["SecretString"])
        return held

    def all_secrets(self) -> dict[str, str]:
        """Every secret value of the stage, by name."""
        held: dict[str, str] = {}
        for function in privileges.SECRETS:
            held |= self.secrets_of(function)
        return held

    def keep(self, function: str, values: Mapping[str, str]) -> None:
        """Replaces what the function's secret holds. Functions see it within five minutes."""
        _put_or_create(self._secrets, self._name(function), values)

    def keep_for_edge(self, values: Mapping[str, str]) -> None:
        """The secret that CloudFront is deployed with, where its stack is deployed."""
        _put_or_create(
            self._session.create_client("secretsmanager", region_name="us-east-1"), self._name("edge"), values
        )

    def parameter(self, setting: str) -> str | None:
        try:
            found = self._parameters.get_parameter(Name=self._parameter(setting))
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return None
        value: str = found["Parameter"]["Value"]
        return value

    def keep_parameter(self, setting: str, value: str) -> None:
        """Takes effect with the next deployment."""
        self._parameters.put_parameter(Name=self._parameter(setting), Value=value, Type="String", Overwrite=True)

    def _name(self, function: str) -> str:
        return f"{self._prefix}/{function}"

    def _parameter(self, setting: str) -> str:
        return f"/{self._prefix}/{PARAMETERS[setting]}"


def _put_or_create(secrets: Any, name: str, values: Mapping[str, str]) -> None:
    text = json.dumps(dict(values))
    try:
        secrets.put_secret_value(SecretId=name, SecretString=text)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        secrets.create_secret(Name=name, SecretString=text)
