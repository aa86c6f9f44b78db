use super::*;

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    asn1::put(tag, content, &mut out);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(asn1::SEQUENCE, &parts.concat())
}

fn oid(content: &[u8]) -> Vec<u8> {
    element(asn1::OBJECT_IDENTIFIER, content)
}

fn octets(content: &[u8]) -> Vec<u8> {
    element(asn1::OCTET_STRING, content)
}

fn number(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    element(asn1::INTEGER, &[&[0], asn1::without_leading_zeros(&bytes)].concat())
}

fn hash_name(last: u8) -> Vec<u8> {
    sequence(&[oid(&[HMAC, &[last]].concat()), element(asn1::NULL, &[])])
}

fn pbes2_with(derivation: Vec<u8>, cipher: &[u8], iv: &[u8]) -> Vec<u8> {
    sequence(&[oid(PBES2), sequence(&[derivation, sequence(&[oid(cipher), octets(iv)])])])
}

fn pbkdf2_with(parameters: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[oid(PBKDF2), sequence(parameters)])
}

fn scrypt_with(cost: u64, block_size: u64, parallelization: u64) -> Vec<u8> {
    let parameters = [octets(b"salt"), number(cost), number(block_size), number(parallelization)];
    sequence(&[oid(SCRYPT), sequence(&parameters)])
}

fn error(algorithm: &[u8]) -> DecryptError {
    let algorithm = Reader::of_sequence(algorithm).unwrap();
    decrypt(algorithm, &[0; 32], Passphrase::Bytes(b"x"), &mut Budget::default()).unwrap_err()
}

#[test]
fn what_would_take_too_long_or_too_much_memory_is_refused() {
    let iv = [0; 16];
    for derivation in [
        pbkdf2_with(&[octets(b"salt"), number(0x7fff_ffff)]),
        pbkdf2_with(&[octets(b"salt"), number(u64::MAX >> 1)]),
        scrypt_with(1 << 30, 8, 1),
        scrypt_with(1 << 14, 32, 1),
        scrypt_with(2, 1, 1 << 30),
        scrypt_with(2, u64::MAX >> 1, 1),
        scrypt_with(1 << 14, 8, 200),
    ] {
        assert_eq!(error(&pbes2_with(derivation, AES_256_CBC, &iv)), DecryptError::TooExpensive);
    }
    for scheme in 1..=6 {
        let algorithm = sequence(&[
            oid(&[PKCS12_PBE, &[scheme]].concat()),
            sequence(&[octets(b"salt"), number(0x7fff_ffff)]),
        ]);
        assert_eq!(error(&algorithm), DecryptError::TooExpensive);
    }
    for scheme in [3, 6, 10, 11] {
        let algorithm =
            sequence(&[oid(&[PKCS5, &[scheme]].concat()), sequence(&[octets(b"salt"), number(0x7fff_ffff)])]);
        assert_eq!(error(&algorithm), DecryptError::TooExpensive);
    }
}

#[test]
fn many_derivations_share_one_budget() {
    let algorithm = pbes2_with(pbkdf2_with(&[octets(b"salt"), number(1_000)]), AES_256_CBC, &[0; 16]);
    let algorithm = Reader::of_sequence(&algorithm).unwrap();
    let mut budget = Budget::of(5_000);
    let mut attempt = || decrypt(algorithm, &[0; 32], Passphrase::Bytes(b"x"), &mut budget);
    // Two blocks of SHA-1 each time.
    assert!(!matches!(attempt(), Err(DecryptError::TooExpensive)));
    assert!(!matches!(attempt(), Err(DecryptError::TooExpensive)));
    assert_eq!(attempt().unwrap_err(), DecryptError::TooExpensive);
}

#[test]
fn parameters_that_make_no_sense_are_malformed() {
    let iv = [0; 16];
    let usual = || vec![octets(b"salt"), number(1)];
    let with = |more: Vec<u8>| pbkdf2_with(&[usual(), vec![more]].concat());
    for algorithm in [
        pbes2_with(pbkdf2_with(&[octets(b"salt"), number(0)]), AES_256_CBC, &iv),
        pbes2_with(with(number(16)), AES_256_CBC, &iv),
        pbes2_with(with(number(u64::MAX >> 1)), AES_256_CBC, &iv),
        pbes2_with(pbkdf2_with(&usual()), AES_256_CBC, &[0; 15]),
        // Shorter than a block, which other readers take on trust.
        pbes2_with(pbkdf2_with(&usual()), DES_EDE3_CBC, &[0; 4]),
        pbes2_with(scrypt_with(0, 8, 1), AES_256_CBC, &iv),
        pbes2_with(scrypt_with(3, 8, 1), AES_256_CBC, &iv),
        pbes2_with(scrypt_with(16, 0, 1), AES_256_CBC, &iv),
        pbes2_with(scrypt_with(16, 8, 0), AES_256_CBC, &iv),
        sequence(&[oid(&[PKCS12_PBE, &[3]].concat()), sequence(&[octets(b"salt"), number(0)])]),
        sequence(&[oid(&[PKCS5, &[3]].concat()), sequence(&[octets(b"salt"), number(0)])]),
        sequence(&[oid(PBES2)]),
        sequence(&[]),
    ] {
        assert_eq!(error(&algorithm), DecryptError::Malformed);
    }
}

#[test]
fn algorithms_that_are_not_known_are_named() {
    let iv = [0; 16];
    let unsupported = |name: &str| DecryptError::Unsupported(name.to_owned());
    let aes_gcm = [AES_256_CBC.split_last().unwrap().1, &[0x2e]].concat();
    let usual = pbkdf2_with(&[octets(b"salt"), number(1)]);
    assert_eq!(error(&pbes2_with(usual, &aes_gcm, &iv)), unsupported("2.16.840.1.101.3.4.1.46"));
    let sha512_256 = pbkdf2_with(&[octets(b"salt"), number(1), hash_name(13)]);
    assert_eq!(error(&pbes2_with(sha512_256, AES_256_CBC, &iv)), unsupported("1.2.840.113549.2.13"));
    assert_eq!(error(&pbes2_with(sequence(&[oid(HMAC)]), AES_256_CBC, &iv)), unsupported("1.2.840.113549.2"));
    assert_eq!(error(&sequence(&[oid(&[PKCS5, &[99]].concat())])), unsupported("1.2.840.113549.1.5.99"));
    assert_eq!(
        error(&sequence(&[oid(&[PKCS12_PBE, &[9]].concat())])),
        unsupported("1.2.840.113549.1.12.1.9")
    );
    assert_eq!(error(&sequence(&[oid(&[0x2a, 0x03])])), unsupported("1.2.3"));
}
