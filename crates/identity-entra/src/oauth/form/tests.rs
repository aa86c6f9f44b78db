use super::*;

#[test]
fn fields_are_encoded_in_order() {
    let form = Form::new().with("scope", "https://a/.default b").with("client_secret", "p&=+ü%");
    assert_eq!(
        form.encode().secret(),
        b"scope=https%3A%2F%2Fa%2F.default+b&client_secret=p%26%3D%2B%C3%BC%25"
    );
    assert!(!format!("{form:?}").contains("p&"));
}
