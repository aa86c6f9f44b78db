use super::{OF_SIGNED_IN, OF_SOME, flag};

/// What every command can be told, whoever is asked.
const OF_ALL: &[&str] =
    &["credential", "scope", "request_tenant_id", "claims", "enable_cae", "timeout", "output"];

/// What `login` alone can be told.
const OF_LOGIN: &[&str] = &["authentication_record"];

#[test]
fn every_option_says_whose_it_is() {
    let mut command = super::super::definition();
    command.build();
    for (name, others) in
        [("token", OF_SIGNED_IN.iter().map(|(id, _)| *id).collect()), ("login", OF_LOGIN.to_vec())]
    {
        let command = command.find_subcommand(name).unwrap();
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
            let id = argument.get_id().as_str();
            let places = OF_ALL.iter().chain(&others).filter(|known| **known == id).count()
                + OF_SOME.iter().filter(|(known, _)| *known == id).count();
            assert_eq!(places, 1, "{name} {id}");
            if let Some(long) = argument.get_long() {
                assert_eq!(flag(id), format!("--{long}"));
            }
        }
        for id in others.iter().copied().chain(OF_SOME.iter().map(|(id, _)| *id)) {
            assert!(command.get_arguments().any(|argument| argument.get_id() == id), "{name} {id}");
        }
    }
}
