use super::*;

#[test]
fn an_endpoint_keeps_what_it_has_and_gets_the_rest() {
    let endpoint = Url::parse("http://127.0.0.1:1/a?x=1").unwrap();
    let identity = Parameter { name: "mi_res_id", value: "/a b&c".into() };
    assert_eq!(
        url_for(&endpoint, "2019-08-01", "api://x y", Some(&identity)).as_str(),
        "http://127.0.0.1:1/a?x=1&api-version=2019-08-01&resource=api%3A%2F%2Fx+y&mi_res_id=%2Fa+b%26c"
    );
}
