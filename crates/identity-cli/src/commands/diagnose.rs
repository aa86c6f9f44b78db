mod checks;
mod steps;

use identity::{Attempt, Env, Error, TokenRequestOptions};
use serde::Serialize;

use crate::args::{CredentialName, DiagnoseArgs, ReportOutput};
use crate::credentials::Credentials;
use crate::emulated::Emulated;
use crate::failure::Failure;
use crate::{limits, output, runtime, secrets};
use checks::Check;
use steps::Step;

/// `azid diagnose`: walks through the default chain, and says for each member what came of it and why.
pub(crate) fn run(mut args: DiagnoseArgs, env: &Env) -> Result<(), Failure> {
    secrets::take_in(args.options.secrets())?;
    let findings = runtime::block_on(look(&args, env))?;
    output::write(&match args.output {
        ReportOutput::Json => output::json(&findings)?,
        ReportOutput::Text => findings.as_text(),
    })?;
    findings.error.map_or(Ok(()), |error| Err(error.into()))
}

/// What was found. There is nothing secret in it, so it can be shown to anybody.
#[derive(Serialize)]
struct Findings {
    steps: Vec<Step>,
    checks: Vec<Check>,
    /// Why there is no token.
    #[serde(skip)]
    error: Option<Error>,
}

async fn look(args: &DiagnoseArgs, env: &Env) -> Result<Findings, Error> {
    let class = CredentialName::Default.class();
    let all = async {
        let scopes = scopes(args, env);
        let emulated = match args.options.emulator {
            true => {
                Some(Emulated::start(env, &args.options.asked_by(CredentialName::Default), &scopes).await?)
            }
            false => None,
        };
        let credentials =
            Credentials::new(&args.options, env, emulated.as_ref()).at_home_of(CredentialName::Default);
        let chain = credentials.default()?;
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let options = TokenRequestOptions::default();
        let (steps, checks) = tokio::join!(chain.explain(&scopes, &options), checks::all(&credentials));
        let error = error_of(&steps);
        Ok(Findings {
            steps: steps.iter().map(|step| Step::of(step, credentials.env())).collect(),
            checks,
            error,
        })
    };
    limits::within(args.options.timeout, class, all).await
}

/// What the chain itself would end in.
fn error_of(steps: &[identity::ChainStep]) -> Option<Error> {
    use identity::StepOutcome;
    let mut attempts = Vec::new();
    for step in steps {
        match &step.outcome {
            StepOutcome::Token(_) => return None,
            StepOutcome::Error(error) => {
                attempts.push(Attempt::new(step.credential, error.clone(), step.elapsed))
            }
            _ => {}
        }
    }
    let stopped = attempts.last().filter(|attempt| !attempt.error().kind().goes_on());
    let error = match stopped {
        Some(attempt) => Error::new(
            attempt.error().kind(),
            format!("the chain stopped at {}, as told on standard output", attempt.credential()),
        ),
        None => Error::failed("no member of the chain has a token, as told on standard output"),
    };
    Some(error.with_credential(CredentialName::Default.class()).with_attempts(attempts))
}

/// The scopes that are given, else that of the cloud's resource manager.
fn scopes(args: &DiagnoseArgs, env: &Env) -> Vec<String> {
    if !args.scope.is_empty() {
        return args.scope.clone();
    }
    let host = checks::authority(args.options.authority_host.as_deref(), env);
    let host = host.split("://").nth(1).unwrap_or_default();
    let of_cloud = identity::Cloud::of_host(host).and_then(identity::Cloud::management_scope);
    vec![of_cloud.unwrap_or("https://management.azure.com/.default").to_owned()]
}

impl Findings {
    fn as_text(&self) -> String {
        let mut text = "The default chain, in its order:\n".to_owned();
        for step in &self.steps {
            text.push_str(&step.as_text());
        }
        text.push_str("\nChecks:\n");
        for check in &self.checks {
            text.push_str(&check.as_text());
        }
        text
    }
}
