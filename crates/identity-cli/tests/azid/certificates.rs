//! `azid token client-certificate`.

use std::path::PathBuf;

use identity_emulator::Emulator;
use tempfile::TempDir;

use crate::support::{claims, emulator, token};

/// The emulator's certificate with its key in a file.
fn certificate_of(emulator: &Emulator) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pem");
    std::fs::write(&file, emulator.client_certificate_pem()).unwrap();
    (folder, file)
}

#[test]
fn a_certificate_comes_by_option_or_by_variable() {
    let emulator = emulator();
    let (_folder, file) = certificate_of(&emulator);
    let by_option = token("client-certificate").args(["--certificate-path", file.to_str().unwrap()]);
    let by_variable = token("client-certificate").env("AZURE_CLIENT_CERTIFICATE_PATH", &file);
    let both = token("client-certificate")
        .args(["--certificate-path", file.to_str().unwrap()])
        .env("AZURE_CLIENT_CERTIFICATE_PATH", "/no/such/file");
    for azid in [by_option, by_variable, both] {
        let object = azid.against(&emulator).run().json();
        assert_eq!(object["credential"], "CertificateCredential");
        assert_eq!(claims(object["accessToken"].as_str().unwrap())["appidacr"], "2");
    }
}

#[test]
fn the_chain_is_sent_when_it_is_asked_for() {
    let emulator = emulator();
    let (_folder, file) = certificate_of(&emulator);
    let asking =
        || token("client-certificate").env("AZURE_CLIENT_CERTIFICATE_PATH", &file).against(&emulator);
    for (azid, sent) in [
        (asking(), false),
        (asking().args(["--send-certificate-chain"]), true),
        (asking().env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "1"), true),
        (asking().env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "no"), false),
    ] {
        azid.run().json();
        let request = emulator.journal().token_requests().pop().unwrap();
        let header = request.form("client_assertion").unwrap().split('.').next().unwrap().to_owned();
        let x5c = &claims(&format!(".{header}."))["x5c"];
        assert_eq!(x5c.is_array(), sent, "{x5c}");
    }
}

// S067: both at once can't be said, because each is a constructor of its own; neither is this
#[test]
fn a_file_that_can_not_be_used_is_a_wrong_argument() {
    let emulator = emulator();
    let (folder, file) = certificate_of(&emulator);
    let garbage = folder.path().join("garbage.pem");
    std::fs::write(&garbage, "no certificate").unwrap();
    for wrong in ["/no/such/file", garbage.to_str().unwrap(), folder.path().to_str().unwrap()] {
        let message = token("client-certificate")
            .args(["--certificate-path", wrong])
            .against(&emulator)
            .run()
            .message(2);
        assert!(message.starts_with("CertificateCredential: ") && message.contains(wrong), "{message}");
    }
    let superfluous = token("client-certificate")
        .args(["--certificate-path", file.to_str().unwrap(), "--certificate-password", "-"])
        .stdin("no~password")
        .secret("no~password")
        .against(&emulator)
        .run()
        .message(2);
    assert!(superfluous.contains(file.to_str().unwrap()), "{superfluous}");
    assert_eq!(
        token("client-certificate").env("AZURE_TENANT_ID", "t").run().message(2),
        "CertificateCredential: missing: --client-id (or the variable AZURE_CLIENT_ID), --certificate-path (or the variable \
         AZURE_CLIENT_CERTIFICATE_PATH)"
    );
    assert_eq!(emulator.journal().count(), 0);
}

mod needs_openssl {
    use std::path::Path;
    use std::process::Command;

    use crate::support::{claims, token};

    fn openssl(folder: &Path, words: &str) {
        let output = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn a_certificate_made_on_the_spot_is_good_for_a_token_of_the_emulator() {
        let folder = tempfile::tempdir().unwrap();
        openssl(
            folder.path(),
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=spot -keyout app.pem -out app.pem",
        );
        openssl(folder.path(), "pkcs12 -export -in app.pem -out app.pfx -passout pass:p~ssw0rd");
        let of = |name: &str| folder.path().join(name).display().to_string();

        let pem = token("client-certificate").args(["--emulator", "--certificate-path", &of("app.pem")]);
        let pfx = token("client-certificate")
            .args(["--emulator", "--certificate-path", &of("app.pfx"), "--certificate-password", "-"])
            .stdin("p~ssw0rd\n");
        for azid in [pem, pfx] {
            let object = azid.secret("p~ssw0rd").run().json();
            assert_eq!(claims(object["accessToken"].as_str().unwrap())["appidacr"], "2");
        }
        let wrong = token("client-certificate")
            .args(["--emulator", "--certificate-path", &of("app.pfx"), "--certificate-password", "-"])
            .stdin("wr~ng\n")
            .secret("wr~ng")
            .run();
        assert!(wrong.message(2).contains("password"), "{wrong:?}");
    }
}
