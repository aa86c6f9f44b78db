//! The command line.

mod applies;
mod credential;
mod credential_helper;
mod diagnose;
mod login;
mod options;
mod request;
mod token;
mod wrong;

pub(crate) use credential::CredentialName;
pub(crate) use credential_helper::{CredentialHelper, DockerAction, GitAction, HelperArgs};
pub(crate) use diagnose::{DiagnoseArgs, ReportOutput};
pub(crate) use login::{LoginArgs, SignedInArgs};
pub(crate) use options::{CredentialArgs, SYSTEM_ACCESSTOKEN};
pub(crate) use request::RequestArgs;
pub(crate) use token::TokenArgs;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use identity::{Error, Secret};
use identity_emulator::Host;

/// Tokens for Azure from a terminal.
///
/// Every option is one of the library `identity`; see its documentation for what they do in depth. Exit status: 0 with a token, 1 when
/// authentication failed, 2 for a wrong argument, 3 when the credential is unavailable, 4 when a person must sign in.
#[derive(Debug, Parser)]
#[command(name = "azid", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Get a token and print it
    ///
    /// The credential's options that have a variable in brackets are read from there when they are not given; an empty variable counts as
    /// unset. HTTPS_PROXY, HTTP_PROXY, NO_PROXY and SSL_CERT_FILE are honoured; AZID_LOG sets what is logged (default: warn).
    Token(Box<TokenArgs>),
    /// Let somebody sign in, and keep a record of who it was
    ///
    /// The record is how later commands find the same account without asking again.
    Login(Box<LoginArgs>),
    /// Find out why the default credential has no token, or has this one
    ///
    /// Goes through the chain once, and says for each member what it found, what came of it, how long it took and what to do; then checks what often
    /// goes wrong around it. There is no secret in what it prints.
    Diagnose(Box<DiagnoseArgs>),
    /// Run the emulator on its own until interrupted
    ///
    /// First prints the variables that make programs use it. It knows one tenant with one app and one user, checks what Entra ID checks, and
    /// its tokens are worth nothing elsewhere.
    Emulator(EmulatorArgs),
    /// Log git or docker in
    ///
    /// The program that asks speaks over standard input and output, and adds what it wants done to the command line.
    #[command(subcommand)]
    CredentialHelper(Box<CredentialHelper>),
    /// Decode a token and explain it
    ///
    /// Nothing is sent anywhere, and the signature is not verified.
    Inspect(InspectArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the manual, for `man -l -`
    Man,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EmulatorArgs {
    /// The port of its authority, on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "P")]
    pub(crate) port: Option<u16>,
    /// Also make programs believe that they run on this host [default: a virtual machine]
    #[arg(long, value_name = "HOST", value_parser = host())]
    pub(crate) host: Option<Host>,
    /// How the variables are printed
    #[arg(long, value_enum, default_value_t = VariablesOutput::Env)]
    pub(crate) output: VariablesOutput,
}

/// How variables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VariablesOutput {
    /// Lines for a shell
    Env,
    /// One object of names and values, and the file of the certificate authority
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// The token, or `-` for standard input; what `azid token` prints will do [default: -]
    #[arg(value_name = "TOKEN", value_parser = secret, allow_hyphen_values = true)]
    pub(crate) token: Option<Secret>,
    /// How it is explained [default: json when stdout is no terminal, else text]
    #[arg(long, value_enum)]
    output: Option<InspectOutput>,
}

/// How a token is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectOutput {
    /// One object
    Json,
    /// For people
    Text,
}

impl InspectArgs {
    /// How it is explained.
    pub(crate) fn output(&self) -> InspectOutput {
        let default = if io::stdout().is_terminal() { InspectOutput::Text } else { InspectOutput::Json };
        self.output.unwrap_or(default)
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

impl Command {
    /// Whether the output is JSON, so that errors are JSON too.
    pub(crate) fn errors_as_json(&self) -> bool {
        match self {
            Self::Token(args) => args.output() == crate::output::TokenOutput::Json,
            Self::Diagnose(args) => args.output == ReportOutput::Json,
            Self::Emulator(args) => args.output == VariablesOutput::Json,
            Self::Inspect(args) => args.output() == InspectOutput::Json,
            // It prints no result, so only who reads it can say what it is.
            Self::Login(_) => !io::stdout().is_terminal(),
            Self::CredentialHelper(_) | Self::Completions(_) | Self::Man => false,
        }
    }
}

/// Why there is no command to run.
#[derive(Debug)]
pub(crate) enum Early {
    /// The help or the version were asked for.
    Show(String),
    /// The command line is wrong; whether it asked for JSON.
    Wrong { error: Error, json: bool },
}

/// Reads the command line.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Command, Early> {
    let mut command = definition();
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        Ok((matches, cli.command))
    });
    let wrong = |error| Early::Wrong { error, json: wrong::wants_json(arguments) };
    let (matches, parsed) = match parsed {
        Ok(parsed) => parsed,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Err(Early::Show(error.render().to_string()));
        }
        Err(error) => return Err(wrong(wrong::explain(&error))),
    };
    match (&parsed, matches.subcommand()) {
        (Command::Token(args), Some((_, given))) => {
            applies::check(args.credential, &args.options, given, applies::OF_SIGNED_IN)
        }
        (Command::Login(args), Some((_, given))) => applies::check_login(args.credential)
            .and_then(|()| applies::check(args.credential, &args.options, given, &[])),
        (Command::CredentialHelper(helper), Some((_, given))) => {
            let (credential, options) = helper.credential_and_options();
            let check = |given| applies::check(credential, options, given, applies::OF_SIGNED_IN);
            given.subcommand().map_or(Ok(()), |(_, given)| check(given))
        }
        (Command::Diagnose(args), Some((_, given))) => {
            applies::check(CredentialName::Default, &args.options, given, &[])
        }
        _ => Ok(()),
    }
    .map_err(wrong)?;
    Ok(parsed)
}

/// The command line as clap knows it.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// The names of hosts, as values of an option.
fn host() -> impl TypedValueParser<Value = Host> {
    PossibleValuesParser::new(Host::ALL.map(Host::as_str)).try_map(|name| name.parse())
}

/// Takes a secret over; none is wrong at this point.
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests;
