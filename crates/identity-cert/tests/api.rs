//! The certificate credential through its public API, against an authority that checks the proof.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "support/openssl.rs"]
mod openssl;

mod needs_openssl {
    use std::sync::Arc;

    use identity_cert::{
        AssertionSigner, Certificate, CertificateCredential, ClientCertificate, SigningAlgorithm,
    };
    use identity_core::testing::CapturedLogs;
    use identity_core::{BoxFuture, Env, Error, ErrorKind, TokenCredential, TokenRequestOptions};
    use identity_emulator::{App, Emulator};
    use identity_entra::options::EntraOptions;

    use crate::openssl::Workshop;

    const SCOPE: &str = "https://management.azure.com/.default";

    /// An authority whose app has this certificate (PEM, a file of the workshop).
    async fn emulator(workshop: &Workshop, certificate: &str) -> Emulator {
        let emulator = Emulator::start().await.unwrap();
        change_app(&emulator, |app| {
            app.without_certificates().without_secrets().with_certificate(workshop.der(certificate))
        });
        emulator
    }

    fn change_app(emulator: &Emulator, change: impl FnOnce(App) -> App) {
        emulator.change_directory(|directory| {
            let tenant = directory.tenant_mut(emulator.tenant_id()).unwrap();
            let app = change(tenant.app(emulator.client_id()).unwrap().clone());
            tenant.put_app(app);
        });
    }

    fn credential(emulator: &Emulator, certificate: impl Into<ClientCertificate>) -> CertificateCredential {
        let options = EntraOptions::default().with_authority_host(emulator.http_url()).with_env(Env::empty());
        CertificateCredential::new(emulator.tenant_id(), emulator.client_id(), certificate, options).unwrap()
    }

    async fn ask(credential: &CertificateCredential) -> Result<(), Error> {
        ask_for(credential, SCOPE).await
    }

    async fn ask_for(credential: &CertificateCredential, scope: &str) -> Result<(), Error> {
        credential.get_token(&[scope], &TokenRequestOptions::default()).await.map(|_| ())
    }

    fn pem(workshop: &Workshop) -> Vec<u8> {
        (workshop.text("key.pem") + &workshop.text("cert.pem")).into_bytes()
    }

    // S064, S070, S076, P51
    #[tokio::test]
    async fn both_algorithms_convince_the_authority() {
        let workshop = Workshop::new();
        let emulator = emulator(&workshop, "cert.pem").await;
        let certificate = ClientCertificate::from_data(&pem(&workshop), None).unwrap();
        for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256] {
            let credential = credential(&emulator, certificate.clone().with_signing_algorithm(algorithm));
            ask(&credential).await.unwrap();
            ask(&credential).await.unwrap();
        }
        assert_eq!(emulator.journal().count(), 2, "one request for each credential, and no discovery");
    }

    #[tokio::test]
    async fn a_certificate_that_is_not_registered_is_refused_in_the_server_s_words() {
        let workshop = Workshop::new();
        let emulator = emulator(&workshop, "other.pem").await;
        let key = workshop.text("key.pem");
        let logs = CapturedLogs::watching(&[&key[60..120]]);
        let error = ask(&credential(&emulator, ClientCertificate::from_data(&pem(&workshop), None).unwrap()))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.credential()),
            (ErrorKind::AuthenticationFailed, "CertificateCredential")
        );
        assert!(error.server().unwrap().error_codes.contains(&700027));
        logs.check(&format!("{error} {error:?}"));
    }

    // S071
    #[tokio::test]
    async fn an_app_that_trusts_subject_and_issuer_wants_the_chain() {
        let workshop = Workshop::new();
        let emulator = Emulator::start().await.unwrap();
        let root = workshop.der("root.pem");
        change_app(&emulator, |app| {
            app.without_certificates().without_secrets().with_trusted_subject("client", root)
        });
        let chain =
            ["key.pem", "leaf.pem", "middle.pem", "root.pem"].map(|name| workshop.text(name)).concat();
        let certificate = ClientCertificate::from_data(chain.as_bytes(), None).unwrap();
        ask(&credential(&emulator, certificate.clone())).await.unwrap_err();
        ask(&credential(&emulator, certificate.with_send_certificate_chain(true))).await.unwrap();
    }

    #[tokio::test]
    async fn around_a_rollover_tokens_keep_coming() {
        let workshop = Workshop::new();
        let emulator = emulator(&workshop, "cert.pem").await;
        let path = workshop.write("app.pem", pem(&workshop));
        let credential = credential(&emulator, ClientCertificate::from_file(&path, None).unwrap());
        ask_for(&credential, "https://a.example/.default").await.unwrap();

        // The file is renewed before the new certificate is registered.
        workshop
            .openssl("req -x509 -newkey rsa:2048 -nodes -keyout new.key -subj /CN=new -days 60 -out new.pem");
        workshop.write("app.pem", workshop.text("new.key") + &workshop.text("new.pem"));
        ask_for(&credential, "https://b.example/.default").await.unwrap();
        ask_for(&credential, "https://c.example/.default").await.unwrap();
        // Three tokens, and one attempt with the new key that nobody knew yet.
        assert_eq!(emulator.journal().token_count(), 4);

        // Then the new one takes the old one's place.
        let new = workshop.der("new.pem");
        change_app(&emulator, |app| app.without_certificates().with_certificate(new));
        ask_for(&credential, "https://d.example/.default").await.unwrap();
    }

    /// The key is in openssl's hands only.
    #[derive(Debug)]
    struct OpensslSigner(Arc<Workshop>);

    impl AssertionSigner for OpensslSigner {
        fn sign<'a>(
            &'a self,
            algorithm: SigningAlgorithm,
            message: &'a [u8],
        ) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
            Box::pin(async move {
                self.0.write("message", message);
                let padding = match algorithm {
                    SigningAlgorithm::Ps256 => {
                        "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"
                    }
                    SigningAlgorithm::Rs256 => "",
                };
                Ok(self.0.openssl(&format!(
                    "pkeyutl -sign -rawin -digest sha256 -inkey key.pem {padding} -in message"
                )))
            })
        }
    }

    // P54
    #[tokio::test]
    async fn a_signer_outside_of_the_process_gets_a_token() {
        let workshop = Arc::new(Workshop::new());
        let emulator = emulator(&workshop, "cert.pem").await;
        let signer = OpensslSigner(workshop.clone());
        let certificate = Certificate::with_signer(&workshop.read("cert.pem"), signer).unwrap();
        ask(&credential(&emulator, certificate)).await.unwrap();
    }

    // P54
    #[tokio::test]
    async fn a_signer_with_another_key_never_reaches_the_authority() {
        let workshop = Arc::new(Workshop::new());
        let emulator = emulator(&workshop, "other.pem").await;
        let certificate =
            Certificate::with_signer(&workshop.read("other.pem"), OpensslSigner(workshop.clone())).unwrap();
        let error = ask(&credential(&emulator, certificate)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(
            error.to_string().starts_with(
                "CertificateCredential: the signer's PS256 signature does not fit the certificate"
            )
        );
        assert_eq!(emulator.journal().token_count(), 0);
    }
}
