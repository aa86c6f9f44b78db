use super::*;

// RFC 6229 has the key stream for this key.
#[test]
fn rc4_is_that_of_the_standard() {
    let stream = Cipher::Rc4(5).decrypt(&[1, 2, 3, 4, 5], &[], &[0; 16]).unwrap();
    assert_eq!(
        **stream,
        [0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27, 0xcc, 0xc3, 0x52, 0x4a, 0x0a, 0x11, 0x18, 0xa8]
    );
}

#[test]
fn a_wrong_length_of_anything_gives_nothing() {
    for cipher in [
        Cipher::Aes128,
        Cipher::Aes256,
        Cipher::Des,
        Cipher::TripleDes,
        Cipher::TripleDes2Key,
        Cipher::Rc2(5),
    ] {
        let (key, iv) = (vec![0; cipher.key_len()], vec![0; cipher.iv_len()]);
        assert!(cipher.decrypt(&key[1..], &iv, &[0; 32]).is_none());
        assert!(cipher.decrypt(&key, &iv[1..], &[0; 32]).is_none());
        assert!(cipher.decrypt(&key, &iv, &[]).is_none());
        assert!(cipher.decrypt(&key, &iv, &[0; 31]).is_none());
    }
}
