use super::*;
use crate::ErrorKind;

#[test]
fn ids_and_domain_names_are_tenants() {
    for good in ["organizations", "contoso.onmicrosoft.com", "72f988bf-86f1-41af-91ab-2d7cd011db47", "adfs"] {
        assert_eq!(TenantId::parse(good).unwrap().as_str(), good);
    }
    assert!(TenantId::parse("ADFS").unwrap().is_adfs());
}

#[test]
fn other_characters_are_refused_and_shown_escaped() {
    for bad in ["", "a/b", "a b", "../x", "a;b", "a\nb", "ä", "a_b", "a?b"] {
        let error = TenantId::parse(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{bad:?}");
        assert!(!error.message().contains('\n'), "{error}");
    }
}
