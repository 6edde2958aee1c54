"""Users, profiles, sessions, sign-in throttles and revoked access tokens."""
