//! People sign in at an authority that verifies what Entra ID verifies; the browser is played.

use std::sync::Arc;

use crate::support::{SCOPE, alice, claim, entra, grants, played};
use identity_core::testing::CapturedLogs;
use identity_core::{AuthenticationRecord, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{App, DEFAULT_DOMAIN, Emulator, Person, Tenant, User};
use identity_entra::cache::{CacheStorage, MemoryStorage};
use identity_interactive::{Browser, InteractiveBrowserCredential, accounts, sign_out};

const OTHER_SCOPE: &str = "https://vault.azure.net/.default";

fn none() -> TokenRequestOptions {
    TokenRequestOptions::default()
}

async fn started() -> Arc<Emulator> {
    Arc::new(Emulator::start().await.unwrap())
}

// S148, S163, P55, P56, G17
#[tokio::test]
async fn a_browser_brings_the_code_in_a_form_and_one_request_gets_the_token() {
    let emulator = started().await;
    let logs = CapturedLogs::watching(&[emulator.password()]);
    let (options, mut visits) = played(&emulator, alice(&emulator));
    let credential = InteractiveBrowserCredential::new(options).unwrap();
    let token = credential.get_token(&[SCOPE], &none()).await.unwrap();
    assert_eq!(claim(&token, "upn"), emulator.username());
    let visit = visits.recv().await.unwrap();
    assert_eq!((visit.landing.method(), visit.landing.url().contains('?')), ("POST", false));
    assert!(visit.page.contains("You are signed in") && !visit.page.contains("code="), "{}", visit.page);
    assert_eq!(grants(&emulator), ["authorization_code"], "no discovery, no second request");
    credential.get_token(&[OTHER_SCOPE], &none()).await.unwrap();
    assert_eq!(grants(&emulator), ["authorization_code", "refresh_token"]);
    let code = visit.landing.parameter("code").unwrap();
    logs.check(&format!("{credential:?} {token:?}"));
    assert!(!format!("{credential:?}").contains(&code));
}

// S161, P56, S130
#[tokio::test]
async fn whoever_declines_is_told_the_truth_and_so_is_the_program() {
    let emulator = started().await;
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        tenant.put_user(User::new("ben@emulated.onmicrosoft.com", "worthless").requiring_mfa());
        tenant.put_app(
            App::new("11111111-2222-3333-4444-555555555555")
                .allowing_public_flows()
                .requiring_consent()
                .with_redirect_uri("http://localhost/in"),
        );
    });
    let ben = Person::new("ben@emulated.onmicrosoft.com", "worthless");
    for (person, code, words) in [
        (alice(&emulator).cancelling(), "The user canceled the authentication", "You are not signed in"),
        (alice(&emulator).declining_consent(), "AADSTS65004", "You are not signed in"),
        (ben.denying_mfa(), "AADSTS500121", "You are not signed in"),
    ] {
        let (options, mut visits) = played(&emulator, person);
        let options = options
            .with_client_id("11111111-2222-3333-4444-555555555555")
            .with_tenant_id(emulator.tenant_id())
            .with_redirect_uri("http://localhost:0/in");
        let credential = InteractiveBrowserCredential::new(options).unwrap();
        let error = credential.get_token(&[SCOPE], &none()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(error.message().contains(code), "{error}");
        let visit = visits.recv().await.unwrap();
        assert!(visit.page.contains(words) && visit.page.contains(code), "{}", visit.page);
    }
    assert_eq!(emulator.journal().token_count(), 0);
}

// S016, S010, P46
#[tokio::test]
async fn a_resource_s_challenge_leads_through_authenticate_to_a_silent_token() {
    let emulator = started().await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let tenant = Tenant::new(emulator.tenant_id())
        .with_domain(DEFAULT_DOMAIN)
        .with_user(User::new(emulator.username(), emulator.password()))
        .with_claims_challenge("https://vault.azure.net", claims);
    emulator.change_directory(|directory| directory.put_tenant(tenant));
    let (options, mut visits) = played(&emulator, alice(&emulator));
    let options = options.with_disable_automatic_authentication(true);
    let credential = InteractiveBrowserCredential::new(options).unwrap();
    credential.authenticate(&[SCOPE], &none()).await.unwrap();
    let error = credential.get_token(&[OTHER_SCOPE], &none()).await.unwrap_err();
    assert_eq!((error.kind(), error.claims()), (ErrorKind::AuthenticationRequired, Some(claims)));
    assert_eq!(error.server().unwrap().error_codes, [50076]);
    let scopes: Vec<&str> = error.scopes().iter().map(String::as_str).collect();
    let demanded = none().with_claims(error.claims().unwrap());
    credential.authenticate(&scopes, &demanded).await.unwrap();
    credential.get_token(&[OTHER_SCOPE], &none()).await.unwrap();
    assert!(visits.recv().await.is_some() && visits.recv().await.is_some());
    assert!(visits.try_recv().is_err(), "the last token asked nobody");
}

// S137, S163
#[tokio::test]
async fn a_revoked_sign_in_is_asked_for_again_also_where_tokens_can_be_revoked_early() {
    for cae in [false, true] {
        let emulator = started().await;
        let (options, mut visits) = played(&emulator, alice(&emulator));
        let credential = InteractiveBrowserCredential::new(options).unwrap();
        let wanted = none().with_enable_cae(cae);
        credential.get_token(&[SCOPE], &wanted).await.unwrap();
        emulator.revoke_sessions(emulator.username());
        let challenged = wanted.clone().with_claims(emulator.revocation_claims());
        credential.get_token(&[SCOPE], &challenged).await.unwrap();
        assert!(visits.recv().await.is_some() && visits.recv().await.is_some());
        assert_eq!(grants(&emulator), ["authorization_code", "refresh_token", "authorization_code"]);
    }
}

// S008, S150, S158, S028
#[tokio::test]
async fn a_record_finds_the_account_again_and_other_tenants_are_reached_as_a_guest() {
    let emulator = started().await;
    let other = "99999999-0000-4000-8000-000000000001";
    emulator.change_directory(|directory| {
        directory.put_tenant(Tenant::new(other).with_user(User::new(emulator.username(), "worthless")));
    });
    let storage: Arc<dyn CacheStorage> = Arc::new(MemoryStorage::default());
    let (options, mut visits) = played(&emulator, alice(&emulator));
    let options = options.with_entra(entra(&emulator).with_cache_storage(storage.clone()));
    let first = InteractiveBrowserCredential::new(options.clone()).unwrap();
    let record = first.authenticate(&[SCOPE], &none()).await.unwrap();
    assert_eq!((record.username(), record.tenant_id()), (emulator.username(), emulator.tenant_id()));
    visits.recv().await.unwrap();

    let record = AuthenticationRecord::deserialize(&record.serialize()).unwrap();
    let options = options.with_authentication_record(record).with_entra(
        entra(&emulator).with_cache_storage(storage.clone()).with_additionally_allowed_tenants([other]),
    );
    let later = InteractiveBrowserCredential::new(options).unwrap();
    later.get_token(&[SCOPE], &none()).await.unwrap();
    assert_eq!(grants(&emulator), ["authorization_code"], "the stored token is used");
    let guest = later.get_token(&[SCOPE], &none().with_tenant_id(other)).await.unwrap();
    assert_eq!((claim(&guest, "tid").as_str(), grants(&emulator).len()), (other, 2));
    assert!(visits.try_recv().is_err(), "nobody was asked");

    let [account] = &accounts(&*storage).await.unwrap()[..] else { panic!("one account") };
    assert_eq!(account.username, emulator.username());
    sign_out(&*storage, account, None).await.unwrap();
    assert!(accounts(&*storage).await.unwrap().is_empty());
    later.get_token(&[OTHER_SCOPE], &none()).await.unwrap();
    assert!(visits.recv().await.is_some(), "the sign-out is felt by whoever shares the storage");
}

#[tokio::test]
async fn a_sign_in_by_an_answer_in_the_url_is_understood_too() {
    let emulator = started().await;
    let (sender, mut urls) = tokio::sync::mpsc::unbounded_channel();
    let (options, _) = played(&emulator, alice(&emulator));
    let options =
        options.with_url_callback(move |url| sender.send(url.replace("form_post", "query")).unwrap());
    let credential = InteractiveBrowserCredential::new(options).unwrap();
    let call = tokio::spawn(async move { credential.get_token(&[SCOPE], &none()).await });
    let landing = emulator.sign_in(&urls.recv().await.unwrap(), &alice(&emulator)).unwrap();
    assert_eq!(landing.method(), "GET");
    assert!(landing.deliver().await.unwrap().contains("You are signed in"));
    call.await.unwrap().unwrap();
}

// S161, G17: two sign-ins at once, each with an answer of its own
#[tokio::test]
async fn two_sign_ins_at_once_do_not_take_each_other_s_answers() {
    let emulator = started().await;
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        tenant.put_user(User::new("ben@emulated.onmicrosoft.com", "worthless"));
    });
    let (one, _one) = played(&emulator, alice(&emulator));
    let (other, _other) = played(&emulator, Person::new("ben@emulated.onmicrosoft.com", "worthless"));
    let one = InteractiveBrowserCredential::new(one).unwrap();
    let other = InteractiveBrowserCredential::new(other).unwrap();
    let options = none();
    let (one, other) = tokio::join!(one.get_token(&[SCOPE], &options), other.get_token(&[SCOPE], &options));
    assert_eq!(claim(&one.unwrap(), "upn"), emulator.username());
    assert_eq!(claim(&other.unwrap(), "upn"), "ben@emulated.onmicrosoft.com");
}

// S156
#[tokio::test]
async fn outside_of_a_desktop_it_is_unavailable_and_the_next_in_a_chain_is_asked() {
    let emulator = started().await;
    let (options, _) = played(&emulator, alice(&emulator));
    let credential = InteractiveBrowserCredential::new(options.with_browser(Browser::System)).unwrap();
    let error = credential.get_token(&["https://x/.default"], &none()).await.unwrap_err();
    assert!(error.kind().goes_on(), "{error}");
}
