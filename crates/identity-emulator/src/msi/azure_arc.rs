//! The agent of Azure Arc: whoever asks must show that they may read a file that few users may read.

use std::path::PathBuf;

use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::sync::{lock, read};

use super::{found, imds, is_metadata_request, refuse};

const VERSIONS: [&str; 2] = ["2019-11-01", "2020-06-01"];
/// Keys that nobody has shown; the oldest are forgotten.
const MOST_KEYS: usize = 64;

/// A key that has been asked for and not yet been shown.
pub(super) struct Key {
    file: PathBuf,
    text: String,
}

impl Drop for Key {
    fn drop(&mut self) {
        // It may be gone already; nobody needs it any more.
        let _ = std::fs::remove_file(&self.file);
    }
}

pub(super) fn token(entra: &Entra, request: &RecordedRequest) -> Reply {
    if let Err(description) = is_metadata_request(request) {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", description);
    }
    let shown = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let Some(shown) = shown else { return challenge(entra) };
    let known = {
        let mut keys = lock(&entra.hosts.arc_keys);
        let place = keys.iter().position(|key| key.text == shown);
        // Each works once.
        place.map(|place| keys.remove(place))
    };
    if known.is_none() {
        return refuse(StatusCode::UNAUTHORIZED, "unauthorized", "The key is not the one in the file");
    }
    answer(entra, request).unwrap_or_else(|refused| refused)
}

fn challenge(entra: &Entra) -> Reply {
    let Some(folder) = read(&entra.hosts.machine).arc_folder.clone() else {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "The emulator has no folder for key files",
        );
    };
    let key = Key { file: folder.join(format!("{}.key", Uuid::new_v4())), text: Uuid::new_v4().to_string() };
    if std::fs::write(&key.file, &key.text).is_err() {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "The key file could not be written",
        );
    }
    let realm = format!("Basic realm={}", key.file.display());
    let mut keys = lock(&entra.hosts.arc_keys);
    if keys.len() == MOST_KEYS {
        keys.remove(0);
    }
    keys.push(key);
    Reply::empty(StatusCode::UNAUTHORIZED).with_header("www-authenticate", &realm)
}

fn answer(entra: &Entra, request: &RecordedRequest) -> Result<Reply, Reply> {
    let mut request = request.clone();
    if !read(&entra.hosts.machine).confirms {
        request.query.retain(|(name, _)| !imds::NAMES.has(name));
    }
    let (mut body, named) = imds::body(entra, &request, &VERSIONS)?;
    body.remove("client_id");
    // Agents that know user-assigned identities say whose token it is.
    if let Some(identity) = named {
        body.insert("client_id".into(), json!(identity.client_id));
        body.insert("object_id".into(), json!(identity.object_id));
        body.insert("msi_res_id".into(), json!(identity.resource_id));
    }
    Ok(found(&body.into()))
}
