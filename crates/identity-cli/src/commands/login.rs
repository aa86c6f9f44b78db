use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use identity::{AuthenticationRecord, Env, Error};

use crate::args::LoginArgs;
use crate::credentials::Credentials;
use crate::emulated::Emulated;
use crate::failure::Failure;
use crate::{limits, report, runtime, secrets};

/// `azid login`: lets somebody sign in, and writes the record of who it was.
pub(crate) fn run(mut args: LoginArgs, env: &Env) -> Result<(), Failure> {
    secrets::take_in(args.options.secrets())?;
    let record = runtime::block_on(sign_in(&args, env))?;
    write(&record, &args.authentication_record)?;
    report::note(&format!(
        "{} signed in; the record is in '{}'",
        record.username(),
        args.authentication_record.display()
    ));
    Ok(())
}

async fn sign_in(args: &LoginArgs, env: &Env) -> Result<AuthenticationRecord, Error> {
    // Somebody who has signed in shall not hear then that it was in vain.
    check(&args.authentication_record)?;
    let mut scopes: Vec<&str> = args.scope.iter().map(String::as_str).collect();
    if args.options.emulator && scopes.is_empty() {
        scopes.push(EMULATED_SCOPE);
    }
    let request = async {
        let emulated = match args.options.emulator {
            true => Some(Emulated::start(env, &[args.credential], &[]).await?),
            false => None,
        };
        let credentials = Credentials::new(&args.options, env, emulated.as_ref());
        credentials.authenticate(args.credential, &scopes, &args.request.options()).await
    };
    limits::within(limits::of(args.credential, args.options.timeout), args.credential.class(), request).await
}

/// The default at the emulator, which is like the public cloud; the library can't know that.
const EMULATED_SCOPE: &str = "https://management.azure.com/.default";

/// Whether a file could be written there, without leaving one.
fn check(path: &Path) -> Result<(), Error> {
    temporary(path).map(drop)
}

/// Puts the record in place in one step, so that nobody ever reads half of one.
fn write(record: &AuthenticationRecord, path: &Path) -> Result<(), Error> {
    let (mut file, place) = temporary(path)?;
    file.write_all(format!("{}\n", record.serialize()).as_bytes()).map_err(|error| wrong(path, error))?;
    file.persist(place).map_err(|error| wrong(path, error.error))?;
    Ok(())
}

/// A file beside the record, and where the record is: behind links, if the path is one.
fn temporary(path: &Path) -> Result<(tempfile::NamedTempFile, PathBuf), Error> {
    if path == Path::new("-") {
        return Err(wrong(path, "name a file; one of this name is ./-"));
    }
    let place = match std::fs::metadata(path) {
        // Putting a record in place of a device or a pipe would take that away from everybody.
        Ok(about) if !about.is_file() => return Err(wrong(path, "it exists and is no file")),
        Ok(_) => std::fs::canonicalize(path).map_err(|error| wrong(path, error))?,
        Err(_) if path.is_symlink() => return Err(wrong(path, "it is a link to nothing")),
        Err(_) => path.to_owned(),
    };
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().prefix(".azid-record-").tempfile_in(folder);
    Ok((file.map_err(|error| wrong(path, error))?, place))
}

fn wrong(path: &Path, why: impl Display) -> Error {
    Error::invalid_argument(format!("the authentication record '{}' can't be written: {why}", path.display()))
}
