use super::*;

fn sentences(text: &str) -> Vec<String> {
    let file = File { path: "README.md".into(), text: text.into(), is_executable: false };
    check(&[file]).iter().map(ToString::to_string).collect()
}

#[test]
fn folders_of_one_machine_are_complained_about() {
    for (path, _) in PATHS {
        for text in [format!("see {path}\n"), format!("in {path}/x\n"), format!("(`{path}`)\n")] {
            assert_eq!(sentences(&text).len(), 1, "{text}");
        }
    }
}

#[test]
fn other_words_that_contain_those_names_are_fine() {
    let path = PATHS[0].0;
    for text in
        [format!("a{path}/x\n"), format!("{path}flow\n"), format!("x.y{path}\n"), format!("{path}-load\n")]
    {
        assert!(sentences(&text).is_empty(), "{text}");
    }
}

#[test]
fn marks_of_unfinished_work_are_complained_about() {
    for word in UNFINISHED {
        assert_eq!(sentences(&format!("// {word}: later\n")).len(), 1, "{word}");
        assert!(sentences(&format!("{word}S\n")).is_empty(), "{word}");
    }
}

#[test]
fn a_file_ends_with_the_end_of_a_line() {
    assert_eq!(sentences("a"), ["README.md: The last line has no end."]);
    assert!(sentences("a\n").is_empty());
    assert!(sentences("").is_empty());
}
