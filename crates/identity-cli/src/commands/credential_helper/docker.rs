//! The protocol of docker's helpers: the public repository docker/docker-credential-helpers, "Development".

use identity::http::{HttpRequest, HttpService as _, ReqwestService, mask};
use identity::{AccessToken, Env, Error, Secret, SecretBytes};
use serde::Serialize;

use super::{Asked, check_secrets, is_under, read_input};
use crate::args::{DockerAction, HelperArgs};
use crate::failure::Failure;
use crate::{output, runtime};

/// Azure Container Registry, as an application in Entra ID.
const SCOPE: &str = "https://containerregistry.azure.net/.default";
const REGISTRIES: [&str; 3] = ["azurecr.io", "azurecr.cn", "azurecr.us"];
/// What stands for a user name where the password is a token. Source: the Microsoft page "Azure Container Registry authentication options".
const USERNAME: &str = "00000000-0000-0000-0000-000000000000";
/// By these words docker knows that it has to look elsewhere.
const NOT_FOUND: &str = "credentials not found in native keychain";

pub(super) fn run(mut args: HelperArgs<DockerAction>, env: &Env) -> Result<(), Failure> {
    match args.action {
        DockerAction::List => return output::write("{}\n"),
        DockerAction::Other => {
            read_input()?;
            return Ok(());
        }
        DockerAction::Get => {}
    }
    let login = check_secrets(&mut args.options).and_then(|()| login(&args, env));
    match login {
        Ok(login) => {
            output::mask(&login.secret, env);
            output::write(&output::json(&login)?)
        }
        Err(error) => {
            // Docker shows what is on standard output.
            output::write(&format!("{}\n", mask(error.message())))?;
            Err(error.into())
        }
    }
}

/// What docker logs in with.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Login {
    #[serde(rename = "ServerURL")]
    server_url: String,
    username: &'static str,
    secret: String,
}

fn login(args: &HelperArgs<DockerAction>, env: &Env) -> Result<Login, Error> {
    let input = read_input()?;
    let server_url = input.secret().trim();
    let registry = registry(server_url).ok_or_else(|| Error::unavailable(NOT_FOUND))?;
    let asked = Asked { credential: args.credential, options: &args.options, signed_in: &args.signed_in };
    let secret = runtime::block_on(async {
        let token = asked.token(SCOPE, env).await?;
        exchange(registry, &token, env).await
    })?;
    Ok(Login { server_url: server_url.to_owned(), username: USERNAME, secret: secret.secret().to_owned() })
}

/// The host of a registry in Azure; nobody else may see a token of it.
pub(super) fn registry(server_url: &str) -> Option<&str> {
    if server_url.contains(char::is_control) {
        return None;
    }
    let rest = match server_url.split_once("://") {
        Some(("https", rest)) => rest,
        Some(_) => return None,
        None => server_url,
    };
    let host = rest.split(['/', '?', '#']).next()?;
    let name = host.strip_suffix(":443").unwrap_or(host);
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    (is_name && is_under(name, &REGISTRIES)).then_some(name)
}

/// Trades a token of Entra ID for one of the registry, which is what docker can log in with.
async fn exchange(registry: &str, token: &AccessToken, env: &Env) -> Result<Secret, Error> {
    let failed = |why: String| Error::failed(format!("the registry {registry} gives no token: {why}"));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "access_token").append_pair("service", registry);
    if let Some(tenant) = token.tenant_id() {
        form.append_pair("tenant", tenant);
    }
    let body = form.append_pair("access_token", token.token().secret()).finish();
    let mut request = HttpRequest::new(SecretBytes::new(body));
    *request.method_mut() = "POST".parse().map_err(|_| failed("it can't be asked".to_owned()))?;
    *request.uri_mut() = format!("https://{registry}/oauth2/exchange")
        .parse()
        .map_err(|_| failed("its address is no URL".to_owned()))?;
    let form_type = "application/x-www-form-urlencoded".parse();
    request
        .headers_mut()
        .insert("content-type", form_type.map_err(|_| failed("it can't be asked".to_owned()))?);

    let response = ReqwestService::new(env).send(request).await.map_err(|error| failed(error.to_string()))?;
    let answer: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    if let Some(token) = answer.get("refresh_token").and_then(|token| token.as_str())
        && response.status().is_success()
        && token.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Ok(Secret::new(token));
    }
    let words = mask(&String::from_utf8_lossy(response.body()));
    let status = response.status().as_u16();
    Err(failed(format!(
        "HTTP {status}: {words}. Check that whoever asks may pull from it (the role AcrPull)"
    )))
}
