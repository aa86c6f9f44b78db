use super::*;

fn decoded(script: &str) -> String {
    let bytes = STANDARD.decode(script).unwrap();
    let utf16: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&utf16).unwrap()
}

// P05
#[test]
fn the_script_asks_for_one_resource_and_perhaps_a_tenant() {
    let script = decoded(&encoded_script("https://vault.azure.net", ""));
    for part in [
        "Import-Module Az.Accounts -MinimumVersion 2.2.0",
        "'NO_AZ_ACCOUNT_MODULE'",
        "ResourceUrl = 'https://vault.azure.net'",
        "-ge [version]'2.17.0' -and $version -lt [version]'5.0.0') { $ask.AsSecureString = $true }",
        "Get-AzAccessToken @ask",
        "\"azsdk%$token%$end\"",
    ] {
        assert!(script.contains(part), "{part} is missing in {script}");
    }
    assert!(!script.contains("TenantId"));
    assert!(decoded(&encoded_script("r", "contoso.com")).contains("$ask.TenantId = 'contoso.com'\n"));
}

#[test]
fn errors_that_come_as_xml_are_read() {
    let xml = "#< CLIXML\r\n<Objs Version=\"1.1.0.1\"><S S=\"Error\">Get-AzAccessToken : Run Connect-AzAccount to login._x000D__x000A_</S>\
               <S S=\"verbose\">noise</S><S S=\"Error\">At &lt;line&gt; &amp;1_x000A_</S></Objs>";
    let text = plain(xml);
    assert_eq!(*text, "Get-AzAccessToken : Run Connect-AzAccount to login.\r\nAt <line> &1\n");
    assert_eq!(*plain("plain _x000A_ words"), "plain _x000A_ words");
    for (odd, read) in [
        ("a_x", "a_x"),
        ("_x_x00", "_x_x00"),
        ("_xD800_", "_xD800_"),
        ("_x\u{e4}\u{e4}\u{e4}", "_x\u{e4}\u{e4}\u{e4}"),
    ] {
        assert_eq!(*plain(&format!("#< CLIXML<S S=\"Error\">{odd}</S>")), read);
    }
}
