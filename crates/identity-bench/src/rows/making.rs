//! What a credential costs before it has a token.

use std::hint::black_box;
use std::time::Instant;

use azure_core::credentials::Secret;
use identity_app::ClientSecretCredential;
use identity_entra::options::EntraOptions;
use tokio::runtime::Builder;

use crate::endpoint::{Endpoint, Reply};
use crate::rounds::least;
use crate::subject::{Subject, nanoseconds};
use crate::table::Row;
use crate::{CLIENT, TENANT};

/// A credential with the options that nobody set.
pub fn constructor() -> Row {
    const TIMES: u32 = 20;
    let ours = || {
        let start = Instant::now();
        for _ in 0..TIMES {
            let made = ClientSecretCredential::new(TENANT, CLIENT, "secret", EntraOptions::default());
            black_box(made.expect("nothing is wrong with these values"));
        }
        nanoseconds(start.elapsed(), TIMES)
    };
    let official = || {
        let start = Instant::now();
        for _ in 0..TIMES {
            let secret = Secret::new("secret");
            let made = azure_identity::ClientSecretCredential::new(TENANT, CLIENT.to_owned(), secret, None);
            black_box(made.expect("nothing is wrong with these values"));
        }
        nanoseconds(start.elapsed(), TIMES)
    };
    let [ours, official] = least(50, [&mut { ours }, &mut { official }]);
    Row::new("constructor, default options").times(ours, official).at_most(0.1)
}

/// A credential that is handed its transport.
pub fn constructor_over_a_transport() -> Row {
    const TIMES: u32 = 200;
    let endpoint = &Endpoint::new(Reply::token(3600));
    let make = |make: fn(&Endpoint) -> Subject| {
        move || {
            let start = Instant::now();
            (0..TIMES).for_each(|_| drop(black_box(make(endpoint))));
            nanoseconds(start.elapsed(), TIMES)
        }
    };
    let [ours, official] = least(100, [&mut make(Subject::ours), &mut make(Subject::official)]);
    Row::new("constructor, transport handed over").times(ours, official)
}

/// A call for a scope that was not asked for before, answered by the endpoint at once: everything but the network.
pub fn uncached_call() -> Row {
    const SCOPES: u32 = 200;
    let runtime = &Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let scopes: Vec<String> = (0..SCOPES).map(|n| format!("https://service{n}.azure.net/.default")).collect();
    let scopes = &scopes;
    let ask = |make: fn(&Endpoint) -> Subject| {
        move || {
            let subject = make(&Endpoint::new(Reply::token(3600)));
            let start = Instant::now();
            runtime.block_on(async {
                for scope in scopes {
                    assert!(subject.call(scope).await, "the endpoint gives a token");
                }
            });
            nanoseconds(start.elapsed(), SCOPES)
        }
    };
    let [ours, official] = least(150, [&mut ask(Subject::ours), &mut ask(Subject::official)]);
    Row::new("uncached call, without a network").times(ours, official).at_most(1.0)
}
