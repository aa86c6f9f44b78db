use std::path::Path;

use identity::{Env, Error};
use identity_emulator::Emulator;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::args::{EmulatorArgs, VariablesOutput};
use crate::failure::Failure;
use crate::output::shell;
use crate::{output, report, runtime, temporary};

/// `azid emulator`: runs the emulator until somebody interrupts it.
pub(crate) fn run(args: &EmulatorArgs, env: &Env) -> Result<(), Failure> {
    let ca_file = ca_file(env)?;
    // Outside, so that it is printed only once the emulator can be stopped in an orderly way.
    let mut printed = Ok(());
    let ended = runtime::block_on(async {
        let emulator = start(args, ca_file.path()).await?;
        let interrupted = runtime::interruption()?;
        printed = output::write(&shown(&variables(&emulator, ca_file.path()), ca_file.path(), args.output)?);
        if printed.is_ok() {
            report::note(&format!("the emulator is at {}; end it with Ctrl-C", emulator.authority_host()));
            interrupted.await;
        }
        Ok(())
    });
    // Nobody hears of a file that is gone already.
    let _ = ca_file.close();
    ended?;
    printed
}

async fn start(args: &EmulatorArgs, ca_file: &Path) -> Result<Emulator, Error> {
    let mut builder = Emulator::builder().with_https().with_ca_file(ca_file);
    if let Some(port) = args.port {
        builder = builder.with_port(port);
    }
    builder.start().await.map_err(|error| match args.port {
        Some(port) => {
            Error::invalid_argument(format!("the emulator can't be started with --port {port}: {error}"))
        }
        None => Error::failed(format!("the emulator can't be started: {error}")),
    })
}

/// The file for the certificate of the emulator's authority.
fn ca_file(env: &Env) -> Result<NamedTempFile, Error> {
    temporary::file(env, ".pem").map_err(|error| {
        let place = temporary::place(env);
        Error::failed(format!(
            "no file for the emulator's certificate can be made in '{}': {error}",
            place.display()
        ))
    })
}

/// The emulator's variables, and those by which other languages learn of its certificate authority.
fn variables(emulator: &Emulator, ca_file: &Path) -> Vec<(&'static str, String)> {
    let mut variables = emulator.environment();
    for name in ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        variables.push((name, ca_file.display().to_string()));
    }
    variables
}

fn shown(
    variables: &[(&'static str, String)],
    ca_file: &Path,
    output: VariablesOutput,
) -> Result<String, Error> {
    match output {
        VariablesOutput::Env => {
            Ok(variables.iter().map(|(name, value)| shell::export(name, value)).collect())
        }
        VariablesOutput::Json => {
            let mut object: Map<String, Value> = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
                .collect();
            object.insert("tls".to_owned(), json!({"caFile": ca_file.display().to_string()}));
            output::json(&object)
        }
    }
}
