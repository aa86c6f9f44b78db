use clap::builder::NonEmptyStringValueParser;
use identity::TokenRequestOptions;

/// What one request asks for.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "This request")]
pub(crate) struct RequestArgs {
    /// Ask for a token of this tenant instead of the credential's own
    #[arg(long, value_name = "T", value_parser = NonEmptyStringValueParser::new())]
    request_tenant_id: Option<String>,
    /// The claims that a resource demanded in its challenge
    #[arg(long, value_name = "JSON", value_parser = NonEmptyStringValueParser::new())]
    claims: Option<String>,
    /// Ask for a token that can be revoked early (continuous access evaluation)
    #[arg(long)]
    enable_cae: bool,
}

impl RequestArgs {
    /// The same for the library.
    pub(crate) fn options(&self) -> TokenRequestOptions {
        let mut options = TokenRequestOptions::default().with_enable_cae(self.enable_cae);
        if let Some(tenant) = &self.request_tenant_id {
            options = options.with_tenant_id(tenant);
        }
        if let Some(claims) = &self.claims {
            options = options.with_claims(claims);
        }
        options
    }
}
