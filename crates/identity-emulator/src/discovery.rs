//! What clients look up before they ask for tokens: OpenID configurations, instances, keys, user realms.

use http::StatusCode;
use serde_json::{Value, json};

use crate::aadsts::AadstsError;
use crate::directory::Directory;
use crate::entra::{Call, Entra, one_tenant};
use crate::reply::Reply;
use crate::shapes::{self, InstanceMetadata};
use crate::sync::read;

impl Entra {
    /// `/{tenant}/v2.0/.well-known/openid-configuration`
    pub(crate) fn openid_configuration(&self, call: &Call<'_>, tenant: &str) -> Reply {
        let directory = read(&self.directory);
        let issuer_tenant = match several_tenants(tenant) {
            Some(several) => several.to_owned(),
            None => match one_tenant(&directory, tenant) {
                Ok(found) => found.id().to_owned(),
                Err(refused) => return call.refuse(&refused.with_error("invalid_tenant")),
            },
        };
        Reply::json(StatusCode::OK, &shapes::openid_configuration(&call.base, tenant, &issuer_tenant))
    }

    /// `/adfs/.well-known/openid-configuration`
    pub(crate) fn adfs_configuration(&self, call: &Call<'_>) -> Reply {
        Reply::json(StatusCode::OK, &shapes::adfs_configuration(&call.base))
    }

    /// `/{tenant}/discovery/v2.0/keys`
    pub(crate) fn key_set(&self, call: &Call<'_>, tenant: &str) -> Reply {
        let directory = read(&self.directory);
        if several_tenants(tenant).is_none()
            && let Err(refused) = one_tenant(&directory, tenant)
        {
            return call.refuse(&refused.with_error("invalid_tenant"));
        }
        Reply::json(StatusCode::OK, &json!({ "keys": [self.key.jwk()] }))
    }

    /// `/common/discovery/instance`
    pub(crate) fn instance(&self, call: &Call<'_>) -> Reply {
        match self.find_instance(call) {
            Ok(found) => Reply::json(StatusCode::OK, &found),
            Err(refused) => call.refuse(&refused),
        }
    }

    fn find_instance(&self, call: &Call<'_>) -> Result<Value, AadstsError> {
        let version = call.request.query("api-version").ok_or_else(|| missing_query("api-version"))?;
        let endpoint = call
            .request
            .query("authorization_endpoint")
            .ok_or_else(|| missing_query("authorization_endpoint"))?;
        let (host, path) = endpoint
            .strip_prefix("https://")
            .or_else(|| endpoint.strip_prefix("http://"))
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(unknown_instance)?;
        let tenant =
            path.split('/').next().filter(|tenant| !tenant.is_empty()).ok_or_else(unknown_instance)?;
        let own_host = call.base.split_once("://").map_or("", |(_, host)| host);
        let clouds = self.clouds(own_host);
        let known =
            clouds.iter().any(|cloud| cloud.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(host)));
        if !known {
            return Err(unknown_instance());
        }
        let scheme =
            if host.eq_ignore_ascii_case(own_host) && !call.request.secure { "http" } else { "https" };
        let discovery = format!("{scheme}://{host}/{tenant}/v2.0/.well-known/openid-configuration");
        Ok(shapes::instance_discovery(&discovery, (version != "1.0").then_some(&clouds)))
    }

    /// The real clouds, those a test added, and ourselves.
    fn clouds(&self, own_host: &str) -> Vec<InstanceMetadata> {
        let mut clouds: Vec<InstanceMetadata> =
            CLOUDS.iter().map(|aliases| InstanceMetadata::new(aliases)).collect();
        clouds.extend(self.extra_clouds.iter().cloned());
        if !clouds.iter().any(|cloud| cloud.aliases.iter().any(|alias| alias == own_host)) {
            clouds.push(InstanceMetadata::new(&[own_host]));
        }
        clouds
    }

    /// `/common/userrealm/{user}`
    pub(crate) fn user_realm(&self, call: &Call<'_>, user: &str) -> Reply {
        if call.request.query("api-version").is_none() {
            return call.refuse(&missing_query("api-version"));
        }
        let directory = read(&self.directory);
        let domain = user.rsplit_once('@').map_or("", |(_, domain)| domain);
        Reply::json(StatusCode::OK, &realm(&directory, user, domain, &call.base))
    }
}

fn realm(directory: &Directory, user: &str, domain: &str, base: &str) -> Value {
    let Some(tenant) = directory.tenant(domain) else {
        return json!({"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": "microsoftonline.com"});
    };
    let instance = base.split_once("://").map_or(base, |(_, host)| host);
    match tenant.user(user) {
        Some(known) if known.is_federated() => json!({
            "ver": "1.0",
            "account_type": "Federated",
            "domain_name": domain,
            "federation_protocol": "WSTrust",
            "federation_metadata_url": format!("https://sts.{domain}/adfs/services/trust/mex"),
            "federation_active_auth_url": format!("https://sts.{domain}/adfs/services/trust/2005/usernamemixed"),
            "cloud_instance_name": instance,
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        }),
        // As with Entra ID, whether the user exists cannot be learned here.
        _ => json!({
            "ver": "1.0",
            "account_type": "Managed",
            "domain_name": domain,
            "cloud_instance_name": instance,
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        }),
    }
}

/// What stands in the issuer where the URL names no single tenant.
fn several_tenants(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "common" | "organizations" => Some("{tenantid}"),
        "consumers" => Some("9188040d-6c67-4c5b-b112-36a304b66dad"),
        _ => None,
    }
}

fn missing_query(name: &str) -> AadstsError {
    AadstsError::missing_field(name)
}

fn unknown_instance() -> AadstsError {
    AadstsError::new(50049, "invalid_instance", "Unknown or invalid instance.")
}

/// The sets of host names that Microsoft publishes for its clouds.
const CLOUDS: [&[&str]; 4] = [
    &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    &["login.microsoftonline.us", "login.usgovcloudapi.net"],
    &["login.microsoftonline.de"],
];

#[cfg(test)]
mod tests;
