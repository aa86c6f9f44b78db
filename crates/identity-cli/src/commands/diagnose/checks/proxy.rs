use identity::Env;

const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Which proxies the variables name, without the passwords in them.
pub(super) fn check(env: &Env) -> Result<String, String> {
    let named: Vec<(&str, String)> =
        PROXIES.iter().filter_map(|name| Some((*name, env.get(name)?))).collect();
    if named.is_empty() {
        return Ok("no variable names a proxy".to_owned());
    }
    let exceptions = EXCEPTIONS.iter().filter_map(|name| Some(format!("{name} is {}", env.get(name)?)));
    let facts: Vec<String> = named
        .iter()
        .map(|(name, proxy)| format!("{name} is {}", without_user(proxy)))
        .chain(exceptions)
        .collect();
    let wrong: Vec<&str> =
        named.iter().filter(|(_, proxy)| !is_proxy(proxy)).map(|(name, _)| *name).collect();
    match wrong.is_empty() {
        true => Ok(format!("requests that leave this machine go through a proxy: {}", facts.join("; "))),
        false => Err(format!(
            "{} must be a URL such as http://proxy.example:3128: {}",
            wrong.join(", "),
            facts.join("; ")
        )),
    }
}

/// The scheme may be left out.
fn is_proxy(proxy: &str) -> bool {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    let host = rest.rsplit('@').next().unwrap_or_default().trim_end_matches('/');
    let is_known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_known && !host.is_empty() && !host.contains(['/', ' ', '\\'])
}

fn without_user(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        None => proxy.to_owned(),
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            let separator = if scheme.is_empty() { "" } else { "://" };
            format!("{scheme}{separator}***@{host}")
        }
    }
}
