mod needs_openssl {
    use super::super::*;
    use crate::load::{KeyAndChain, key_and_chain};
    use crate::openssl::Workshop;

    fn load(text: impl AsRef<[u8]>, password: Option<&str>) -> Result<KeyAndChain, Problem> {
        key_and_chain(text.as_ref(), password.map(str::as_bytes))
    }

    #[track_caller]
    fn assert_loads(text: impl AsRef<[u8]>, password: Option<&str>, certificate: &[u8]) {
        assert_eq!(load(text, password).unwrap().chain.leaf.der, certificate);
    }

    #[track_caller]
    fn assert_problem(text: impl AsRef<[u8]>, password: Option<&str>, problem: fn(Format) -> Problem) {
        assert_eq!(load(text, password).unwrap_err(), problem(Format::Pem));
    }

    // S065
    #[test]
    fn both_forms_of_an_unencrypted_key_load_in_any_order() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        workshop.openssl("rsa -traditional -in key.pem -out pkcs1.pem");
        assert!(workshop.text("pkcs1.pem").starts_with("-----BEGIN RSA PRIVATE KEY"));
        for key in ["key.pem", "pkcs1.pem"] {
            let (key, cert) = (workshop.text(key), workshop.text("cert.pem"));
            assert_loads(key.clone() + &cert, None, &certificate);
            assert_loads(cert.clone() + &key, None, &certificate);
            // Labels are taken for what they are: a hint.
            let mislabelled = if key.contains("RSA") {
                key.replace("RSA PRIVATE", "PRIVATE")
            } else {
                key.replace("PRIVATE", "RSA PRIVATE")
            };
            assert_loads(cert.clone() + &mislabelled, None, &certificate);
            // An empty password is none.
            assert_loads(cert + &key, Some(""), &certificate);
        }
    }

    // S065
    #[test]
    fn what_editors_mail_and_configuration_files_do_to_pem_does_no_harm() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        workshop.openssl("rsa -traditional -aes256 -in key.pem -passout pass:secret -out traditional.pem");
        for (key, password) in [("key.pem", None), ("traditional.pem", Some("secret"))] {
            let pem = workshop.text(key) + &workshop.text("cert.pem");
            let indent = |with: &str| pem.lines().map(|line| format!("{with}{line}\n")).collect::<String>();
            for changed in [
                pem.replace('\n', "\r\n"),
                pem.replace('\n', "\r"),
                format!("\u{feff}{pem}"),
                indent("    "),
                indent("\t"),
                pem.replace("-----END", "\n\n-----END"),
                format!("Bag Attributes: <none>\nsubject=/CN=client\n---------\n{pem}\ntrailing text"),
                pem.trim_end().to_owned(),
            ] {
                assert_loads(changed, password, &certificate);
            }
        }
    }

    #[test]
    fn a_body_on_one_line_loads_even_with_its_markers() {
        let workshop = Workshop::new();
        let pem = workshop.text("key.pem") + &workshop.text("cert.pem");
        assert_loads(pem.replace('\n', " "), None, &workshop.der("cert.pem"));
        // Markers and body, each on one line.
        let parts = pem.split("-----").map(str::trim).filter(|part| !part.is_empty());
        let lines = parts.map(|part| {
            if part.len() < 40 { format!("-----{part}-----\n") } else { part.replace('\n', "") + "\n" }
        });
        assert_loads(lines.collect::<String>(), None, &workshop.der("cert.pem"));
    }

    #[test]
    fn other_names_for_a_certificate_are_certificates() {
        let workshop = Workshop::new();
        let key = workshop.text("key.pem");
        let older = workshop.text("cert.pem").replace("CERTIFICATE", "X509 CERTIFICATE");
        assert_loads(key.clone() + &older, None, &workshop.der("cert.pem"));
        workshop.openssl("x509 -in cert.pem -trustout -addtrust clientAuth -out trusted.pem");
        assert!(workshop.text("trusted.pem").contains("TRUSTED"));
        assert_loads(key + &workshop.text("trusted.pem"), None, &workshop.der("cert.pem"));
    }

    #[test]
    fn blocks_of_other_kinds_are_passed_over() {
        let workshop = Workshop::new();
        let parameters = "-----BEGIN DH PARAMETERS-----\n!! no base64 !!\n-----END DH PARAMETERS-----\n";
        let pem = parameters.to_owned() + &workshop.text("cert.pem") + parameters + &workshop.text("key.pem");
        assert_loads(pem, None, &workshop.der("cert.pem"));
    }

    // S068
    #[test]
    fn every_encryption_of_a_key_opens_with_its_password_only() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        let legacy = "-provider legacy -provider default";
        for arguments in [
            "pkcs8 -topk8 -v2 aes-256-cbc",
            "pkcs8 -topk8 -v2 aes-192-cbc -v2prf hmacWithSHA1",
            "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA512",
            "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA384",
            "pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA224 -iter 100",
            "pkcs8 -topk8 -v2 des3",
            &format!("pkcs8 -topk8 -v2 des {legacy}"),
            "pkcs8 -topk8 -scrypt",
            "pkcs8 -topk8 -v1 PBE-SHA1-3DES",
            &format!("pkcs8 -topk8 -v1 PBE-SHA1-2DES {legacy}"),
            &format!("pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 {legacy}"),
            &format!("pkcs8 -topk8 -v1 PBE-SHA1-RC2-40 {legacy}"),
            &format!("pkcs8 -topk8 -v1 PBE-MD5-DES {legacy}"),
            &format!("pkcs8 -topk8 -v1 PBE-SHA1-DES {legacy}"),
            &format!("pkcs8 -topk8 -v1 PBE-MD5-RC2-64 {legacy}"),
            &format!("pkcs8 -topk8 -v1 PBE-SHA1-RC2-64 {legacy}"),
            "rsa -traditional -aes128",
            "rsa -traditional -aes192",
            "rsa -traditional -aes256",
            "rsa -traditional -des3",
            &format!("rsa -traditional -des {legacy}"),
        ] {
            println!("{arguments}");
            workshop.openssl(&format!("{arguments} -in key.pem -passout pass:secret€ -out encrypted.pem"));
            let pem = workshop.text("encrypted.pem") + &workshop.text("cert.pem");
            assert_loads(&pem, Some("secret€"), &certificate);
            assert_problem(&pem, Some("another"), Problem::PasswordWrong);
            assert_problem(&pem, None, Problem::PasswordMissing);
        }
    }

    #[test]
    fn a_password_for_a_key_that_is_not_encrypted_is_refused() {
        let workshop = Workshop::new();
        assert_problem(
            workshop.text("key.pem") + &workshop.text("cert.pem"),
            Some("x"),
            Problem::PasswordSuperfluous,
        );
    }

    #[test]
    fn a_cipher_that_nobody_uses_any_more_is_named() {
        let workshop = Workshop::new();
        workshop.openssl("rsa -traditional -camellia128 -in key.pem -passout pass:secret -out camellia.pem");
        let pem = workshop.text("camellia.pem") + &workshop.text("cert.pem");
        let unsupported = Problem::Unsupported(Format::Pem, "the cipher CAMELLIA-128-CBC".to_owned());
        assert_eq!(load(pem, Some("secret")).unwrap_err(), unsupported);

        workshop
            .openssl("pkcs8 -topk8 -v2 camellia-256-cbc -in key.pem -passout pass:secret -out camellia.pem");
        let pem = workshop.text("camellia.pem") + &workshop.text("cert.pem");
        let unsupported =
            Problem::Unsupported(Format::Pem, "the algorithm 1.2.392.200011.61.1.1.1.4".to_owned());
        assert_eq!(load(pem, Some("secret")).unwrap_err(), unsupported);
    }

    #[test]
    fn damage_is_told_by_what_cannot_be_read() {
        let workshop = Workshop::new();
        let (key, cert) = (workshop.text("key.pem"), workshop.text("cert.pem"));
        let malformed = |text: String, what| {
            assert_eq!(load(text, None).unwrap_err(), Problem::Malformed(Format::Pem, what))
        };

        malformed(key[..key.len() / 2].to_owned(), "a block without its -----END line");
        malformed(key[..key.len() / 2].to_owned() + &cert, "a block without its -----END line");
        malformed(key.clone() + &cert.replace("MII", "M*I"), "a certificate");
        malformed(key.replace("MII", "M*I") + &cert, "its private key");
        malformed(
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned() + &cert,
            "its private key",
        );
        malformed("-----BEGIN and nothing else".to_owned(), "a -----BEGIN line");
        workshop.openssl("rsa -traditional -aes256 -in key.pem -passout pass:x -out aes.pem");
        let aes = workshop.text("aes.pem");
        let start = aes.find("DEK-Info").unwrap();
        malformed(aes.replace(&aes[start..start + 25], "DEK-Info: AES-256-CBC,XY"), "its DEK-Info line");
        malformed(aes.replace("DEK-Info", "DEK-Nfo"), "its DEK-Info line");
    }
}
