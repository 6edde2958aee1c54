"""Requests and responses of the auth routes."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from functions.auth import emails, passwords
from shared.domain.gst import STATES, is_gstin
from shared.domain.lifecycle import Role, UserStatus
from shared.schemas import AddressText, In, Out, PageOut, PageQuery, ShortText, UtcTime


def _require_known_state(code: str) -> str:
    if code not in STATES:
        raise PydanticCustomError(
            "state_unknown", "Enter the two-digit code of an Indian state, the first two digits of a GSTIN"
        )
    return code


def _require_gstin(text: str) -> str:
    if not is_gstin(text):
        raise PydanticCustomError(
            "gstin_invalid", "Enter a valid GSTIN: compare all 15 characters with your certificate of registration"
        )
    return text


Email = Annotated[str, Field(max_length=254, examples=["asha@example.com"]), AfterValidator(emails.normalize)]
ExistingPassword = Annotated[str, Field(min_length=1, max_length=passwords.MAX_LENGTH, repr=False)]
NewPassword = Annotated[
    str,
    Field(min_length=passwords.MIN_LENGTH, max_length=passwords.MAX_LENGTH, repr=False),
    AfterValidator(passwords.require_acceptable),
]
Headline = Annotated[str, StringConstraints(strip_whitespace=True, max_length=160, pattern=r"^[^\x00]*$")]
Bio = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=r"^[^\x00]*$")]
Gstin = Annotated[str, Field(examples=["27AAPFU0939F1ZV"]), AfterValidator(_require_gstin)]
StateCode = Annotated[str, Field(examples=["27"]), AfterValidator(_require_known_state)]


class RegisterIn(In):
    name: ShortText
    email: Email
    password: NewPassword
    role: Literal["student", "instructor"] = "student"
    state: StateCode | None = None


class LoginIn(In):
    email: Email
    password: ExistingPassword


class RefreshTokenIn(In):
    refresh_token: str = Field(max_length=2_000, repr=False)


class PasswordChangeIn(In):
    current_password: ExistingPassword
    new_password: NewPassword


class ProfileIn(In):
    """Fields that are absent or null keep their values. `gstin`, `firm_name` and `firm_address` of the firm that you
    buy for are given together; three empty texts remove the firm."""

    name: ShortText | None = None
    headline: Headline | None = None
    bio: Bio | None = None
    state: StateCode | None = None
    gstin: Gstin | Literal[""] | None = None
    firm_name: ShortText | Literal[""] | None = None
    firm_address: AddressText | Literal[""] | None = None

    @model_validator(mode="after")
    def _require_whole_firm(self) -> Self:
        firm = (self.gstin, self.firm_name, self.firm_address)
        if not (all(firm) or firm in ((None, None, None), ("", "", ""))):
            raise PydanticCustomError("firm_incomplete", "Enter GSTIN, name and address of the firm, or none of them")
        return self


class ProfileOut(Out):
    id: str = Field(validation_alias="user_id")
    name: str
    email: str
    role: Role
    headline: str
    bio: str
    state: str | None = None
    avatar_url: str | None = None
    created_at: UtcTime


class MyProfileOut(ProfileOut):
    """Your own profile. `gstin`, `firm_name` and `firm_address` describe the firm that you buy for. `state_required`
    says that create-order needs your State, because the seller has a GSTIN."""

    gstin: str | None = None
    firm_name: str | None = None
    firm_address: str | None = None
    state_required: bool = False


class TokensOut(Out):
    user: ProfileOut
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (a name, not a secret)
    expires_in: int


class UserOut(ProfileOut):
    """A user as admins see it."""

    status: UserStatus
    updated_at: UtcTime


class UsersQuery(PageQuery):
    role: Role = Role.STUDENT


UserPage = PageOut[UserOut]


class UserUpdateIn(In):
    """A new role, a new status, or both."""

    role: Role | None = None
    status: UserStatus | None = None
    reason: ShortText

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if self.role is None and self.status is None:
            raise PydanticCustomError("nothing_to_change", "Set a role, a status, or both")
        return self


class JwksOut(Out):
    keys: list[dict[str, Any]]
