use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use identity_core::{AuthenticationRecord, Error, Secret, TenantId};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use url::Url;

use crate::authority::Authority;
use crate::cache::Account;

/// What an ID token says about who signed in. Its signature is not checked: it comes from the authority itself, over TLS (OpenID Connect Core,
/// section 3.1.3.7, allows that). `Debug` shows nothing about the person.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct IdToken {
    /// The issuer's URL.
    #[serde(deserialize_with = "text")]
    pub iss: Option<String>,
    /// The app's client id.
    #[serde(deserialize_with = "texts")]
    pub aud: Vec<String>,
    /// The tenant that issued the token.
    #[serde(deserialize_with = "text")]
    pub tid: Option<String>,
    /// The person's object id in that tenant.
    #[serde(deserialize_with = "text")]
    pub oid: Option<String>,
    /// The person as this app knows them.
    #[serde(deserialize_with = "text")]
    pub sub: Option<String>,
    /// The person's user name.
    #[serde(deserialize_with = "text")]
    pub preferred_username: Option<String>,
    /// The person's user name as Active Directory Federation Services gives it.
    #[serde(deserialize_with = "text")]
    pub upn: Option<String>,
    /// The name to show.
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    /// What the sign-in request asked to be repeated here.
    #[serde(deserialize_with = "text")]
    pub nonce: Option<String>,
}

impl IdToken {
    /// Reads the claims of a signed token.
    ///
    /// # Errors
    /// `AuthenticationFailed` for text that is none. The text is not shown.
    pub fn decode(token: &Secret) -> Result<Self, Error> {
        let mut parts = token.secret().split('.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(claims), Some(_), None) => decode(claims),
            _ => None,
        }
        .ok_or_else(|| Error::failed("the server's answer has an ID token that can't be read"))
    }

    /// Checks that the token was made for this app and, where one was sent, for this sign-in.
    ///
    /// # Errors
    /// `AuthenticationFailed` when it was made for another app or another sign-in.
    pub fn verify(&self, client_id: &str, nonce: Option<&Secret>) -> Result<(), Error> {
        if !self.aud.iter().any(|audience| audience.eq_ignore_ascii_case(client_id)) {
            return Err(Error::failed(
                "the ID token was issued for another client id, so it is not accepted",
            ));
        }
        match (nonce, &self.nonce) {
            (Some(sent), Some(came)) if *sent == Secret::new(came) => Ok(()),
            (None, _) => Ok(()),
            _ => Err(Error::failed(
                "the ID token does not repeat this sign-in's nonce, so it may belong to another one and is not accepted",
            )),
        }
    }

    /// The host of the issuer and its first path segment, which is the tenant.
    fn issuer(&self) -> Option<(String, Option<String>)> {
        let url = Url::parse(self.iss.as_deref()?).ok()?;
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str()?),
            None => url.host_str()?.to_owned(),
        };
        let tenant = url.path_segments().and_then(|mut path| path.next()).filter(|tenant| !tenant.is_empty());
        Some((host, tenant.map(str::to_owned)))
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").field("iss", &self.iss).field("tid", &self.tid).finish_non_exhaustive()
    }
}

/// The account in its home tenant, from the member `client_info` of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ClientInfo {
    uid: String,
    utid: String,
}

impl ClientInfo {
    /// Reads base64url of JSON.
    ///
    /// # Errors
    /// `AuthenticationFailed` for text that is no such thing, or that lacks one of the two ids.
    pub fn decode(text: &str) -> Result<Self, Error> {
        decode(text).filter(|info: &Self| !info.uid.is_empty() && !info.utid.is_empty()).ok_or_else(|| {
            Error::failed("the server's answer names the account (client_info) in a form that can't be read")
        })
    }

    /// `uid.utid`, the key of the account everywhere.
    pub fn home_account_id(&self) -> String {
        format!("{}.{}", self.uid, self.utid)
    }
}

/// Who signed in, put together from what a token answer says.
#[derive(Clone, Debug)]
pub struct SignedIn {
    account: Account,
    record_authority: String,
}

impl SignedIn {
    /// From the two members of an answer that tell; nothing when the answer has neither, as for an app.
    ///
    /// `tenant` is the tenant that was asked, `username` the name that was sent, if any.
    ///
    /// # Errors
    /// `AuthenticationFailed` when one of the two can't be read, or when they don't identify an account.
    pub fn new(
        authority: &Authority,
        tenant: &str,
        id_token: Option<&Secret>,
        client_info: Option<&str>,
        username: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        if id_token.is_none() && client_info.is_none() {
            return Ok(None);
        }
        let info = client_info.map(ClientInfo::decode).transpose()?;
        let claims = id_token.map(IdToken::decode).transpose()?.unwrap_or_default();
        let (issuer_host, issuer_tenant) = claims.issuer().unzip();
        let home_account_id = match (&info, &claims.sub) {
            (Some(info), _) => info.home_account_id(),
            (None, Some(sub)) => sub.clone(),
            (None, None) => return Err(Error::failed("the server's ID token names no account (sub)")),
        };
        // What is no tenant must not get into records, whose reader checks it.
        let of_token = [claims.tid.clone(), issuer_tenant.flatten()];
        let realm = of_token.into_iter().flatten().find(|tenant| TenantId::parse(tenant).is_ok());
        let local = claims.oid.or(claims.sub).or_else(|| info.map(|info| info.uid));
        let name = claims.preferred_username.or(claims.upn).or_else(|| username.map(str::to_owned));
        let adfs = tenant.eq_ignore_ascii_case(TenantId::ADFS);
        let account = Account {
            home_account_id,
            environment: authority.host().to_owned(),
            realm: realm.unwrap_or_else(|| tenant.to_owned()),
            local_account_id: local.unwrap_or_default(),
            username: name.unwrap_or_default(),
            authority_type: if adfs { "ADFS" } else { "MSSTS" }.to_owned(),
            name: claims.name,
        };
        // The issuer of the known clouds is one of the cloud's hosts. Elsewhere it may be a mere name that nobody listens at.
        let record_authority = issuer_host.filter(|host| authority.same_cloud(host));
        let record_authority = record_authority.unwrap_or_else(|| authority.host_and_port().to_owned());
        Ok(Some(Self { account, record_authority }))
    }

    /// The account, for the cache.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for keeping.
    pub fn into_account(self) -> Account {
        self.account
    }

    /// The record by which a later process finds the account again.
    pub fn record(&self, client_id: &str) -> AuthenticationRecord {
        let account = &self.account;
        let (tenant, authority) = (account.realm.as_str(), self.record_authority.as_str());
        AuthenticationRecord::new(
            tenant,
            client_id,
            authority,
            account.home_account_id.as_str(),
            account.username.as_str(),
        )
    }
}

fn decode<T: de::DeserializeOwned>(text: &str) -> Option<T> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A claim of another type than text counts as absent.
fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    })
}

/// An audience is a text or a list of them (RFC 7519, section 4.1.3).
fn texts<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let values = match Value::deserialize(value)? {
        Value::Array(values) => values,
        value => vec![value],
    };
    Ok(values.into_iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
}

/// No ID token is near this.
const MOST_BYTES: usize = 128 * 1024;

#[cfg(test)]
mod tests;
