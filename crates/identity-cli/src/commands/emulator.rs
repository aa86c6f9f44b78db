use std::path::Path;

use identity::{Env, Error};
use identity_emulator::{Emulator, Host, Machine};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::args::{EmulatorArgs, VariablesOutput};
use crate::failure::Failure;
use crate::output::shell;
use crate::{output, report, runtime, temporary};

/// `azid emulator`: runs the emulator until somebody interrupts it.
pub(crate) fn run(args: &EmulatorArgs, env: &Env) -> Result<(), Failure> {
    let folder = folder(env)?;
    let ca_file = folder.path().join("ca.pem");
    // Outside, so that it is printed only once the emulator can be stopped in an orderly way.
    let mut printed = Ok(());
    let ended = runtime::block_on(async {
        let emulator = start(args, folder.path(), &ca_file).await?;
        let interrupted = runtime::interruption()?;
        printed = output::write(&shown(&variables(&emulator, args.host, &ca_file)?, &ca_file, args.output)?);
        if printed.is_ok() {
            introduce(&emulator);
            interrupted.await;
        }
        Ok(())
    });
    // Nobody hears of a folder that is gone already.
    let _ = folder.close();
    ended?;
    printed
}

async fn start(args: &EmulatorArgs, folder: &Path, ca_file: &Path) -> Result<Emulator, Error> {
    let mut builder = Emulator::builder()
        .with_https()
        .with_ca_file(ca_file)
        .with_federated_token_file(folder.join("federated-token"));
    if args.host == Some(Host::AzureArc) {
        builder = builder.with_machine(Machine::default().with_arc_folder(arc_folder()?));
    }
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

/// The folder for the certificate of the emulator's authority and what else programs read.
fn folder(env: &Env) -> Result<TempDir, Error> {
    temporary::folder(env).map_err(|error| {
        let place = temporary::place(env);
        Error::failed(format!(
            "no folder for the emulator's files can be made in '{}': {error}",
            place.display()
        ))
    })
}

/// The one folder in which clients of Azure Arc look for key files.
fn arc_folder() -> Result<&'static Path, Error> {
    let folder = Path::new("/var/opt/azcmagent/tokens");
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Error::invalid_argument(format!(
        "--host azure-arc: clients read a key from the folder '{}' and no other, and it does not exist; make it, writable for you",
        folder.display()
    )))
}

/// The emulator's variables, and those by which other languages learn of its certificate authority.
fn variables(
    emulator: &Emulator,
    host: Option<Host>,
    ca_file: &Path,
) -> Result<Vec<(&'static str, String)>, Error> {
    let mut variables = emulator.environment();
    let account = [("AZURE_USERNAME", emulator.username()), ("AZURE_PASSWORD", emulator.password())];
    variables.extend(account.map(|(name, value)| (name, value.to_owned())));
    variables.extend(
        ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].map(|name| (name, ca_file.display().to_string())),
    );
    let host = host.unwrap_or(Host::Imds);
    let of_host = emulator
        .host_environment(host)
        .ok_or_else(|| Error::invalid_argument(format!("--host {host}: the emulator can't play it here")))?;
    // An app that its host vouches for has no other proof.
    if of_host.iter().any(|(name, _)| *name == "AZURE_CLIENT_ID") {
        let proofs = ["AZURE_CLIENT_SECRET", "AZURE_USERNAME", "AZURE_PASSWORD"];
        variables.retain(|(name, _)| !proofs.contains(name));
    }
    variables.retain(|(name, _)| !of_host.iter().any(|(other, _)| other == name));
    variables.extend(of_host);
    Ok(variables)
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

/// What people need to know who look at it.
fn introduce(emulator: &Emulator) {
    report::note(&format!("the emulator is at {}; end it with Ctrl-C", emulator.authority_host()));
    report::note(&format!(
        "people sign in as {} with the password {}",
        emulator.username(),
        emulator.password()
    ));
}
