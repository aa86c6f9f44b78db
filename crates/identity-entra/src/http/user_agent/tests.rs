use proptest::prelude::*;

use super::*;

// P66
#[test]
fn the_user_agent_names_the_program_then_us() {
    let ours = format!("identity-rs/{VERSION} ({}; {})", std::env::consts::OS, std::env::consts::ARCH);
    assert_eq!(user_agent(None), ours);
    assert_eq!(user_agent(Some("  ")), ours);
    assert_eq!(user_agent(Some("shop/1.2")), format!("shop/1.2 {ours}"));
    assert_eq!(user_agent(Some(" my shop\r\nX-Evil: ü ")), format!("my-shop--X-Evil:-- {ours}"));
    assert!(user_agent(Some(&"x".repeat(1000))).len() < 200);
}

proptest! {
    #[test]
    fn any_application_id_gives_a_header(application_id: String) {
        let agent = user_agent(Some(&application_id));
        prop_assert!(agent.to_str().unwrap().contains("identity-rs/"));
    }
}

#[test]
fn what_a_request_says_about_its_client_itself_stays() {
    let mut headers = HeaderMap::new();
    headers.insert("x-client-sku", HeaderValue::from_static("other"));
    describe_client(&mut headers);
    assert_eq!((headers["x-client-sku"].to_str().unwrap(), headers.len()), ("other", 4));
}
