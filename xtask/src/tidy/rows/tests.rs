use super::*;

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into(), is_executable: false }
}

fn page(rows: &str) -> File {
    file(PAGE, &format!("# Rows\n\n| # | state | what holds |\n| --- | --- | --- |\n{rows}"))
}

fn sentences(files: &[File]) -> Vec<String> {
    Coverage::new(files).complaints().iter().map(ToString::to_string).collect()
}

#[test]
fn a_done_row_is_shown_by_a_test() {
    let files = [
        page("| S001 | done | One trait. |\n| S002 | done | A token or an error. |\n"),
        file("crates/x/src/a/tests.rs", "// S001\n#[test] fn a() {}"),
    ];
    assert_eq!(
        sentences(&files),
        ["docs/specification.md:6: S002 is said to be done, but no test carries its number: // S002"]
    );
}

#[test]
fn tests_are_files_of_tests_their_data_and_examples_in_documentation() {
    let rows = "| S001 | done | a |\n| S002 | done | b |\n| S003 | done | c |\n";
    let files = [
        page(rows),
        file("crates/x/src/tests.rs", "fn s1() {} // S001"),
        file("crates/x/tests/chain/case/case.json", "{\"rows\": [\"S002\"]}"),
        file("crates/x/src/a.rs", "/// Says S001.\n/// ```compile_fail\n/// // S003\n/// ```\nfn f() {}\n"),
    ];
    assert_eq!(sentences(&files), [""; 0]);
}

#[test]
fn a_number_in_code_or_in_prose_shows_nothing() {
    let files = [page("| S001 | done | a |\n"), file("crates/x/src/a.rs", "// S001\n/// S001\nfn f() {}\n")];
    assert_eq!(sentences(&files).len(), 1);
}

#[test]
fn rows_are_numbered_without_gaps_and_have_a_known_state() {
    let files = [page("| S001 | open | a |\n| S003 | soon | b |\n| P01 | open | c |\n")];
    assert_eq!(
        sentences(&files),
        [
            "docs/specification.md:6: After 2 of this table S003 is out of order."
                .replace("After 2", "After 1"),
            "docs/specification.md:6: The state of S003 must be one of: done, open, later, not ours.".into(),
        ]
    );
}

#[test]
fn a_test_that_carries_an_unknown_number_is_told_so() {
    let files = [page("| S001 | open | a |\n"), file("crates/x/tests/api.rs", "// S999")];
    assert_eq!(sentences(&files), ["crates/x/tests/api.rs: S999 is no row of docs/specification.md."]);
}

#[test]
fn open_rows_are_counted_and_listed_with_the_tests_they_have() {
    let files =
        [page("| G1 | open | No shell. |\n| G2 | open | b |\n"), file("crates/x/tests/api.rs", "// G1")];
    let coverage = Coverage::new(&files);
    assert_eq!(coverage.summary(), "Rows of docs/specification.md: 0 done, 2 open (1 with tests).");
    assert_eq!(coverage.open_rows(), "G1 No shell.\n      crates/x/tests/api.rs\nG2 b\n");
}

#[test]
fn words_that_only_look_like_numbers_are_none() {
    assert_eq!(
        numbers("S001,S12 P07 P7 G3 G G123 XS001 S001a PS256 S256 S2048 P256").collect::<Vec<_>>(),
        ["S001", "P07", "G3"]
    );
}
