use super::*;

#[test]
fn scopes_fall_into_resource_and_permissions() {
    let arm =
        UserScopes::parse("https://management.core.windows.net//.default openid profile offline_access")
            .unwrap();
    assert_eq!(arm.resource, "https://management.core.windows.net/");
    assert_eq!(arm.names, ["user_impersonation"]);
    assert_eq!(
        arm.granted,
        "https://management.core.windows.net/user_impersonation https://management.core.windows.net//.default"
    );
    assert!(arm.openid && arm.offline);
    let api = UserScopes::parse("api://app/read api://app/write").unwrap();
    assert_eq!((&*api.resource, api.names.join(" ")), ("api://app", "read write".into()));
    assert!(!api.openid && !api.offline);
    let graph = UserScopes::parse("openid User.Read").unwrap();
    assert_eq!((&*graph.resource, &*graph.granted), (GRAPH_ID, "User.Read openid"));
}

#[test]
fn scopes_that_make_no_sense_are_refused() {
    let code = |scope: &str| UserScopes::parse(scope).unwrap_err().code();
    assert_eq!(code(" "), 900144);
    assert_eq!(code("https://a/x https://b/x"), 28000);
    assert_eq!(code("https://a/x User.Read"), 28000);
    assert_eq!(code("https://a/"), 70011);
    assert_eq!(code("/x"), 70011);
    assert_eq!(code("api://x"), 70011);
}
