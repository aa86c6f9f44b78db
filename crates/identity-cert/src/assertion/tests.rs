mod needs_openssl {
    use std::collections::HashSet;

    use base64::engine::general_purpose::STANDARD;
    use identity_core::testing::block_on;
    use serde_json::Value;

    use super::super::*;
    use crate::openssl::Workshop;

    const CLAIMS: Claims<'static> = Claims {
        audience: "https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
        client_id: "client",
        algorithm: SigningAlgorithm::Ps256,
        send_chain: false,
    };

    fn noon() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000)
    }

    fn assertions(workshop: &Workshop) -> Assertions {
        let pem = ["root.pem", "key.pem", "middle.pem", "leaf.pem"].map(|name| workshop.text(name)).concat();
        Assertions::new(Certificate::from_data(pem.as_bytes(), None).unwrap())
    }

    fn get(assertions: &Assertions, claims: &Claims<'_>, seconds: u64) -> String {
        let now = noon() + Duration::from_secs(seconds);
        block_on(assertions.get(claims, now)).unwrap().secret().to_owned()
    }

    fn part(assertion: &str, index: usize) -> Value {
        let part = assertion.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn fingerprint(workshop: &Workshop, hash: &str) -> String {
        workshop.write("leaf.der", workshop.der("leaf.pem"));
        URL_SAFE_NO_PAD.encode(workshop.openssl(&format!("dgst -{hash} -binary leaf.der")))
    }

    /// Whether the signature is good, as openssl sees it.
    fn verify(workshop: &Workshop, assertion: &str, padding: &str) {
        let (message, signature) = assertion.rsplit_once('.').unwrap();
        workshop.write("message", message);
        workshop.write("signature", URL_SAFE_NO_PAD.decode(signature).unwrap());
        workshop.openssl("x509 -in leaf.pem -noout -pubkey -out public.pem");
        workshop.openssl(&format!("dgst -sha256 -verify public.pem {padding} -signature signature message"));
    }

    // S070, P51
    #[test]
    fn an_assertion_for_entra_is_ps256_with_the_sha_256_thumbprint() {
        let workshop = Workshop::new();
        let assertion = get(&assertions(&workshop), &CLAIMS, 0);

        let header = part(&assertion, 0);
        assert_eq!(
            header,
            json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": fingerprint(&workshop, "sha256") })
        );
        let payload = part(&assertion, 1);
        let jti = payload["jti"].as_str().unwrap();
        assert!(Uuid::parse_str(jti).is_ok());
        assert_eq!(
            payload,
            json!({
                "aud": CLAIMS.audience, "iss": "client", "sub": "client", "jti": jti,
                "nbf": 1_900_000_000, "iat": 1_900_000_000, "exp": 1_900_000_600,
            })
        );
        verify(&workshop, &assertion, "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32");
    }

    // S070, P51
    #[test]
    fn an_assertion_for_ad_fs_is_rs256_with_the_sha_1_thumbprint() {
        let workshop = Workshop::new();
        let claims = Claims { algorithm: SigningAlgorithm::Rs256, ..CLAIMS };
        let assertion = get(&assertions(&workshop), &claims, 0);

        assert_eq!(
            part(&assertion, 0),
            json!({ "alg": "RS256", "typ": "JWT", "x5t": fingerprint(&workshop, "sha1") })
        );
        verify(&workshop, &assertion, "");
    }

    // S071
    #[test]
    fn the_chain_goes_along_when_asked_for_the_leaf_first_in_standard_base64() {
        let workshop = Workshop::new();
        let assertion = get(&assertions(&workshop), &Claims { send_chain: true, ..CLAIMS }, 0);
        let chain = ["leaf.pem", "middle.pem", "root.pem"].map(|name| STANDARD.encode(workshop.der(name)));
        assert_eq!(part(&assertion, 0)["x5c"], json!(chain));
    }

    #[test]
    fn an_assertion_is_used_again_while_more_than_a_minute_is_left() {
        let assertions = assertions(&Workshop::new());
        let first = get(&assertions, &CLAIMS, 0);
        assert_eq!(get(&assertions, &CLAIMS, 1), first);
        assert_eq!(get(&assertions, &CLAIMS, 539), first);
        let second = get(&assertions, &CLAIMS, 540);
        assert_ne!(second, first);
        assert_eq!(part(&second, 1)["iat"], 1_900_000_540);
        assert_eq!(get(&assertions, &CLAIMS, 541), second);
    }

    #[test]
    fn a_clock_set_back_makes_a_new_assertion() {
        let assertions = assertions(&Workshop::new());
        let first = get(&assertions, &CLAIMS, 100);
        assert_ne!(get(&assertions, &CLAIMS, 50), first);
    }

    #[test]
    fn whatever_an_assertion_says_has_an_assertion_of_its_own() {
        let assertions = assertions(&Workshop::new());
        let variants = [
            CLAIMS,
            Claims { audience: "https://login.microsoftonline.com/other/oauth2/v2.0/token", ..CLAIMS },
            Claims { client_id: "other", ..CLAIMS },
            Claims { algorithm: SigningAlgorithm::Rs256, ..CLAIMS },
            Claims { send_chain: true, ..CLAIMS },
        ];
        let first: Vec<_> = variants.iter().map(|claims| get(&assertions, claims, 0)).collect();
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), variants.len());
        let again: Vec<_> = variants.iter().map(|claims| get(&assertions, claims, 1)).collect();
        assert_eq!(again, first);
    }

    #[test]
    fn the_assertions_that_are_kept_are_bounded() {
        let assertions = assertions(&Workshop::new());
        let audiences: Vec<_> =
            (0..=MAX_READY).map(|tenant| format!("https://login.microsoftonline.com/{tenant}")).collect();
        let all: Vec<_> =
            audiences.iter().map(|audience| get(&assertions, &Claims { audience, ..CLAIMS }, 0)).collect();
        assert_eq!(assertions.ready.lock().unwrap().len(), MAX_READY);
        // The first was given up for the last.
        assert_ne!(get(&assertions, &Claims { audience: &audiences[0], ..CLAIMS }, 1), all[0]);
        assert_eq!(
            get(&assertions, &Claims { audience: &audiences[MAX_READY], ..CLAIMS }, 1),
            all[MAX_READY]
        );
    }

    #[test]
    fn debug_shows_no_assertion() {
        let assertions = assertions(&Workshop::new());
        let assertion = get(&assertions, &CLAIMS, 0);
        assert!(!format!("{assertions:?}").contains(&assertion));
    }
}
