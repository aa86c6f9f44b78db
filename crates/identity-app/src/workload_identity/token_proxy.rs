use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use identity_core::{Env, Error};
use identity_entra::client::TokenRoute;
use identity_entra::http::TransportProfile;
use url::Url;

const PROXY: &str = "AZURE_KUBERNETES_TOKEN_PROXY";
const SNI_NAME: &str = "AZURE_KUBERNETES_SNI_NAME";
const CA_FILE: &str = "AZURE_KUBERNETES_CA_FILE";
const CA_DATA: &str = "AZURE_KUBERNETES_CA_DATA";

/// The server of a cluster through which its pods reach Entra ID.
#[derive(Debug)]
pub(super) struct TokenProxy {
    url: Url,
    server_name: Option<String>,
    authority: CertificateAuthority,
}

/// Whom to trust for it.
#[derive(Debug)]
enum CertificateAuthority {
    System,
    Given(Arc<[u8]>),
    File(CaFile),
}

impl TokenProxy {
    /// The proxy that the cluster names; none if it names none.
    ///
    /// # Errors
    /// `InvalidArgument` for variables that make no sense, by themselves or together, and for certificates that can't be used.
    pub(super) fn from_env(env: &Env) -> Result<Option<Self>, Error> {
        let is_set = |name: &str| env.get_os(name).is_some();
        if !is_set(PROXY) {
            return match [SNI_NAME, CA_FILE, CA_DATA].iter().any(|name| is_set(name)) {
                false => Ok(None),
                true => Err(Error::invalid_argument(format!(
                    "{PROXY} is not set but other custom endpoint-related environment variables are present ({SNI_NAME}, {CA_FILE}, \
                     {CA_DATA}); set it, or unset those"
                ))),
            };
        }
        if is_set(CA_FILE) && is_set(CA_DATA) {
            return Err(Error::invalid_argument(format!(
                "both {CA_FILE} and {CA_DATA} are set; only one should be set"
            )));
        }
        let authority = if let Some(path) = env.get_os(CA_FILE) {
            CertificateAuthority::File(CaFile::new(path.into())?)
        } else if is_set(CA_DATA) {
            let pem = text(env, CA_DATA)?;
            if !is_pem(pem.as_bytes()) {
                return Err(Error::invalid_argument(format!(
                    "the value of {CA_DATA} holds no PEM certificate"
                )));
            }
            CertificateAuthority::Given(pem.into_bytes().into())
        } else {
            CertificateAuthority::System
        };
        let server_name = is_set(SNI_NAME).then(|| text(env, SNI_NAME)).transpose()?;
        Ok(Some(Self { url: parse(&text(env, PROXY)?)?, server_name, authority }))
    }
}

impl TokenRoute for TokenProxy {
    fn route(&self, token_endpoint: &Url) -> Result<(Url, TransportProfile), Error> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{}", self.url.path().trim_end_matches('/'), token_endpoint.path()));
        let mut profile = TransportProfile::default();
        profile.server_name.clone_from(&self.server_name);
        profile.ca_certificates = match &self.authority {
            CertificateAuthority::System => None,
            CertificateAuthority::Given(pem) => Some(pem.clone()),
            CertificateAuthority::File(file) => Some(file.current()),
        };
        Ok((url, profile))
    }
}

fn text(env: &Env, name: &str) -> Result<String, Error> {
    env.get(name).ok_or_else(|| Error::invalid_argument(format!("the value of {name} is no text")))
}

fn parse(text: &str) -> Result<Url, Error> {
    let wrong = |what: &str| {
        Err(Error::invalid_argument(format!("the value of {PROXY} is no URL of a token proxy: {what}")))
    };
    let Ok(url) = Url::parse(text.trim()) else { return wrong("it is no URL") };
    if url.scheme() != "https" {
        return wrong("its scheme is not https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("it contains user info");
    }
    if url.query().is_some() {
        return wrong("it contains a query");
    }
    if url.fragment().is_some() {
        return wrong("it contains a fragment");
    }
    Ok(url)
}

/// Certificates in a file that the cluster replaces now and then.
#[derive(Debug)]
struct CaFile {
    path: PathBuf,
    read: Mutex<(Stamp, Arc<[u8]>)>,
}

/// What changes when a file is replaced.
type Stamp = (Option<SystemTime>, u64);

/// A store of certificates is some hundred kilobytes at most.
const MOST_BYTES: u64 = 1 << 20;

impl CaFile {
    fn new(path: PathBuf) -> Result<Self, Error> {
        let read = read(&path).map_err(|why| {
            Error::invalid_argument(format!("the file '{}' that {CA_FILE} names {why}", path.display()))
        })?;
        Ok(Self { path, read: Mutex::new(read) })
    }

    /// The certificates as they are now. While the file is half written, empty or away, those that were there before.
    fn current(&self) -> Arc<[u8]> {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = std::fs::metadata(&self.path).is_ok_and(|about| stamp(&about) == known.0);
        if !is_same {
            match read(&self.path) {
                Ok(fresh) => *known = fresh,
                Err(why) => {
                    let path = self.path.display();
                    tracing::warn!(%path, "the certificates of the token proxy are not read again: the file {why}");
                }
            }
        }
        known.1.clone()
    }
}

/// A file's certificates, or what is wrong with it.
fn read(path: &Path) -> Result<(Stamp, Arc<[u8]>), String> {
    let about = std::fs::metadata(path).map_err(|error| format!("can't be found: {error}"))?;
    if !about.is_file() {
        return Err("is no regular file".into());
    }
    let file = File::open(path).map_err(|error| format!("can't be opened: {error}"))?;
    let mut pem = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut pem).map_err(|error| format!("can't be read: {error}"))?;
    match pem.len() as u64 {
        0 => Err("is empty".into()),
        length if length > MOST_BYTES => Err("is larger than 1 MiB".into()),
        _ if !is_pem(&pem) => Err("holds no PEM certificate".into()),
        _ => Ok((stamp(&about), pem.into())),
    }
}

fn stamp(about: &Metadata) -> Stamp {
    (about.modified().ok(), about.len())
}

fn is_pem(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("-----BEGIN CERTIFICATE-----") && text.contains("-----END CERTIFICATE-----")
}

#[cfg(test)]
mod tests;
