//! Makes as many calls as its argument says, all but the first served from memory: for counting instructions, as the difference of two runs.

use std::sync::Arc;

use identity_app::ClientSecretCredential;
use identity_bench::endpoint::{Endpoint, Reply};
use identity_bench::{CLIENT, SCOPE, TENANT};
use identity_core::{TokenCredential, TokenRequestOptions};
use identity_entra::options::EntraOptions;

fn main() {
    let calls: u32 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    let endpoint = Endpoint::new(Reply::token(86_400));
    let options = EntraOptions::default().with_http_service(Arc::new(endpoint.clone()));
    let credential = ClientSecretCredential::new(TENANT, CLIENT, "secret", options);
    let credential: Arc<dyn TokenCredential> =
        Arc::new(credential.expect("nothing is wrong with these values"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let options = TokenRequestOptions::default();
        for _ in 0..calls {
            let token = credential.get_token(std::hint::black_box(&[SCOPE]), &options).await;
            std::hint::black_box(token.expect("a token"));
        }
    });
    assert_eq!(endpoint.requests(), 1, "only the first call asked the endpoint");
}
