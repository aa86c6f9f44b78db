use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn a_servers_words_stay_as_they_are() {
    for text in [
        "",
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value.",
        "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        r#"{"error":"invalid_token","error_codes":[7000215],"timestamp":"2026-01-01 00:00:00Z","trace_id":"5f4a6d1c-0000-4000-8000-000000000000"}"#,
        r#"{"error":{"code":"AudienceNotSupported","message":"Audience is not a supported MSI token audience"}}"#,
        r#"{"error": {"code": 50126}, "token_type": "Bearer", "expires_in": "3599"}"#,
        "POST https://login.microsoftonline.com/common/oauth2/v2.0/token: 400",
        "status code: 503, exit code=1, invalid token: expired, access_token = null",
        "fetching token: AADSTS700082: The refresh token has expired",
        "WWW-Authenticate: Basic realm=/var/opt/azcmagent/tokens/0001.key",
        r#"Bearer authorization_uri="https://login.windows.net/x", error="invalid_token""#,
        "The Bearer token is missing; basic authentication is off. Pop goes the weasel",
        "To sign in, open https://microsoft.com/devicelogin and enter the code ABCD-EFGH to authenticate. (user_code=ABCD-EFGH)",
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/a-group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/an-identity",
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=x&scope=https%3A%2F%2Fx%2F.default",
        "---------------------------------------------------------------------------------------------------------------",
        r#"{"claims":"{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1700000000\"}}}"}"#,
    ] {
        // "Pop goes" is the price of masking what follows a scheme.
        let expected = text.replace("Pop goes", "Pop ***");
        assert_eq!(mask(text), expected);
    }
}

// G26
#[test]
fn secrets_are_masked_wherever_their_name_stands_before_them() {
    for (text, expected) in [
        (r#"{"access_token":"abc","expires_in":3599}"#, r#"{"access_token":"***","expires_in":3599}"#),
        (r#"{ "accessToken" : "a\"b,c}" }"#, r#"{ "accessToken" : "***" }"#),
        (r#"{'refresh_token': 'abc'}"#, r#"{'refresh_token': '***'}"#),
        (r#""body":"{\"id_token\":\"a\\\"b\",\"x\":1}""#, r#""body":"{\"id_token\":\"***\",\"x\":1}""#),
        (r#"{\u0022id_token\u0022:\u0022abc\u0022}"#, r#"{\u0022id_token\u0022:\u0022***\u0022}"#),
        ("{&quot;id_token&quot;:&quot;abc&quot;}", "{&quot;id_token&quot;:&quot;***&quot;}"),
        ("%7B%22access_token%22%3A%22abc%22%7D", "%7B%22access_token%22%3A%22***%22%7D"),
        (r#"{"oidcToken":"cut o"#, r#"{"oidcToken":"***"#),
        ("client_id=x&client_secret=p%26q&scope=y", "client_id=x&client_secret=***&scope=y"),
        (
            "client_assertion_type=urn:x&client_assertion=abc",
            "client_assertion_type=urn:x&client_assertion=***",
        ),
        ("https://localhost:1/?code=0.AXoA-_x&state=s", "https://localhost:1/?code=***&state=s"),
        (r#"{"code":"0.AXoA-_x"}"#, r#"{"code":"***"}"#),
        (
            "https://x.blob.core.windows.net/c?sv=1&sig=a%2Fb%3D&se=2",
            "https://x.blob.core.windows.net/c?sv=1&sig=***&se=2",
        ),
        ("AZURE_CLIENT_SECRET=abc AZURE_TENANT_ID=t", "AZURE_CLIENT_SECRET=*** AZURE_TENANT_ID=t"),
        ("az login -u me --password hunter2 --tenant t", "az login -u me --password *** --tenant t"),
        (
            "<Password>hunter2</Password><a:token>x</a:token>",
            "<Password>***</Password><a:token>***</a:token>",
        ),
        ("password: hunter, refresh_token: abc", "password: *** refresh_token: ***"),
        ("device_code=abc&x-identity-header: abc", "device_code=***&x-identity-header: ***"),
        ("Authorization: Basic c2VjcmV0 and more", "Authorization: *** and more"),
        ("sent Bearer abc.def~/+= to x", "sent Bearer *** to x"),
        (r"first line\nBearer abc123", r"first line\nBearer ***"),
        (r"C:\token=abc123", r"C:\token=***"),
        ("warning\nazsdk%opaque.token%1700000000\n", "warning azsdk%***%1700000000 "),
        ("x <saml:Assertion ID=\"a\">secret</saml:Assertion> y", "x <saml:Assertion***Assertion> y"),
        ("x <Assertion>cut off", "x <Assertion***"),
        ("SAMLResponse=PHNhbWxwOlJlc3BvbnNl/+x%3D&RelayState=r", "SAMLResponse=***&RelayState=r"),
        ("got PHNhbWxwOlJlc3BvbnNl/+x== here", "got *** here"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE/+\nxyz=\n-----END RSA PRIVATE KEY-----\nmore",
            "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY----- more",
        ),
    ] {
        assert_eq!(mask(text), expected, "for {text}");
    }
}

// G26
#[test]
fn tokens_without_a_name_are_known_by_their_shape() {
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl_-x";
    assert_eq!(mask(&format!("Unexpected output: '{jwt}'.")), "Unexpected output: '***'.");
    for cut in 13..jwt.len() {
        assert_eq!(mask(&format!("token-less{}", &jwt[..cut])), "token-less***");
    }
    let opaque = format!("0.AXoA{}", "aB3-_".repeat(30));
    assert_eq!(mask(&format!("({opaque})")), "(***)");
}

// G16
#[test]
fn control_and_direction_characters_are_taken_out() {
    for (text, expected) in [
        ("a\r\nb\tc\u{85}d", "a b c d"),
        ("\u{1b}[31mred\u{1b}[0m \u{1b}(Bplain\u{1b}c", "red plain"),
        ("\u{1b}]8;;https://evil\u{7}https://good\u{1b}]8;;\u{1b}\\.", "https://good."),
        ("\u{1b}]never ended", "never ended"),
        ("\u{9b}2Jx\u{9d}title\u{9c}y", "xy"),
        ("exe.\u{202e}gpj \u{2066}a\u{2069} \u{200b}b\u{feff}\u{e0041}\0\u{7f}", "exe.gpj a b"),
        ("Grüße, 世界 🙂", "Grüße, 世界 🙂"),
    ] {
        assert_eq!(clean(text), expected, "for {text:?}");
        assert_eq!(mask(text), expected, "for {text:?}");
    }
    // What is hidden from the eye hides nothing from the mask.
    assert_eq!(mask("access_\u{200b}tok\u{1b}[0men=abc"), "access_token=***");
}

// G5
#[test]
fn no_text_is_shown_at_length() {
    let long = "ü ".repeat(100_000);
    for shown in [mask(&long), clean(&long)] {
        assert!(shown.len() <= MOST_SHOWN && shown.ends_with("ü …"), "{}", shown.len());
    }
    let exactly = "x ".repeat(MOST_SHOWN / 2);
    assert_eq!(mask(&exactly), exactly);
}

// The shapes that would cost most if every piece looked at all that is left.
#[test]
fn a_mebibyte_of_anything_is_masked_in_one_pass() {
    for part in [
        "a.",
        "token ",
        "<Assertion",
        "-----BEGIN ",
        "\"token\":\"",
        "\\",
        "Bearer ",
        "\u{1b}]",
        "code:a ",
        "%2",
    ] {
        let shown = mask(&part.repeat((1 << 20) / part.len()));
        assert!(shown.len() <= MOST_SHOWN);
    }
}

/// Names in lower case, so that a capital letter in the output can only be one of the secret's.
const NAMES: [&str; 9] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "assertion",
    "client_assertion",
    "client_secret",
    "password",
    "device_code",
];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

/// Every secret's letters are capitals that nothing else in these tests has.
fn secret() -> impl Strategy<Value = String> {
    r#"[G-Z]["'\\G-Z0-9&{}\[\],:;<>%= +/ü\.-]{5,40}"#
}

fn survives(shown: &str) -> bool {
    shown.bytes().any(|b| matches!(b, b'G'..=b'Z'))
}

/// A cut at any place.
fn cut(text: &str, at: prop::sample::Index) -> &str {
    head(text, at.index(text.len() + 1))
}

proptest! {
    // G26
    #[test]
    fn no_secret_of_a_json_body_survives(name in name(), secret in secret(), depth in 0..4, at: prop::sample::Index) {
        let mut body = json!({ "a": 1, name: secret, "b": ["c"] }).to_string();
        for _ in 0..depth {
            body = json!({ "error": "d", "error_description": body }).to_string();
        }
        prop_assert!(!survives(&mask(&body)), "{body}\n{}", mask(&body));
        prop_assert!(!survives(&mask(cut(&body, at))), "{}", cut(&body, at));
    }

    // G26
    #[test]
    fn no_secret_of_a_form_survives(name in name(), secret in secret(), at: prop::sample::Index) {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("a", "1").append_pair(name, &secret).append_pair("b", "2").finish();
        // Escapes have capitals of their own.
        let form = form.replace("%3A", "%3a").replace("%2F", "%2f");
        prop_assert!(!survives(&mask(&form)), "{form}");
        prop_assert!(!survives(&mask(cut(&form, at))), "{form}");
        let url = format!("post https://a/b?{form}#c");
        prop_assert!(!survives(&mask(&url)), "{url}");
    }

    // G26
    #[test]
    fn no_bearer_token_survives(secret in "[G-Z0-9._~+/-]{5,60}={0,2}", spaces in 1..3_usize, at: prop::sample::Index) {
        let text = format!("sent bearer{}{secret} and got 401", " ".repeat(spaces));
        prop_assert!(!survives(&mask(&text)), "{text}");
        prop_assert!(!survives(&mask(cut(&text, at))), "{text}");
    }

    // G26
    #[test]
    fn no_json_web_token_survives(
        before in "[a-f \"':=/.]{0,10}", header in "[G-Z0-9_-]{8,60}", payload in "[G-Z0-9_-]{0,200}", signature in "[G-Z0-9_-]{0,80}",
    ) {
        let text = format!("{before}eyJ{header}.eyJ{payload}.{signature} abc");
        prop_assert!(!survives(&mask(&text)), "{text}");
    }

    #[test]
    fn any_text_is_masked_without_a_panic_and_fit_to_be_shown(text in any_text()) {
        let shown = mask(&text);
        prop_assert!(shown.len() <= MOST_SHOWN);
        let bad = |c: char| c.is_control() || c == '\u{202e}';
        prop_assert!(!shown.contains(bad));
        prop_assert_eq!(clean(&shown), shown);
    }
}

/// Text with many of the parts that the rules look for.
fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(
            &[
                "token",
                "code",
                "\"",
                "'",
                "\\",
                "\\\"",
                ":",
                "=",
                " ",
                "&",
                "%22",
                "%",
                "\\u0022",
                "&quot;",
                "eyJ",
                "<",
                ">",
                "Assertion",
                "-----BEGIN ",
                "PRIVATE KEY-----",
                "-----END",
                "azsdk%",
                "Bearer ",
                "--password ",
                "\u{1b}",
                "]",
                "[",
                "\u{7}",
                "{",
                "}",
                "ü",
                "\u{202e}",
                "Authorization",
                "PHNhbWw",
                "***",
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z0-9]{1,12}",
        any::<String>(),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}
