use http::request::Builder;
use hyper::body::Bytes;

use super::*;
use crate::MovableClock;
use crate::entra::Setup;

/// A small generator of its own (xorshift), so that a failure is the same at each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    fn noise(&mut self, most: usize) -> String {
        let length = self.roll(most);
        (0..length).map(|_| format!("%{:02x}", self.roll(256))).collect()
    }
}

// G5: whatever comes, there is an answer and no panic.
#[test]
fn random_requests_are_answered() {
    let clock = MovableClock::default();
    let entra = Entra::new(Setup { clock: clock.clone(), ..Setup::default() }).unwrap();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let segments = [
        "common",
        "adfs",
        "discovery",
        "instance",
        "userrealm",
        "oauth2",
        "v2.0",
        "token",
        "keys",
        "..",
        "",
        ".well-known",
        "openid-configuration",
        "authorize",
        "devicecode",
        "device",
        "organizations",
        "kmsi",
        crate::DEFAULT_DOMAIN,
        crate::DEFAULT_TENANT_ID,
        "metadata",
        "identity",
    ];
    let names = [
        "grant_type",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "scope",
        "claims",
        "code",
        "refresh_token",
        "assertion",
        "username",
        "password",
        "device_code",
        "redirect_uri",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "response_type",
        "response_mode",
        "prompt",
        "user_code",
        "code_verifier",
        "requested_token_use",
        "api-version",
        "authorization_endpoint",
        "login_hint",
    ];
    let values = [
        "client_credentials",
        "authorization_code",
        "refresh_token",
        "password",
        "device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "on_behalf_of",
        "code",
        "form_post",
        "query",
        crate::DEFAULT_CLIENT_ID,
        crate::DEFAULT_CLIENT_SECRET,
        crate::DEFAULT_USERNAME,
        crate::DEFAULT_PASSWORD,
        "https://a/.default",
        "openid profile",
        "{}",
        "{\"access_token\":{\"xms_cc\":{\"values\":1}}}",
        "e30.e30.AA",
        "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOi05MjIzMzcyMDM2ODU0Nzc1ODA4fQ.AA",
        "http://localhost:1",
        "S256",
        "1.1",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjMGZmZWUwMCJ9.AA",
        "https://x/y/z",
    ];
    for _ in 0..30_000 {
        let mut path = String::new();
        for _ in 0..dice.roll(6) {
            path.push('/');
            if dice.roll(12) == 0 {
                path.push_str(&dice.noise(6))
            } else {
                path.push_str(dice.pick(&segments))
            }
        }
        if dice.roll(2) == 0 {
            path = format!(
                "/{}/oauth2/v2.0/{}",
                crate::DEFAULT_DOMAIN,
                dice.pick(&["token", "authorize", "devicecode"])
            );
        }
        let pairs = (0..dice.roll(9))
            .map(|_| {
                let value = if dice.roll(6) == 0 { dice.noise(20) } else { dice.pick(&values).to_owned() };
                format!("{}={value}", dice.pick(&names))
            })
            .collect::<Vec<_>>()
            .join("&")
            .replace(' ', "+")
            .replace(['{', '}', '"'], "%22");
        let is_post = dice.roll(2) == 0;
        let target = if path.is_empty() { "/".to_owned() } else { path };
        let target = if is_post { target } else { format!("{target}?{pairs}") };
        let (parts, ()) = Builder::new()
            .method(if is_post { "POST" } else { "GET" })
            .uri(&target)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("host", dice.pick(&["127.0.0.1:1", "::", "a b", "login.microsoftonline.com", ""]))
            .body(())
            .unwrap()
            .into_parts();
        let request = RecordedRequest::new(&parts, Bytes::from(pairs), dice.roll(2) == 0, clock.now());
        let reply = answer(&entra, &request, "http://own");
        assert!(reply.status.as_u16() < 500, "{target} {request:?} {reply:?}");
    }
}

// G9: only the exact path counts; dots, backslashes and encoded slashes make no way around it.
#[test]
fn paths_are_matched_exactly() {
    let clock = MovableClock::default();
    let entra = Entra::new(Setup { clock: clock.clone(), ..Setup::default() }).unwrap();
    let tenant = crate::DEFAULT_TENANT_ID;
    for path in [
        format!("/{tenant}/oauth2/v2.0/token/"),
        format!("/x/../{tenant}/discovery/v2.0/keys"),
        format!("//{tenant}/discovery/v2.0/keys"),
        format!("/{tenant}/discovery%2fv2.0/keys"),
        format!("/{tenant}/discovery/v2.0\\keys"),
        format!("/{tenant}/Discovery/v2.0/keys"),
    ] {
        let uri: String = path.replace('\\', "%5c");
        let (parts, ()) = Builder::new().uri(uri).body(()).unwrap().into_parts();
        let request = RecordedRequest::new(&parts, Bytes::new(), false, clock.now());
        assert_eq!(answer(&entra, &request, "http://own").status, 404, "{path}");
    }
}
