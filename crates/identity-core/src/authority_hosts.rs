/// The hosts of Microsoft Entra ID in each cloud, for the `authority_host` of options.
///
/// Source: the Microsoft page "Microsoft Entra authentication and national clouds".
#[derive(Debug)]
pub struct AzureAuthorityHosts(());

/// The same four names, as older code calls them.
pub type KnownAuthorities = AzureAuthorityHosts;

impl AzureAuthorityHosts {
    /// Azure operated by 21Vianet in China.
    pub const AZURE_CHINA: &'static str = "login.chinacloudapi.cn";
    /// Azure Germany, which closed in October 2021.
    #[deprecated(note = "the Azure Germany cloud closed in October 2021")]
    pub const AZURE_GERMANY: &'static str = "login.microsoftonline.de";
    /// Azure for the government of the United States.
    pub const AZURE_GOVERNMENT: &'static str = "login.microsoftonline.us";
    /// The public cloud; the default everywhere.
    pub const AZURE_PUBLIC_CLOUD: &'static str = "login.microsoftonline.com";
}

/// A cloud whose hosts and audiences are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The public cloud.
    Public,
    /// Azure for the government of the United States.
    Government,
    /// Azure in China.
    China,
    /// Azure Germany, closed in October 2021.
    Germany,
}

impl Cloud {
    /// The cloud that a host of Entra ID belongs to, under any of its names.
    pub fn of_host(host: &str) -> Option<Self> {
        [Self::Public, Self::Government, Self::China, Self::Germany]
            .into_iter()
            .find(|cloud| cloud.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(host)))
    }

    /// The host that credentials use by default.
    pub fn authority_host(self) -> &'static str {
        self.aliases()[0]
    }

    /// All hosts that stand for the same cloud, the default one first. Cached tokens and accounts of one are those of the others.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Public => {
                &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
            }
            Self::Government => &["login.microsoftonline.us", "login.usgovcloudapi.net"],
            Self::China => &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
            Self::Germany => &["login.microsoftonline.de"],
        }
    }

    /// The scope of the cloud's resource manager, which `authenticate` uses when it is given none. The double slash is part of it.
    pub fn management_scope(self) -> Option<&'static str> {
        match self {
            Self::Public => Some("https://management.core.windows.net//.default"),
            Self::Government => Some("https://management.core.usgovcloudapi.net//.default"),
            Self::China => Some("https://management.core.chinacloudapi.cn//.default"),
            Self::Germany => None,
        }
    }

    /// The scope for tokens that are themselves exchanged in workload identity federation.
    ///
    /// Source: the Microsoft page "Configure an application to trust a managed identity".
    pub fn token_exchange_scope(self) -> Option<&'static str> {
        match self {
            Self::Public => Some("api://AzureADTokenExchange/.default"),
            Self::Government => Some("api://AzureADTokenExchangeUSGov/.default"),
            Self::China => Some("api://AzureADTokenExchangeChina/.default"),
            Self::Germany => None,
        }
    }
}

#[cfg(test)]
mod tests;
