use super::docker::registry;
use super::git::Request;

#[test]
fn git_is_answered_for_azure_devops_over_https_only() {
    for (protocol, host, answered) in [
        ("https", "dev.azure.com", true),
        ("https", "DEV.azure.com:443", true),
        ("https", "contoso.visualstudio.com", true),
        ("http", "dev.azure.com", false),
        ("ssh", "dev.azure.com", false),
        ("https", "dev.azure.com:8443", false),
        ("https", "dev.azure.com.evil.example", false),
        ("https", "evildev.azure.com", false),
        ("https", "evil-visualstudio.com", false),
        ("https", ".visualstudio.com", false),
        ("https", "github.com", false),
        ("https", "", false),
    ] {
        let input = format!("protocol={protocol}\nhost={host}\n\n");
        assert_eq!(Request::of(&input).unwrap().is_for_azure(), answered, "{protocol} {host}");
    }
}

#[test]
fn what_git_knows_is_read_to_the_empty_line() {
    let input = "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=dev.azure.com\npath=a=b\nusername=me\n\nhost=evil.example\n";
    let request =
        Request { protocol: "https", host: "dev.azure.com", username: Some("me"), takes_types: true };
    assert_eq!(Request::of(input).unwrap(), request);
    assert_eq!(Request::of("garbage\n=\nusername=\n").unwrap(), Request::default());
}

// G15
#[test]
fn nothing_is_said_to_hosts_that_a_line_break_smuggles_in() {
    for input in [
        "protocol=https\nhost=dev.azure.com\rhost=evil.example\n\n",
        "protocol=https\r\nhost=dev.azure.com\r\n\r\n",
        "protocol=https\nhost=dev.azure.com\nusername=a\rpassword=b\n\n",
        "protocol=https\nhost=dev.azure.com\npath=\u{85}\n\n",
        "protocol=https\nhost=dev.azure.com\0.evil.example\n\n",
        "protocol=https\nhost=evil.example\nhost=dev.azure.com\n\n",
        "protocol=http\nprotocol=https\nhost=dev.azure.com\n\n",
    ] {
        assert_eq!(Request::of(input).unwrap_err().kind(), identity::ErrorKind::InvalidArgument, "{input:?}");
    }
    for server in
        ["https://contoso.azurecr.io/\nhttps://evil.example", "contoso.azurecr.io\r", "\tcontoso.azurecr.io"]
    {
        assert_eq!(registry(server), None, "{server:?}");
    }
}

#[test]
fn docker_is_answered_for_registries_in_azure_only() {
    for (server, host) in [
        ("contoso.azurecr.io", Some("contoso.azurecr.io")),
        ("https://contoso.azurecr.io", Some("contoso.azurecr.io")),
        ("https://contoso.azurecr.cn/v1/", Some("contoso.azurecr.cn")),
        ("contoso.azurecr.us:443", Some("contoso.azurecr.us")),
        ("http://contoso.azurecr.io", None),
        ("contoso.azurecr.io:5000", None),
        ("contoso.azurecr.io.evil.example", None),
        ("evil.example/contoso.azurecr.io", None),
        ("user@contoso.azurecr.io", None),
        ("evilazurecr.io", None),
        ("https://index.docker.io/v1/", None),
        ("", None),
    ] {
        assert_eq!(registry(server), host, "{server}");
    }
}
