use super::*;

const KEYS: Need = Need {
    marker: "keys",
    programs: &["no-such-program-keys"],
    python_modules: &[],
    permission: None,
    packages: &["keytool", "base"],
    wheel: None,
    used_by: "keys",
    asked_for_with: None,
};
const BROWSER: Need = Need {
    marker: "browser",
    programs: &["cargo", "no-such-program-browser"],
    python_modules: &[],
    permission: None,
    packages: &["browser", "base"],
    wheel: None,
    used_by: "signing in",
    asked_for_with: Some("--with-browser"),
};

#[test]
fn packages_are_asked_for_once() {
    assert_eq!(packages_of(&[&KEYS, &BROWSER]), ["base", "browser", "keytool"]);
}

#[test]
fn only_missing_programs_are_named() {
    assert_eq!(BROWSER.missing_programs(), ["no-such-program-browser"]);
}

#[test]
fn a_permission_that_is_not_given_is_an_obstacle_but_nothing_to_install() {
    let permission = |command| Some(Permission { name: "the permission to fail", command });
    let refused = Need {
        marker: "permission",
        programs: &["cargo"],
        python_modules: &[],
        permission: permission(&["cargo", "no-such-command-of-cargo"]),
        packages: &[],
        wheel: None,
        used_by: "",
        asked_for_with: None,
    };
    assert_eq!(refused.obstacles(), ["the permission to fail"]);
    assert_eq!(install(&[&refused]), Ok(()));
    let given = Need { permission: permission(&["cargo", "--version"]), ..refused };
    assert!(given.obstacles().is_empty());
}

#[test]
fn nothing_is_started_when_everything_is_here() {
    let cargo = Need {
        marker: "cargo",
        programs: &["cargo"],
        python_modules: &[],
        permission: None,
        packages: &[],
        wheel: None,
        used_by: "",
        asked_for_with: None,
    };
    assert_eq!(install(&[&cargo]), Ok(()));
}

#[test]
fn advice_names_the_tests_that_are_left_out_and_the_packages_to_install() {
    assert_eq!(
        advice(&[&KEYS], "installing needs root"),
        "some tests cannot run, because installing needs root.\n  \
         no-such-program-keys: keys (left out: tests named needs_keys)\n  \
         On Debian as root: apt-get install base keytool"
    );
}

#[test]
fn markers_are_words_of_a_test_name_and_no_marker_contains_another() {
    for need in NEEDS {
        assert!(need.marker.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        assert!(need.programs.len() + need.python_modules.len() > 0);
        assert!(!need.packages.is_empty() && !need.used_by.is_empty());
        let others = NEEDS.iter().filter(|other| other.marker != need.marker);
        assert!(others.into_iter().all(|other| !other.marker.starts_with(need.marker)));
    }
}
