use super::*;

// S040, S041, S042, S043
#[test]
#[allow(deprecated)]
fn the_hosts_are_those_of_the_specification() {
    assert_eq!(AzureAuthorityHosts::AZURE_CHINA, "login.chinacloudapi.cn");
    assert_eq!(AzureAuthorityHosts::AZURE_GERMANY, "login.microsoftonline.de");
    assert_eq!(AzureAuthorityHosts::AZURE_GOVERNMENT, "login.microsoftonline.us");
    assert_eq!(AzureAuthorityHosts::AZURE_PUBLIC_CLOUD, "login.microsoftonline.com");
}

// S044
#[test]
#[allow(deprecated)]
fn known_authorities_are_the_same_four() {
    assert_eq!(KnownAuthorities::AZURE_CHINA, AzureAuthorityHosts::AZURE_CHINA);
    assert_eq!(KnownAuthorities::AZURE_GERMANY, AzureAuthorityHosts::AZURE_GERMANY);
    assert_eq!(KnownAuthorities::AZURE_GOVERNMENT, AzureAuthorityHosts::AZURE_GOVERNMENT);
    assert_eq!(KnownAuthorities::AZURE_PUBLIC_CLOUD, AzureAuthorityHosts::AZURE_PUBLIC_CLOUD);
}

#[test]
fn an_alias_is_the_same_cloud() {
    assert_eq!(Cloud::of_host("LOGIN.windows.net"), Some(Cloud::Public));
    assert_eq!(Cloud::of_host("login.partner.microsoftonline.cn"), Some(Cloud::China));
    assert_eq!(Cloud::of_host("login.example.com"), None);
    assert_eq!(Cloud::Government.authority_host(), "login.microsoftonline.us");
}

#[test]
fn each_open_cloud_has_its_audiences() {
    assert_eq!(Cloud::Public.management_scope(), Some("https://management.core.windows.net//.default"));
    assert_eq!(Cloud::Government.token_exchange_scope(), Some("api://AzureADTokenExchangeUSGov/.default"));
    assert_eq!(Cloud::Germany.management_scope(), None);
}
