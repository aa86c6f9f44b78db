use identity_core::ErrorKind;

use super::*;

fn policy(configured: &str, allowed: Option<&[&str]>, env: &Env) -> TenantPolicy {
    let configured = (!configured.is_empty()).then(|| TenantId::parse(configured).unwrap());
    let allowed: Option<Vec<String>> =
        allowed.map(|tenants| tenants.iter().map(|tenant| (*tenant).to_owned()).collect());
    TenantPolicy::new(configured, allowed.as_deref(), env).unwrap()
}

#[test]
fn without_a_request_or_with_the_same_tenant_the_configured_one_is_used() {
    let own = policy("Contoso.com", None, &Env::empty());
    assert_eq!(own.resolve(None).unwrap(), "Contoso.com");
    assert_eq!(own.resolve(Some("contoso.COM")).unwrap(), "Contoso.com");
    assert_eq!(own.configured().unwrap().as_str(), "Contoso.com");
}

// P41, G20
#[test]
fn another_tenant_is_refused_with_what_to_add() {
    let error = policy("contoso", None, &Env::empty()).resolve(Some("fabrikam")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(
        error.message(),
        "the credential is not configured to acquire tokens for tenant fabrikam, which this request names. To allow it, add 'fabrikam' to \
         additionally_allowed_tenants when creating the credential (or to the variable AZURE_ADDITIONALLY_ALLOWED_TENANTS), or add '*' to allow \
         any tenant"
    );
}

// P41, G20
#[test]
fn allowed_tenants_are_compared_without_case_and_a_star_allows_any() {
    let some = policy("contoso", Some(&["Fabrikam.com", " northwind "]), &Env::empty());
    assert_eq!(some.resolve(Some("fabrikam.COM")).unwrap(), "fabrikam.COM");
    assert_eq!(some.resolve(Some("northwind")).unwrap(), "northwind");
    assert!(some.resolve(Some("tailspin")).is_err());
    assert_eq!(policy("contoso", Some(&["*"]), &Env::empty()).resolve(Some("any")).unwrap(), "any");
}

// P41
#[test]
fn the_variable_is_a_list_and_the_option_beats_it() {
    let env = Env::empty().with("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "fabrikam; northwind;;");
    let from_variable = policy("contoso", None, &env);
    assert!(from_variable.resolve(Some("northwind")).is_ok());
    assert!(from_variable.resolve(Some("tailspin")).is_err());
    assert!(policy("contoso", Some(&[]), &env).resolve(Some("northwind")).is_err());
}

// P41
#[test]
fn organizations_allows_any_tenant_unless_there_is_a_list() {
    assert!(policy("organizations", None, &Env::empty()).resolve(Some("fabrikam")).is_ok());
    let listed = policy("organizations", Some(&["northwind"]), &Env::empty());
    assert!(listed.resolve(Some("northwind")).is_ok());
    assert!(listed.resolve(Some("fabrikam")).is_err());
    assert!(policy("common", None, &Env::empty()).resolve(Some("fabrikam")).is_err());
}

// P42, P44
#[test]
fn the_switch_and_adfs_keep_to_the_configured_tenant() {
    let env = Env::empty().with("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", "0");
    assert_eq!(policy("contoso", Some(&["*"]), &env).resolve(Some("fabrikam")).unwrap(), "contoso");
    assert_eq!(policy("", None, &env).resolve(Some("fabrikam")).unwrap(), "");
    let adfs = policy("ADFS", Some(&["*"]), &Env::empty());
    assert_eq!(adfs.resolve(Some("fabrikam")).unwrap(), "ADFS");
    let empty = Env::empty().with("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", "");
    assert!(policy("contoso", None, &empty).resolve(Some("fabrikam")).is_err());
}

#[test]
fn without_a_tenant_of_its_own_the_requested_one_is_used() {
    let none = policy("", None, &Env::empty());
    assert_eq!(none.resolve(None).unwrap(), "");
    assert_eq!(none.resolve(Some("fabrikam")).unwrap(), "fabrikam");
    assert!(none.configured().is_none());
}

// S075, G1
#[test]
fn a_requested_tenant_that_is_none_never_reaches_a_url() {
    for policy in [policy("", None, &Env::empty()), policy("contoso", Some(&["*"]), &Env::empty())] {
        for tenant in ["a/b", "a b", "a?b", "ä", ""] {
            let error = policy.resolve(Some(tenant)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{tenant}");
        }
    }
}

#[test]
fn an_allowed_tenant_that_is_none_is_refused_and_the_variable_named() {
    let env = Env::empty().with("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "good;b/d");
    let error = TenantPolicy::new(None, None, &env).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(
        error
            .message()
            .starts_with("the variable AZURE_ADDITIONALLY_ALLOWED_TENANTS: invalid tenant id 'b/d'")
    );
    assert!(TenantPolicy::new(None, Some(&["b d".to_owned()]), &Env::empty()).is_err());
}
