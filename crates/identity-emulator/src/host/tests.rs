use super::*;

#[test]
fn hosts_have_names() {
    for host in Host::ALL {
        assert_eq!(host.as_str().parse(), Ok(host));
        assert_eq!(format!("{host:>3}"), host.as_str());
    }
    let error = "cloud".parse::<Host>().unwrap_err();
    assert!(
        error.starts_with("'cloud' is no host that can be emulated; choose one of imds, app-service, "),
        "{error}"
    );
}
