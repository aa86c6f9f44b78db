use identity_core::{Env, variables};
use variables::{
    AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE,
    AZURE_PASSWORD, AZURE_POD_IDENTITY_AUTHORITY_HOST, AZURE_REGIONAL_AUTHORITY_NAME, AZURE_TENANT_ID,
    AZURE_USERNAME,
};

/// Variables of an environment that are likely not meant to be set together, in a sentence each: the names, and which of them counts. No values.
pub fn conflicting_variables(env: &Env) -> Vec<String> {
    let set = |name: &str| env.get_os(name).is_some();
    let all = |names: &[&str]| names.iter().all(|name| set(name));
    let app = all(&[AZURE_TENANT_ID, AZURE_CLIENT_ID]);
    let by_secret = app && set(AZURE_CLIENT_SECRET);
    let by_certificate = app && set(AZURE_CLIENT_CERTIFICATE_PATH);
    let by_password = all(&[AZURE_CLIENT_ID, AZURE_USERNAME, AZURE_PASSWORD]);
    let by_file = app && set(AZURE_FEDERATED_TOKEN_FILE);
    let used = [
        (by_secret, AZURE_CLIENT_SECRET),
        (by_certificate, AZURE_CLIENT_CERTIFICATE_PATH),
        (by_password, AZURE_PASSWORD),
        (by_file, AZURE_FEDERATED_TOKEN_FILE),
    ];
    let used: Vec<&str> = used.into_iter().filter(|(complete, _)| *complete).map(|(_, name)| name).collect();
    let mut found = Vec::new();
    if let Some((first, others)) = used.split_first() {
        found.extend(others.iter().map(|other| both(first, other)));
    }
    let endpoint = "IDENTITY_ENDPOINT";
    if all(&[endpoint, AZURE_POD_IDENTITY_AUTHORITY_HOST]) {
        found.push(both(endpoint, AZURE_POD_IDENTITY_AUTHORITY_HOST));
    }
    for (first, second) in [
        (AZURE_REGIONAL_AUTHORITY_NAME, "MSAL_FORCE_REGION"),
        ("HTTPS_PROXY", "https_proxy"),
        ("HTTP_PROXY", "http_proxy"),
        ("NO_PROXY", "no_proxy"),
    ] {
        if all(&[first, second]) && env.get_os(first) != env.get_os(second) {
            found.push(format!("{first} and {second} are both set, and differ"));
        }
    }
    if all(&["AZURE_KUBERNETES_CA_FILE", "AZURE_KUBERNETES_CA_DATA"]) {
        found.push(
            "AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA are both set, and only one may be"
                .to_owned(),
        );
    }
    found
}

fn both(counts: &str, ignored: &str) -> String {
    format!("{counts} and {ignored} are both set; {counts} counts")
}

#[cfg(test)]
mod tests;
