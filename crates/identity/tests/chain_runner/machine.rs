use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use identity::{EntraOptions, Env};
use identity_core::testing::{CapturedLogs, FakeClock};
use identity_emulator::Emulator;
use identity_emulator::tools::{Behaviour as Does, SignIn, Tool, ToolFolder};
use identity_entra::http::TransportErrorKind;
use identity_entra::http::testing::{Answer, RecordedRequest, ScriptedHttp};

use super::LONG;
use super::case::{Behaviour, Case, Reply};

/// A machine as a case describes it: a home, variables, tools, and servers that can be reached from it.
pub(super) struct Machine {
    _home: tempfile::TempDir,
    tools: ToolFolder,
    http: ScriptedHttp,
    env: Env,
    clock: FakeClock,
    /// How many requests wait for an answer that never comes.
    stuck: Arc<AtomicUsize>,
    hanging: Mutex<Vec<Tool>>,
    /// How many of these waits were given their time.
    waits: AtomicUsize,
    logs: CapturedLogs,
}

const NOW: u64 = 1_700_000_000;
const TENANT: &str = "5f9c2b1e-7a40-4d0e-9c63-3a1de0f5a001";
const TOOLS: [(&str, Tool); 3] =
    [("az", Tool::AzureCli), ("azd", Tool::AzureDeveloperCli), ("pwsh", Tool::AzurePowerShell)];

impl Machine {
    pub(super) fn new(case: &Case) -> Self {
        let home = tempfile::tempdir().unwrap();
        let tools = ToolFolder::new(home.path().join("tools")).unwrap();
        let fill = |value: &str| match value {
            "{certificate}" => certificate(home.path()),
            "{token-file}" => token_file(home.path()),
            _ => value.replace("{home}", &home.path().display().to_string()),
        };
        let own = Env::empty().with("HOME", home.path()).with("PATH", tools.path()).with("TZ", "UTC0");
        let env = case.env.iter().fold(own, |env, (name, value)| env.with(name, fill(value)));
        let machine = Self {
            _home: home,
            tools,
            http: ScriptedHttp::new(),
            env,
            clock: FakeClock::at_unix(NOW),
            stuck: Arc::default(),
            hanging: Mutex::default(),
            waits: AtomicUsize::default(),
            logs: CapturedLogs::watching(&[]),
        };
        machine.serve(&case.replies);
        case.tools.iter().for_each(|(name, behaviour)| machine.install(name, behaviour));
        machine
    }

    pub(super) fn entra(&self) -> EntraOptions {
        EntraOptions::default()
            .with_env(self.env.clone())
            .with_clock(self.clock.clock())
            .with_http_service(self.http.service())
    }

    /// What happens between the first request and the second.
    pub(super) fn change(&self, case: &Case) {
        case.then.tools.iter().for_each(|(name, behaviour)| self.install(name, behaviour));
        if let Some(replies) = &case.then.replies {
            self.serve(replies);
        }
    }

    /// Waits for a future. When somebody is stuck, time passes.
    pub(super) async fn watch<T>(&self, future: impl Future<Output = T>) -> T {
        let passing = async {
            loop {
                let waiting = self.waiting();
                if self.waits.swap(waiting, Ordering::SeqCst) < waiting {
                    self.clock.advance(LONG);
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            output = future => output,
            () = passing => unreachable!(),
        }
    }

    /// How many requests and tools hang, or have hung.
    fn waiting(&self) -> usize {
        let hanging = self.hanging.lock().unwrap();
        let tools: usize = hanging.iter().map(|tool| self.tools.runs(*tool).len()).sum();
        self.stuck.load(Ordering::SeqCst) + tools
    }

    pub(super) fn sent(&self) -> Vec<String> {
        let line = |request: &RecordedRequest| {
            let url = request.url.split('?').next().unwrap_or_default();
            format!("{} {url}", request.method)
        };
        self.http.requests().iter().map(line).collect()
    }

    pub(super) fn runs(&self) -> BTreeMap<String, usize> {
        TOOLS.iter().map(|(name, tool)| ((*name).to_owned(), self.tools.runs(*tool).len())).collect()
    }

    pub(super) fn log(&self) -> String {
        self.logs.text()
    }

    /// The values of variables that nobody may see.
    pub(super) fn secrets(&self, case: &Case) -> Vec<String> {
        let secret =
            |name: &str| ["SECRET", "PASSWORD", "IDENTITY_HEADER"].iter().any(|part| name.contains(part));
        let values = case.env.iter().filter(|(name, value)| secret(name) && !value.is_empty());
        values.map(|(_, value)| value.clone()).collect()
    }

    fn serve(&self, replies: &[Reply]) {
        let (replies, stuck) = (replies.to_vec(), self.stuck.clone());
        self.http.otherwise(move |request| {
            let line = format!("{} {}", request.method, request.url);
            match replies.iter().find(|reply| line.starts_with(&reply.to)) {
                None => Answer::failure(TransportErrorKind::Connect, format!("nobody listens for {line}")),
                Some(reply) if reply.never => {
                    stuck.fetch_add(1, Ordering::SeqCst);
                    Answer::never()
                }
                Some(reply) => match &reply.body {
                    serde_json::Value::String(text) => Answer::new(reply.status, text.clone()),
                    body => Answer::json(reply.status, body.clone()),
                },
            }
        });
    }

    fn install(&self, name: &str, behaviour: &Behaviour) {
        let (_, tool) = TOOLS.into_iter().find(|(known, _)| *known == name).expect("a tool that there is");
        let end = i64::try_from(NOW).unwrap() + 3600;
        let behaviour = match behaviour {
            Behaviour::Says { stdout, stderr, status } => {
                Does::Says { stdout: stdout.clone(), stderr: stderr.clone(), status: *status }
            }
            Behaviour::Named(named) => match named.as_str() {
                "signed-in" => {
                    let sign_in = SignIn::new(TENANT).with_token("*", format!("{name}-token"), end);
                    Does::SignedIn(sign_in.with_token_of(
                        "*",
                        "*",
                        format!("{name}-token-of-another-tenant"),
                        end,
                    ))
                }
                "signed-out" => Does::SignedOut,
                "expired" => Does::Expired,
                "knows-no-claims" => Does::KnowsNoClaims,
                "no-module" => Does::NoModule,
                "blocked" => Does::Blocked,
                "floods" => Does::Floods,
                "hangs" => {
                    self.hanging.lock().unwrap().push(tool);
                    Does::Hangs
                }
                "not-executable" => return std::fs::write(self.tools.program(tool), "no program").unwrap(),
                other => panic!("no tool behaves like {other}"),
            },
        };
        self.tools.install(tool, &behaviour).unwrap();
    }
}

/// A file with the certificate of the emulator's app.
fn certificate(home: &Path) -> String {
    let path = home.join("app.pem");
    let emulator = Emulator::builder().start_on_thread().unwrap();
    std::fs::write(&path, emulator.client_certificate_pem()).unwrap();
    path.display().to_string()
}

/// A file with the token of a cluster.
fn token_file(home: &Path) -> String {
    let path = home.join("token");
    std::fs::write(&path, "the-token-of-the-cluster\n").unwrap();
    path.display().to_string()
}
