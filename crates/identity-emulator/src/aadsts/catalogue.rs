//! The refusals that any request may meet. Messages begin as Entra ID's do, because people search for them.

use super::AadstsError;

impl AadstsError {
    pub(crate) fn missing_parameter(name: &str) -> AadstsError {
        AadstsError::new(
            900144,
            "invalid_request",
            format!("The request body must contain the following parameter: '{name}'."),
        )
    }

    pub(crate) fn missing_field(name: &str) -> AadstsError {
        AadstsError::new(
            90014,
            "invalid_request",
            format!(
                "The required field '{name}' is missing from the credential. Ensure that you have all the \
                 necessary parameters for the login request."
            ),
        )
    }

    pub(crate) fn duplicated_parameter(name: &str) -> AadstsError {
        AadstsError::new(
            9000411,
            "invalid_request",
            format!("The request is not properly formatted. The parameter '{name}' is duplicated."),
        )
    }

    pub(crate) fn only_post(method: &str) -> AadstsError {
        AadstsError::new(
            900561,
            "invalid_request",
            format!("The endpoint only accepts POST requests. Received a {method} request."),
        )
    }

    pub(crate) fn malformed_request() -> AadstsError {
        AadstsError::new(9002313, "invalid_request", "Invalid request. Request is malformed or invalid.")
    }

    pub(crate) fn unknown_tenant(name: &str) -> AadstsError {
        AadstsError::new(
            90002,
            "invalid_request",
            format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing \
                 into the correct cloud. Check with your subscription administrator, this may happen if there \
                 are no active subscriptions for the tenant."
            ),
        )
    }

    pub(crate) fn malformed_tenant(name: &str) -> AadstsError {
        AadstsError::new(
            900023,
            "invalid_request",
            format!(
                "Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
            ),
        )
    }

    pub(crate) fn no_tenant() -> AadstsError {
        AadstsError::new(
            50059,
            "invalid_request",
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        )
    }

    pub(crate) fn unknown_app(client_id: &str, tenant: &str) -> AadstsError {
        AadstsError::new(
            700016,
            "unauthorized_client",
            format!(
                "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can \
                 happen if the application has not been installed by the administrator of the tenant or \
                 consented to by any user in the tenant. You may have sent your authentication request to the \
                 wrong tenant."
            ),
        )
    }

    pub(crate) fn wrong_secret(client_id: &str) -> AadstsError {
        AadstsError::new(
            7000215,
            "invalid_client",
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client \
                 secret value, not the client secret ID, for a secret added to app '{client_id}'."
            ),
        )
        .with_status(401)
    }

    pub(crate) fn no_proof_for_client_credentials() -> AadstsError {
        AadstsError::new(
            7000216,
            "invalid_client",
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        )
        .with_status(401)
    }

    pub(crate) fn no_proof() -> AadstsError {
        AadstsError::new(
            7000218,
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
        .with_status(401)
    }

    pub(crate) fn public_client_with_proof() -> AadstsError {
        AadstsError::new(
            700025,
            "invalid_client",
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )
        .with_status(401)
    }

    pub(crate) fn unsupported_grant(grant: &str) -> AadstsError {
        AadstsError::new(
            70003,
            "unsupported_grant_type",
            format!("The app requested an unsupported grant type '{grant}'."),
        )
    }

    pub(crate) fn scope_without_default(scope: &str) -> AadstsError {
        AadstsError::new(
            1002012,
            "invalid_scope",
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope \
                 value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        )
    }

    pub(crate) fn invalid_scope(scope: &str) -> AadstsError {
        AadstsError::new(
            70011,
            "invalid_scope",
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        )
    }

    pub(crate) fn unknown_resource(resource: &str, tenant: &str) -> AadstsError {
        AadstsError::new(
            500011,
            "invalid_resource",
            format!(
                "The resource principal named {resource} was not found in the tenant named {tenant}. This can \
                 happen if the application has not been installed by the administrator of the tenant or \
                 consented to by any user in the tenant. You might have sent your authentication request to the \
                 wrong tenant."
            ),
        )
    }

    pub(crate) fn malformed_jwt() -> AadstsError {
        AadstsError::new(50027, "invalid_request", "JWT token is invalid or malformed.")
    }

    pub(crate) fn unsupported_algorithm(name: &str) -> AadstsError {
        AadstsError::new(
            5002738,
            "invalid_client",
            format!(
                "Invalid JWT token. '{name}' is not a supported signature algorithm. Supported signing \
                 algorithms are: 'RS256, PS256'."
            ),
        )
        .with_status(401)
    }

    pub(crate) fn assertion_of_another_app() -> AadstsError {
        AadstsError::new(
            700021,
            "invalid_client",
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        )
        .with_status(401)
    }

    pub(crate) fn assertion_for_another_audience() -> AadstsError {
        AadstsError::new(
            700023,
            "invalid_client",
            "Client assertion audience claim does not match Realm issuer.",
        )
        .with_status(401)
    }

    pub(crate) fn assertion_out_of_time(now: &str, starts: &str, expires: &str) -> AadstsError {
        AadstsError::new(
            700024,
            "invalid_client",
            format!(
                "Client assertion is not within its valid time range. Current time: {now}, assertion valid \
                 from {starts}, expiry time of assertion {expires}."
            ),
        )
        .with_status(401)
    }

    pub(crate) fn unknown_certificate(thumbprint: &str, client_id: &str) -> AadstsError {
        AadstsError::new(
            700027,
            "invalid_client",
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on \
                 application. [Reason - The key was not found., Thumbprint of key used by client: \
                 '{thumbprint}', for app Id '{client_id}'.]"
            ),
        )
        .with_status(401)
    }

    pub(crate) fn bad_signature(client_id: &str) -> AadstsError {
        AadstsError::new(
            700027,
            "invalid_client",
            format!(
                "Client assertion contains an invalid signature. [Reason - The key was found, but use of the \
                 key to verify the signature failed, for app Id '{client_id}'.]"
            ),
        )
        .with_status(401)
    }

    pub(crate) fn unknown_federated(code: u32, what: &str, value: &str) -> AadstsError {
        AadstsError::new(
            code,
            "invalid_client",
            format!(
                "No matching federated identity record found for presented assertion {what} '{value}'. Check \
                 your federated identity credential Subject, Audience and Issuer against the presented assertion."
            ),
        )
        .with_status(401)
    }

    pub(crate) fn bad_federated_signature() -> AadstsError {
        AadstsError::new(
            50013,
            "invalid_client",
            "Assertion failed signature validation. [Reason - The provided signature value did not match the \
             expected signature value.]",
        )
        .with_status(401)
    }

    pub(crate) fn server_error() -> AadstsError {
        AadstsError::new(
            90033,
            "temporarily_unavailable",
            "A transient error has occurred. Please try again.",
        )
        .with_status(503)
    }
}
