mod needs_openssl {
    use super::super::*;
    use crate::load::key_and_chain;
    use crate::openssl::Workshop;

    /// A key of this size, in whatever form `openssl genpkey` options ask for, with a self-signed certificate.
    fn key(workshop: &Workshop, options: &str) -> RsaKey {
        workshop.openssl(&format!("genpkey -algorithm RSA {options} -out k.pem"));
        workshop.openssl("req -x509 -new -key k.pem -subj /CN=x -days 9 -out c.pem");
        workshop.openssl("x509 -in c.pem -noout -pubkey -out public.pem");
        key_and_chain((workshop.text("k.pem") + &workshop.text("c.pem")).as_bytes(), None).unwrap().key
    }

    /// What openssl thinks of a signature.
    fn openssl_verifies(
        workshop: &Workshop,
        algorithm: SigningAlgorithm,
        message: &[u8],
        signed: &[u8],
    ) -> bool {
        workshop.write("message", message);
        workshop.write("signed", signed);
        let padding = match algorithm {
            SigningAlgorithm::Ps256 => {
                "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256"
            }
            SigningAlgorithm::Rs256 => "",
        };
        let printed =
            workshop.openssl(&format!("dgst -sha256 -verify public.pem {padding} -signature signed message"));
        printed.starts_with(b"Verified OK")
    }

    // S070, P51
    #[test]
    fn keys_of_every_accepted_size_sign_in_both_ways() {
        let workshop = Workshop::new();
        // ring leaves 2304, 4608 and an exponent of 3 to the rsa crate.
        for (options, usual) in [
            ("-pkeyopt rsa_keygen_bits:2048", true),
            ("-pkeyopt rsa_keygen_bits:3072", true),
            ("-pkeyopt rsa_keygen_bits:2304", false),
            ("-pkeyopt rsa_keygen_bits:4608", false),
            ("-pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3", false),
        ] {
            println!("{options}");
            let key = key(&workshop, options);
            let local = LocalKey::new(&key).unwrap();
            if cfg!(not(feature = "aws-lc-rs")) {
                assert_eq!(matches!(local, LocalKey::Usual(_)), usual);
            }
            for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256] {
                let signed = local.sign_now(algorithm, b"message").unwrap();
                assert!(openssl_verifies(&workshop, algorithm, b"message", &signed));
                assert!(verifies(&key.public, algorithm, b"message", &signed));
                assert!(!verifies(&key.public, algorithm, b"another message", &signed));
            }
            let signed = local.sign_now(SigningAlgorithm::Ps256, b"message").unwrap();
            assert!(!verifies(&key.public, SigningAlgorithm::Rs256, b"message", &signed));
        }
    }

    #[test]
    fn a_key_whose_numbers_do_not_fit_together_is_none() {
        let workshop = Workshop::new();
        let mut key = key(&workshop, "-pkeyopt rsa_keygen_bits:2048");
        let last = key.pkcs1.len() - 600;
        key.pkcs1[last] ^= 1;
        assert!(LocalKey::new(&key).is_none());
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        let workshop = Workshop::new();
        let local = LocalKey::new(&key(&workshop, "-pkeyopt rsa_keygen_bits:2304")).unwrap();
        assert_eq!(format!("{local:?}"), "LocalKey");
    }
}
