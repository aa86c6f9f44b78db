use std::collections::BTreeMap;

use super::*;

const NEEDS: &[Need] = &[
    Need {
        marker: "keys",
        programs: &["keytool"],
        python_modules: &[],
        permission: None,
        packages: &["k"],
        wheel: None,
        used_by: "keys",
        asked_for_with: None,
    },
    Need {
        marker: "az",
        programs: &["az"],
        python_modules: &[],
        permission: None,
        packages: &["a"],
        wheel: None,
        used_by: "the tool",
        asked_for_with: Some("--with-az"),
    },
];

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(String::from).collect()
}

fn package(name: &str, features: &[(&str, &[&str])]) -> Package {
    let features = features
        .iter()
        .map(|(name, items)| (name.to_string(), items.iter().map(|i| i.to_string()).collect()));
    Package { name: name.into(), features: features.collect::<BTreeMap<_, _>>(), ..Package::default() }
}

fn packages() -> Vec<Package> {
    vec![
        package("identity", &[("app", &[]), ("aws-lc-rs", &["identity-entra/aws-lc-rs"])]),
        package(
            "identity-entra",
            &[("default", &["reqwest"]), ("reqwest", &[]), ("aws-lc-rs", &["rustls/aws-lc-rs"])],
        ),
    ]
}

#[test]
fn without_arguments_the_workspace_runs_with_what_adds_and_then_each_exchange() {
    let runs = Plan::new(&[], NEEDS).runs(&packages());
    assert_eq!(
        runs,
        [
            words("--workspace --features identity/app,identity-entra/reqwest"),
            words(
                "--package identity-cert --package identity-entra \
                 --features identity-cert/aws-lc-rs,identity-entra/aws-lc-rs --lib"
            )
        ]
    );
}

#[test]
fn a_chosen_package_runs_alone_with_its_own_features() {
    for choice in
        ["-p identity-entra", "--package identity-entra", "--package=identity-entra", "-pidentity-entra"]
    {
        let runs = Plan::new(&words(choice), NEEDS).runs(&packages());
        assert_eq!(runs, [words("--features identity-entra/reqwest")], "{choice}");
    }
}

#[test]
fn an_optional_tier_is_left_out_until_it_is_asked_for() {
    let plan = Plan::new(&words("-p identity"), NEEDS);
    assert_eq!(plan.wanted.iter().map(|need| need.marker).collect::<Vec<_>>(), ["keys"]);
    assert_eq!(plan.unasked.iter().map(|need| need.marker).collect::<Vec<_>>(), ["az"]);

    let plan = Plan::new(&words("--with-az -p identity"), NEEDS);
    assert!(plan.unasked.is_empty());
    assert_eq!(plan.for_cargo, words("-p identity"));
}

#[test]
fn arguments_after_two_dashes_go_to_the_tests_with_what_is_skipped() {
    let plan = Plan::new(&words("-p identity name -- --nocapture"), NEEDS);
    let command = plan.command(&words("--features x"), &skips(&[&NEEDS[0]]));
    let arguments: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    assert_eq!(
        arguments,
        words("test --no-fail-fast --features x -p identity name -- --skip needs_keys --nocapture")
    );
}

#[test]
fn tests_are_read_from_a_listing() {
    assert_eq!(tests_in("load::needs_keys: test\nbench_it: benchmark\n\n"), ["load::needs_keys"]);
}

#[test]
fn a_build_server_says_so_in_one_variable() {
    assert!(says_build_server(Some("true")) && says_build_server(Some("1")));
    assert!(!says_build_server(Some("false")) && !says_build_server(Some("")) && !says_build_server(None));
}
