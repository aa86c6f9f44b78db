//! What people do, at the emulator's pages or without them.

use std::io;

use hyper::body::Bytes;

use crate::aadsts::AadstsError;
use crate::entra::Decision;
use crate::person::{Landing, Person};
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::router;
use crate::sync::{lock, read};

use super::Emulator;

impl Emulator {
    /// Plays a browser: opens an authorization URL of this emulator, fills in the pages as this person does, and
    /// gives the request by which the client hears of it. The requests are in the journal.
    ///
    /// # Errors
    ///
    /// When the URL is not the emulator's, or a page refuses what she does (a wrong password, an unknown redirect
    /// URI); the error then has the page's text.
    pub fn sign_in(&self, authorize_url: &str, person: &Person) -> io::Result<Landing> {
        let base = [self.authority_host(), self.http_url()]
            .into_iter()
            .find(|base| authorize_url.strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('/')))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the URL is not this emulator's"))?;
        let target = authorize_url.strip_prefix(base.as_str()).unwrap_or_default().to_owned();
        let mut reply = self.request_in_process(&base, "GET", &target, &[])?;
        // One page each for name, second factor and consent, and the answer.
        for _ in 0..5 {
            if let Some(location) = reply.headers.get(http::header::LOCATION) {
                let url = location.to_str().map_err(io::Error::other)?;
                return Ok(Landing::by_url(url.to_owned()));
            }
            let page = String::from_utf8_lossy(&reply.body).into_owned();
            let form = page::Form::of(&page)?;
            if form.action.contains("://") {
                return Ok(Landing::by_form(form.action, form.hidden));
            }
            if page.contains("class=\"trouble\"") {
                return Err(io::Error::other(page::text(&page)));
            }
            let mut fields = form.hidden;
            let buttons: Vec<&str> = form.buttons.iter().map(String::as_str).collect();
            fields.extend(person.fill_in(&buttons)?);
            reply = self.request_in_process(&base, "POST", &form.action, &fields)?;
        }
        Err(io::Error::other("the sign-in does not come to an end"))
    }

    /// An authorization code of the default app for the default user, as if she had just signed in.
    ///
    /// # Errors
    ///
    /// When the app may not be answered at this redirect URI, or the scope is refused.
    pub fn authorization_code(&self, redirect_uri: &str, scope: &str) -> io::Result<String> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.client_id())
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", scope)
            .finish();
        let url = format!("{}/{}/oauth2/v2.0/authorize?{query}", self.authority_host(), self.tenant_id());
        let landing = self.sign_in(&url, &Person::new(self.username(), self.password()))?;
        landing.parameter("code").ok_or_else(|| {
            io::Error::other(landing.parameter("error_description").unwrap_or_else(|| "no code".to_owned()))
        })
    }

    /// An access token of the default user for the default app, as an API receives it from its callers and presents
    /// it on behalf of the user.
    ///
    /// # Errors
    ///
    /// When the default app or user is not there any more.
    pub fn user_assertion(&self) -> io::Result<String> {
        let scope = format!("api://{}/access_as_user", self.client_id());
        self.user_token(self.username(), &scope).map_err(io::Error::other)
    }

    /// An access token for a user of the default tenant, with these scopes, as if she had signed in to Microsoft's own
    /// command line.
    ///
    /// # Errors
    ///
    /// Entra ID's refusal: an unknown user, or a scope that makes no sense.
    pub fn user_token(&self, username: &str, scope: &str) -> Result<String, AadstsError> {
        let base = self.authority_host();
        let target = format!("/{}/oauth2/v2.0/token", self.tenant_id());
        let request =
            self.synthetic(&base, "POST", &target, &[]).map_err(|_| AadstsError::malformed_request())?;
        self.shared.entra.user_token(&request, &base, self.tenant_id(), username, scope)
    }

    /// The user codes of devices that wait for a person, oldest first.
    pub fn waiting_devices(&self) -> Vec<String> {
        self.shared.entra.waiting_devices()
    }

    /// Lets a user approve a device, without her password.
    ///
    /// # Errors
    ///
    /// When no device waits with this code, or the user is unknown.
    pub fn approve_device(&self, user_code: &str, username: &str) -> Result<(), AadstsError> {
        self.settle(user_code, Decision::Approve { username, password: None })
    }

    /// Declines a device.
    ///
    /// # Errors
    ///
    /// When no device waits with this code.
    pub fn decline_device(&self, user_code: &str) -> Result<(), AadstsError> {
        self.settle(user_code, Decision::Decline)
    }

    /// Lets a device's code expire before its time.
    ///
    /// # Errors
    ///
    /// When no device waits with this code.
    pub fn expire_device(&self, user_code: &str) -> Result<(), AadstsError> {
        self.settle(user_code, Decision::Expire)
    }

    /// Makes every sign-in of this user so far worthless, as an administrator does: refresh tokens and assertions
    /// from before are refused with AADSTS50173. A user nobody knows has nothing to lose.
    pub fn revoke_sessions(&self, username: &str) {
        let entra = &self.shared.entra;
        let directory = read(&entra.directory);
        let serial = entra.next_serial();
        for user in directory.tenants().iter().filter_map(|tenant| tenant.user(username)) {
            lock(&entra.grants).revoke(user.oid(), serial, entra.clock.unix_now());
        }
    }

    /// Forgets every refresh token: redeeming one is refused with AADSTS70000.
    pub fn forget_refresh_tokens(&self) {
        lock(&self.shared.entra.grants).forget_refresh_tokens();
    }

    /// The claims with which a resource refuses tokens issued before now, as after [`revoke_sessions`](Self::revoke_sessions).
    pub fn revocation_claims(&self) -> String {
        let now = self.clock().unix_now();
        format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{now}"}}}}}}"#)
    }

    fn settle(&self, user_code: &str, decision: Decision<'_>) -> Result<(), AadstsError> {
        let entra = &self.shared.entra;
        entra.settle_device(user_code, decision, entra.clock.unix_now())
    }

    fn request_in_process(
        &self,
        base: &str,
        method: &str,
        target: &str,
        form: &[(String, String)],
    ) -> io::Result<Reply> {
        let request = self.synthetic(base, method, target, form)?;
        let request = self.shared.journal.record(request);
        Ok(router::answer(&self.shared.entra, &request, base))
    }

    fn synthetic(
        &self,
        base: &str,
        method: &str,
        target: &str,
        form: &[(String, String)],
    ) -> io::Result<RecordedRequest> {
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let (parts, ()) = http::Request::builder()
            .method(method)
            .uri(target)
            .header("host", host)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(())
            .map_err(|bad| io::Error::new(io::ErrorKind::InvalidInput, bad))?
            .into_parts();
        let (secure, now) = (base.starts_with("https://"), self.clock().now());
        Ok(RecordedRequest::new(&parts, Bytes::from(body), secure, now))
    }
}

/// Reading our own pages, which are simple.
mod page {
    use std::io;

    pub(super) struct Form {
        pub(super) action: String,
        pub(super) hidden: Vec<(String, String)>,
        pub(super) buttons: Vec<String>,
    }

    impl Form {
        pub(super) fn of(page: &str) -> io::Result<Form> {
            let form = page.split_once("<form ").ok_or_else(|| io::Error::other(text(page)))?.1;
            let form = form.split("</form>").next().unwrap_or_default();
            let tag = form.split('>').next().unwrap_or_default();
            let tags = |name: &'static str| {
                form.split('<').filter_map(move |tag| tag.strip_prefix(name)?.split('>').next())
            };
            Ok(Form {
                action: attribute(tag, "action").unwrap_or_default(),
                hidden: tags("input ")
                    .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
                    .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
                    .collect(),
                buttons: tags("button ").filter_map(|tag| attribute(tag, "value")).collect(),
            })
        }
    }

    fn attribute(tag: &str, name: &str) -> Option<String> {
        let after = tag.split_once(&format!("{name}=\""))?.1;
        Some(unescape(after.split_once('"')?.0))
    }

    /// What a person reads.
    pub(super) fn text(page: &str) -> String {
        let body = page.split_once("<body>").map_or(page, |(_, body)| body);
        let words: Vec<&str> = body
            .split('<')
            .filter_map(|tag| Some(tag.split_once('>')?.1.trim()))
            .filter(|text| !text.is_empty())
            .collect();
        unescape(&words.join(" "))
    }

    fn unescape(text: &str) -> String {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }
}

#[cfg(test)]
mod tests;
