//! How the client hears of it: in the query, in the fragment, or in a form that the browser posts.

use http::StatusCode;
use uuid::Uuid;

use crate::aadsts::AadstsError;
use crate::reply::Reply;

use crate::entra::{Call, pages};

/// Where an answer goes.
#[derive(Clone)]
pub(crate) struct Place {
    pub(super) redirect_uri: String,
    pub(super) mode: Mode,
    pub(super) state: Option<String>,
}

#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Mode {
    pub(super) fn named(name: &str) -> Option<Mode> {
        match name {
            "query" => Some(Mode::Query),
            "fragment" => Some(Mode::Fragment),
            "form_post" => Some(Mode::FormPost),
            _ => None,
        }
    }
}

impl Place {
    pub(super) fn accept(&self, call: &Call<'_>, code: &str, client_info: Option<&str>) -> Reply {
        let mut fields = vec![("code", code.to_owned())];
        if let Some(client_info) = client_info {
            fields.push(("client_info", client_info.to_owned()));
        }
        fields.extend(self.state.iter().map(|state| ("state", state.clone())));
        fields.push(("session_state", Uuid::new_v4().to_string()));
        self.send(call, &fields)
    }

    pub(super) fn refuse(&self, call: &Call<'_>, refused: &AadstsError, subcode: Option<&str>) -> Reply {
        let context = call.error_context();
        let mut fields = vec![("error", refused.error().to_owned())];
        match subcode {
            Some(subcode) => {
                fields.push(("error_subcode", subcode.to_owned()));
                fields.push(("error_description", "The user canceled the authentication.".to_owned()));
            }
            None => {
                fields.push(("error_description", refused.description(&context)));
                fields.push(("error_uri", format!("{}/error?code={}", context.base, refused.code())));
            }
        }
        fields.extend(self.state.iter().map(|state| ("state", state.clone())));
        self.send(call, &fields)
    }

    fn send(&self, call: &Call<'_>, fields: &[(&str, String)]) -> Reply {
        let before = match self.mode {
            Mode::FormPost => return call.marked(pages::form_post(&self.redirect_uri, fields)),
            Mode::Query if self.redirect_uri.contains('?') => '&',
            Mode::Query => '?',
            Mode::Fragment => '#',
        };
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let location = format!("{}{before}{encoded}", self.redirect_uri);
        call.marked(Reply::empty(StatusCode::FOUND).with_header("location", &location))
    }
}
