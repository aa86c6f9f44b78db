//! What people wait for, and what many of them cost.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use identity_app::OnBehalfOfCredential;
use identity_core::{BoxFuture, Env, TokenCredential, TokenRequestOptions};
use identity_emulator::{Emulator, Person};
use identity_entra::http::{HttpRequest, HttpResponse, HttpService, ReqwestService, TransportError};
use identity_entra::options::EntraOptions;
use identity_interactive::{Browser, InteractiveBrowserCredential, InteractiveBrowserCredentialOptions};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::endpoint::{Endpoint, Reply};
use crate::rounds::{block_on, least};
use crate::subject::nanoseconds;
use crate::table::{Row, time};
use crate::{CLIENT, SCOPE, TENANT};

/// From the browser's answer to the token, at a first sign-in, when everything is built that is built only once. The emulator answers over
/// TLS in the same process; ours is what is left of the whole without the exchange with it.
pub fn after_the_browser() -> Row {
    const ROUNDS: u32 = 51;
    let directory = tempfile::tempdir().expect("a directory for the certificates");
    let emulator = Emulator::builder().with_https().start_on_thread().expect("the emulator starts");
    let certificates = directory.path().join("certificates.pem");
    let authority = emulator.ca_pem().expect("it serves https");
    std::fs::write(&certificates, system_certificates() + authority)
        .expect("the certificates can be written");
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let emulator = Arc::new(emulator);
    let rounds = (0..ROUNDS).map(|_| runtime.block_on(sign_in(&emulator, &certificates)));
    let (mut own, mut whole): (Vec<f64>, Vec<f64>) = rounds.unzip();
    let [own, whole] = [&mut own, &mut whole].map(|times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    let requests = emulator.journal().token_count() as f64 / f64::from(ROUNDS);
    Row::new("from the browser's answer to the token / with the exchange over TLS")
        .ours(format!("{} / {}, {requests} request", time(own), time(whole)))
        .goal("at most 5 ms, 1 request", own <= 5e6 && requests == 1.0)
}

async fn sign_in(emulator: &Arc<Emulator>, certificates: &Path) -> (f64, f64) {
    let env = Env::empty().with("SSL_CERT_FILE", certificates);
    let http = Arc::new(Timed { service: ReqwestService::new(&env), spent: Mutex::default() });
    let entra = EntraOptions::default()
        .with_authority_host(emulator.authority_host())
        .with_env(env)
        .with_http_service(http.clone());
    let (sender, brought) = oneshot::channel();
    let brings = Mutex::new(Some((sender, emulator.clone())));
    let options = InteractiveBrowserCredentialOptions::default()
        .with_entra(entra)
        .with_redirect_uri("http://localhost:0")
        .with_browser(Browser::Nothing)
        .with_url_callback(move |url| {
            let (sender, emulator) = brings.lock().expect("no panic").take().expect("one sign-in");
            let url = url.to_owned();
            tokio::spawn(async move {
                let person = Person::new(emulator.username(), emulator.password());
                let landing = emulator.sign_in(&url, &person).expect("the person signs in");
                // Nobody is as fast as that; what is done while a person types is done by now.
                tokio::time::sleep(Duration::from_millis(50)).await;
                let from = Instant::now();
                landing.deliver().await.expect("the credential listens");
                let _ = sender.send(from);
            });
        });
    let credential = InteractiveBrowserCredential::new(options).expect("nothing is wrong with these values");
    let token = credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await;
    let to = Instant::now();
    token.expect("the person signed in");
    let from = brought.await.expect("the answer was brought");
    let whole = to.saturating_duration_since(from);
    let spent = *http.spent.lock().expect("no panic");
    (whole.saturating_sub(spent).as_nanos() as f64, whole.as_nanos() as f64)
}

/// Knows how long the answers took.
#[derive(Debug)]
struct Timed {
    service: ReqwestService,
    spent: Mutex<Duration>,
}

impl HttpService for Timed {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let start = Instant::now();
            let answer = self.service.send(request).await;
            *self.spent.lock().expect("no panic") += start.elapsed();
            answer
        })
    }
}

/// What a machine trusts, for reading it is part of a process's first request.
fn system_certificates() -> String {
    std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default()
}

/// A credential that calls on behalf of users, over an endpoint that gives each of them tokens.
pub struct Api {
    credential: OnBehalfOfCredential,
    runtime: Runtime,
}

impl Api {
    /// With room for so many tokens in its cache.
    pub fn with_room_for(tokens: usize) -> Self {
        let endpoint = Endpoint::new(Reply::token_of_user(86_400));
        let options =
            EntraOptions::default().with_http_service(Arc::new(endpoint)).with_cache_capacity(tokens);
        let credential =
            OnBehalfOfCredential::with_secret(TENANT, CLIENT, "secret", assertion(usize::MAX), options);
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        Self { credential: credential.expect("nothing is wrong with these values"), runtime }
    }

    /// Calls once for each of these users.
    pub fn serve(&self, users: std::ops::Range<usize>) {
        self.runtime.block_on(async {
            for number in users {
                let user = self.user(number);
                user.get_token(&[SCOPE], &TokenRequestOptions::default()).await.expect("a token");
            }
        });
    }

    fn user(&self, number: usize) -> OnBehalfOfCredential {
        self.credential.for_assertion(assertion(number)).expect("an assertion")
    }
}

/// A token as an API gets it, so long that its digest takes what it takes in practice.
fn assertion(number: usize) -> String {
    format!("{number:020}.{}", "x".repeat(1500))
}

/// The cached call of one user among 10,000 who came through the same credential.
pub fn on_behalf_of() -> [Row; 2] {
    const USERS: usize = 10_000;
    const CALLS: u32 = 2000;
    let (alone, among) = (Api::with_room_for(2 * USERS), Api::with_room_for(2 * USERS));
    alone.serve(0..1);
    among.serve(0..USERS);
    let options = &TokenRequestOptions::default();
    let held = |api: &Api, number: usize| {
        let user: Arc<dyn TokenCredential> = Arc::new(api.user(number));
        move || {
            let start = Instant::now();
            for _ in 0..CALLS {
                let token = block_on(user.get_token(&[SCOPE], options));
                std::hint::black_box(token.expect("a token"));
            }
            nanoseconds(start.elapsed(), CALLS)
        }
    };
    let made = |api: &Api, number: usize| {
        let (credential, assertion) = (api.credential.clone(), assertion(number));
        move || {
            let start = Instant::now();
            for _ in 0..CALLS {
                let user = credential.for_assertion(assertion.as_str()).expect("an assertion");
                let token = block_on(user.get_token(&[SCOPE], options));
                std::hint::black_box(token.expect("a token"));
            }
            nanoseconds(start.elapsed(), CALLS)
        }
    };
    let [one, many, one_made, many_made] = least(
        100,
        [
            &mut held(&alone, 0),
            &mut held(&among, USERS / 2),
            &mut made(&alone, 0),
            &mut made(&among, USERS / 2),
        ],
    );
    let row = |what: &str, one: f64, many: f64| {
        Row::new(what).ours(format!("{} (one user {})", time(many), time(one))).ratio(many / one).at_most(1.2)
    };
    [
        row("on behalf of 10,000 users: a hot user's cached call", one, many),
        row("the same with the user's credential made for each call", one_made, many_made),
    ]
}
