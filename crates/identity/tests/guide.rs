//! Errors point to sections of the guide, so there must be one for every credential.

#![cfg(feature = "default-credential")]

use identity::{Error, TokenCredential};

// P67
#[test]
fn every_credential_has_a_section_in_the_guide() {
    let exported = include_str!("../src/lib.rs");
    let guide = include_str!("../../../docs/troubleshooting.md");
    let words = exported.split(|c: char| !c.is_ascii_alphanumeric());
    // Another name of CertificateCredential.
    let mut classes: Vec<&str> =
        words.filter(|word| word.ends_with("Credential") && *word != "ClientCertificateCredential").collect();
    classes.retain(|class| !std::any::type_name::<dyn TokenCredential>().ends_with(class));
    classes.sort_unstable();
    classes.dedup();
    assert!(classes.len() > 12, "{classes:?}");
    for class in classes {
        assert!(guide.contains(&format!("\n## {class}\n")), "the guide has no section about {class}");
        let anchor = format!("docs/troubleshooting.md#{}", class.to_lowercase());
        assert_eq!(Error::failed("x").with_credential(class).guide(), Some(anchor));
    }
}
