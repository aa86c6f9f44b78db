//! Help, manual and completions.

use crate::support::azid;

#[test]
fn the_help_names_every_credential_and_option() {
    let help = azid(["token", "--help"]).run().ok();
    for word in
        ["chained", "client-secret", "client-assertion", "--scope", "--emulator", "--request-tenant-id"]
    {
        assert!(help.contains(word), "{word}");
    }
    assert!(azid(["--version"]).run().ok().starts_with("azid "));
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let manual = azid(["man"]).run().ok();
    assert!(manual.starts_with(".ie"), "{manual}");
    for page in [".TH azid ", ".TH azid-token ", ".TH azid-emulator ", ".TH azid-inspect "] {
        assert!(manual.contains(page), "{page}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = azid(["completions", shell]).run().ok();
        assert!(script.contains("client-secret") && script.contains("emulator"), "{shell}");
    }
    let ran = azid(["completions", "no-shell"]).run();
    assert_eq!((ran.status, ran.stderr.lines().count()), (2, 1), "{ran:?}");
}
