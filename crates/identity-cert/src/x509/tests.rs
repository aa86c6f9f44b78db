mod needs_openssl {
    use std::time::Duration;

    use identity_core::testing::{CapturedLogs, block_on};
    use identity_core::{BoxFuture, ErrorKind};

    use super::super::*;
    use crate::openssl::Workshop;

    fn message(error: &Error) -> &str {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message()
    }

    fn password(password: &str) -> SecretBytes {
        SecretBytes::new(password)
    }

    // S065, S068
    #[test]
    fn a_file_gives_the_facts_of_its_certificate() {
        let workshop = Workshop::new();
        workshop.pfx("-passout pass:secret");
        let certificate =
            Certificate::from_file(workshop.path("file.pfx"), Some(&password("secret"))).unwrap();

        assert_eq!(certificate.subject(), "CN=client");
        let fingerprint =
            String::from_utf8(workshop.openssl("x509 -in cert.pem -noout -fingerprint -sha1")).unwrap();
        let fingerprint = fingerprint.trim().split('=').next_back().unwrap().replace(':', "");
        assert_eq!(certificate.thumbprint(), fingerprint);
        assert_eq!(certificate.chain().collect::<Vec<_>>(), [workshop.der("cert.pem")]);
        let life = certificate.not_after().duration_since(certificate.not_before()).unwrap();
        assert_eq!(life, Duration::from_secs(30 * 24 * 60 * 60));
        assert_eq!(
            format!("{certificate:?}"),
            format!("Certificate {{ subject: \"CN=client\", thumbprint: \"{fingerprint}\", .. }}")
        );
    }

    // S072
    #[test]
    fn what_is_wrong_is_said_with_the_files_name() {
        let workshop = Workshop::new();
        let of = |name: &str, password: Option<&str>| {
            let error = Certificate::from_file(workshop.path(name), password.map(SecretBytes::new).as_ref())
                .unwrap_err();
            message(&error).replace(&workshop.path("").display().to_string(), "/folder/")
        };
        workshop.write("empty", "");
        workshop.write("noise", [0xaa; 100]);
        std::fs::create_dir(workshop.path("folder")).unwrap();
        workshop.pfx("-passout pass:secret");
        workshop.write("plain.pem", workshop.text("key.pem") + &workshop.text("cert.pem"));

        assert_eq!(of("missing.pem", None), "the certificate file '/folder/missing.pem' does not exist");
        assert_eq!(
            of("folder", None),
            "the certificate file '/folder/folder' is a directory; name the file itself"
        );
        assert_eq!(of("empty", None), "the certificate file '/folder/empty' is empty");
        assert_eq!(
            of("noise", None),
            "the certificate file '/folder/noise' is neither PEM nor PKCS#12: it has no -----BEGIN line and is no PFX file; convert it to one of the two"
        );
        assert_eq!(
            of("file.pfx", None),
            "the certificate file '/folder/file.pfx' is PKCS#12 and protected by a password, but none was given; give the password the file was exported with, in the environment as AZURE_CLIENT_CERTIFICATE_PASSWORD"
        );
        assert_eq!(
            of("file.pfx", Some("wrong")),
            "the certificate file '/folder/file.pfx' is PKCS#12 and the given password does not open it; give the password the file was exported with"
        );
        assert_eq!(
            of("plain.pem", Some("x")),
            "the certificate file '/folder/plain.pem' is PEM and not protected by a password, but one was given; leave the password out"
        );
        assert_eq!(
            of("cert.pem", None),
            "the certificate file '/folder/cert.pem' is PEM without a private key; export the certificate again together with its private key"
        );
        let error = Certificate::from_data(&workshop.read("key.pem"), None).unwrap_err();
        assert_eq!(
            message(&error),
            "the certificate data is PEM without a certificate; add the certificate that belongs to the private key"
        );
    }

    #[test]
    fn a_file_that_grows_beyond_the_limit_is_not_read_to_its_end() {
        let workshop = Workshop::new();
        workshop.write("huge", vec![b'x'; MAX_FILE + 2]);
        assert_eq!(read(&workshop.path("huge")).unwrap().len(), MAX_FILE + 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let endless = Certificate::from_file("/dev/zero", None).unwrap_err();
        assert_eq!(
            message(&endless),
            "the certificate file '/dev/zero' is larger than 1024 KiB, more than any certificate with its key; check that it is the right file"
        );
    }

    #[test]
    fn a_key_with_wrong_numbers_is_refused_at_once() {
        let workshop = Workshop::new();
        let key = workshop.openssl("pkcs8 -topk8 -nocrypt -in key.pem -outform DER");
        let mut damaged = key.clone();
        damaged[key.len() - 600] ^= 1;
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(&damaged)
        );
        let error = Certificate::from_data((pem + &workshop.text("cert.pem")).as_bytes(), None).unwrap_err();
        assert_eq!(
            message(&error),
            "the certificate data is PEM, but the numbers of its private key do not fit together: it is damaged"
        );
    }

    #[test]
    fn dates_that_do_not_hold_are_a_warning_only() {
        let workshop = Workshop::new();
        let pem = workshop.text("key.pem") + &workshop.text("cert.pem");
        let certificate = Certificate::from_data(pem.as_bytes(), None).unwrap();
        let logs = CapturedLogs::watching(&[&pem]);
        let day = Duration::from_secs(24 * 60 * 60);

        certificate.warn_outside_of_dates(&Origin::Data, certificate.not_before() + day);
        assert_eq!(logs.text(), "");
        certificate.warn_outside_of_dates(&Origin::Data, certificate.not_after() + day);
        assert!(logs.text().contains("WARN"), "{}", logs.text());
        assert!(logs.text().contains("the certificate data expired on "), "{}", logs.text());
        certificate.warn_outside_of_dates(&Origin::Data, certificate.not_before() - day);
        assert!(logs.text().contains("the certificate data is not valid before "), "{}", logs.text());
    }

    #[derive(Debug)]
    struct Elsewhere(Certificate);

    impl AssertionSigner for Elsewhere {
        fn sign<'a>(
            &'a self,
            algorithm: SigningAlgorithm,
            message: &'a [u8],
        ) -> BoxFuture<'a, Result<Vec<u8>>> {
            Box::pin(self.0.sign(algorithm, message))
        }
    }

    // P54
    #[test]
    fn a_signer_elsewhere_signs_for_a_certificate_without_key() {
        let workshop = Workshop::new();
        let with_key =
            Certificate::from_data((workshop.text("key.pem") + &workshop.text("cert.pem")).as_bytes(), None)
                .unwrap();
        let certificate = Certificate::with_signer(&workshop.read("cert.pem"), Elsewhere(with_key)).unwrap();
        for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256] {
            assert_eq!(block_on(certificate.sign(algorithm, b"message")).unwrap().len(), 256);
        }
    }

    // P54
    #[test]
    fn a_signer_with_another_key_is_noticed() {
        let workshop = Workshop::new();
        let with_key =
            Certificate::from_data((workshop.text("key.pem") + &workshop.text("cert.pem")).as_bytes(), None)
                .unwrap();
        let other = Certificate::with_signer(&workshop.read("other.pem"), Elsewhere(with_key)).unwrap();
        let error = block_on(other.sign(SigningAlgorithm::Ps256, b"message")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert_eq!(
            error.message(),
            format!(
                "the signer's PS256 signature does not fit the certificate 'CN=other' (thumbprint {}); check that the signer has the \
             certificate's key and signs the message with that algorithm",
                other.thumbprint()
            )
        );
    }

    /// As in the example of [`AssertionSigner`]: another process has the key, this one never reads it.
    #[derive(Debug)]
    struct OpensslSigner(Workshop);

    impl AssertionSigner for OpensslSigner {
        fn sign<'a>(
            &'a self,
            algorithm: SigningAlgorithm,
            message: &'a [u8],
        ) -> BoxFuture<'a, Result<Vec<u8>>> {
            self.0.write("message", message);
            let padding = match algorithm {
                SigningAlgorithm::Ps256 => "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest",
                SigningAlgorithm::Rs256 => "",
            };
            let signed = self.0.openssl(&format!(
                "pkeyutl -sign -rawin -digest sha256 -inkey key.pem {padding} -in message"
            ));
            Box::pin(std::future::ready(Ok(signed)))
        }
    }

    // P54
    #[test]
    fn openssl_signs_from_outside_in_both_ways() {
        let workshop = Workshop::new();
        let certificate = workshop.read("cert.pem");
        let certificate = Certificate::with_signer(&certificate, OpensslSigner(workshop)).unwrap();
        for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256] {
            assert_eq!(block_on(certificate.sign(algorithm, b"message")).unwrap().len(), 256);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_and_one_that_nobody_writes_to_is_given_up() {
        use std::os::unix::fs::PermissionsExt as _;
        let workshop = Workshop::new();
        let pipe = workshop.path("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_eq!(std::fs::metadata(&pipe).unwrap().permissions().mode() & 0o777, 0o600);

        let error = Certificate::from_file(&pipe, None).unwrap_err();
        assert!(message(&error).contains("whoever writes to it neither goes on nor closes it"), "{error}");

        // Open for reading as well, so that the writer need not wait for the reader.
        let mut writer = File::options().read(true).write(true).open(&pipe).unwrap();
        io::Write::write_all(&mut writer, (workshop.text("key.pem") + &workshop.text("cert.pem")).as_bytes())
            .unwrap();
        let error = Certificate::from_file(&pipe, None).unwrap_err();
        assert!(message(&error).contains("whoever writes to it"), "the writer still has it open: {error}");
        let text = workshop.text("key.pem") + &workshop.text("cert.pem");
        io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
        let reader = File::open(&pipe).unwrap();
        drop(writer);
        assert!(Certificate::from_file(&pipe, None).is_ok());
        drop(reader);
    }
}
