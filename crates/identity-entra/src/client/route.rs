use std::fmt;

use identity_core::Error;
use url::Url;

use crate::http::TransportProfile;

/// Another way for token requests than straight to the authority, such as a proxy that a cluster provides.
pub trait TokenRoute: fmt::Debug + Send + Sync {
    /// Where a request to a token endpoint goes instead, and what it needs beyond the ordinary. It is asked once for each token, and not again when
    /// the request is repeated.
    ///
    /// # Errors
    /// What stands in the way.
    fn route(&self, token_endpoint: &Url) -> Result<(Url, TransportProfile), Error>;
}
