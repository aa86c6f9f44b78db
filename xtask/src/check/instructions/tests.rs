use super::*;

#[test]
fn a_count_is_read_from_what_callgrind_says() {
    let report = "==1== Events    : Ir\n==1== Collected : 870427\n==1== \n==1== I   refs:      870,427\n";
    assert_eq!(collected_in(report), Some(870_427.0));
    assert_eq!(collected_in("==1== Process terminating with default action of signal 11"), None);
}

#[test]
fn the_program_is_found_among_the_messages() {
    let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\nnoise\n\
                    {\"reason\":\"compiler-artifact\",\"executable\":\"/t/release/calls\"}\n";
    assert_eq!(executable_in(messages).as_deref(), Some("/t/release/calls"));
}

#[test]
fn a_call_that_grows_or_shrinks_by_much_is_a_complaint() {
    let bound = Bound { kind: "cached", instructions: 100.0 };
    assert_eq!(judge(&bound, 91.0), None);
    assert_eq!(judge(&bound, 109.0), None);
    assert!(judge(&bound, 111.0).unwrap().contains("takes 111 instructions and took 100. Find what grew"));
    assert!(judge(&bound, 89.0).unwrap().contains("lower the bound"));
}
