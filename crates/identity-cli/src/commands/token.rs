use identity::{AccessToken, Env, Error};

use crate::args::TokenArgs;
use crate::credentials::Credentials;
use crate::emulated::Emulated;
use crate::failure::Failure;
use crate::{limits, output, runtime, secrets};

/// `azid token`: gets a token and prints it.
pub(crate) fn run(mut args: TokenArgs, env: &Env) -> Result<(), Failure> {
    secrets::take_in(args.options.secrets())?;
    let token = runtime::block_on(get(&args, env))?;
    output::print(&token, args.output(), env)
}

async fn get(args: &TokenArgs, env: &Env) -> Result<AccessToken, Error> {
    let class = args.credential.class();
    let scopes: Vec<&str> = args.scope.iter().map(String::as_str).collect();
    let request = async {
        let emulated = match args.options.emulator {
            true => Some(Emulated::start(env, &args.options.asked_by(args.credential), &args.scope).await?),
            false => None,
        };
        let credentials = Credentials::new(&args.options, env, emulated.as_ref())
            .with_signed_in(&args.signed_in)
            .with_scopes(&args.scope);
        credentials.build(args.credential)?.get_token(&scopes, &args.request.options()).await
    };
    let token = limits::within(limits::of(args.credential, args.options.timeout), class, request).await?;
    Ok(if token.credential().is_empty() { token.with_credential(class) } else { token })
}
