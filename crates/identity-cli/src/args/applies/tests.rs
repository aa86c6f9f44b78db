use super::{OF_SOME, flag};

/// What every request can be told, whoever is asked.
const OF_ALL: &[&str] =
    &["credential", "scope", "request_tenant_id", "claims", "enable_cae", "timeout", "output", "emulator"];

#[test]
fn every_option_of_token_says_whose_it_is() {
    let mut command = super::super::definition();
    command.build();
    let token = command.find_subcommand("token").unwrap();
    for argument in token.get_arguments().filter(|argument| argument.get_id() != "help") {
        let id = argument.get_id().as_str();
        let places = OF_ALL.iter().filter(|known| **known == id).count()
            + OF_SOME.iter().filter(|(known, _)| *known == id).count();
        assert_eq!(places, 1, "{id}");
        if let Some(long) = argument.get_long() {
            assert_eq!(flag(id), format!("--{long}"));
        }
    }
}

#[test]
fn the_table_has_no_option_that_does_not_exist() {
    let mut command = super::super::definition();
    command.build();
    let token = command.find_subcommand("token").unwrap();
    for id in OF_ALL.iter().chain(OF_SOME.iter().map(|(id, _)| id)) {
        assert!(token.get_arguments().any(|argument| argument.get_id() == id), "{id}");
    }
}
