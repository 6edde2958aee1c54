"""`put_secrets` writes each function's secret and the parameters of a stage."""

import io
import json
import sys

import pytest

from infra import privileges, put_secrets, signing_keys
from infra.put_secrets import InvalidValues
from infra.secret_store import PARAMETERS, SecretStore
from tests.fixtures.fake_aws import aws_client
from tests.unit.infra.conftest import CREDENTIALS


def secrets_by_function(store: SecretStore) -> dict[str, dict[str, str]]:
    return {function: store.function_secrets(function) for function in privileges.SECRETS}


def test_put_secrets_gives_each_function_only_its_secrets(store: SecretStore) -> None:
    for function, values in secrets_by_function(store).items():
        assert set(values) == set(privileges.SECRETS[function])
    assert store.function_secrets("payments-sweep") == {"LMS_RAZORPAY_KEY_SECRET": "key"}


def test_put_secrets_names_secrets_and_parameters_by_stage(store: SecretStore) -> None:
    secrets = aws_client("secretsmanager").list_secrets()["SecretList"]
    assert {each["Name"] for each in secrets} == {
        f"lectern/dev/{function}" for function, names in privileges.SECRETS.items() if names
    }
    parameters = aws_client("ssm").describe_parameters()["Parameters"]
    assert {each["Name"] for each in parameters} == {f"/lectern/dev/{name}" for name in PARAMETERS.values()}
    assert {each["Type"] for each in parameters} == {"String"}
    assert store.parameter("LMS_RAZORPAY_KEY_ID") == "rzp_test_x"


def test_put_secrets_generates_and_shares_missing_keys(store: SecretStore) -> None:
    cursor_keys = {
        values["LMS_CURSOR_KEY"] for values in secrets_by_function(store).values() if "LMS_CURSOR_KEY" in values
    }
    assert len(cursor_keys) == 1
    assert len(cursor_keys.pop()) >= 32
    auth_secrets = store.function_secrets("auth")
    assert len(auth_secrets["LMS_REFRESH_KEY"]) >= 32
    (public_key,) = json.loads(store.parameter(signing_keys.PUBLIC) or "")["keys"]
    assert public_key["kid"] == json.loads(auth_secrets[signing_keys.PRIVATE])["kid"]
    assert "d" not in public_key


def test_put_secrets_rotation_changes_only_the_new_value(store: SecretStore) -> None:
    before = secrets_by_function(store)
    lines = put_secrets.write_secrets(store, "dev", {"LMS_RAZORPAY_KEY_SECRET": "new,key"})
    for function, values in secrets_by_function(store).items():
        changed = {name for name in values if values[name] != before[function][name]}
        assert changed == ({"LMS_RAZORPAY_KEY_SECRET"} & set(values))
    assert lines == [
        "secret of payments: LMS_RAZORPAY_KEY_SECRET",
        "secret of payments-webhook: LMS_RAZORPAY_KEY_SECRET",
        "secret of payments-sweep: LMS_RAZORPAY_KEY_SECRET",
        "secret of payments-reconcile: LMS_RAZORPAY_KEY_SECRET",
    ]


def test_put_secrets_without_a_change_writes_nothing(store: SecretStore) -> None:
    assert put_secrets.write_secrets(store, "dev", CREDENTIALS) == ["nothing has changed"]
    for secret in aws_client("secretsmanager").list_secrets()["SecretList"]:
        versions = aws_client("secretsmanager").list_secret_version_ids(SecretId=secret["Name"])["Versions"]
        assert len(versions) == 1, secret["Name"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"LMS_RAZORPAY_KEY_ID": "rzp_test_x"}, "missing: LMS_CLOUDINARY_API_KEY"),
        (CREDENTIALS | {"LMS_REFRESH_KEY": " "}, "without a value: LMS_REFRESH_KEY"),
        (CREDENTIALS | {"LMS_TYPO": "x"}, "unknown: LMS_TYPO"),
    ],
)
def test_put_secrets_with_missing_or_invalid_values_writes_nothing(
    empty_store: SecretStore, values: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidValues, match=message):
        put_secrets.write_secrets(empty_store, "dev", values)
    assert aws_client("secretsmanager").list_secrets()["SecretList"] == []
    assert aws_client("ssm").describe_parameters()["Parameters"] == []


def test_put_secrets_with_edge_writes_cloudfronts_secret_in_us_east_1(
    store: SecretStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}"))
    assert put_secrets.main(["dev", "--edge"]) == 0
    assert capsys.readouterr().out == "secret of the edge: LMS_EDGE_KEY\n"
    secret = aws_client("secretsmanager", "us-east-1").get_secret_value(SecretId="lectern/dev/edge")
    assert json.loads(secret["SecretString"]) == {"LMS_EDGE_KEY": store.function_secrets("auth")["LMS_EDGE_KEY"]}


def test_put_secrets_command_with_invalid_input_exits_with_1_and_the_message(
    empty_store: SecretStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"LMS_TYPO": "x"}'))
    assert put_secrets.main(["dev"]) == 1
    assert capsys.readouterr().err.startswith("unknown: LMS_TYPO;")
