use super::*;

fn found(names: &[&str]) -> Vec<String> {
    conflicting_variables(&names.iter().map(|name| (*name, format!("secret value of {name}"))).collect())
}

#[test]
fn two_ways_to_prove_an_app_are_named_with_the_one_that_counts() {
    let app = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"];
    assert!(found(&app).is_empty());
    assert!(found(&["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"]).is_empty());
    let all = [
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_CLIENT_SECRET",
        "AZURE_USERNAME",
        "AZURE_PASSWORD",
    ];
    assert_eq!(
        found(&[&app[..], &all[..3]].concat()),
        [
            "AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH are both set; AZURE_CLIENT_SECRET counts",
            "AZURE_CLIENT_SECRET and AZURE_FEDERATED_TOKEN_FILE are both set; AZURE_CLIENT_SECRET counts"
        ]
    );
    assert_eq!(found(&[&app[..], &all[..2]].concat()).len(), 1);
    assert_eq!(found(&[&app[..], &all].concat()).len(), 3);
}

#[test]
fn what_is_set_twice_and_differs_is_named() {
    assert_eq!(
        found(&["HTTPS_PROXY", "https_proxy"]),
        ["HTTPS_PROXY and https_proxy are both set, and differ"]
    );
    let same = Env::empty().with("HTTPS_PROXY", "http://proxy").with("https_proxy", "http://proxy");
    assert!(conflicting_variables(&same).is_empty());
    assert_eq!(found(&["AZURE_REGIONAL_AUTHORITY_NAME", "MSAL_FORCE_REGION"]).len(), 1);
    assert_eq!(found(&["AZURE_KUBERNETES_CA_FILE", "AZURE_KUBERNETES_CA_DATA"]).len(), 1);
    let hosts = found(&["IDENTITY_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"]);
    assert_eq!(
        hosts,
        ["IDENTITY_ENDPOINT and AZURE_POD_IDENTITY_AUTHORITY_HOST are both set; IDENTITY_ENDPOINT counts"]
    );
    // App Service sets both of these itself.
    assert!(found(&["IDENTITY_ENDPOINT", "MSI_ENDPOINT"]).is_empty());
}
