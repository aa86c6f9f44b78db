//! App Service, and Azure Machine Learning, which speaks as App Service did in 2017.

use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::sync::read;

use super::token::{Names, NoIdentity};
use super::{found, only, required};

const NAMES: Names =
    Names { client: &["client_id"], object: &["object_id", "principal_id"], resource: &["mi_res_id"] };
const NAMES_OF_2017: Names =
    Names { client: &["clientid"], object: &["object_id"], resource: &["msi_res_id"] };

pub(super) fn token(entra: &Entra, request: &RecordedRequest) -> Reply {
    let secret = ("x-identity-header", entra.hosts.secrets.app_service.as_str());
    answer(entra, request, "2019-08-01", secret, &NAMES).unwrap_or_else(|refused| refused)
}

pub(super) fn token_of_2017(entra: &Entra, request: &RecordedRequest) -> Reply {
    let secret = ("secret", entra.hosts.secrets.azure_ml.as_str());
    answer(entra, request, "2017-09-01", secret, &NAMES_OF_2017).unwrap_or_else(|refused| refused)
}

fn answer(
    entra: &Entra,
    request: &RecordedRequest,
    version: &str,
    (header, secret): (&str, &str),
    names: &Names,
) -> Result<Reply, Reply> {
    if let Some(refused) = only(&Method::GET, request) {
        return Err(refused);
    }
    // Without the secret a request could be one that somebody else made the app send.
    if request.header(header) != Some(secret) || request.headers().contains_key("x-forwarded-for") {
        return Err(refuse(
            StatusCode::UNAUTHORIZED,
            &format!("The header {header} is missing or not that of this app"),
        ));
    }
    let bad = |message: &str| refuse(StatusCode::BAD_REQUEST, message);
    if required(request, "api-version") != Some(version) {
        return Err(bad(&format!("The api-version is not {version}")));
    }
    let resource = required(request, "resource").ok_or_else(|| bad("The parameter resource is missing"))?;
    let machine = read(&entra.hosts.machine).clone();
    let asked = machine.identity(request, names).map_err(|why| match why {
        NoIdentity::Several => bad("More than one identity is named"),
        NoIdentity::Unknown => {
            bad("No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
        }
    })?;
    let token =
        entra.machine_token(asked.identity, resource).ok_or_else(|| bad("The resource is unknown"))?;
    let mut body = token.body(resource, machine.expiry);
    body.insert("client_id".into(), json!(asked.identity.client_id));
    Ok(found(&body.into()))
}

fn refuse(status: StatusCode, message: &str) -> Reply {
    let correlation_id = Uuid::new_v4().to_string();
    Reply::json(
        status,
        &json!({ "statusCode": status.as_u16(), "message": message, "correlationId": correlation_id }),
    )
}
