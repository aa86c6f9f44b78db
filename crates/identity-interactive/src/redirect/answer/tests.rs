use zeroize::Zeroizing;

use super::*;

const STATE: &str = "the-state";

fn request(method: &str, path: &str, encoded: &str) -> Request {
    let text = |text: &str| Zeroizing::new(text.to_owned());
    let (query, body) = if method == "GET" { (encoded, "") } else { ("", encoded) };
    Request {
        method: method.into(),
        path: path.into(),
        query: text(query),
        host: "localhost:8400".into(),
        content_type: "application/x-www-form-urlencoded".into(),
        body: text(body),
    }
}

fn judge(request: &Request) -> Result<Answer, u16> {
    let state = Secret::new(STATE);
    Expected { path: "/in", port: 8400, state: &state }.judge(request).map_err(|refused| refused.status)
}

// P55, S161
#[test]
fn a_code_comes_by_form_or_in_the_url() {
    for method in ["GET", "POST"] {
        let answer =
            judge(&request(method, "/in", "code=a%2Bb&state=the-state&session_state=x&client_info=y"));
        let Ok(Answer::Code(code)) = answer else { panic!("{answer:?}") };
        assert_eq!(code.secret(), "a+b");
        assert!(!format!("{:?}", Answer::Code(code)).contains("a+b"));
    }
}

// S161, G16
#[test]
fn an_error_comes_in_the_authority_s_words_without_what_could_deceive() {
    let encoded =
        "error=access_denied&error_description=AADSTS65004%3A+User+declined%1B%5B2J&state=the-state";
    let Ok(Answer::Refused(server)) = judge(&request("POST", "/in", encoded)) else {
        panic!("it is an answer")
    };
    assert_eq!((server.error.as_deref(), server.error_codes), (Some("access_denied"), vec![65004]));
    assert_eq!((server.description.as_deref(), server.status), (Some("AADSTS65004: User declined"), None));
    let Ok(Answer::Refused(server)) = judge(&request("GET", "/in", "error=x&state=the-state")) else {
        panic!()
    };
    assert_eq!((server.error.as_deref(), server.description), (Some("x"), None));
}

// S161, G17, G18
#[test]
fn a_wrong_missing_or_repeated_state_is_turned_away() {
    for state in [
        "",
        "&state=",
        "&state=the-stat",
        "&state=the-state2",
        "&state=the-state&state=the-state",
        "&State=the-state",
    ] {
        for answer in ["code=abc", "error=access_denied"] {
            assert_eq!(
                judge(&request("POST", "/in", &format!("{answer}{state}"))).err(),
                Some(400),
                "{answer}{state}"
            );
        }
    }
}

// G4, G17
#[test]
fn what_is_no_answer_is_turned_away() {
    for encoded in [
        "",
        "state=the-state",
        "code=&state=the-state",
        "code=a&code=b&state=the-state",
        "code=a&error=b&state=the-state",
        "error=a&error=a&state=the-state",
    ] {
        assert_eq!(judge(&request("POST", "/in", encoded)).err(), Some(400), "{encoded}");
        assert_eq!(judge(&request("GET", "/in", encoded)).err(), Some(400), "{encoded}");
    }
    let many = format!("{}code=a&state=the-state", "x=y&".repeat(64));
    assert_eq!(judge(&request("POST", "/in", &many)).err(), Some(400));
}

// G17
#[test]
fn other_paths_methods_and_bodies_are_turned_away() {
    let good = "code=a&state=the-state";
    for path in ["/", "/in/", "/IN", "/favicon.ico", "/in/../in", "//in"] {
        assert_eq!(judge(&request("GET", path, good)).err(), Some(404), "{path}");
    }
    for method in ["HEAD", "OPTIONS", "PUT", "get", "DELETE"] {
        assert_eq!(judge(&request(method, "/in", good)).err(), Some(405), "{method}");
    }
    for content_type in ["", "text/plain", "application/json", "multipart/form-data"] {
        let request = Request { content_type: content_type.into(), ..request("POST", "/in", good) };
        assert_eq!(judge(&request).err(), Some(415), "{content_type}");
    }
}

// G18
#[test]
fn the_host_must_be_this_machine_and_this_port() {
    for (host, fine) in [
        ("localhost:8400", true),
        ("LocalHost:8400", true),
        ("127.0.0.1:8400", true),
        ("[::1]:8400", true),
        ("localhost:8401", false),
        ("localhost", false),
        ("[::1]", false),
        ("", false),
        ("evil.example:8400", false),
        ("localhost.evil.example:8400", false),
        ("127.0.0.1.evil.example:8400", false),
        ("evil@localhost:8400", false),
    ] {
        let request = Request { host: host.into(), ..request("POST", "/in", "code=a&state=the-state") };
        assert_eq!(judge(&request).err(), (!fine).then_some(421), "{host}");
    }
}

proptest::proptest! {
    // S161, G18
    #[test]
    fn nothing_but_the_state_lets_an_answer_in(encoded in ".{0,80}", state in "[a-z-]{0,12}") {
        proptest::prop_assume!(state != STATE);
        proptest::prop_assert!(judge(&request("POST", "/in", &encoded.replace(STATE, ""))).is_err());
        let forged = format!("code=a&state={state}");
        proptest::prop_assert!(judge(&request("GET", "/in", &forged)).is_err());
    }
}
