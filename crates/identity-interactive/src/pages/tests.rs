use super::*;

// P56
#[test]
fn each_outcome_has_a_page_that_says_it_and_loads_nothing() {
    let pages = Pages::default();
    for (outcome, words) in [
        (Outcome::SignedIn, "You are signed in"),
        (Outcome::Cancelled("declined"), "You are not signed in"),
        (Outcome::Failed("refused"), "The sign-in did not work"),
    ] {
        let page = pages.page(outcome);
        assert!(
            page.contains(&format!("<h1>{words}</h1>")) && page.contains(&format!("<title>{words}</title>"))
        );
        for outside in ["http:", "https:", "//", "<script", "@import", "url(", " src="] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(
            page.contains("prefers-color-scheme: dark")
                && !page.contains("{title}")
                && !page.contains("{reason}")
        );
    }
    assert!(pages.page(Outcome::Failed("AADSTS50011: because")).contains("AADSTS50011: because"));
    assert!(!pages.page(Outcome::SignedIn).contains("not signed in"));
}

// P56, G16
#[test]
fn what_a_server_says_can_t_become_a_part_of_the_page() {
    let evil = "<script>alert(1)</script>\"'&{reason}{message}";
    let escaped =
        "&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;&#123;reason&#125;&#123;message&#125;";
    assert!(Pages::default().page(Outcome::Failed(evil)).contains(&format!(">{escaped}</p>")));
    let own = Pages { success: Some("done".into()), error: Some("<b>{message}</b>".into()) };
    assert_eq!(own.page(Outcome::Cancelled(evil)), format!("<b>{escaped}</b>"));
    assert_eq!(own.page(Outcome::SignedIn), "done");
}
