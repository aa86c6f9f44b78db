mod needs_openssl {
    use super::super::*;
    use crate::openssl::Workshop;

    /// The leaf's DER, from a file that must load.
    fn leaf(data: &[u8], password: Option<&str>) -> Vec<u8> {
        key_and_chain(data, password.map(str::as_bytes)).unwrap().chain.leaf.der
    }

    fn problem(data: &[u8], password: Option<&str>) -> Problem {
        key_and_chain(data, password.map(str::as_bytes)).unwrap_err()
    }

    fn issuers(chain: &Chain) -> Vec<&str> {
        chain.issuers.iter().map(|issuer| issuer.subject.as_str()).collect()
    }

    // S065, S066
    #[test]
    fn the_container_shows_in_the_bytes() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        let pfx = workshop.pfx("-passout pass:secret");
        let pem = workshop.text("key.pem") + &workshop.text("cert.pem");

        assert_eq!(leaf(&pfx, Some("secret")), certificate);
        assert_eq!(leaf(pem.as_bytes(), None), certificate);
        assert_eq!(key_and_chain(&pfx, Some(b"secret")).unwrap().format, Format::Pkcs12);
        assert_eq!(key_and_chain(pem.as_bytes(), None).unwrap().format, Format::Pem);
    }

    #[test]
    fn a_pfx_file_as_base64_text_is_read_as_key_vault_gives_it_out() {
        let workshop = Workshop::new();
        let text = STANDARD.encode(workshop.pfx("-passout pass:"));
        let in_lines: String = text
            .as_bytes()
            .chunks(76)
            .map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap()))
            .collect();

        assert_eq!(leaf(text.as_bytes(), None), workshop.der("cert.pem"));
        assert_eq!(leaf(in_lines.as_bytes(), None), workshop.der("cert.pem"));
    }

    #[test]
    fn utf_16_text_is_read_in_both_byte_orders() {
        let workshop = Workshop::new();
        let text = format!("\u{feff}{}{}", workshop.text("key.pem"), workshop.text("cert.pem"));
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let data: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            assert_eq!(leaf(&data, None), workshop.der("cert.pem"));
        }
    }

    #[test]
    fn the_leaf_is_the_certificate_of_the_key_and_the_chain_follows_the_issuers() {
        let workshop = Workshop::new();
        let parts = ["root.pem", "other.pem", "leaf.pem", "key.pem", "middle.pem"];
        let pem: String = parts.map(|name| workshop.text(name)).concat();
        let loaded = key_and_chain(pem.as_bytes(), None).unwrap();

        assert_eq!(loaded.chain.leaf.der, workshop.der("leaf.pem"));
        assert_eq!(issuers(&loaded.chain), ["CN=middle", "CN=root"]);

        workshop.write(
            "others.pem",
            workshop.text("root.pem") + &workshop.text("other.pem") + &workshop.text("middle.pem"),
        );
        workshop.openssl(
            "pkcs12 -export -inkey key.pem -in leaf.pem -certfile others.pem -passout pass:x -out chain.pfx",
        );
        let loaded = key_and_chain(&workshop.read("chain.pfx"), Some(b"x")).unwrap();
        assert_eq!(loaded.chain.leaf.der, workshop.der("leaf.pem"));
        assert_eq!(issuers(&loaded.chain), ["CN=middle", "CN=root"]);
    }

    #[test]
    fn a_chain_ends_where_the_file_does() {
        let workshop = Workshop::new();
        let pem = workshop.text("leaf.pem") + &workshop.text("key.pem") + &workshop.text("root.pem");
        let loaded = key_and_chain(pem.as_bytes(), None).unwrap();
        assert!(loaded.chain.issuers.is_empty());
    }

    #[test]
    fn of_two_issuers_of_one_name_the_key_identifier_chooses() {
        let workshop = Workshop::new();
        workshop.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout new.key -subj /CN=middle -days 9 -out new.pem");
        let certificates = ["new.pem", "leaf.pem", "middle.pem"].map(|name| workshop.text(name)).concat();
        let loaded = key_and_chain((workshop.text("key.pem") + &certificates).as_bytes(), None).unwrap();
        assert_eq!(loaded.chain.issuers[0].der, workshop.der("middle.pem"));
    }

    #[test]
    fn certificates_that_name_each_other_as_issuer_do_not_go_round_in_circles() {
        let workshop = Workshop::new();
        let middle = workshop.text("middle.pem");
        let pem = workshop.text("key.pem")
            + &workshop.text("leaf.pem")
            + &middle.repeat(40)
            + &workshop.text("root.pem").repeat(40);
        let loaded = key_and_chain(pem.as_bytes(), None).unwrap();
        assert_eq!(issuers(&loaded.chain), ["CN=middle", "CN=root"]);
    }

    #[test]
    fn of_several_keys_the_one_with_a_certificate_counts() {
        let workshop = Workshop::new();
        workshop.openssl("genrsa -out stray.pem 2048");
        workshop.openssl("ecparam -name prime256v1 -genkey -noout -out ec.pem");
        let pem = ["stray.pem", "ec.pem", "key.pem", "cert.pem"].map(|name| workshop.text(name)).concat();
        assert_eq!(leaf(pem.as_bytes(), None), workshop.der("cert.pem"));
    }

    // S072
    #[test]
    fn what_is_no_container_is_refused_with_what_it_is() {
        let workshop = Workshop::new();
        assert_eq!(problem(b"", None), Problem::Empty);
        assert_eq!(problem(b" \r\n\t", None), Problem::Empty);
        assert_eq!(problem(&vec![b'x'; MAX_FILE + 1], None), Problem::TooLarge);
        assert_eq!(problem(b"hello", None), Problem::Unrecognised);
        assert_eq!(problem(&[0x30, 0x80], None), Problem::Unrecognised);
        assert_eq!(problem(&[0xff; 4096], Some("x")), Problem::Unrecognised);
        assert_eq!(problem(&workshop.der("cert.pem"), None), Problem::CertificateAlone);
        for form in ["rsa -traditional", "pkcs8 -topk8 -nocrypt"] {
            let key = workshop.openssl(&format!("{form} -in key.pem -outform DER"));
            assert_eq!(problem(&key, None), Problem::KeyAlone);
        }
    }

    // S072
    #[test]
    fn a_key_without_its_certificate_and_the_reverse_are_refused() {
        let workshop = Workshop::new();
        assert_eq!(problem(&workshop.read("cert.pem"), None), Problem::NoKey(Format::Pem));
        assert_eq!(problem(&workshop.read("key.pem"), None), Problem::NoCertificate(Format::Pem));
        assert_eq!(problem(b"-----BEGIN X-----\nAAAA\n-----END X-----", None), Problem::Nothing(Format::Pem));
        let mismatched = workshop.text("key.pem") + &workshop.text("other.pem");
        assert_eq!(problem(mismatched.as_bytes(), None), Problem::Mismatch(Format::Pem));

        workshop.openssl("pkcs12 -export -nokeys -in cert.pem -passout pass:x -out cert.pfx");
        assert_eq!(problem(&workshop.read("cert.pfx"), Some("x")), Problem::NoKey(Format::Pkcs12));
        workshop.openssl("pkcs12 -export -nocerts -inkey key.pem -passout pass:x -out key.pfx");
        assert_eq!(problem(&workshop.read("key.pfx"), Some("x")), Problem::NoCertificate(Format::Pkcs12));
    }

    // S069
    #[test]
    fn keys_that_are_not_rsa_are_refused_by_name() {
        let workshop = Workshop::new();
        for (name, arguments) in [
            ("EC", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
            ("Ed25519", "genpkey -algorithm ED25519"),
            ("Ed448", "genpkey -algorithm ED448"),
        ] {
            workshop.openssl(&format!("{arguments} -out k.pem"));
            workshop.openssl("req -x509 -new -key k.pem -subj /CN=x -days 9 -out c.pem");
            let pem = workshop.text("k.pem") + &workshop.text("c.pem");
            assert_eq!(problem(pem.as_bytes(), None), Problem::NotRsa(Format::Pem, name));
            workshop.openssl("pkcs12 -export -inkey k.pem -in c.pem -passout pass:x -out k.pfx");
            assert_eq!(problem(&workshop.read("k.pfx"), Some("x")), Problem::NotRsa(Format::Pkcs12, name));
        }
        workshop.openssl("ecparam -name prime256v1 -genkey -noout -out sec1.pem");
        let pem = workshop.text("sec1.pem") + &workshop.text("cert.pem");
        assert_eq!(problem(pem.as_bytes(), None), Problem::NotRsa(Format::Pem, "EC"));
    }

    // S069
    #[test]
    fn rsa_keys_that_are_too_small_are_refused_with_their_size() {
        let workshop = Workshop::new();
        workshop.openssl("req -x509 -newkey rsa:1024 -nodes -keyout k.pem -subj /CN=x -days 9 -out c.pem");
        let pem = workshop.text("k.pem") + &workshop.text("c.pem");
        assert_eq!(problem(pem.as_bytes(), None), Problem::KeySize(Format::Pem, 1024));
    }

    #[test]
    fn a_key_that_is_marked_for_pss_is_an_rsa_key() {
        let workshop = Workshop::new();
        workshop.openssl("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out k.pem");
        workshop.openssl("req -x509 -new -key k.pem -subj /CN=x -days 9 -out c.pem");
        let pem = workshop.text("k.pem") + &workshop.text("c.pem");
        assert_eq!(leaf(pem.as_bytes(), None), workshop.der("c.pem"));
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_named_as_the_cause() {
        let workshop = Workshop::new();
        let pem =
            workshop.text("key.pem") + "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
        assert_eq!(problem(pem.as_bytes(), None), Problem::Malformed(Format::Pem, "one of its certificates"));
    }

    // P54
    #[test]
    fn certificates_for_a_key_elsewhere_are_pem_in_any_order_or_der() {
        let workshop = Workshop::new();
        let pem = ["root.pem", "leaf.pem", "middle.pem"].map(|name| workshop.text(name)).concat();
        let certificates = chain(pem.as_bytes()).unwrap();
        assert_eq!(certificates.leaf.der, workshop.der("leaf.pem"));
        assert_eq!(issuers(&certificates), ["CN=middle", "CN=root"]);
        assert_eq!(chain(&workshop.der("cert.pem")).unwrap().leaf.der, workshop.der("cert.pem"));

        assert_eq!(chain(b"").unwrap_err(), Problem::Empty);
        assert_eq!(chain(b"hello").unwrap_err(), Problem::NoCertificateData);
        assert_eq!(chain(&workshop.read("key.pem")).unwrap_err(), Problem::NoCertificateData);
        assert_eq!(chain(&workshop.read("root.pem")).unwrap_err(), Problem::NotRsa(Format::Pem, "EC"));
    }

    #[test]
    fn problems_read_on_after_the_files_name() {
        for (problem, sentence) in [
            (Problem::Empty, "is empty"),
            (
                Problem::TooLarge,
                "is larger than 1024 KiB, more than any certificate with its key; check that it is the right file",
            ),
            (
                Problem::PasswordWrong(Format::Pkcs12),
                "is PKCS#12 and the given password does not open it; give the password the file was exported with",
            ),
            (
                Problem::TooExpensive(Format::Pem),
                "is PEM and asks for more work to derive its keys than is allowed (4000000 rounds, 32 MiB); export it again with fewer iterations",
            ),
            (
                Problem::MorePrimes(Format::Pem),
                "is PEM with an RSA key of more than two primes, which is not supported; make a key of two, as programs do unless told otherwise",
            ),
            (
                Problem::KeySize(Format::Pem, 1024),
                "is PEM with an RSA key of 1024 bits; use a key of 2048 to 8192 bits, best 2048 or 4096",
            ),
        ] {
            assert_eq!(problem.to_string(), sentence);
        }
    }

    #[test]
    fn of_two_certificates_of_one_key_the_one_that_is_valid_longest_is_used() {
        let workshop = Workshop::new();
        workshop.openssl("req -x509 -new -key key.pem -subj /CN=renewed -days 60 -out renewed.pem");
        for order in [["key.pem", "cert.pem", "renewed.pem"], ["renewed.pem", "cert.pem", "key.pem"]] {
            let pem = order.map(|name| workshop.text(name)).concat();
            assert_eq!(leaf(pem.as_bytes(), None), workshop.der("renewed.pem"));
        }
    }

    #[test]
    fn keys_in_forms_that_are_not_read_are_called_by_their_name() {
        let workshop = Workshop::new();
        workshop.openssl("genrsa -primes 3 -out three.pem 2048");
        let three = workshop.text("three.pem") + &workshop.text("cert.pem");
        assert_eq!(problem(three.as_bytes(), None), Problem::MorePrimes(Format::Pem));

        let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
        let openssh = openssh.to_owned() + &workshop.text("cert.pem");
        assert_eq!(problem(openssh.as_bytes(), None), Problem::OpenSsh(Format::Pem));
    }

    /// The shared key with one of its numbers (0 the modulus, 3 and 4 the primes, 5 the first exponent) exchanged.
    fn key_with(workshop: &Workshop, at: usize, change: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let pkcs1 = workshop.openssl("rsa -in key.pem -traditional -outform DER");
        let mut numbers = asn1::Reader::of_sequence(&pkcs1).unwrap();
        let mut body = Vec::new();
        asn1::put(asn1::INTEGER, &[0], &mut body);
        assert_eq!(numbers.number(), Ok(0));
        for n in 0..8 {
            let number = numbers.unsigned().unwrap();
            let number = if n == at { change(number) } else { number.to_vec() };
            asn1::put(asn1::INTEGER, &[&[0], &number[..]].concat(), &mut body);
        }
        let mut key = Vec::new();
        asn1::put(asn1::SEQUENCE, &body, &mut key);
        let text = STANDARD.encode(key);
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----\n{}",
            workshop.text("cert.pem")
        )
    }

    #[test]
    fn numbers_larger_than_the_modulus_are_refused_before_anybody_computes_with_them() {
        let workshop = Workshop::new();
        for at in [1, 2, 3, 4] {
            let huge = key_with(&workshop, at, |_| vec![0xff; 250_000]);
            let pem = huge.as_bytes();
            assert!(
                matches!(problem(pem, None), Problem::KeyInvalid(Format::Pem) | Problem::Mismatch(_)),
                "{at}"
            );
        }
    }

    #[test]
    fn a_key_that_loads_signs() {
        let workshop = Workshop::new();
        let same = key_with(&workshop, 8, <[u8]>::to_vec);
        assert!(crate::Certificate::from_data(same.as_bytes(), None).is_ok());
        for at in [5, 6, 7] {
            let damaged = key_with(&workshop, at, |number| {
                let mut number = number.to_vec();
                *number.last_mut().unwrap() ^= 2;
                number
            });
            // Some libraries take the numbers that are damaged here on trust, others compute them anew.
            match crate::Certificate::from_data(damaged.as_bytes(), None) {
                Err(error) => assert!(error.message().contains("do not fit together"), "{at}: {error}"),
                Ok(certificate) => {
                    let signed = certificate.sign(crate::SigningAlgorithm::Ps256, b"message");
                    assert!(identity_core::testing::block_on(signed).is_ok(), "{at}");
                }
            }
        }
    }
}
