use super::*;

// G3
#[test]
fn debug_shows_nothing_of_a_secret() {
    assert_eq!(
        format!("{:?} {:#?}", Secret::new("hunter2"), Secret::new("hunter2")),
        "Secret(***) Secret(***)"
    );
    assert_eq!(format!("{:?}", SecretBytes::new(b"hunter2".to_vec())), "SecretBytes(***)");
}

#[test]
fn clones_share_one_buffer() {
    let secret = Secret::new("hunter2");
    assert!(std::ptr::eq(secret.secret(), secret.clone().secret()));
}

#[test]
fn secrets_compare_by_content() {
    assert_eq!(Secret::new("a"), Secret::from("a"));
    assert_ne!(Secret::new("a"), Secret::new("b"));
    assert_ne!(Secret::new("a"), Secret::new("ab"));
    assert_eq!(SecretBytes::new(vec![1]), SecretBytes::from(&[1u8][..]));
    assert!(Secret::new("").is_empty() && !Secret::new("x").is_empty());
}
