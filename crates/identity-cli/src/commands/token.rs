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
        let emulated = emulated(args, env).await?;
        let credentials = Credentials::new(&args.options, env, emulated.as_ref())
            .with_signed_in(&args.signed_in)
            .with_scopes(&args.scope);
        credentials.build(args.credential)?.get_token(&scopes, &args.request.options()).await
    };
    let token = limits::within(limits::of(args.credential, args.options.timeout), class, request).await?;
    Ok(if token.credential().is_empty() { token.with_credential(class) } else { token })
}

/// The emulator, if it is asked for, with whatever the credential needs of it.
async fn emulated(args: &TokenArgs, env: &Env) -> Result<Option<Emulated>, Error> {
    let mut emulated = Emulated::start_if(args.options.emulator, env).await?;
    if let Some(emulated) = &mut emulated
        && args.options.members.iter().chain([&args.credential]).any(|name| name.asks_a_tool())
    {
        emulated.install_tools(&args.scope)?;
    }
    Ok(emulated)
}
