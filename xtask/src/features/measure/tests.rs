use super::*;

#[test]
fn the_time_of_children_is_read_past_a_name_with_brackets() {
    let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 700 800 1234 66 20 0 1 0";
    assert_eq!(children_in(stat), Some(13.0));
    assert_eq!(children_in("nonsense"), None);
}

#[test]
fn the_program_asks_for_one_feature_only_and_stands_outside_the_workspace() {
    let program = Program::of_feature(Path::new("/x/crates/identity"), "app");
    let manifest: toml::Table = program.manifest().parse().unwrap();
    assert!(manifest.contains_key("workspace"));
    let identity = &manifest["dependencies"]["identity"];
    assert_eq!(identity["default-features"].as_bool(), Some(false));
    assert_eq!(identity["features"].as_array().unwrap().len(), 1);
}

#[test]
fn a_feature_is_shown_by_the_example_with_its_name() {
    let program = Program::of_feature(Path::new("x"), "dev-tools");
    assert_eq!(program.source, Path::new("x/examples/dev_tools.rs"));
}

#[test]
fn a_line_says_what_is_not_known() {
    let weight = Weight { crates: 5, processor_seconds: None, wall_seconds: 12.3, bytes: 3 * 1024 * 1024 };
    assert_eq!(line("app", &weight), "| app | 5 | ? | 12 | 3072 |");
}

#[test]
fn the_official_crate_is_weighed_in_the_version_that_is_measured() {
    let manifest = fs::read_to_string(workspace::root().join(crate::bench::MANIFEST)).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let program: toml::Table = Program::official().manifest().parse().unwrap();
    for name in ["azure_core", "azure_identity"] {
        assert_eq!(program["dependencies"][name], manifest["dependencies"][name]["version"], "{name}");
    }
    assert!(Program::official().source.is_file() && Program::official().lock.is_file());
}

#[test]
fn the_goals_are_judged_one_by_one() {
    let weight = |crates, seconds, bytes| Weight {
        crates,
        processor_seconds: Some(seconds),
        wall_seconds: 1.0,
        bytes,
    };
    assert_eq!(
        compared(&weight(85, 43.0, 1000), &weight(100, 50.0, 1000)),
        "\n`app` next to the official crate: crates 85 % (goal: at most 85 %, met); processor seconds 86 % (goal: at most 85 %, MISSED); \
         size 100 % (goal: smaller, MISSED)."
    );
}
