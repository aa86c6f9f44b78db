//! How secrets come in, and that they do not go out.

use identity_emulator::{DEFAULT_CLIENT_SECRET, Fault, When};

use crate::support::{emulator, token};

// G8
#[test]
fn a_secret_on_the_command_line_works_and_is_warned_about() {
    let emulator = emulator();
    let ran = token("client-secret")
        .args(["--client-secret", DEFAULT_CLIENT_SECRET])
        .against(&emulator)
        .env("AZURE_CLIENT_SECRET", "wrong~one")
        .run();
    assert_eq!(
        ran.stderr,
        "azid: warning: the value of --client-secret is on the command line, where other programs can read it; use '-' (standard input) \
         or the variable AZURE_CLIENT_SECRET\n"
    );
    ran.json();
}

// G8
#[test]
fn a_secret_comes_from_standard_input_without_its_line_end() {
    let emulator = emulator();
    for end in ["", "\n", "\r\n"] {
        let ran = token("client-secret")
            .args(["--client-secret", "-"])
            .against(&emulator)
            .env("AZURE_CLIENT_SECRET", "wrong~one")
            .stdin(format!("{DEFAULT_CLIENT_SECRET}{end}"))
            .run();
        assert_eq!(ran.stderr, "");
        ran.json();
    }
    let request = emulator.journal().token_requests().pop().unwrap();
    assert_eq!(request.form("client_secret"), Some(DEFAULT_CLIENT_SECRET));
}

#[test]
fn standard_input_without_a_secret_is_a_wrong_argument() {
    let emulator = emulator();
    for (input, why) in
        [(vec![], "is empty"), (b"\n".to_vec(), "is empty"), (vec![0xff, 0xfe], "has no text")]
    {
        let ran = token("client-secret").args(["--client-secret", "-"]).against(&emulator).stdin(input).run();
        assert_eq!(ran.message(2), format!("--client-secret was to come from standard input, which {why}"));
    }
    let huge = "x".repeat((1 << 20) + 1);
    let ran = token("client-secret").args(["--client-secret", "-"]).against(&emulator).stdin(huge).run();
    assert_eq!(ran.message(2), "--client-secret was to come from standard input, which has more than 1 MiB");
    assert_eq!(emulator.journal().count(), 0);
}

// G6
#[test]
fn a_token_in_an_answer_that_can_not_be_used_is_not_shown() {
    let emulator = emulator();
    for (body, secret) in [
        (r#"{"access_token":{"value":"abc~Sup3r.T0ken"},"expires_in":3600}"#, "abc~Sup3r.T0ken"),
        (r#"{"access_token":"abc~Sup3r.T0ken","expires_in":"never"}"#, "abc~Sup3r.T0ken"),
        (r#"{"access_token":"eyJhbGciOi"#, "eyJhbGciOi"),
    ] {
        emulator.faults().once(When::token(), Fault::json(200, body));
        let ran = token("client-secret").against(&emulator).env("AZID_LOG", "trace").secret(secret).run();
        ran.error(1);
    }
}

// G6
#[test]
fn a_token_that_would_break_out_of_a_header_is_not_printed() {
    let emulator = emulator();
    emulator.faults().always(
        When::token(),
        Fault::json(200, r#"{"access_token":"abc\r\nX-Evil: 1","token_type":"Bearer","expires_in":3600}"#),
    );
    for form in ["json", "token", "header", "env", "k8s-exec"] {
        let ran = token("client-secret").args(["--output", form]).against(&emulator).secret("X-Evil").run();
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
    }
}
