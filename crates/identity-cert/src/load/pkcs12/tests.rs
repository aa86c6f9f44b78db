mod needs_openssl {
    use std::path::Path;

    use super::super::*;
    use crate::load::{KeyAndChain, key_and_chain};
    use crate::openssl::Workshop;

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
    }

    fn load(data: &[u8], password: Option<&str>) -> Result<KeyAndChain, Problem> {
        key_and_chain(data, password.map(str::as_bytes))
    }

    #[track_caller]
    fn assert_problem(data: &[u8], password: Option<&str>, problem: fn(Format) -> Problem) {
        assert_eq!(load(data, password).unwrap_err(), problem(Format::Pkcs12));
    }

    /// Opens with its password, and with no other and with none.
    #[track_caller]
    fn assert_protected(data: &[u8], password: &str, certificate: &[u8]) {
        assert_eq!(load(data, Some(password)).unwrap().chain.leaf.der, certificate);
        assert_problem(data, Some("something else"), Problem::PasswordWrong);
        assert_problem(data, None, Problem::PasswordMissing);
        assert_problem(data, Some(""), Problem::PasswordMissing);
    }

    /// Opens without a password, and an empty one counts as none.
    #[track_caller]
    fn assert_unprotected(data: &[u8], certificate: &[u8]) {
        assert_eq!(load(data, None).unwrap().chain.leaf.der, certificate);
        assert_eq!(load(data, Some("")).unwrap().chain.leaf.der, certificate);
        assert_problem(data, Some("something"), Problem::PasswordSuperfluous);
    }

    // S065, S068
    #[test]
    fn every_encryption_that_openssl_writes_opens_with_its_password_only() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        for arguments in [
            "",
            "-name friendly",
            "-macalg sha1",
            "-macalg sha224",
            "-macalg sha384",
            "-macalg sha512",
            "-keypbe AES-128-CBC -certpbe AES-192-CBC",
            "-iter 1 -maciter",
            "-iter 100000",
            "-legacy",
            "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
            "-legacy -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-RC2-128",
            "-legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-40",
            "-nomac",
            "-nomac -legacy",
            // The certificate in the clear.
            "-nomac -certpbe NONE",
            "-certpbe NONE",
            "-keypbe NONE",
        ] {
            let pfx = workshop.pfx(&format!("{arguments} -passout pass:secret"));
            println!("{arguments}");
            assert_protected(&pfx, "secret", &certificate);
        }
    }

    // S068
    #[test]
    fn a_password_is_text_beyond_ascii_too() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        for arguments in ["", "-legacy"] {
            let pfx = workshop.pfx(&format!("{arguments} -passout pass:pässwört€😀"));
            assert_protected(&pfx, "pässwört€😀", &certificate);
        }
    }

    // S068
    #[test]
    fn a_password_in_bytes_that_are_no_text_is_used_as_it_is() {
        let workshop = Workshop::new();
        workshop.write("password", [b'p', 0xe4, b's', b's', b'\n']);
        for arguments in ["", "-legacy"] {
            let pfx = workshop.pfx(&format!("{arguments} -passout file:password"));
            let loaded = key_and_chain(&pfx, Some(&[b'p', 0xe4, b's', b's'])).unwrap();
            assert_eq!(loaded.chain.leaf.der, workshop.der("cert.pem"));
        }
    }

    #[test]
    fn files_without_protection_need_no_password_and_take_none() {
        let workshop = Workshop::new();
        let certificate = workshop.der("cert.pem");
        for arguments in ["-keypbe NONE -certpbe NONE -nomac", "", "-legacy", "-keypbe NONE -certpbe NONE"] {
            println!("{arguments}");
            assert_unprotected(&workshop.pfx(&format!("{arguments} -passout pass:")), &certificate);
        }
    }

    #[test]
    fn files_written_with_no_password_at_all_open_without_one() {
        let workshop = Workshop::new();
        workshop.write("cert.pem", fixture("cert.pem"));
        let certificate = workshop.der("cert.pem");
        for name in ["null-unencrypted.pfx", "null-aes.pfx", "null-3des.pfx"] {
            println!("{name}");
            assert_unprotected(&fixture(name), &certificate);
        }
    }

    #[test]
    fn indefinite_lengths_the_newer_mac_and_javas_files_are_read() {
        let workshop = Workshop::new();
        workshop.write("cert.pem", fixture("cert.pem"));
        let certificate = workshop.der("cert.pem");
        for name in ["ber.pfx", "pbmac1.pfx", "keytool.p12"] {
            println!("{name}");
            assert_protected(&fixture(name), "fixture", &certificate);
        }
    }

    #[test]
    fn iteration_counts_meant_to_burn_the_processor_are_refused_before_any_work() {
        let workshop = Workshop::new();
        let pfx = workshop.pfx("-passout pass:secret");
        let mut outer = Reader::of_sequence(&pfx).unwrap();
        let (version, content) = (outer.any().unwrap().whole, outer.any().unwrap().whole);
        let mut mac = outer.sequence().unwrap();
        let (digest, salt) = (mac.any().unwrap().whole, mac.any().unwrap().whole);
        let with_iterations = |iterations: &[u8]| {
            let mut mac = [digest, salt].concat();
            asn1::put(asn1::INTEGER, iterations, &mut mac);
            let mut body = [version, content].concat();
            asn1::put(asn1::SEQUENCE, &mac, &mut body);
            let mut pfx = Vec::new();
            asn1::put(asn1::SEQUENCE, &body, &mut pfx);
            pfx
        };
        assert!(load(&with_iterations(&2048_u16.to_be_bytes()), Some("secret")).is_ok());
        for iterations in [&0x7fff_ffff_u32.to_be_bytes()[..], &0x7fff_ffff_ffff_ffff_u64.to_be_bytes()] {
            assert_problem(&with_iterations(iterations), Some("secret"), Problem::TooExpensive);
        }
        for iterations in [&[0][..], &[0xff], &[0x7f; 9]] {
            let error = load(&with_iterations(iterations), Some("secret")).unwrap_err();
            assert_eq!(error, Problem::Malformed(Format::Pkcs12, "the description of its MAC"));
        }
    }

    #[test]
    fn a_file_that_is_cut_short_anywhere_is_refused() {
        let workshop = Workshop::new();
        let pfx = workshop.pfx("-keypbe NONE -certpbe NONE -nomac -passout pass:");
        for length in (1..pfx.len()).step_by(7) {
            assert!(load(&pfx[..length], None).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn contents_under_a_recipients_key_or_a_signature_are_named() {
        let oid = |last| [&[0x06, 0x09][..], &DATA[..8], &[last]].concat();
        let content = |oid: Vec<u8>, body: &[u8]| {
            let mut tagged = Vec::new();
            asn1::put(asn1::CONTEXT_0, body, &mut tagged);
            let mut info = Vec::new();
            asn1::put(asn1::SEQUENCE, &[oid, tagged].concat(), &mut info);
            info
        };
        let pfx = |content: Vec<u8>| {
            let mut pfx = Vec::new();
            asn1::put(asn1::SEQUENCE, &[&[0x02, 0x01, 0x03][..], &content].concat(), &mut pfx);
            pfx
        };
        let unsupported = |pfx: &[u8], what: &str| {
            assert_eq!(load(pfx, None).unwrap_err(), Problem::Unsupported(Format::Pkcs12, what.to_owned()));
        };
        unsupported(&pfx(content(oid(2), &[])), "a signature in place of a password");
        unsupported(&pfx(content(oid(5), &[])), "the content type 1.2.840.113549.1.7.5");

        let with_safe = |oid| {
            let mut safe = Vec::new();
            asn1::put(asn1::SEQUENCE, &content(oid, &[]), &mut safe);
            let mut octets = Vec::new();
            asn1::put(asn1::OCTET_STRING, &safe, &mut octets);
            pfx(content([&[0x06, 0x09][..], DATA].concat(), &octets))
        };
        unsupported(&with_safe(oid(3)), "a recipient's key in place of a password");
        unsupported(&with_safe(oid(4)), "the content type 1.2.840.113549.1.7.4");
    }
}
