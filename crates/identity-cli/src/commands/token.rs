use identity::Env;

use crate::acquire::{Wanted, acquire};
use crate::args::TokenArgs;
use crate::failure::Failure;
use crate::{output, runtime, secrets};

/// `azid token`: gets a token and prints it.
pub(crate) fn run(mut args: TokenArgs, env: &Env) -> Result<(), Failure> {
    secrets::take_in(args.options.secrets())?;
    let wanted = Wanted {
        credential: args.credential,
        scopes: &args.scope,
        request: &args.request.options(),
        options: &args.options,
        signed_in: &args.signed_in,
    };
    let token = runtime::block_on(acquire(wanted, env))?;
    output::print(&token, args.output(), env)
}
