use std::time::Duration;

use identity_core::{AccessToken, Clock, Env, Error, TokenRequestOptions};

use super::members::{KINDS, LeftOut, Member};

/// What one member did on a walk through the default chain: see [`explain`](crate::DefaultAzureCredential::explain). It holds nothing secret but
/// the token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChainStep {
    /// The member's class.
    pub credential: &'static str,
    /// What came of it.
    pub outcome: StepOutcome,
    /// What it found before it sent or started anything: variables by name, programs by path.
    pub looked_at: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of asking a member.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StepOutcome {
    /// It has a token. The chain ends here.
    Token(AccessToken),
    /// It has none. The kind of the error says whether the chain goes on.
    Error(Error),
    /// It was not asked, and why.
    NotTried(String),
}

impl ChainStep {
    /// What to do so that this member has a token the next time, where it was asked and has none.
    pub fn remedy(&self) -> Option<String> {
        match &self.outcome {
            StepOutcome::Error(error) => {
                Some(identity_core::Attempt::new(self.credential, error.clone(), self.elapsed).remedy())
            }
            _ => None,
        }
    }
}

pub(super) async fn explain(
    members: &[Member],
    left_out: &[LeftOut],
    env: &Env,
    clock: &Clock,
    scopes: &[&str],
    options: &TokenRequestOptions,
) -> Vec<ChainStep> {
    let mut steps = Vec::with_capacity(KINDS.len());
    let mut ended = None;
    for kind in KINDS {
        let left_out = left_out.iter().find(|left_out| left_out.class == kind.class);
        let (mut looked_at, mut elapsed) = (Vec::new(), Duration::ZERO);
        let outcome = match (members.iter().find(|member| member.class() == kind.class), &ended) {
            (None, _) => {
                StepOutcome::NotTried(left_out.map_or_else(String::new, |left_out| left_out.reason.clone()))
            }
            (Some(_), Some(reason)) => StepOutcome::NotTried(String::clone(reason)),
            (Some(member), None) => {
                looked_at = member.looks_at(env);
                let since = clock.monotonic();
                let answer = member.get_token(scopes, options).await;
                elapsed = clock.monotonic().saturating_sub(since);
                ended = match &answer {
                    Ok(_) => {
                        Some(format!("{} has a token, so the chain ends before this member", kind.class))
                    }
                    Err(error) if !error.kind().goes_on() => {
                        Some(format!("the chain stopped at {}", kind.class))
                    }
                    Err(_) => None,
                };
                answer.map_or_else(StepOutcome::Error, StepOutcome::Token)
            }
        };
        steps.push(ChainStep { credential: kind.class, outcome, looked_at, elapsed });
    }
    steps
}
