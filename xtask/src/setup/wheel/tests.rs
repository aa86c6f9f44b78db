use super::*;

const PACKED: Need = Need {
    marker: "packed",
    programs: &["no-such-program-packed"],
    python_modules: &[],
    permission: None,
    packages: &["python3"],
    wheel: Some("packed==1"),
    used_by: "packed things",
    asked_for_with: None,
};

#[test]
fn a_wheel_has_a_folder_of_its_own_that_nothing_else_is_in() {
    let folder = PACKED.wheel_folder().unwrap();
    assert!(folder.ends_with("target/tools/packed/bin"), "{}", folder.display());
    assert!(!PACKED.is_in_wheel_folder("no-such-program-packed"));
    assert_eq!(PACKED.missing_programs(), ["no-such-program-packed"]);
    assert_eq!(Need { wheel: None, ..PACKED }.wheel_folder(), None);
}

#[test]
fn nothing_is_installed_for_needs_without_a_wheel() {
    assert_eq!(install(&[&Need { wheel: None, ..PACKED }]), Ok(()));
}
