"""Reads and writes the secrets and parameters of a stage.

`privileges.SECRETS` names the values of each function's secret; `PARAMETERS` below names the parameters.
"""

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
"""Settings that belong to an account but are not secret: each deployment reads them from Parameter Store."""

_EDGE_REGION: Final = "us-east-1"
"""CloudFront's stack is deployed there, and CloudFormation resolves its secret there."""


class SecretStore:
    """Secrets Manager and Parameter Store of the account and region that the environment variables select.

    Every method raises ClientError when AWS rejects the call.
    """

    def __init__(self, stage: str) -> None:
        self._prefix = f"lectern/{stage}"
        session: Any = botocore.session.get_session()
        self._session = session
        self._secrets = session.create_client("secretsmanager")
        self._parameters = session.create_client("ssm")

    def function_secrets(self, function: str) -> dict[str, str]:
        """The values of a function's secret by name; empty when the secret does not exist."""
        try:
            found = self._secrets.get_secret_value(SecretId=self._secret_name(function))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return {}
        values: dict[str, str] = json.loads(found["SecretString"])
        return values

    def all_secrets(self) -> dict[str, str]:
        """The values in the secrets of all functions of the stage, by name."""
        values: dict[str, str] = {}
        for function in privileges.SECRETS:
            values |= self.function_secrets(function)
        return values

    def put_function_secret(self, function: str, values: Mapping[str, str]) -> None:
        """Replaces a function's secret. Running functions read it within five minutes."""
        _put_or_create(self._secrets, self._secret_name(function), values)

    def put_edge_secret(self, values: Mapping[str, str]) -> None:
        """Replaces the secret that CloudFront's stack is deployed with, in us-east-1."""
        edge_secrets = self._session.create_client("secretsmanager", region_name=_EDGE_REGION)
        _put_or_create(edge_secrets, self._secret_name("edge"), values)

    def parameter(self, setting: str) -> str | None:
        """The value of a parameter by the name of its setting; None when it does not exist."""
        try:
            found = self._parameters.get_parameter(Name=self._parameter_name(setting))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return None
        value: str = found["Parameter"]["Value"]
        return value

    def put_parameter(self, setting: str, value: str) -> None:
        """Replaces a parameter. The next deployment passes it to the functions."""
        self._parameters.put_parameter(Name=self._parameter_name(setting), Value=value, Type="String", Overwrite=True)

    def _secret_name(self, owner: str) -> str:
        return f"{self._prefix}/{owner}"

    def _parameter_name(self, setting: str) -> str:
        return f"/{self._prefix}/{PARAMETERS[setting]}"


def _put_or_create(client: Any, name: str, values: Mapping[str, str]) -> None:
    text = json.dumps(dict(values))
    try:
        client.put_secret_value(SecretId=name, SecretString=text)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        client.create_secret(Name=name, SecretString=text)
