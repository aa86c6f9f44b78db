//! The forms in which a token is printed.

use std::time::Duration;

use identity_emulator::{DEFAULT_CLIENT_ID, DEFAULT_TENANT_ID, Emulator, TokenStyle};
use serde_json::json;

use crate::support::{claims, emulator, token};

#[test]
fn json_has_the_names_that_az_uses_and_comes_without_being_asked_for() {
    let emulator = emulator();
    for asked in [&[] as &[&str], &["--output", "json"]] {
        let printed = token("client-secret").args(asked).against(&emulator).env("TZ", "UTC").run().ok();
        assert_eq!(printed.lines().count(), 1);
        let object: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let access_token = object["accessToken"].as_str().unwrap();
        let expires_on = object["expires_on"].as_i64().unwrap();
        let local = jiff::Timestamp::from_second(expires_on).unwrap();
        assert_eq!(
            object,
            json!({
                "accessToken": access_token,
                "expires_on": expires_on,
                "expiresOn": local.strftime("%Y-%m-%d %H:%M:%S.000000").to_string(),
                "refresh_on": null,
                "tokenType": "Bearer",
                "tenant": DEFAULT_TENANT_ID,
                "credential": "ClientSecretCredential",
            })
        );
        assert_eq!(claims(access_token)["exp"], expires_on);
        assert_eq!(claims(access_token)["appid"], DEFAULT_CLIENT_ID);
    }
}

#[test]
fn the_local_time_is_that_of_the_zone() {
    let emulator = emulator();
    let object = token("client-secret").against(&emulator).env("TZ", "XST-5:30").run().json();
    let there =
        jiff::Timestamp::from_second(object["expires_on"].as_i64().unwrap() + 5 * 3600 + 1800).unwrap();
    assert_eq!(object["expiresOn"], there.strftime("%Y-%m-%d %H:%M:%S.000000").to_string());
}

#[test]
fn refresh_on_is_there_when_the_server_names_it() {
    let style = TokenStyle::default().with_refresh_in(Duration::from_secs(1800));
    let emulator = Emulator::builder().with_token_style(style).start_on_thread().unwrap();
    let object = token("client-secret").against(&emulator).run().json();
    let early = object["expires_on"].as_i64().unwrap() - object["refresh_on"].as_i64().unwrap();
    assert!((1790..=1810).contains(&early), "{early}");
}

#[test]
fn every_other_form_is_the_token_and_what_is_asked_for_around_it() {
    let emulator = emulator();
    let printed = |form: &str| token("client-secret").args(["--output", form]).against(&emulator).run().ok();

    let bare = printed("token");
    let bare = bare.strip_suffix('\n').unwrap();
    assert!(claims(bare)["exp"].is_u64() && !bare.contains('\n'));

    let header = printed("header");
    let in_header = header.strip_prefix("Authorization: Bearer ").unwrap().strip_suffix('\n').unwrap();
    assert!(claims(in_header)["exp"].is_u64() && !in_header.contains([' ', '\n']));

    let lines = printed("env");
    let lines: Vec<&str> = lines.lines().collect();
    let exported = |line: &str, name: &str| {
        let value = line.strip_prefix(&format!("export {name}='")).unwrap().strip_suffix('\'').unwrap();
        value.to_owned()
    };
    let in_env = exported(lines[0], "AZURE_ACCESS_TOKEN");
    let expires_on = exported(lines[1], "AZURE_ACCESS_TOKEN_EXPIRES_ON");
    assert_eq!((claims(&in_env)["exp"].to_string(), lines.len()), (expires_on, 2));

    let object: serde_json::Value = serde_json::from_str(&printed("k8s-exec")).unwrap();
    let status = &object["status"];
    assert_eq!(object["kind"], "ExecCredential");
    assert_eq!(object["apiVersion"], "client.authentication.k8s.io/v1");
    let expires: jiff::Timestamp = status["expirationTimestamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(claims(status["token"].as_str().unwrap())["exp"], expires.as_second());
}

// G6
#[test]
fn a_build_server_is_told_to_mask_the_token_before_it_is_printed() {
    let emulator = emulator();
    for (variable, value, command) in
        [("GITHUB_ACTIONS", "true", "::add-mask::"), ("TF_BUILD", "True", "##vso[task.setsecret]")]
    {
        for form in ["json", "token", "header", "env", "k8s-exec"] {
            let ran =
                token("client-secret").args(["--output", form]).against(&emulator).env(variable, value).run();
            let masked = ran.stderr.lines().find_map(|line| line.strip_prefix(command)).unwrap();
            assert_eq!(ran.status, 0);
            assert!(claims(masked)["exp"].is_u64() && ran.stdout.contains(masked), "{ran:?}");
        }
    }
}

#[test]
fn logs_of_every_level_stay_off_stdout_and_have_no_secret_in_them() {
    let emulator = emulator();
    let quiet = token("client-secret").against(&emulator).run();
    assert_eq!(quiet.stderr, "");
    for level in ["debug", "trace", "identity_entra=debug,hyper=trace"] {
        let ran = token("client-secret").against(&emulator).env("AZID_LOG", level).run();
        assert!(ran.stderr.contains("DEBUG"), "{ran:?}");
        ran.json();
    }
    let ran = token("client-secret").against(&emulator).env("AZID_LOG", "=,=bad[").run();
    assert!(ran.stderr.starts_with("azid: warning: AZID_LOG is no filter of logs ("), "{ran:?}");
    ran.json();
}

/// On a terminal the default is the token alone, and errors are for people.
#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::io::Read as _;
    use std::os::fd::OwnedFd;
    use std::process::Stdio;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::{claims, emulator};
    use crate::support::{Azid, token};

    fn on_terminal(azid: Azid) -> (i32, String, String) {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        let terminal: OwnedFd = File::options().read(true).write(true).open(name).unwrap().into();
        let mut command = azid.command();
        command.stdin(Stdio::null()).stdout(terminal).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // So that the terminal ends with the child.
        drop(command);
        let mut shown = Vec::new();
        let mut screen = File::from(controller);
        let mut part = [0; 4096];
        // The end of a terminal is an error on Linux.
        while let Ok(count @ 1..) = screen.read(&mut part) {
            shown.extend_from_slice(&part[..count]);
        }
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), String::from_utf8(shown).unwrap(), stderr)
    }

    #[test]
    fn a_terminal_shows_the_token_alone() {
        let emulator = emulator();
        let (status, shown, stderr) = on_terminal(token("client-secret").against(&emulator));
        assert_eq!((status, stderr.as_str()), (0, ""));
        assert!(claims(shown.strip_suffix("\r\n").unwrap())["exp"].is_u64());
    }

    #[test]
    fn errors_are_json_only_where_json_was_asked_for() {
        let (status, shown, stderr) = on_terminal(token("client-secret"));
        assert_eq!((status, shown.as_str()), (2, ""));
        assert!(
            stderr.starts_with("azid: ClientSecretCredential: missing: --tenant-id") && !stderr.contains('{')
        );
        let (status, _, stderr) = on_terminal(token("client-secret").args(["--output", "json"]));
        assert_eq!(status, 2);
        assert!(stderr.lines().last().unwrap().starts_with(r#"{"error":{"kind":"invalid-argument""#));
    }
}
