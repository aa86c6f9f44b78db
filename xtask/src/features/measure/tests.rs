use super::*;

#[test]
fn the_time_of_children_is_read_past_a_name_with_brackets() {
    let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 700 800 1234 66 20 0 1 0";
    assert_eq!(children_in(stat), Some(13.0));
    assert_eq!(children_in("nonsense"), None);
}

#[test]
fn the_program_asks_for_one_feature_only_and_stands_outside_the_workspace() {
    let manifest: toml::Table = manifest(Path::new("/x/crates/identity"), "app").parse().unwrap();
    assert!(manifest.contains_key("workspace"));
    let identity = &manifest["dependencies"]["identity"];
    assert_eq!(identity["default-features"].as_bool(), Some(false));
    assert_eq!(identity["features"].as_array().unwrap().len(), 1);
}

#[test]
fn a_feature_is_shown_by_the_example_with_its_name() {
    assert_eq!(example(Path::new("x"), "dev-tools"), Path::new("x/examples/dev_tools.rs"));
}

#[test]
fn a_line_says_what_is_not_known() {
    let weight = Weight { processor_seconds: None, wall_seconds: 12.3, bytes: 3 * 1024 * 1024 };
    assert_eq!(line("app", &weight), "| app | ? | 12 | 3072 |");
}
