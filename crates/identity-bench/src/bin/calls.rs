//! `calls cached 1000`, `calls uncached 1000`: so many calls, for counting instructions as the difference of two runs.

use std::hint::black_box;
use std::sync::Arc;

use identity_app::ClientSecretCredential;
use identity_bench::endpoint::{Endpoint, Reply};
use identity_bench::{CLIENT, SCOPE, TENANT};
use identity_core::{TokenCredential, TokenRequestOptions};
use identity_entra::options::EntraOptions;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (cached, calls) = match &words[..] {
        [kind, calls] if kind == "cached" => (true, calls.parse()),
        [kind, calls] if kind == "uncached" => (false, calls.parse()),
        _ => panic!("usage: calls cached|uncached NUMBER"),
    };
    let calls: usize = calls.expect("a number of calls");
    let scopes: Vec<String> = match cached {
        true => vec![SCOPE.to_owned()],
        false => (0..calls).map(|n| format!("https://service{n:05}.azure.net/.default")).collect(),
    };

    let endpoint = Endpoint::new(Reply::token(86_400));
    let options = EntraOptions::default().with_http_service(Arc::new(endpoint.clone()));
    let credential = ClientSecretCredential::new(TENANT, CLIENT, "secret", options);
    let credential: Arc<dyn TokenCredential> =
        Arc::new(credential.expect("nothing is wrong with these values"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let options = TokenRequestOptions::default();
        for scope in scopes.iter().cycle().take(calls) {
            let token = credential.get_token(black_box(&[scope]), &options).await;
            black_box(token.expect("a token"));
        }
    });
    assert_eq!(endpoint.requests(), scopes.len(), "one request for each scope");
}
