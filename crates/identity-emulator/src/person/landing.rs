//! Where a browser ends up after signing in: at the client's redirect URI.

use std::fmt;
use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The request that a browser sends to the client at the end of a sign-in.
#[derive(Clone)]
pub struct Landing {
    url: String,
    /// The form that is posted; none when the answer is in the URL.
    form: Option<Vec<(String, String)>>,
}

impl Landing {
    pub(crate) fn by_url(url: String) -> Landing {
        Landing { url, form: None }
    }

    pub(crate) fn by_form(url: String, form: Vec<(String, String)>) -> Landing {
        Landing { url, form: Some(form) }
    }

    /// `GET` or `POST`.
    pub fn method(&self) -> &'static str {
        if self.form.is_some() { "POST" } else { "GET" }
    }

    /// The redirect URI, with the answer in its query or fragment if that was asked for.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A parameter of the answer, wherever it stands: `code`, `state`, `error`, ...
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// All parameters of the answer.
    pub fn parameters(&self) -> Vec<(String, String)> {
        match &self.form {
            Some(form) => form.clone(),
            None => {
                let encoded = self.url.rsplit_once(['?', '#']).map_or("", |(_, encoded)| encoded);
                form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
            }
        }
    }

    /// Sends the request to the client, which must listen on plain http; gives its whole answer, head and body.
    ///
    /// # Errors
    ///
    /// When the URL is not http on a loopback host, or nobody answers there.
    pub async fn deliver(&self) -> io::Result<String> {
        let rest = self.url.strip_prefix("http://").ok_or_else(|| invalid("the redirect URI is not http"))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).ok_or_else(|| invalid("no host"))?;
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        if !matches!(host, "localhost" | "127.0.0.1") {
            return Err(invalid("the redirect URI is not a loopback address"));
        }
        let port: u16 = port.parse().map_err(|_| invalid("the redirect URI has no port"))?;
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let mut request =
            format!("{} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n", self.method());
        match &self.form {
            None => request.push_str("\r\n"),
            Some(form) => {
                let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                request.push_str(&format!(
                    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
        }
        let mut stream = TcpStream::connect((host, port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// The most that is read of the client's answer.
const MOST: u64 = 1 << 20;

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// Codes are secrets, so only the place is shown.
impl fmt::Debug for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Landing")
            .field("method", &self.method())
            .field("place", &place)
            .finish_non_exhaustive()
    }
}
