use super::*;

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into(), is_executable: true }
}

const README: &str = "# identity\n```sh\ncargo run -p identity-cli -- token client-secret --emulator\n```\n\
                      then\n```sh\n$ cargo xtask test\n```\n";
const SCRIPT_TEXT: &str = "#!/usr/bin/env bash\nset -euo pipefail\ncargo xtask test\ncargo xtask check\n";
const CHANGELOG: &str = "# Changes\n\n## Unreleased\n- added: a thing.\n";

fn good() -> Vec<File> {
    vec![file("README.md", README), file(SCRIPT, SCRIPT_TEXT), file("CHANGELOG.md", CHANGELOG)]
}

fn sentences(files: &[File]) -> Vec<String> {
    check(files).iter().map(ToString::to_string).collect()
}

#[test]
fn good_documents_have_no_complaints() {
    assert_eq!(sentences(&good()), [""; 0]);
}

#[test]
fn missing_documents_are_missed() {
    assert_eq!(
        sentences(&[]),
        [
            "README.md: This file is missing.",
            ".ci/run: This file is missing.",
            "CHANGELOG.md: This file is missing."
        ]
    );
}

#[test]
fn the_first_command_of_the_readme_gets_a_token_and_the_second_runs_the_tests() {
    let mut files = good();
    files[0].text = README.replace("cargo run", "cargo build\ncargo run");
    assert_eq!(
        sentences(&files),
        [
            "README.md:3: Fenced cargo command number 1 of the README must get a token: `cargo run -p identity-cli -- token`.",
            "README.md:4: Fenced cargo command number 2 of the README must run the tests: `cargo xtask test`."
        ]
    );
}

#[test]
fn commands_outside_fences_do_not_count() {
    let mut files = good();
    files[0].text = format!("cargo build\n{README}");
    assert!(sentences(&files).is_empty());
}

#[test]
fn the_script_runs_the_tests_and_then_the_checks_and_can_be_started() {
    let mut files = good();
    files[1].text = SCRIPT_TEXT.replace("cargo xtask test", "cargo test");
    assert_eq!(
        sentences(&files),
        [".ci/run: The script must run the README's `cargo xtask test` and then `cargo xtask check`."]
    );
    let mut files = good();
    files[1].is_executable = false;
    files[1].text = SCRIPT_TEXT.replace("set -euo pipefail", "");
    assert_eq!(sentences(&files).len(), 2);
}

#[test]
fn an_entry_of_the_changelog_says_what_kind_it_is() {
    let mut files = good();
    files[2].text = format!("{CHANGELOG}- new thing\n");
    assert_eq!(
        sentences(&files),
        ["CHANGELOG.md:5: An entry begins with one of added: changed: fixed: breaking:."]
    );
    files[2].text = "# Changes\n".into();
    assert_eq!(sentences(&files).len(), 1);
}

const DECISION: &str =
    "# Title\n\nDate: 2026-11-20\n\n## Question\nWhy?\n\n## Options\n- a\n\n## Answer\nSo.\n";

#[test]
fn a_decision_has_a_number_a_date_and_its_parts() {
    let mut files = good();
    files.push(file("docs/decisions/0001-a.md", DECISION));
    assert!(sentences(&files).is_empty());

    files.push(file("docs/decisions/0001-b.md", &DECISION.replace("## Options", "## Choices")));
    files.push(file("docs/decisions/c.md", &DECISION.replace("2026-11-20", "today")));
    assert_eq!(
        sentences(&files),
        [
            "docs/decisions/0001-b.md: There is another decision with the number 0001.",
            "docs/decisions/0001-b.md: A decision says, in this order: ## Question, ## Options, ## Answer.",
            "docs/decisions/c.md: A page of a decision is named after its number: 0001-title.md.",
            "docs/decisions/c.md: A line `Date: YYYY-MM-DD` says when this was decided.",
        ]
    );
}
