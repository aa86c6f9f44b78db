use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use identity::{DefaultAzureCredentialOptions, EntraOptions, ManagedIdentityId};
use serde::Deserialize;
use serde_json::Value;

/// A case, as its folder has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(rename = "shows")]
    _shows: Vec<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) options: Options,
    #[serde(default)]
    pub(super) replies: Vec<Reply>,
    #[serde(default)]
    pub(super) tools: BTreeMap<String, Behaviour>,
    #[serde(default = "once")]
    pub(super) ask: Vec<Asked>,
    #[serde(default)]
    pub(super) then: Change,
    pub(super) invalid: Option<String>,
    #[serde(default)]
    pub(super) expect: Expected,
    #[serde(default)]
    pub(super) message: Vec<String>,
    pub(super) sent: Option<Vec<String>>,
    #[serde(default)]
    pub(super) runs: BTreeMap<String, usize>,
    pub(super) steps: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Options {
    exclude: BTreeMap<String, bool>,
    workload_identity_client_id: Option<String>,
    workload_identity_tenant_id: Option<String>,
    managed_identity_client_id: Option<String>,
    managed_identity: Option<String>,
    system_assigned_managed_identity: bool,
    process_timeout: Option<u64>,
    require_envvar: bool,
    token_credentials_variable: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    pub(super) to: String,
    #[serde(default = "ok")]
    pub(super) status: u16,
    #[serde(default)]
    pub(super) body: Value,
    #[serde(default)]
    pub(super) never: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Behaviour {
    Named(String),
    Says { stdout: String, stderr: String, status: u8 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    pub(super) scopes: Vec<String>,
    pub(super) tenant: Option<String>,
    pub(super) claims: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Change {
    pub(super) tools: BTreeMap<String, Behaviour>,
    pub(super) replies: Option<Vec<Reply>>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
pub(super) enum Expected {
    Token {
        token: String,
        from: String,
    },
    Error {
        error: String,
        attempts: Vec<(String, String, String)>,
    },
    #[default]
    Nothing,
}

impl Case {
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(folder.join("case.json")).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| format!("case.json: {error}"))
    }
}

impl Options {
    pub(super) fn apply(&self, entra: EntraOptions) -> Result<DefaultAzureCredentialOptions, String> {
        let mut options = DefaultAzureCredentialOptions::default().with_entra(entra);
        for (member, exclude) in &self.exclude {
            options = match member.as_str() {
                "environment" => options.with_exclude_environment_credential(*exclude),
                "workload_identity" => options.with_exclude_workload_identity_credential(*exclude),
                "interactive_browser" => options.with_exclude_interactive_browser_credential(*exclude),
                "managed_identity" => options.with_exclude_managed_identity_credential(*exclude),
                "cli" => options.with_exclude_cli_credential(*exclude),
                "powershell" => options.with_exclude_powershell_credential(*exclude),
                "developer_cli" => options.with_exclude_developer_cli_credential(*exclude),
                other => return Err(format!("there is no switch for {other}")),
            };
        }
        if let Some(id) = &self.workload_identity_client_id {
            options = options.with_workload_identity_client_id(id);
        }
        if let Some(id) = &self.workload_identity_tenant_id {
            options = options.with_workload_identity_tenant_id(id);
        }
        if let Some(id) = &self.managed_identity_client_id {
            options = options.with_managed_identity_client_id(id);
        }
        if let Some(id) = &self.managed_identity {
            options = options
                .with_managed_identity(id.parse::<ManagedIdentityId>().map_err(|error| error.to_string())?);
        }
        if self.system_assigned_managed_identity {
            options = options.with_system_assigned_managed_identity();
        }
        if let Some(seconds) = self.process_timeout {
            options = options.with_process_timeout(Duration::from_secs(seconds));
        }
        if let Some(name) = &self.token_credentials_variable {
            options = options.with_token_credentials_variable(name);
        }
        Ok(options.with_require_envvar(self.require_envvar))
    }
}

impl Default for Asked {
    fn default() -> Self {
        Self { scopes: vec!["https://vault.azure.net/.default".into()], tenant: None, claims: None }
    }
}

fn once() -> Vec<Asked> {
    vec![Asked::default()]
}

fn ok() -> u16 {
    200
}
