use identity_core::{Env, Error, TenantId, variables};

/// Which tenants a credential may ask for tokens: its own, and those that it was told about.
///
/// A request can name a tenant, and that name may come from a resource's challenge, so from outside. It is therefore refused unless somebody
/// allowed it.
#[derive(Clone, Debug)]
pub struct TenantPolicy {
    configured: Option<TenantId>,
    additionally_allowed: Vec<String>,
    multitenant_disabled: bool,
}

impl TenantPolicy {
    /// The policy of a credential: its tenant, the option for further ones, else `AZURE_ADDITIONALLY_ALLOWED_TENANTS` (separated by `;`).
    /// With `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH` set every request goes to the configured tenant.
    ///
    /// # Errors
    /// `InvalidArgument` for an allowed tenant that is neither `*` nor a possible tenant.
    pub fn new(
        configured: Option<TenantId>,
        additionally_allowed: Option<&[String]>,
        env: &Env,
    ) -> Result<Self, Error> {
        let variable = env.get(variables::AZURE_ADDITIONALLY_ALLOWED_TENANTS);
        let allowed = match (additionally_allowed, &variable) {
            (Some(option), _) => checked(option.iter().map(String::as_str))?,
            (None, Some(list)) => checked(list.split(';')).map_err(|e| {
                let name = variables::AZURE_ADDITIONALLY_ALLOWED_TENANTS;
                let message = format!("the variable {name}: {}", e.message());
                e.with_message(message)
            })?,
            (None, None) => Vec::new(),
        };
        Ok(Self {
            configured,
            additionally_allowed: allowed,
            multitenant_disabled: env.get_os(variables::AZURE_IDENTITY_DISABLE_MULTITENANTAUTH).is_some(),
        })
    }

    /// The credential's own tenant.
    pub fn configured(&self) -> Option<&TenantId> {
        self.configured.as_ref()
    }

    /// The tenant to ask: empty where the credential has none and the request names none. No allocation unless it fails.
    ///
    /// # Errors
    /// `AuthenticationFailed` for a tenant that is not allowed, `InvalidArgument` for one that can't be a tenant.
    #[inline]
    pub fn resolve<'a>(&'a self, requested: Option<&'a str>) -> Result<&'a str, Error> {
        let configured = self.configured.as_ref().map(TenantId::as_str);
        match (requested, configured) {
            (None, configured) => Ok(configured.unwrap_or_default()),
            (Some(requested), Some(configured)) if requested.eq_ignore_ascii_case(configured) => {
                Ok(configured)
            }
            (Some(requested), _) => self.resolve_other(requested),
        }
    }

    fn resolve_other<'a>(&'a self, requested: &'a str) -> Result<&'a str, Error> {
        let configured = self.configured.as_ref();
        if self.multitenant_disabled || configured.is_some_and(TenantId::is_adfs) {
            return Ok(configured.map_or("", TenantId::as_str));
        }
        let Some(configured) = configured else { return accept(requested) };
        let listed = |allowed: &String| allowed == ANY_TENANT || allowed.eq_ignore_ascii_case(requested);
        if self.additionally_allowed.iter().any(listed) {
            return accept(requested);
        }
        let any_organization = configured.as_str().eq_ignore_ascii_case(TenantId::ORGANIZATIONS);
        if any_organization && self.additionally_allowed.is_empty() {
            return accept(requested);
        }
        let shown: String = requested.chars().take(MOST_SHOWN).collect();
        let shown = shown.escape_debug();
        Err(Error::failed(format!(
            "the credential is not configured to acquire tokens for tenant {shown}, which this request names. To allow it, add '{shown}' to \
             additionally_allowed_tenants when creating the credential (or to the variable {}), or add '*' to allow any tenant",
            variables::AZURE_ADDITIONALLY_ALLOWED_TENANTS
        )))
    }
}

/// The requested tenant becomes part of a URL, so it must be one.
fn accept(requested: &str) -> Result<&str, Error> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    if !requested.is_empty() && requested.bytes().all(fine) {
        return Ok(requested);
    }
    TenantId::parse(requested).map(|_| requested)
}

fn checked<'a>(tenants: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Error> {
    tenants
        .map(str::trim)
        .filter(|tenant| !tenant.is_empty())
        .map(|tenant| match tenant {
            ANY_TENANT => Ok(tenant.to_owned()),
            _ => TenantId::parse(tenant).map(|_| tenant.to_owned()),
        })
        .collect()
}

const ANY_TENANT: &str = "*";

/// How much of a refused tenant an error shows.
const MOST_SHOWN: usize = 100;

#[cfg(test)]
mod tests;
