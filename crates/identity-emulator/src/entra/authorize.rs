//! The authorization endpoint: a request, a person, pages in between, and an answer to the client.

mod answer;
mod asked;

pub(crate) use asked::Asked;

use http::{Method, StatusCode};

use crate::aadsts::AadstsError;
use crate::directory::Directory;
use crate::person::Person;
use crate::reply::Reply;
use crate::sync::{lock, read};

use super::grants::{Code, SignIn, unguessable};
use super::scopes::{UserScopes, check_resource};
use super::users::{app_anywhere, client_info, tenant_of_sign_in};
use super::{Call, Entra, Outcome, pages};

use asked::Unasked;

/// A sign-in that is under way.
#[derive(Clone)]
pub(crate) struct Flow {
    asked: Asked,
    signed_in: Option<SignIn>,
    consented: bool,
}

/// What comes next in a flow.
enum Next {
    Mfa { username: String },
    Consent { username: String },
    Done(String),
}

impl Entra {
    /// `/{tenant}/oauth2/v2.0/authorize`
    pub(crate) fn authorize(&self, call: &Call<'_>, tenant: &str) -> Reply {
        let directory = read(&self.directory);
        let asked = match Asked::of(call, &directory, tenant) {
            Ok(asked) => asked,
            // An answer must not go where it may not.
            Err(Unasked::Nowhere(refused)) => {
                return pages::refusal(&refused.description(&call.error_context()));
            }
            Err(Unasked::There(there)) => {
                let (place, refused) = *there;
                return place.refuse(call, &refused, None);
            }
        };
        if asked.prompt == "none" {
            return asked.place.refuse(call, &AadstsError::nobody_signed_in(), None);
        }
        let flow = Flow { asked, signed_in: None, consented: false };
        if let Some(person) = &self.automatic {
            return self.by_itself(call, &directory, flow, person);
        }
        match unguessable("flow.") {
            Ok(ticket) => {
                let page = sign_in_page(&directory, &flow, &ticket, "");
                lock(&self.grants).flows.insert(ticket, flow);
                page
            }
            Err(refused) => flow.asked.place.refuse(call, &refused, None),
        }
    }

    /// `/common/login`: what the pages send.
    pub(crate) fn login(&self, call: &Call<'_>) -> Reply {
        if call.request.method != Method::POST {
            return Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "POST");
        }
        let field = |name| call.request.form(name).unwrap_or_default();
        let ticket = field("flow");
        let Some(mut flow) = lock(&self.grants).flows.get(ticket).cloned() else {
            return pages::refusal("This sign-in is over or unknown. Start again from your application.");
        };
        let directory = read(&self.directory);
        let end = |reply: Reply| {
            lock(&self.grants).flows.remove(ticket);
            reply
        };
        match (field("action"), &mut flow.signed_in) {
            ("cancel", _) => {
                return end(flow.asked.place.refuse(call, &AadstsError::consent_declined(), Some("cancel")));
            }
            ("sign_in", None) => {
                let login = (field("login"), field("passwd"));
                match self.sign_in(&directory, &flow.asked.tenant, login, call.now) {
                    Ok((_, _, sign_in)) => {
                        let claims = flow.asked.claims.clone();
                        flow.signed_in = Some(SignIn { claims, ..sign_in });
                    }
                    Err(refused) => return sign_in_page(&directory, &flow, ticket, refused.message()),
                }
            }
            ("approve", Some(sign_in)) => sign_in.mfa = true,
            ("deny", Some(_)) => return end(flow.asked.place.refuse(call, &AadstsError::mfa_denied(), None)),
            ("accept", Some(_)) => flow.consented = true,
            ("decline", Some(_)) => {
                return end(flow.asked.place.refuse(call, &AadstsError::consent_declined(), None));
            }
            _ => {
                return pages::refusal(
                    "The page was not filled in as it asks. Start again from your application.",
                );
            }
        }
        match self.next(call, &directory, &flow) {
            Ok(Next::Done(code)) => end(self.deliver(call, &flow, &code)),
            Ok(next) => {
                let page = match &next {
                    Next::Mfa { username } => pages::mfa(ticket, username),
                    Next::Consent { username } => {
                        pages::consent(ticket, username, &flow.asked.app_name, &flow.asked.scope)
                    }
                    Next::Done(_) => Reply::empty(StatusCode::OK),
                };
                lock(&self.grants).flows.insert(ticket.to_owned(), flow);
                page
            }
            Err(refused) => end(flow.asked.place.refuse(call, &refused, None)),
        }
    }

    /// Does at once what this person would do at the pages.
    fn by_itself(&self, call: &Call<'_>, directory: &Directory, mut flow: Flow, person: &Person) -> Reply {
        let refuse = |refused: &AadstsError, how| flow.asked.place.refuse(call, refused, how);
        if person.cancels {
            return refuse(&AadstsError::consent_declined(), Some("cancel"));
        }
        let login = (&*person.username, &*person.password);
        match self.sign_in(directory, &flow.asked.tenant, login, call.now) {
            Ok((_, user, _)) if user.is_mfa_required() && !person.approves => {
                return refuse(&AadstsError::mfa_denied(), None);
            }
            Ok((_, user, sign_in)) => {
                let (claims, mfa) = (flow.asked.claims.clone(), user.is_mfa_required());
                flow.signed_in = Some(SignIn { claims, mfa, ..sign_in });
            }
            Err(refused) => return refuse(&refused, None),
        }
        flow.consented = person.consents;
        match self.next(call, directory, &flow) {
            Ok(Next::Done(code)) => self.deliver(call, &flow, &code),
            Ok(_) => flow.asked.place.refuse(call, &AadstsError::consent_declined(), None),
            Err(refused) => flow.asked.place.refuse(call, &refused, None),
        }
    }

    fn next(&self, call: &Call<'_>, directory: &Directory, flow: &Flow) -> Outcome<Next> {
        let asked = &flow.asked;
        let sign_in = flow.signed_in.as_ref().ok_or_else(AadstsError::nobody_signed_in)?;
        let tenant = tenant_of_sign_in(directory, &asked.tenant, sign_in)?;
        let app = app_anywhere(directory, tenant.id(), &asked.client_id)?;
        let user = self.signed_in_user(tenant, sign_in)?;
        check_resource(tenant, &UserScopes::parse(&asked.scope)?.resource)?;
        let username = user.username().to_owned();
        if user.is_mfa_required() && !sign_in.mfa {
            return Ok(Next::Mfa { username });
        }
        let mut grants = lock(&self.grants);
        if flow.consented {
            grants.consent(app.client_id(), user.oid());
        } else if asked.prompt == "consent"
            || app.needs_consent() && !grants.has_consent(app.client_id(), user.oid())
        {
            return Ok(Next::Consent { username });
        }
        let code = unguessable("1.ACode.")?;
        let granted = Code {
            client_id: app.client_id().to_owned(),
            tenant_id: tenant.id().to_owned(),
            redirect_uri: asked.place.redirect_uri.clone(),
            web: asked.web,
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            scope: asked.scope.clone(),
            sign_in: sign_in.clone(),
            issued: call.now,
            used: false,
        };
        grants.codes.insert(code.clone(), granted);
        Ok(Next::Done(code))
    }

    fn deliver(&self, call: &Call<'_>, flow: &Flow, code: &str) -> Reply {
        let info = flow.signed_in.as_ref().filter(|_| flow.asked.client_info).map(client_info);
        flow.asked.place.accept(call, code, info.as_deref())
    }
}

fn sign_in_page(directory: &Directory, flow: &Flow, ticket: &str, trouble: &str) -> Reply {
    let asked = &flow.asked;
    let accounts: Vec<&str> = directory
        .tenants()
        .iter()
        .filter(|tenant| super::users::names_all(&asked.tenant) || tenant.is_called(&asked.tenant))
        .flat_map(|tenant| tenant.users())
        .map(|user| user.username())
        .collect();
    pages::sign_in(ticket, &asked.app_name, &accounts, &asked.login_hint, trouble)
}

#[cfg(test)]
mod tests;
