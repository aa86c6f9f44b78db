use super::*;

#[test]
fn the_size_of_a_key_is_that_of_its_modulus_in_bits() {
    let bits = |modulus: &[u8]| RsaPublicKey { modulus: modulus.to_vec(), exponent: vec![3] }.bits();
    assert_eq!(bits(&[]), 0);
    assert_eq!(bits(&[1]), 1);
    assert_eq!(bits(&[0x80, 0]), 16);
    assert_eq!(bits(&[0x7f, 0]), 15);
}

#[test]
fn wrapping_gives_a_private_key_info_around_the_key() {
    let info = wrap_pkcs1(&[1, 2, 3]);
    assert_eq!(private_key_info(&info), Ok((RSA, &[1, 2, 3][..])));
}

#[test]
fn keys_of_more_than_two_primes_are_not_read() {
    // Version 1, then five numbers.
    let mut body = vec![0x02, 1, 1];
    body.extend([0x02, 1, 5].repeat(5));
    let mut key = Vec::new();
    asn1::put(asn1::SEQUENCE, &body, &mut key);
    assert!(Components::read(&key).is_err());
}

#[test]
fn debug_shows_nothing_of_the_private_half() {
    let public = RsaPublicKey { modulus: vec![1], exponent: vec![3] };
    let key = RsaKey { pkcs1: Zeroizing::new(vec![0xab; 4]), public };
    assert!(!format!("{key:?}").contains("171"));
}
