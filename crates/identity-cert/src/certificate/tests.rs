mod needs_openssl {
    use std::time::Duration;

    use identity_core::testing::{CapturedLogs, FakeClock, block_on};
    use identity_core::{AccessToken, Env, ErrorKind, SecretBytes};
    use identity_entra::cache::MemoryStorage;
    use identity_entra::http::testing::{Answer, ScriptedHttp};

    use super::super::*;
    use crate::openssl::Workshop;

    const SCOPE: &str = "https://vault.azure.net/.default";

    struct Setup {
        workshop: Workshop,
        http: ScriptedHttp,
        clock: FakeClock,
        options: EntraOptions,
    }

    fn setup() -> Setup {
        let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_900_000_000));
        let options = EntraOptions::default()
            .with_http_service(http.service())
            .with_clock(clock.clock())
            .with_env(Env::empty());
        let workshop = Workshop::new();
        workshop.write("app.pem", workshop.text("key.pem") + &workshop.text("cert.pem"));
        Setup { workshop, http, clock, options }
    }

    impl Setup {
        fn certificate(&self) -> ClientCertificate {
            ClientCertificate::from_file(self.workshop.path("app.pem"), None).unwrap()
        }

        fn credential(&self) -> CertificateCredential {
            CertificateCredential::new("tenant", "client", self.certificate(), self.options.clone()).unwrap()
        }

        /// Makes another key with its certificate, and returns both as PEM.
        fn renewed(&self) -> String {
            self.workshop.openssl(
                "req -x509 -newkey rsa:2048 -nodes -keyout new.key -subj /CN=new -days 9000 -out new.pem",
            );
            self.workshop.text("new.key") + &self.workshop.text("new.pem")
        }
    }

    fn ask(credential: &CertificateCredential) -> Result<AccessToken, Error> {
        ask_with(credential, SCOPE, &TokenRequestOptions::default())
    }

    fn ask_with(
        credential: &CertificateCredential,
        scope: &str,
        options: &TokenRequestOptions,
    ) -> Result<AccessToken, Error> {
        block_on(credential.get_token(&[scope], options))
    }

    // S064, S065, S070, S076, S002
    #[test]
    fn the_assertion_goes_to_the_tenant_s_token_endpoint_and_a_token_comes_back() {
        let setup = setup();
        setup.http.push(Answer::token("a-token", 3600));
        let token = ask(&setup.credential()).unwrap();
        assert_eq!((token.token().secret(), token.expires_on_unix()), ("a-token", 1_900_003_600));
        assert_eq!((token.credential(), token.tenant_id()), ("CertificateCredential", Some("tenant")));

        let [request] = &setup.http.requests()[..] else { panic!("one request, without any discovery") };
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("POST", "https://login.microsoftonline.com/tenant/oauth2/v2.0/token")
        );
        let assertion = request.field("client_assertion").unwrap();
        assert_eq!(assertion.split('.').count(), 3);
        let mut form = request.form();
        form.retain(|(name, _)| name != "client_assertion");
        form.sort();
        let expected = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_id", "client"),
            ("grant_type", "client_credentials"),
            ("scope", SCOPE),
        ];
        assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    // S005, S006, S076
    #[test]
    fn a_second_call_does_not_go_out() {
        let setup = setup();
        setup.http.push(Answer::token("a-token", 3600));
        let credential = setup.credential();
        ask(&credential).unwrap();
        assert_eq!(ask(&credential.clone()).unwrap().token().secret(), "a-token");
        assert_eq!(setup.http.count(), 1);
    }

    // S066, S068
    #[test]
    fn bytes_and_a_password_as_text_or_bytes_do_as_well() {
        let setup = setup();
        let pfx = setup.workshop.pfx("-passout pass:pässword");
        for password in [SecretBytes::new("pässword"), SecretBytes::new("pässword".as_bytes())] {
            let certificate = ClientCertificate::from_data(&pfx, Some(password)).unwrap();
            let credential =
                CertificateCredential::new("tenant", "client", certificate, setup.options.clone()).unwrap();
            setup.http.push(Answer::token("a-token", 3600));
            ask(&credential).unwrap();
        }
    }

    // S064, S075
    #[test]
    fn malformed_arguments_are_refused_by_name() {
        let setup = setup();
        for (tenant, client, words) in [
            ("tenant", "", "client id must not be empty"),
            ("", "client", "invalid tenant id"),
            ("te/nant", "client", "invalid tenant id 'te/nant'"),
            ("ten ant", "client", "invalid tenant id 'ten ant'"),
        ] {
            let error =
                CertificateCredential::new(tenant, client, setup.certificate(), setup.options.clone())
                    .unwrap_err();
            assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
            assert!(error.message().contains(words), "{error}");
        }
    }

    // S076, S003
    #[test]
    fn at_least_one_scope_is_asked_for() {
        let setup = setup();
        let none: [&str; 0] = [];
        let error =
            block_on(setup.credential().get_token(&none, &TokenRequestOptions::default())).unwrap_err();
        assert_eq!((error.kind(), setup.http.count()), (ErrorKind::InvalidArgument, 0));
    }

    // S076, P41
    #[test]
    fn another_tenant_gets_an_assertion_of_its_own_if_it_is_allowed() {
        let mut setup = setup();
        let other = TokenRequestOptions::default().with_tenant_id("other");
        let error = ask_with(&setup.credential(), SCOPE, &other).unwrap_err();
        assert_eq!((error.kind(), setup.http.count()), (ErrorKind::AuthenticationFailed, 0));

        setup.options = setup.options.clone().with_additionally_allowed_tenants(["*"]);
        let credential = setup.credential();
        for _ in 0..2 {
            setup.http.push(Answer::token("t", 3600));
        }
        ask(&credential).unwrap();
        assert_eq!(ask_with(&credential, SCOPE, &other).unwrap().tenant_id(), Some("other"));
        let requests = setup.http.requests();
        assert!(requests[1].url.contains("/other/oauth2/"));
        assert_ne!(requests[0].field("client_assertion"), requests[1].field("client_assertion"));
    }

    // S073, S216
    #[test]
    fn the_authority_is_the_option_then_the_variable_then_the_public_cloud() {
        for (option, variable, expected) in [
            (None, None, "https://login.microsoftonline.com/"),
            (None, Some("login.chinacloudapi.cn"), "https://login.chinacloudapi.cn/"),
            (
                Some("login.microsoftonline.us"),
                Some("login.chinacloudapi.cn"),
                "https://login.microsoftonline.us/",
            ),
        ] {
            let mut setup = setup();
            if let Some(host) = option {
                setup.options = setup.options.with_authority_host(host);
            }
            if let Some(host) = variable {
                setup.options = setup.options.with_env(Env::empty().with("AZURE_AUTHORITY_HOST", host));
            }
            setup.http.push(Answer::token("t", 3600));
            ask(&setup.credential()).unwrap();
            assert!(setup.http.requests()[0].url.starts_with(expected));
        }
    }

    // S074
    #[test]
    fn credentials_with_one_storage_share_their_tokens() {
        let mut setup = setup();
        setup.options = setup.options.with_cache_storage(Arc::new(MemoryStorage::default()));
        setup.http.push(Answer::token("shared", 3600));
        ask(&setup.credential()).unwrap();
        assert_eq!(ask(&setup.credential()).unwrap().token().secret(), "shared");
        assert_eq!(setup.http.count(), 1);
    }

    // S077
    #[test]
    fn dropping_the_last_clone_lets_go_of_everything() {
        let setup = setup();
        let storage = Arc::new(MemoryStorage::default());
        let options = setup.options.clone().with_cache_storage(storage.clone());
        let credential =
            CertificateCredential::new("tenant", "client", setup.certificate(), options).unwrap();
        setup.http.push(Answer::token("t", 3600));
        ask(&credential).unwrap();
        let clone = credential.clone();
        drop(credential);
        assert!(Arc::strong_count(&storage) > 1);
        drop(clone);
        assert_eq!(Arc::strong_count(&storage), 1);
    }

    #[test]
    fn an_assertion_is_used_for_several_tokens_while_it_is_fresh() {
        let setup = setup();
        let credential = setup.credential();
        for (seconds, scope) in
            [(0, "https://a/.default"), (500, "https://b/.default"), (50, "https://c/.default")]
        {
            setup.clock.advance(Duration::from_secs(seconds));
            setup.http.push(Answer::token("t", 3600));
            ask_with(&credential, scope, &TokenRequestOptions::default()).unwrap();
        }
        let sent: Vec<_> =
            setup.http.requests().iter().map(|request| request.field("client_assertion")).collect();
        assert_eq!(sent[0], sent[1]);
        assert_ne!(sent[1], sent[2]);
    }

    #[test]
    fn a_renewed_file_signs_the_next_request_without_a_restart() {
        let setup = setup();
        let credential = setup.credential();
        for _ in 0..2 {
            setup.http.push(Answer::token("t", 3600));
        }
        ask_with(&credential, "https://a/.default", &TokenRequestOptions::default()).unwrap();
        setup.workshop.write("app.pem", setup.renewed());
        ask_with(&credential, "https://b/.default", &TokenRequestOptions::default()).unwrap();
        let requests = setup.http.requests();
        assert_ne!(requests[0].field("client_assertion"), requests[1].field("client_assertion"));
    }

    #[test]
    fn when_entra_does_not_know_the_new_key_yet_the_old_one_gets_the_token() {
        let setup = setup();
        // The shared certificate is valid for days only; this clock is years later.
        let old = setup.renewed();
        setup.workshop.write("app.pem", &old);
        let credential = setup.credential();
        setup.workshop.write("app.pem", setup.renewed());
        let refusal = "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application.";
        setup
            .http
            .push(Answer::error(401, "invalid_client", refusal))
            .push(Answer::token("by-the-old-key", 3600));
        assert_eq!(ask(&credential).unwrap().token().secret(), "by-the-old-key");
        let requests = setup.http.requests();
        assert_eq!(requests.len(), 2);
        assert_ne!(requests[0].field("client_assertion"), requests[1].field("client_assertion"));
    }

    // S018
    #[test]
    fn a_refusal_keeps_the_server_s_words_and_shows_no_assertion() {
        let setup = setup();
        let key = setup.workshop.text("key.pem");
        let logs = CapturedLogs::watching(&[&key[60..120]]);
        let refusal = "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application.";
        setup.http.push(Answer::error(401, "invalid_client", refusal));
        let credential = setup.credential();
        let error = ask(&credential).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
        assert_eq!(error.server().unwrap().error_codes, [700027]);
        assert!(error.message().contains("AADSTS700027"), "{error}");
        assert_eq!(setup.http.count(), 1);
        let shown = format!("{error} {error:?} {credential:?}");
        logs.check(&shown);
        assert!(!shown.contains(&setup.http.requests()[0].field("client_assertion").unwrap()));
    }

    #[test]
    fn the_alias_is_the_same_type() {
        let setup = setup();
        let credential: ClientCertificateCredential =
            ClientCertificateCredential::new("tenant", "client", setup.certificate(), setup.options.clone())
                .unwrap();
        let _: &CertificateCredential = &credential;
    }
}
