//! The refusals of flows in which a person takes part.

use super::AadstsError;

impl AadstsError {
    pub(crate) fn unknown_user(tenant: &str) -> AadstsError {
        AadstsError::new(
            50034,
            "invalid_grant",
            format!(
                "The user account {{EUII Hidden}} does not exist in the {tenant} directory. To sign into this \
                 application, the account must be added to the directory."
            ),
        )
    }

    pub(crate) fn unknown_guest(tenant: &str) -> AadstsError {
        AadstsError::new(
            50020,
            "invalid_grant",
            format!(
                "User account '{{EUII Hidden}}' does not exist in tenant '{tenant}' and cannot access the \
                 application in that tenant. The account needs to be added as an external user in the tenant first."
            ),
        )
    }

    pub(crate) fn wrong_password() -> AadstsError {
        AadstsError::new(
            50126,
            "invalid_grant",
            "Error validating credentials due to invalid username or password.",
        )
    }

    pub(crate) fn mfa_needed(resource: &str) -> AadstsError {
        AadstsError::new(
            50076,
            "invalid_grant",
            format!(
                "Due to a configuration change made by your administrator, or because you moved to a new \
                 location, you must use multi-factor authentication to access '{resource}'."
            ),
        )
        .with_suberror("basic_action")
    }

    pub(crate) fn mfa_denied() -> AadstsError {
        AadstsError::new(
            500121,
            "access_denied",
            "Authentication failed during strong authentication request.",
        )
    }

    pub(crate) fn consent_needed(client_id: &str, name: &str) -> AadstsError {
        AadstsError::new(
            65001,
            "invalid_grant",
            format!(
                "The user or administrator has not consented to use the application with ID '{client_id}' named \
                 '{name}'. Send an interactive authorization request for this user and resource."
            ),
        )
        .with_suberror("consent_required")
    }

    pub(crate) fn consent_declined() -> AadstsError {
        AadstsError::new(65004, "access_denied", "User declined to consent to access the app.")
    }

    pub(crate) fn nobody_signed_in() -> AadstsError {
        AadstsError::new(
            50058,
            "login_required",
            "A silent sign-in request was sent but no user is signed in.",
        )
    }

    pub(crate) fn unknown_redirect_uri(uri: &str, client_id: &str) -> AadstsError {
        AadstsError::new(
            50011,
            "invalid_request",
            format!(
                "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured \
                 for the application '{client_id}'. Make sure the redirect URI sent in the request matches one \
                 added to your application."
            ),
        )
    }

    pub(crate) fn unsupported_response_type(kind: &str) -> AadstsError {
        AadstsError::new(
            700054,
            "unsupported_response_type",
            format!("response_type '{kind}' is not enabled for the application."),
        )
    }

    pub(crate) fn other_redirect_uri(given: &str, expected: &str) -> AadstsError {
        AadstsError::new(
            500112,
            "invalid_client",
            format!(
                "The reply address '{given}' does not match the reply address '{expected}' provided when \
                 requesting Authorization code."
            ),
        )
    }

    pub(crate) fn code_verifier_missing() -> AadstsError {
        AadstsError::missing_parameter("code_verifier").with_error("invalid_grant")
    }

    pub(crate) fn code_verifier_wrong() -> AadstsError {
        AadstsError::new(
            501481,
            "invalid_grant",
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )
    }

    pub(crate) fn malformed_grant() -> AadstsError {
        AadstsError::new(70000, "invalid_grant", "Provided grant is invalid or malformed.")
    }

    pub(crate) fn grant_of_another_client(client_id: &str) -> AadstsError {
        AadstsError::new(
            70000,
            "invalid_grant",
            format!("Provided grant was issued to another client than '{client_id}'."),
        )
        .with_suberror("client_mismatch")
    }

    pub(crate) fn code_expired() -> AadstsError {
        AadstsError::new(
            70008,
            "invalid_grant",
            "The provided authorization code or refresh token has expired due to inactivity. Send a new \
             interactive authorization request for this user and resource.",
        )
    }

    pub(crate) fn code_used() -> AadstsError {
        AadstsError::new(
            54005,
            "invalid_grant",
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an \
             existing refresh token.",
        )
    }

    pub(crate) fn refresh_token_expired(issued: &str) -> AadstsError {
        AadstsError::new(
            700082,
            "invalid_grant",
            format!(
                "The refresh token has expired due to inactivity. The token was issued on {issued} and was \
                 inactive for 90.00:00:00."
            ),
        )
    }

    pub(crate) fn grant_revoked(issued: &str, valid_from: &str) -> AadstsError {
        AadstsError::new(
            50173,
            "invalid_grant",
            format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user \
                 might have changed or reset their password. The grant was issued on '{issued}' and the \
                 TokensValidFrom date (before which tokens are not valid) for this user is '{valid_from}'."
            ),
        )
        .with_suberror("bad_token")
    }

    pub(crate) fn several_resources(scope: &str) -> AadstsError {
        AadstsError::new(
            28000,
            "invalid_scope",
            format!(
                "Provided value for the input parameter scope is not valid because it contains more than one \
                 resource. Scope {scope} is not valid."
            ),
        )
    }

    pub(crate) fn assertion_for_another_client(audience: &str, client_id: &str) -> AadstsError {
        AadstsError::new(
            500131,
            "invalid_grant",
            format!(
                "Assertion audience does not match the Client app presenting the assertion. The audience in the \
                 assertion was '{audience}' and the expected audience is one of the Application Uris of this \
                 application with App ID '{client_id}'."
            ),
        )
    }

    pub(crate) fn user_assertion_out_of_time(now: &str, expires: &str) -> AadstsError {
        AadstsError::new(
            500133,
            "invalid_grant",
            format!(
                "Assertion is not within its valid time range. Ensure that the access token is not expired \
                 before using it for user assertion, or request a new token. Current time: {now}, expiry time of \
                 assertion {expires}."
            ),
        )
    }

    pub(crate) fn user_assertion_not_ours() -> AadstsError {
        AadstsError::new(
            50013,
            "invalid_grant",
            "Assertion failed signature validation. [Reason - The key was not found.]",
        )
    }

    pub(crate) fn on_behalf_of_an_app(client_id: &str) -> AadstsError {
        AadstsError::new(
            7000114,
            "invalid_grant",
            format!("Application '{client_id}' is not allowed to make application on-behalf-of calls."),
        )
    }

    pub(crate) fn authorization_pending() -> AadstsError {
        AadstsError::new(
            70016,
            "authorization_pending",
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    }

    /// Of RFC 8628; Entra ID has no number of its own for it.
    pub(crate) fn slow_down() -> AadstsError {
        AadstsError::new(
            70016,
            "slow_down",
            "OAuth 2.0 device flow error. Authorization is pending. Polling is too frequent.",
        )
    }

    pub(crate) fn authorization_declined() -> AadstsError {
        AadstsError::new(
            70017,
            "authorization_declined",
            "The end user has declined the authorization request.",
        )
    }

    pub(crate) fn device_code_expired() -> AadstsError {
        AadstsError::new(
            70020,
            "expired_token",
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        )
    }

    pub(crate) fn unknown_device_code() -> AadstsError {
        AadstsError::new(
            70018,
            "bad_verification_code",
            "The provided value for the input parameter 'device_code' is not valid.",
        )
    }
}
