use std::time::Duration;

use identity::{AccessToken, Env, Error, TokenRequestOptions};

use crate::args::TokenArgs;
use crate::credentials::Credentials;
use crate::emulated::Emulated;
use crate::failure::Failure;
use crate::{output, runtime, secrets};

/// `azid token`: gets a token and prints it.
pub(crate) fn run(mut args: TokenArgs, env: &Env) -> Result<(), Failure> {
    secrets::take_in(args.secrets())?;
    let token = runtime::block_on(get(&args, env))?;
    output::print(&token, args.output(), env)
}

async fn get(args: &TokenArgs, env: &Env) -> Result<AccessToken, Error> {
    let class = args.credential.class();
    let interrupted = runtime::interruption()?;
    let emulated = if args.emulator { Some(Emulated::start(env).await?) } else { None };
    let credential = Credentials::new(args, env, emulated.as_ref()).build(args.credential)?;

    let mut options = TokenRequestOptions::default().with_enable_cae(args.enable_cae);
    if let Some(tenant) = &args.request_tenant_id {
        options = options.with_tenant_id(tenant);
    }
    if let Some(claims) = &args.claims {
        options = options.with_claims(claims);
    }
    let scopes: Vec<&str> = args.scope.iter().map(String::as_str).collect();
    let token = tokio::select! {
        token = credential.get_token(&scopes, &options) => token?,
        late = time_is_up(args.timeout) => return Err(late.with_credential(class)),
        () = interrupted => return Err(Error::failed("interrupted before there was a token").with_credential(class)),
    };
    Ok(if token.credential().is_empty() { token.with_credential(class) } else { token })
}

/// Resolves when the time is up; never without one.
async fn time_is_up(timeout: Option<Duration>) -> Error {
    let Some(timeout) = timeout else { return std::future::pending().await };
    tokio::time::sleep(timeout).await;
    let seconds = timeout.as_secs_f64();
    Error::failed(format!(
        "there was no token within {seconds} s, which is the limit that --timeout sets; try again with a longer one"
    ))
}
