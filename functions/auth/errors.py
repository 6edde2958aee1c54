"""Errors of the auth function."""

from shared.errors import Conflict, DomainError, Invalid, TooManyRequests


class EmailTaken(Conflict):
    code = "email_taken"
    title = "An account with this e-mail address already exists"


class CredentialsInvalid(DomainError):
    """Raised for an unknown address and for a wrong password, so that the response does not reveal whether an account
    exists."""

    status = 401
    code = "credentials_invalid"
    title = "The e-mail address or the password is incorrect"


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"
    title = "Too many failed attempts: wait, then try again"


class AccountSuspended(DomainError):
    """Raised only after the caller proved to own the account, by its password or a refresh token."""

    status = 403
    code = "account_suspended"
    title = "This account is suspended"


class RefreshTokenInvalid(DomainError):
    status = 401
    code = "refresh_token_invalid"
    title = "The refresh token is missing, expired or invalid: sign in again"


class RefreshTokenReused(DomainError):
    """A refresh token that was already used may have been stolen, so the whole session is revoked."""

    status = 401
    code = "refresh_token_reused"
    title = "This refresh token was already used, so the session was ended: sign in again"


class CurrentPasswordWrong(Invalid):
    code = "current_password_wrong"
    title = "The current password is incorrect"


class OwnAccount(Conflict):
    code = "own_account"
    title = "Admins cannot change the role or the status of their own account"


class UserChanged(Conflict):
    code = "user_changed"
    title = "The user was changed by another request: reload and try again"
