use identity_core::ErrorKind;
use identity_core::testing::block_on;

use super::*;

fn shown(openers: &Openers) -> Vec<String> {
    let one = |opener: &Opener| {
        let words: Vec<_> = opener.arguments.iter().map(|argument| argument.to_str().unwrap()).collect();
        format!("{} {}", opener.program, words.join(" ")).trim_end().to_owned()
    };
    openers.list.iter().map(one).collect()
}

fn url() -> Url {
    Url::parse("https://login.example/authorize?a=b&c=%22d%22").unwrap()
}

// S148
#[test]
fn a_desktop_s_own_opener_comes_first_and_needs_a_display() {
    let x11 = Env::empty().with("DISPLAY", ":0");
    let wayland = Env::empty().with("WAYLAND_DISPLAY", "wayland-0");
    for env in [x11, wayland] {
        assert_eq!(
            shown(&Openers::of_system(System::Other, &env, false)),
            ["xdg-open", "gio open", "x-www-browser"]
        );
    }
    let none = Openers::of_system(System::Other, &Env::empty(), false);
    assert!(none.list.is_empty() && none.missing.unwrap().contains("DISPLAY"));
}

// S156
#[test]
fn linux_in_windows_opens_the_browser_of_windows() {
    let expected = [
        "wslview",
        "rundll32.exe url.dll,FileProtocolHandler",
        "/mnt/c/Windows/System32/rundll32.exe url.dll,FileProtocolHandler",
    ];
    assert_eq!(shown(&Openers::of_system(System::Other, &Env::empty(), true)), expected);
    assert!(is_wsl(&Env::empty().with("WSL_DISTRO_NAME", "Debian")) && !is_wsl(&Env::empty()));
}

#[test]
fn windows_and_macos_are_given_the_address_as_it_is() {
    let env = Env::empty().with("SystemRoot", "/windows");
    assert_eq!(
        shown(&Openers::of_system(System::Windows, &env, false)),
        ["/windows/System32/rundll32.exe url.dll,FileProtocolHandler"]
    );
    assert_eq!(shown(&Openers::of_system(System::MacOs, &env, false)), ["/usr/bin/open"]);
}

#[test]
fn the_variable_comes_first_and_its_programs_are_run_directly() {
    let env =
        Env::empty().with("BROWSER", "firefox --new-window:/opt/my browser %s &:: ").with("DISPLAY", ":0");
    assert_eq!(
        shown(&Openers::of_system(System::Other, &env, false))[..3],
        ["firefox --new-window", "/opt/my browser %s", "xdg-open"]
    );
    let many = Env::empty().with("BROWSER", "b:".repeat(1000));
    assert_eq!(of_variable(&many).len(), MOST_BROWSERS);
}

#[test]
fn the_address_takes_its_place_or_comes_last() {
    let arguments = |arguments: &[&str]| {
        let arguments = arguments.iter().map(OsString::from).collect();
        Opener { program: Program::named("b"), arguments }.arguments_for(&url())
    };
    let url = url();
    assert_eq!(arguments(&[]), [url.as_str()]);
    assert_eq!(arguments(&["--new"]), ["--new", url.as_str()]);
    assert_eq!(arguments(&["--app=%s", "x"]), [format!("--app={url}").as_str(), "x"]);
}

#[cfg(unix)]
mod programs {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn open(browser: &Browser, env: &Env) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(browser.open(&url(), env, &Clock::system()))
    }

    #[test]
    fn a_program_gets_the_address_and_the_given_environment_only() {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let path = script(folder.path(), "b", "echo \"$1 $2 $MARK $HOME\" > \"$SEEN\"");
        let env = Env::empty().with("SEEN", &seen).with("MARK", "marked");
        let browser = Browser::Program { path, arguments: vec!["--new".into()] };
        open(&browser, &env).unwrap();
        assert_eq!(std::fs::read_to_string(seen).unwrap(), format!("--new {} marked \n", url()));
    }

    // S156, G24
    #[test]
    fn the_next_one_is_tried_when_one_fails_and_the_error_names_them_all() {
        let folder = tempfile::tempdir().unwrap();
        script(folder.path(), "one", "exit 3");
        let seen = folder.path().join("seen");
        script(folder.path(), "two", "echo two > \"$SEEN\"");
        let path = std::env::join_paths(["relative".as_ref(), folder.path()]).unwrap();
        let env = Env::empty().with("PATH", path).with("SEEN", &seen);
        open(&Browser::System, &env.clone().with("BROWSER", "missing:one:two")).unwrap();
        assert_eq!(std::fs::read_to_string(seen).unwrap(), "two\n");
        let error = open(&Browser::System, &env.with("BROWSER", "missing:one")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.message().starts_with("failed to open a browser: tried missing ("), "{error}");
        assert!(error.message().contains("one (exit status: 3)"), "{error}");
    }

    #[test]
    fn without_a_display_the_error_says_so() {
        let error = open(&Browser::System, &Env::empty()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.message().contains("there is no display here"), "{error}");
        assert!(error.message().contains("DeviceCodeCredential"), "{error}");
    }

    #[test]
    fn a_path_that_is_not_absolute_is_not_run() {
        let error = open(&Browser::program("browser"), &Env::empty()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    }
}

#[test]
fn nothing_is_opened_if_so_wished() {
    block_on(Browser::Nothing.open(&url(), &Env::empty(), &Clock::system())).unwrap();
}
