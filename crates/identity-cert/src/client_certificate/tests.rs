mod needs_openssl {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use identity_core::testing::{FakeClock, block_on};
    use identity_core::{Clock, ErrorKind};
    use identity_entra::client::EntraClient;
    use identity_entra::options::EntraOptions;
    use serde_json::Value;
    use url::Url;

    use super::super::*;
    use crate::openssl::Workshop;

    fn client(clock: Clock) -> EntraClient {
        let options = EntraOptions::default().with_env(Env::empty()).with_clock(clock);
        EntraClient::app("Test", "tenant", "client", &options).unwrap()
    }

    /// Header and claims of the assertion that goes to a tenant.
    fn assertion(certificate: &ClientCertificate, tenant_id: &str) -> (Value, Value) {
        let client = client(FakeClock::at_unix(1_900_000_000).clock());
        let token_endpoint =
            Url::parse(&format!("https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token")).unwrap();
        let request = AuthRequest { client: &client, tenant_id, token_endpoint: &token_endpoint, attempt: 0 };
        let form = block_on(certificate.authenticate(&request)).unwrap();
        let field = |name: &str| form.get(name).unwrap().secret().to_owned();
        assert_eq!(field("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let assertion = field("client_assertion");
        let part = |index| {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(assertion.split('.').nth(index).unwrap()).unwrap())
                .unwrap()
        };
        (part(0), part(1))
    }

    fn pem(workshop: &Workshop) -> String {
        workshop.text("key.pem") + &workshop.text("cert.pem")
    }

    // S070, P51
    #[test]
    fn entra_is_sent_ps256_and_ad_fs_rs256_and_an_option_decides_for_both() {
        let certificate = ClientCertificate::from_data(pem(&Workshop::new()).as_bytes(), None).unwrap();
        let algorithm = |certificate: &ClientCertificate, tenant| {
            let (header, _) = assertion(certificate, tenant);
            let named = |name: &str| header.get(name).map(|_| name.to_owned());
            (header["alg"].as_str().unwrap().to_owned(), named("x5t#S256").or(named("x5t")).unwrap())
        };
        let expected = |algorithm: &str, thumbprint: &str| (algorithm.to_owned(), thumbprint.to_owned());
        assert_eq!(algorithm(&certificate, "tenant"), expected("PS256", "x5t#S256"));
        assert_eq!(algorithm(&certificate, "adfs"), expected("RS256", "x5t"));
        assert_eq!(algorithm(&certificate, "ADFS"), expected("RS256", "x5t"));
        let rs256 = certificate.clone().with_signing_algorithm(SigningAlgorithm::Rs256);
        assert_eq!(algorithm(&rs256, "tenant"), expected("RS256", "x5t"));
        let ps256 = certificate.with_signing_algorithm(SigningAlgorithm::Ps256);
        assert_eq!(algorithm(&ps256, "adfs"), expected("PS256", "x5t#S256"));
    }

    // S070
    #[test]
    fn the_assertion_is_for_the_endpoint_and_about_the_client() {
        let certificate = ClientCertificate::from_data(pem(&Workshop::new()).as_bytes(), None).unwrap();
        let (_, claims) = assertion(&certificate, "other");
        assert_eq!(claims["aud"], "https://login.microsoftonline.com/other/oauth2/v2.0/token");
        assert_eq!((&claims["iss"], &claims["sub"]), (&"client".into(), &"client".into()));
        assert_eq!((&claims["nbf"], &claims["exp"]), (&1_900_000_000.into(), &1_900_000_600.into()));
    }

    // S071
    #[test]
    fn the_chain_is_sent_only_when_asked_for() {
        let certificate = ClientCertificate::from_data(pem(&Workshop::new()).as_bytes(), None).unwrap();
        assert_eq!(assertion(&certificate, "tenant").0.get("x5c"), None);
        let with_chain = certificate.with_send_certificate_chain(true);
        assert_eq!(assertion(&with_chain, "tenant").0["x5c"].as_array().unwrap().len(), 1);
    }

    // P52, S214
    #[test]
    fn the_environment_names_file_and_password_and_whether_to_send_the_chain() {
        let workshop = Workshop::new();
        workshop.pfx("-passout pass:secret");
        workshop.write("app.pem", pem(&workshop));
        let env = Env::empty().with(AZURE_CLIENT_CERTIFICATE_PATH, workshop.path("file.pfx"));
        let with_password = env.clone().with(AZURE_CLIENT_CERTIFICATE_PASSWORD, "secret");

        let certificate = ClientCertificate::from_env(&with_password).unwrap().unwrap();
        assert_eq!(certificate.certificate().subject(), "CN=client");
        for (value, sent) in
            [("1", true), ("true", true), ("TRUE", true), ("0", false), ("yes", false), ("", false)]
        {
            let env = with_password.clone().with(AZURE_CLIENT_SEND_CERTIFICATE_CHAIN, value);
            let certificate = ClientCertificate::from_env(&env).unwrap().unwrap();
            assert_eq!(assertion(&certificate, "tenant").0.get("x5c").is_some(), sent, "{value}");
        }
        let plain = Env::empty()
            .with(AZURE_CLIENT_CERTIFICATE_PATH, workshop.path("app.pem"))
            .with(AZURE_CLIENT_CERTIFICATE_PASSWORD, "");
        assert!(ClientCertificate::from_env(&plain).unwrap().is_some());
        assert!(ClientCertificate::from_env(&Env::empty()).unwrap().is_none());
        let empty = Env::empty().with(AZURE_CLIENT_CERTIFICATE_PATH, "");
        assert!(ClientCertificate::from_env(&empty).unwrap().is_none());
    }

    // P52
    #[test]
    fn what_is_wrong_with_the_environments_certificate_is_said_with_the_variables() {
        let workshop = Workshop::new();
        workshop.pfx("-passout pass:secret");
        let file = workshop.path("file.pfx");
        let env = Env::empty().with(AZURE_CLIENT_CERTIFICATE_PATH, &file);
        let of = |env: &Env| {
            let error = ClientCertificate::from_env(env).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            error.message().replace(&file.display().to_string(), "FILE")
        };
        assert_eq!(
            of(&env),
            "the certificate file 'FILE' is PKCS#12 and protected by a password, but none was given; give the password the file was \
         exported with, in the environment as AZURE_CLIENT_CERTIFICATE_PASSWORD (from AZURE_CLIENT_CERTIFICATE_PATH)"
        );
        assert_eq!(
            of(&env.clone().with(AZURE_CLIENT_CERTIFICATE_PASSWORD, "wrong")),
            "the certificate file 'FILE' is PKCS#12 and the given password does not open it; give the password the file was exported \
         with (from AZURE_CLIENT_CERTIFICATE_PATH and AZURE_CLIENT_CERTIFICATE_PASSWORD)"
        );
        std::fs::remove_file(&file).unwrap();
        assert_eq!(
            of(&env),
            "the certificate file 'FILE' does not exist (from AZURE_CLIENT_CERTIFICATE_PATH)"
        );
    }

    #[test]
    fn a_file_refused_at_the_start_is_named_and_so_is_who_refused_it() {
        let error = ClientCertificate::from_file("/no/such/file.pem", None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "ClientCertificate: the certificate file '/no/such/file.pem' does not exist"
        );
        let error = ClientCertificate::from_data(b"", None).unwrap_err();
        assert_eq!(error.to_string(), "ClientCertificate: the certificate data is empty");
    }

    #[test]
    fn only_an_unknown_key_leads_to_another_one() {
        let workshop = Workshop::new();
        workshop.openssl(
            "req -x509 -newkey rsa:2048 -nodes -keyout second.key -subj /CN=second -days 60 -out second.pem",
        );
        let path = workshop.write("app.pem", pem(&workshop));
        let certificate = ClientCertificate::from_file(path, None).unwrap();
        assertion(&certificate, "tenant");
        workshop.write("app.pem", workshop.text("second.key") + &workshop.text("second.pem"));
        let mut refusal = ServerError::default();
        refusal.error_codes = vec![7000215];
        assert!(!certificate.has_another(&refusal));
        refusal.error_codes = vec![700027];
        assert!(certificate.has_another(&refusal));
        assert_eq!(certificate.certificate().subject(), "CN=second");
    }

    #[test]
    fn debug_shows_no_key_and_no_password() {
        let workshop = Workshop::new();
        workshop.pfx("-passout pass:s3cret");
        let certificate =
            ClientCertificate::from_file(workshop.path("file.pfx"), Some(SecretBytes::new("s3cret")))
                .unwrap();
        assert!(!format!("{certificate:?}").contains("s3cret"));
    }
}
