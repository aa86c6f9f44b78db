use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// RFC 2202 and RFC 4231, test case 2.
#[test]
fn hmacs_are_those_of_the_standards() {
    let hmac = |hash: Hash| hex(&hash.hmac(b"Jefe", b"what do ya want for nothing?"));
    assert_eq!(hmac(Hash::Md5), "750c783e6ab0b503eaa86e310a5db738");
    assert_eq!(hmac(Hash::Sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_eq!(hmac(Hash::Sha224), "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44");
    assert_eq!(hmac(Hash::Sha256), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert!(hmac(Hash::Sha384).starts_with("af45d2e376484031617f78d2b58a6b1b"));
    assert!(hmac(Hash::Sha512).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
}

// RFC 4231, test case 6: a key longer than a block.
#[test]
fn keys_longer_than_a_block_are_hashed_first() {
    let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
    let mac = Hash::Sha256.hmac(&[0xaa; 131], message);
    assert_eq!(hex(&mac), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 6070, and the same input for SHA-256.
#[test]
fn pbkdf2_is_that_of_the_standard_both_ways() {
    let salt = b"saltSALTsaltSALTsaltSALTsaltSALTsalt";
    let password = Passphrase::Bytes(b"passwordPASSWORDpassword");
    let derive = |hash, length| pbkdf2(hash, password, salt, 4096, length, &mut Budget::default()).unwrap();
    assert_eq!(hex(&derive(Hash::Sha1, 25)), "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
    for (hash, length) in [(Hash::Sha1, 25), (Hash::Sha256, 70), (Hash::Sha512, 100)] {
        let mut by_hand = vec![0; length];
        pbkdf2_by_hand(hash, password.raw(), salt, 4096, &mut by_hand);
        assert_eq!(*derive(hash, length), by_hand);
    }
}

#[test]
fn without_a_password_and_with_an_empty_one_pkcs12_derives_different_keys() {
    let derive = |password| {
        pkcs12(Hash::Sha1, Purpose::Key, password, b"saltsalt", 10, 24, &mut Budget::default()).unwrap()
    };
    assert_ne!(derive(Passphrase::Null), derive(Passphrase::Bytes(b"")));
}

#[test]
fn the_budget_ends() {
    let mut budget = Budget::default();
    assert_eq!(budget.pay(MAX_ROUNDS, 1), Ok(()));
    assert_eq!(budget.pay(1, 1), Err(DerivationError::TooExpensive));
    assert_eq!(Budget::default().pay(u64::MAX, 3), Err(DerivationError::TooExpensive));
}
