//! `azid inspect`.

use identity_emulator::DEFAULT_CLIENT_ID;

use crate::support::{azid, emulator, token};

#[test]
fn what_azid_prints_it_can_explain() {
    let emulator = emulator();
    for form in ["json", "token", "header"] {
        let printed = token("client-secret").args(["--output", form]).against(&emulator).run().ok();
        let sent = emulator.journal().count();
        for words in [&["inspect"] as &[&str], &["inspect", "-"]] {
            let object = azid(words).stdin(printed.clone()).run().json();
            assert_eq!(object["claims"]["appid"], DEFAULT_CLIENT_ID);
            assert_eq!(object["expired"], false);
            assert!(object["expiresInSeconds"].as_i64().unwrap() > 3000);
        }
        assert_eq!(emulator.journal().count(), sent);
    }
}

#[test]
fn people_get_a_line_and_a_meaning_for_each_claim() {
    let emulator = emulator();
    let printed = token("client-secret").args(["--output", "token"]).against(&emulator).run().ok();
    let text = azid(["inspect", "--output", "text"]).stdin(printed).run().ok();
    assert!(
        text.starts_with("aud       https://management.azure.com\n          (the resource that accepts it;"),
        "{text}"
    );
    assert!(text.contains("(the application proved itself with a secret)"));
    assert!(text.contains("(it expires in 59 min "));
    assert!(text.ends_with("the signature is not verified here.\n"));
}

// G8
#[test]
fn a_token_on_the_command_line_is_warned_about() {
    let emulator = emulator();
    let printed = token("client-secret").args(["--output", "token"]).against(&emulator).run().ok();
    let ran = azid(["inspect", printed.trim()]).secret(printed.trim()).run();
    assert!(ran.stderr.starts_with("azid: warning: the token is on the command line"), "{ran:?}");
    ran.json();
}

#[test]
fn what_is_no_token_ends_with_2_and_is_not_repeated() {
    for garbage in ["not-a-t0ken", "a.b.c", "{\"accessToken\":7}", "--5ecret--"] {
        let ran = azid(["inspect"]).stdin(garbage).secret(garbage).run();
        ran.error(2);
        let ran = azid(["inspect", "--output", "text"]).stdin(garbage).secret(garbage).run();
        assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.lines().count()), (2, "", 1), "{ran:?}");
    }
    azid(["inspect"]).run().error(2);
}
