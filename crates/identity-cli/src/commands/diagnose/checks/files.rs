use std::path::{Path, PathBuf};

use identity::{Env, variables};

/// Files with secrets, by the variables that name them: whether they are there, and who may read them.
pub(super) fn check(env: &Env) -> Result<String, String> {
    let named: Vec<(&str, PathBuf)> =
        [variables::AZURE_CLIENT_CERTIFICATE_PATH, variables::AZURE_FEDERATED_TOKEN_FILE]
            .into_iter()
            .filter_map(|name| Some((name, PathBuf::from(env.get_os(name)?))))
            .collect();
    if named.is_empty() {
        return Ok("no variable names a file with a secret".to_owned());
    }
    let troubles: Vec<String> = named.iter().filter_map(|(name, path)| trouble(name, path)).collect();
    if troubles.is_empty() {
        let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
        return Ok(format!("of {}: each file is there, and nobody else can read it", names.join(", ")));
    }
    Err(troubles.join("\n"))
}

fn trouble(name: &str, path: &Path) -> Option<String> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) => Some(format!("{name}: the file '{shown}' can't be looked at: {error}")),
        Ok(about) if !about.is_file() => Some(format!("{name}: '{shown}' is no file")),
        // A pod's token is for the pod, whoever runs in it.
        Ok(_) if name == variables::AZURE_FEDERATED_TOKEN_FILE => None,
        Ok(about) => readable_by_others(&about).map(|who| {
            format!("{name}: {who} can read the file '{shown}', which holds a private key; take that away (chmod 600)")
        }),
    }
}

#[cfg(unix)]
fn readable_by_others(about: &std::fs::Metadata) -> Option<&'static str> {
    use std::os::unix::fs::PermissionsExt as _;
    match about.permissions().mode() & 0o044 {
        0 => None,
        0o040 => Some("its group"),
        _ => Some("everybody"),
    }
}

#[cfg(not(unix))]
fn readable_by_others(_: &std::fs::Metadata) -> Option<&'static str> {
    None
}
