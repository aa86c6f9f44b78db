use http::{HeaderMap, HeaderName, HeaderValue};

const NAME: &str = "identity-rs";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The `User-Agent` of every request: the program's own name, if it has given one, then ours, the system and the processor.
pub(super) fn user_agent(application_id: Option<&str>) -> HeaderValue {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let ours = format!("{NAME}/{VERSION} ({os}; {arch})");
    let whole = match application_id.map(sanitized) {
        Some(application) if !application.is_empty() => format!("{application} {ours}"),
        _ => ours,
    };
    HeaderValue::try_from(whole).unwrap_or(HeaderValue::from_static(NAME))
}

/// What Entra ID likes to know about its clients, and that this one understands Retry-After.
pub(super) fn describe_client(headers: &mut HeaderMap) {
    for (name, value) in [
        ("x-client-sku", NAME),
        ("x-client-ver", VERSION),
        ("x-client-os", std::env::consts::OS),
        ("x-ms-lib-capability", "retry-after, h429"),
    ] {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}

/// A name fit for a header: visible ASCII in place of everything else, and not long.
fn sanitized(application_id: &str) -> String {
    const LONGEST: usize = 64;
    let fit = |c: char| if c.is_ascii_graphic() { c } else { '-' };
    application_id.trim().chars().take(LONGEST).map(fit).collect()
}

#[cfg(test)]
mod tests;
