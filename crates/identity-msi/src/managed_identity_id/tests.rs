use identity_core::ErrorKind;

use super::*;
use crate::testing::{CLIENT_ID, OBJECT_ID, RESOURCE_ID};

// S168
#[test]
fn an_id_may_go_by_any_name_that_a_host_has_for_it() {
    for (name, value, expected) in [
        ("client_id", CLIENT_ID, ManagedIdentityId::ClientId(CLIENT_ID.into())),
        ("clientid", CLIENT_ID, ManagedIdentityId::ClientId(CLIENT_ID.into())),
        ("object_id", OBJECT_ID, ManagedIdentityId::ObjectId(OBJECT_ID.into())),
        ("principal_id", OBJECT_ID, ManagedIdentityId::ObjectId(OBJECT_ID.into())),
        ("resource_id", RESOURCE_ID, ManagedIdentityId::ResourceId(RESOURCE_ID.into())),
        ("mi_res_id", RESOURCE_ID, ManagedIdentityId::ResourceId(RESOURCE_ID.into())),
        ("msi_res_id", RESOURCE_ID, ManagedIdentityId::ResourceId(RESOURCE_ID.into())),
    ] {
        assert_eq!(ManagedIdentityId::from_config([(name, value)]).unwrap(), expected);
        assert_eq!(format!("{name}={value}").parse::<ManagedIdentityId>().unwrap(), expected);
    }
}

// S168, G12
#[test]
fn no_name_several_names_and_unknown_names_are_refused() {
    let exactly_one = "an identity is named by exactly one of client_id, object_id and resource_id";
    let none: [(&str, &str); 0] = [];
    let message = |result: Result<ManagedIdentityId, Error>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    };
    assert_eq!(message(ManagedIdentityId::from_config(none)), exactly_one);
    let two = [("client_id", CLIENT_ID), ("object_id", OBJECT_ID)];
    assert_eq!(message(ManagedIdentityId::from_config(two)), exactly_one);
    let unknown = "'name' names no identity; use client_id, object_id or resource_id";
    assert_eq!(message(ManagedIdentityId::from_config([("name", "x")])), unknown);
    assert_eq!(message("client_id".parse()), "'client_id' is not of the form KEY=VALUE");
}

#[test]
fn what_can_not_be_an_id_is_refused() {
    for config in [
        "client_id=",
        "client_id=not an id",
        "client_id=a&b",
        "object_id=a/b",
        "object_id=\u{fc}",
        "resource_id=",
        "resource_id=name",
        "resource_id=/a b",
        "resource_id=/a\n",
    ] {
        let error = config.parse::<ManagedIdentityId>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{config}");
    }
    let error = "client_id=a\nb".parse::<ManagedIdentityId>().unwrap_err();
    assert_eq!(
        error.message(),
        "'a\\nb' is no client id of a managed identity; one looks like 00000000-0000-0000-0000-000000000000"
    );
}
