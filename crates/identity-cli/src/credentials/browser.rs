//! The credential of somebody who signs in with a browser.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use identity::{Browser, Env, Error, InteractiveBrowserCredential, InteractiveBrowserCredentialOptions};

use super::Credentials;
use crate::args::CredentialName;
use crate::report;

impl Credentials<'_> {
    /// Like a device code's, it takes nothing from variables.
    pub(super) fn interactive_browser(&self) -> Result<InteractiveBrowserCredential, Error> {
        let named = |error: Error| error.with_credential(CredentialName::InteractiveBrowser.class());
        let args = self.args;
        let mut options = InteractiveBrowserCredentialOptions::default()
            .with_entra(self.entra_options_for_people())
            .with_disable_automatic_authentication(self.asks_nobody());
        let emulator = self.emulated.map(|emulated| emulated.emulator());
        if let Some(tenant) = args.tenant_id.as_deref().or(emulator.map(|emulator| emulator.tenant_id())) {
            options = options.with_tenant_id(tenant);
        }
        if let Some(client) = args.client_id.as_deref().or(emulator.map(|emulator| emulator.client_id())) {
            options = options.with_client_id(client);
        }
        if let Some(redirect_uri) = &args.redirect_uri {
            options = options.with_redirect_uri(redirect_uri);
        }
        if let Some(hint) = &args.login_hint {
            options = options.with_login_hint(hint);
        }
        if let Some(timeout) = args.timeout {
            options = options.with_timeout(timeout);
        }
        if let Some(record) = self.record().map_err(named)? {
            options = options.with_authentication_record(record);
        }
        options = match (&args.browser, self.emulated) {
            (Some(command), _) if command == PRINT => {
                options.with_browser(Browser::Nothing).with_url_callback(show)
            }
            (Some(command), _) => {
                let program = program(command, &self.env).map_err(named)?;
                options.with_browser(Browser::program(program)).with_url_callback(show)
            }
            (None, Some(emulated)) => {
                let emulated = emulated.clone();
                options.with_browser(Browser::Nothing).with_url_callback(move |url| {
                    show(url);
                    emulated.open(url);
                })
            }
            (None, None) => options.with_url_callback(show),
        };
        InteractiveBrowserCredential::new(options)
    }
}

/// In place of a program: the address is printed and nothing is opened.
const PRINT: &str = "print";

fn show(url: &str) {
    report::instruction("To sign in, use a web browser of this machine to open the page");
    // Whole, however long its claims make it.
    report::raw_line(url);
}

/// The program's file: as it was given, or the first of its name in the absolute folders of PATH.
fn program(command: &OsStr, env: &Env) -> Result<PathBuf, Error> {
    let path = Path::new(command);
    let not_found = |why: &str| {
        Error::invalid_argument(format!(
            "--browser must name one program, without arguments, and '{}' {why}",
            command.to_string_lossy().escape_debug()
        ))
    };
    if path.components().count() > 1 {
        let path =
            std::path::absolute(path).map_err(|error| not_found(&format!("can't be found: {error}")))?;
        return if path.is_file() { Ok(path) } else { Err(not_found("is no file")) };
    }
    let folders = env.get_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(path))
        .find(|file| file.is_file())
        .ok_or_else(|| not_found("is not on PATH"))
}
