//! Runs a case.

mod case;
mod machine;

pub(crate) use case::Case;

use std::collections::BTreeMap;
use std::time::Duration;

use identity::{DefaultAzureCredential, Error, StepOutcome, TokenCredential, TokenRequestOptions};

use case::{Asked, Expected};
use machine::Machine;

type Checked = Result<(), String>;

impl Case {
    /// Says what came out differently.
    pub(crate) fn run(&self) -> Checked {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let machine = Machine::new(self);
            let checked = self.run_on(&machine).await;
            checked.and_then(|()| self.check_traces(&machine))
        })
    }

    async fn run_on(&self, machine: &Machine) -> Checked {
        let options = self.options.apply(machine.entra())?;
        let credential = match (DefaultAzureCredential::new(options), &self.invalid) {
            (Ok(credential), None) => credential,
            (Err(error), Some(message)) => return same("the message", error.message(), message),
            (Ok(_), Some(_)) => return Err("it could be made".into()),
            (Err(error), None) => return Err(format!("it could not be made: {error}")),
        };
        let shown = format!("{credential:?}");
        if let Some(steps) = &self.steps {
            return self.check_steps(&credential, machine, steps).await;
        }
        let mut last = None;
        for (index, asked) in self.ask.iter().enumerate() {
            if index == 1 {
                machine.change(self);
            }
            last = Some(machine.watch(ask(&credential, asked)).await);
        }
        let Some(last) = last else { return Err("nothing was asked".into()) };
        let texts = [shown, format!("{last:?}"), machine.log()];
        for secret in machine.secrets(self) {
            if let Some(text) = texts.iter().find(|text| text.contains(&secret)) {
                return Err(format!("a secret is shown in {text}"));
            }
        }
        self.check(last)
    }

    fn check(&self, last: Result<identity::AccessToken, Error>) -> Checked {
        match (last, &self.expect) {
            (Ok(token), Expected::Token { token: text, from }) => {
                same("the token", token.token().secret(), text)?;
                same("its member", token.credential(), from)
            }
            (Err(error), Expected::Error { error: kind, attempts }) => {
                same("the kind", error.kind().as_str(), kind)?;
                same("the class", error.credential(), "DefaultAzureCredential")?;
                let found: Vec<_> =
                    error.attempts().iter().map(|a| (a.credential(), a.error().kind().as_str())).collect();
                let expected: Vec<_> =
                    attempts.iter().map(|(name, kind, _)| (name.as_str(), kind.as_str())).collect();
                same("the attempts", &found, &expected)?;
                for (attempt, (_, _, part)) in error.attempts().iter().zip(attempts) {
                    contains("an attempt's message", attempt.error().message(), part)?;
                }
                self.message.iter().try_for_each(|part| contains("the message", &error.to_string(), part))
            }
            (Ok(token), _) => Err(format!("a token came from {}", token.credential())),
            (Err(error), _) => Err(format!("no token came: {error}")),
        }
    }

    async fn check_steps(
        &self,
        credential: &DefaultAzureCredential,
        machine: &Machine,
        steps: &[String],
    ) -> Checked {
        let asked = Asked::default();
        let scopes: Vec<&str> = asked.scopes.iter().map(String::as_str).collect();
        let options = TokenRequestOptions::default();
        let walked = machine.watch(credential.explain(&scopes, &options)).await;
        let outcome = |outcome: &StepOutcome| match outcome {
            StepOutcome::Token(_) => "token".to_owned(),
            StepOutcome::Error(error) => error.kind().as_str().to_owned(),
            _ => "not tried".to_owned(),
        };
        let found: Vec<String> =
            walked.iter().map(|step| format!("{}: {}", step.credential, outcome(&step.outcome))).collect();
        same("the steps", &found, &steps.to_vec())
    }

    /// What servers and tools saw.
    fn check_traces(&self, machine: &Machine) -> Checked {
        if let Some(sent) = &self.sent {
            same("what was sent", &machine.sent(), sent)?;
        }
        let runs = |name: &str| self.runs.get(name).copied().unwrap_or_default();
        let expected: BTreeMap<String, usize> =
            ["az", "azd", "pwsh"].into_iter().map(|name| (name.to_owned(), runs(name))).collect();
        same("how often tools ran", &machine.runs(), &expected)
    }
}

async fn ask(credential: &DefaultAzureCredential, asked: &Asked) -> Result<identity::AccessToken, Error> {
    let scopes: Vec<&str> = asked.scopes.iter().map(String::as_str).collect();
    let mut options = TokenRequestOptions::default();
    if let Some(tenant) = &asked.tenant {
        options = options.with_tenant_id(tenant);
    }
    if let Some(claims) = &asked.claims {
        options = options.with_claims(claims);
    }
    credential.get_token(&scopes, &options).await
}

fn same<T: PartialEq<U> + std::fmt::Debug + ?Sized, U: std::fmt::Debug + ?Sized>(
    what: &str,
    found: &T,
    expected: &U,
) -> Checked {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?} and not {expected:?}")) }
}

fn contains(what: &str, text: &str, part: &str) -> Checked {
    if text.contains(part) { Ok(()) } else { Err(format!("{what} has no '{part}': {text}")) }
}

/// Longer than anything in a chain may wait.
const LONG: Duration = Duration::from_secs(120);
