use std::path::PathBuf;
use std::time::Duration;

use identity_core::{Clock, Env};

/// What all tools can be told.
#[derive(Clone, Debug)]
pub(crate) struct ToolOptions {
    pub(crate) tenant_id: Option<String>,
    pub(crate) additionally_allowed_tenants: Option<Vec<String>>,
    pub(crate) process_timeout: Duration,
    pub(crate) token_reuse: bool,
    pub(crate) log_accounts: bool,
    pub(crate) program: Option<PathBuf>,
    pub(crate) env: Env,
    pub(crate) clock: Clock,
}

impl Default for ToolOptions {
    fn default() -> Self {
        Self {
            tenant_id: None,
            additionally_allowed_tenants: None,
            process_timeout: Duration::from_secs(10),
            token_reuse: false,
            log_accounts: false,
            program: None,
            env: Env::default(),
            clock: Clock::default(),
        }
    }
}

/// Gives an options type that has them as its field `tool` the setters.
macro_rules! tool_options {
    ($options:ident) => {
        impl $options {
            /// The tenant that tokens are asked from. Default: the one that the tool is signed in to.
            pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
                self.tool.tenant_id = Some(tenant_id.into());
                self
            }

            /// The tenants, besides [`with_tenant_id`](Self::with_tenant_id)'s, that a request may ask for; `*` allows all. Without a tenant of its own the
            /// credential lets a request name any.
            /// Default: `AZURE_ADDITIONALLY_ALLOWED_TENANTS`, separated by `;`, else none.
            pub fn with_additionally_allowed_tenants(
                mut self,
                tenants: impl IntoIterator<Item = impl Into<String>>,
            ) -> Self {
                self.tool.additionally_allowed_tenants = Some(tenants.into_iter().map(Into::into).collect());
                self
            }

            /// The longest that one run of the tool may take; then it is ended, with everything that it has started. Default: 10 s.
            pub fn with_process_timeout(mut self, timeout: std::time::Duration) -> Self {
                self.tool.process_timeout = timeout;
                self
            }

            /// Keeps a token until 5 minutes before its end instead of running the tool for each call. It is dropped when somebody signs in or out with the
            /// tool or changes its account, which shows in the tool's own files. Default: off.
            pub fn with_token_reuse(mut self, reuse: bool) -> Self {
                self.tool.token_reuse = reuse;
                self
            }

            /// Logs (`tracing`, level info) who each new token is for: the app's, the tenant's and the object's id, and the user's name. Default: off,
            /// because logs with names of people need care.
            pub fn with_account_identifier_logging(mut self, log: bool) -> Self {
                self.tool.log_accounts = log;
                self
            }

            /// The tool's file, by its absolute path. Default: the first program of its name in the absolute folders of `PATH`.
            pub fn with_program(mut self, path: impl Into<std::path::PathBuf>) -> Self {
                self.tool.program = Some(path.into());
                self
            }

            /// The environment that variables are taken from and that the tool gets. Default: the process's.
            pub fn with_env(mut self, env: identity_core::Env) -> Self {
                self.tool.env = env;
                self
            }

            /// Where the time comes from. Default: the system.
            pub fn with_clock(mut self, clock: identity_core::Clock) -> Self {
                self.tool.clock = clock;
                self
            }
        }
    };
}
pub(crate) use tool_options;
