use std::ffi::OsString;
use std::process::ExitCode;

use identity::Env;

use crate::args::{self, Command, Early};
use crate::failure::Failure;
use crate::{commands, log, output, report};

/// Runs the command that the arguments ask for.
pub(crate) fn run(arguments: Vec<OsString>, env: Env) -> ExitCode {
    let command = match args::parse(&arguments) {
        Ok(command) => command,
        Err(Early::Show(text)) => return ended(output::write(&text), false),
        Err(Early::Wrong { error, json }) => return ended(Err(error.into()), json),
    };
    log::start(&env);
    let json = command.errors_as_json();
    let result = match command {
        Command::Token(args) => commands::token::run(*args, &env),
        Command::Login(args) => commands::login::run(*args, &env),
        Command::Diagnose(args) => commands::diagnose::run(*args, &env),
        Command::Emulator(args) => commands::emulator::run(&args, &env),
        Command::CredentialHelper(helper) => commands::credential_helper::run(*helper, &env),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Completions(args) => commands::completions::run(&args),
        Command::Man => commands::man::run(),
    };
    ended(result, json)
}

fn ended(result: Result<(), Failure>, json: bool) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report::failure(&failure, json),
    }
}
