//! Settings that an option or a variable gives, and what is said when neither does.

use identity::{Error, Secret, variables};

use super::Credentials;
use crate::args::SYSTEM_ACCESSTOKEN;

/// A setting, by the ways to give it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    flag: &'static str,
    variable: Option<&'static str>,
}

pub(super) const TENANT_ID: Setting = Setting::new("--tenant-id", Some(variables::AZURE_TENANT_ID));
pub(super) const CLIENT_ID: Setting = Setting::new("--client-id", Some(variables::AZURE_CLIENT_ID));
pub(super) const CLIENT_SECRET: Setting =
    Setting::new("--client-secret", Some(variables::AZURE_CLIENT_SECRET));
pub(super) const CERTIFICATE_PATH: Setting =
    Setting::new("--certificate-path", Some(variables::AZURE_CLIENT_CERTIFICATE_PATH));
pub(super) const ASSERTION_FILE: Setting = Setting::new("--assertion-file", None);
pub(super) const SERVICE_CONNECTION_ID: Setting = Setting::new("--service-connection-id", None);
pub(super) const SYSTEM_ACCESS_TOKEN: Setting =
    Setting::new("--system-access-token", Some(SYSTEM_ACCESSTOKEN));
pub(super) const USER_ASSERTION_FILE: Setting = Setting::new("--user-assertion-file", None);
/// Any of the ways in which an app proves itself.
pub(super) const PROOF: Setting = Setting::new(
    "--client-secret, --certificate-path or --assertion-file",
    Some(variables::AZURE_CLIENT_SECRET),
);
pub(super) const USERNAME: Setting = Setting::new("--username", Some(variables::AZURE_USERNAME));
pub(super) const PASSWORD: Setting = Setting::new("--password", Some(variables::AZURE_PASSWORD));
pub(super) const AUTHORIZATION_CODE: Setting = Setting::new("--authorization-code", None);
pub(super) const REDIRECT_URI: Setting = Setting::new("--redirect-uri", None);
pub(super) const USE: Setting = Setting::new("--use", None);

impl Setting {
    const fn new(flag: &'static str, variable: Option<&'static str>) -> Self {
        Self { flag, variable }
    }
}

impl Credentials<'_> {
    pub(super) fn tenant_id(&self) -> Option<String> {
        self.args.tenant_id.clone().or_else(|| self.env.get(variables::AZURE_TENANT_ID))
    }

    pub(super) fn client_id(&self) -> Option<String> {
        self.args.client_id.clone().or_else(|| self.env.get(variables::AZURE_CLIENT_ID))
    }

    pub(super) fn secret(&self) -> Option<Secret> {
        self.args.client_secret.clone().or_else(|| self.env.secret(variables::AZURE_CLIENT_SECRET))
    }

    pub(super) fn username(&self) -> Option<String> {
        self.args.username.clone().or_else(|| self.env.get(variables::AZURE_USERNAME))
    }

    pub(super) fn password(&self) -> Option<Secret> {
        self.args.password.clone().or_else(|| self.env.secret(variables::AZURE_PASSWORD))
    }
}

/// The error for settings that are missing, all of them at once.
pub(super) fn missing<const N: usize>(class: &'static str, settings: [(bool, Setting); N]) -> Error {
    let missing =
        settings.iter().filter(|(is_missing, _)| *is_missing).map(|(_, setting)| match setting.variable {
            Some(variable) => format!("{} (or the variable {variable})", setting.flag),
            None => setting.flag.to_owned(),
        });
    let list = missing.collect::<Vec<_>>().join(", ");
    Error::invalid_argument(format!("missing: {list}")).with_credential(class)
}
