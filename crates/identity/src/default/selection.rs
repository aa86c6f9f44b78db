use identity_core::{Error, variables};

use super::members::{Group, KINDS, Kind};
use super::options::DefaultAzureCredentialOptions;

/// What a variable makes of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The variable and its value, when it is set.
    said: Option<(String, String)>,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Nothing is said.
    All,
    /// `prod`
    Deployed,
    /// `dev`
    Developer,
    /// One class.
    One(&'static str),
}

impl Selection {
    /// # Errors
    /// `InvalidArgument` for a value that means nothing, and for a required variable that is not set.
    pub(super) fn from_options(options: &DefaultAzureCredentialOptions) -> Result<Self, Error> {
        let variable = options.token_credentials_variable().unwrap_or(variables::AZURE_TOKEN_CREDENTIALS);
        let value = options.entra_options().env().get(variable).unwrap_or_default();
        let value = value.trim();
        if value.is_empty() && options.requires_token_credentials_variable() {
            return Err(Error::invalid_argument(format!(
                "the variable {variable} is required and not set. Valid values are {}",
                valid_values()
            )));
        }
        let named = || KINDS.iter().find(|kind| kind.by_name && kind.class.eq_ignore_ascii_case(value));
        let part = match value {
            "" => return Ok(Self { said: None, part: Part::All }),
            _ if value.eq_ignore_ascii_case("dev") => Part::Developer,
            _ if value.eq_ignore_ascii_case("prod") => Part::Deployed,
            _ => Part::One(named().map(|kind| kind.class).ok_or_else(|| invalid(variable, value))?),
        };
        Ok(Self { said: Some((variable.to_owned(), value.to_owned())), part })
    }

    /// Why a kind is not in the chain: what the options say beats the variable, and that beats the default.
    pub(super) fn objection(&self, kind: &Kind, options: &DefaultAzureCredentialOptions) -> Option<String> {
        if let Some(excluded) = options.excluded(kind.class) {
            return excluded.then(|| "left out by the options".to_owned());
        }
        let by_default = || kind.by_default;
        let is_in = match self.part {
            Part::All => by_default(),
            Part::Deployed => kind.group == Group::Deployed && by_default(),
            Part::Developer => kind.group == Group::Developer && by_default(),
            Part::One(class) => kind.class == class,
        };
        match &self.said {
            _ if is_in => None,
            None => Some("not in the chain unless it is asked for".to_owned()),
            Some((variable, value)) => Some(format!("left out by {variable}={value}")),
        }
    }
}

fn invalid(variable: &str, value: &str) -> Error {
    let shown: String = value.chars().take(100).collect();
    Error::invalid_argument(format!(
        "Invalid value for {variable}: '{}'. Valid values are {}",
        shown.escape_debug(),
        valid_values()
    ))
}

fn valid_values() -> String {
    let names = KINDS.iter().filter(|kind| kind.by_name).map(|kind| kind.class);
    ["dev", "prod"].into_iter().chain(names).collect::<Vec<_>>().join(", ")
}
