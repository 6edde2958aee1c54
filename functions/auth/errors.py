"""The refusals of the auth function."""

from shared.errors import Conflict, DomainError, Invalid, NotFound, TooManyRequests


class EmailTaken(Conflict):
    code = "email_taken"
    title = "There is an account with this e-mail address already"


class CredentialsInvalid(DomainError):
    """The same for an unknown address and a wrong password."""

    status = 401
    code = "credentials_invalid"
    title = "The e-mail address or the password is not right"


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"
    title = "Too many failed attempts: wait a while, then try again"


class AccountSuspended(DomainError):
    """Told only to whoever proved to own the account."""

    status = 403
    code = "account_suspended"
    title = "This account is suspended"


class RefreshTokenInvalid(DomainError):
    status = 401
    code = "refresh_token_invalid"
    title = "The refresh token is missing, expired or not valid: sign in again"


class RefreshTokenReused(DomainError):
    """Whoever shows a used token may have stolen it: the whole session has been ended."""

    status = 401
    code = "refresh_token_reused"
    title = "This refresh token was used before, so the session was ended: sign in again"


class CurrentPasswordWrong(Invalid):
    code = "current_password_wrong"
    title = "The current password is not right"


class UserNotFound(NotFound):
    code = "user_not_found"
    title = "There is no such user"


class OwnAccount(Conflict):
    code = "own_account"
    title = "An admin cannot change the standing of the own account"


class UserChanged(Conflict):
    code = "user_changed"
    title = "The user was changed by somebody else meanwhile: read again"
