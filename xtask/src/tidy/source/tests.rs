use super::*;

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into(), is_executable: false }
}

fn sentences(path: &str, text: &str) -> Vec<String> {
    check_with(&[file(path, text)], &[]).iter().map(ToString::to_string).collect()
}

const APP: &str = "crates/identity-app/src/secret.rs";

#[test]
fn reading_the_environment_is_for_one_file() {
    for code in ["std::env::var(\"X\")", "env::vars_os()", "use std::env::{var};", "std::env::temp_dir()"] {
        let found = sentences(APP, &format!("fn f() {{\n    {code}\n}}\n"));
        assert_eq!(
            found,
            [format!(
                "{APP}:2: Only identity-core's env.rs reads the process environment: take the value from an Env."
            )],
            "{code}"
        );
    }
    assert!(sentences(APP, "use std::env::consts::OS; fn f() { env!(\"X\"); my_env::var(); }").is_empty());
}

#[test]
fn asking_the_time_is_for_one_file() {
    assert_eq!(sentences(APP, "let now = std::time::SystemTime::now();").len(), 1);
    assert_eq!(sentences(APP, "let now = Instant::now();").len(), 1);
}

#[test]
fn comments_strings_and_tests_may_name_what_code_may_not() {
    assert!(sentences(APP, "// SystemTime::now\nconst X: &str = \"env::var\";").is_empty());
    assert!(sentences("crates/identity-app/src/secret/tests.rs", "SystemTime::now()").is_empty());
    assert!(sentences("crates/identity-app/tests/api.rs", "SystemTime::now()").is_empty());
    assert!(sentences("xtask/src/test.rs", "std::env::var(\"CI\")").is_empty());
}

#[test]
fn an_exception_is_for_one_rule_in_one_file_and_goes_when_it_is_not_needed() {
    let allowed = [("clock", APP, "a reason")];
    assert!(check_with(&[file(APP, "Instant::now()")], &allowed).is_empty());
    assert_eq!(check_with(&[file(APP, "Instant::now(); env::var()")], &allowed).len(), 1);
    let stale = check_with(&[file(APP, "fn f() {}")], &allowed);
    assert_eq!(
        stale[0].sentence,
        "Nothing here needs the exception from the rule \"clock\" any more: take it away."
    );
}

#[test]
fn unfinished_code_is_complained_about() {
    assert_eq!(sentences(APP, "fn f() { todo!() }").len(), 1);
    assert_eq!(sentences(APP, "fn f() { dbg!(1); }").len(), 1);
}

#[test]
fn a_long_file_is_two_files() {
    assert!(sentences(APP, &"//\n".repeat(500)).is_empty());
    assert_eq!(
        sentences(APP, &"//\n".repeat(501)),
        [format!("{APP}: This file has 501 lines, and more than 500 are two files: split it.")]
    );
    assert!(sentences("crates/identity-app/tests/api.rs", &"//\n".repeat(900)).is_empty());
}

#[test]
fn a_map_holds_docs_modules_and_re_exports() {
    let map = "//! Docs.\n#![cfg_attr(docsrs, feature(doc_cfg))]\n\nmod a;\npub mod b;\n\n/// Docs.\n\
               #[cfg(feature = \"x\")]\npub use a::{A, B};\npub mod prelude { pub use crate::a::A; }\n#[doc(inline)]\n\
               pub(crate) use identity_core as core;\n";
    assert!(sentences("crates/identity/src/lib.rs", map).is_empty());
}

#[test]
fn code_on_a_map_is_complained_about_where_it_stands() {
    for code in
        ["pub fn f() {}", "const X: u8 = 1;", "pub struct S;", "macro_rules! m { () => {}; }", "impl X {}"]
    {
        let found = sentences("crates/identity/src/lib.rs", &format!("mod a;\n\n{code}\n"));
        let expected = "crates/identity/src/lib.rs:3: lib.rs is a map: docs, modules and re-exports. Code goes into a module.";
        assert_eq!(found, [expected], "{code}");
    }
    assert_eq!(sentences("crates/identity/src/lib.rs", "pub mod a { pub fn f() {} }\n").len(), 1);
}

#[test]
fn tests_inside_a_file_of_code_are_complained_about() {
    assert_eq!(sentences(APP, "fn f() {}\n#[cfg(test)]\nmod tests { }\n").len(), 1);
    assert!(sentences(APP, "fn f() {}\n#[cfg(test)]\nmod tests;\n").is_empty());
}

#[test]
fn a_test_is_not_ignored_and_says_which_program_it_starts() {
    let path = "crates/identity-cert/src/load/tests.rs";
    assert_eq!(sentences(path, "#[test]\n#[ignore = \"slow\"]\nfn a() {}").len(), 1);
    assert_eq!(
        sentences(path, "fn reads_it() { Command::new(\"openssl\"); }"),
        [format!("{path}: Here openssl is started: tests that do so have needs_openssl in their names.")]
    );
    assert!(
        sentences(path, "mod needs_openssl {\n fn reads_it() { Command::new(\"openssl\"); } }").is_empty()
    );
}
