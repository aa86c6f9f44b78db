//! The pages that people see. Plain forms, no scripts but the one that posts an answer.

use std::fmt::Write as _;

use http::StatusCode;

use crate::reply::Reply;

/// Who are you? With the accounts that could be meant.
pub(super) fn sign_in(ticket: &str, app: &str, accounts: &[&str], hint: &str, trouble: &str) -> Reply {
    let mut options = String::new();
    // A directory may be large; the names are only suggestions.
    for account in accounts.iter().take(50) {
        let _ = write!(options, "<option value=\"{}\">", escape(account));
    }
    let fields = format!(
        "{}<label>Account <input name=\"login\" list=\"accounts\" value=\"{}\" autofocus></label>\
         <datalist id=\"accounts\">{options}</datalist>\
         <label>Password <input name=\"passwd\" type=\"password\"></label>",
        trouble_line(trouble),
        escape(hint),
    );
    let title = format!("Sign in to {}", escape(app));
    flow_page(&title, ticket, &fields, &[("sign_in", "Sign in"), ("cancel", "Cancel")])
}

/// Is it really you?
pub(super) fn mfa(ticket: &str, username: &str) -> Reply {
    let fields = format!("<p>{} must approve this sign-in with a second factor.</p>", escape(username));
    flow_page("Approve sign-in request", ticket, &fields, &[("approve", "Approve"), ("deny", "Deny")])
}

/// May this app act for you?
pub(super) fn consent(ticket: &str, username: &str, app: &str, scope: &str) -> Reply {
    let mut fields = format!("<p>{}, {} would like to:</p><ul>", escape(username), escape(app));
    for scope in scope.split_ascii_whitespace() {
        let _ = write!(fields, "<li>{}</li>", escape(scope));
    }
    fields.push_str("</ul>");
    flow_page("Permissions requested", ticket, &fields, &[("accept", "Accept"), ("decline", "Cancel")])
}

/// Which device waits for you?
pub(super) fn device(code: &str, trouble: &str) -> Reply {
    let fields = format!(
        "{}<label>Code <input name=\"otc\" value=\"{}\"></label><label>Account <input name=\"login\"></label>\
         <label>Password <input name=\"passwd\" type=\"password\"></label>\
         <p>Approving counts as having passed every factor and as agreeing to the application.</p>",
        trouble_line(trouble),
        escape(code)
    );
    form_page("Enter code", "/device", &fields, &[("approve", "Approve"), ("decline", "Decline")])
}

/// Something to read.
pub(super) fn message(text: &str) -> Reply {
    page(StatusCode::OK, "Done", &format!("<p>{}</p>", escape(text)))
}

/// A request that can be answered nowhere but here.
pub(super) fn refusal(text: &str) -> Reply {
    page(
        StatusCode::BAD_REQUEST,
        "Sorry, but we're having trouble signing you in",
        &format!("<p>{}</p>", escape(text)),
    )
}

/// The answer as a form that posts itself to the client.
pub(super) fn form_post(to: &str, fields: &[(&str, String)]) -> Reply {
    let mut inputs = String::new();
    for (name, value) in fields {
        let _ =
            write!(inputs, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    let body = format!(
        "<form method=\"POST\" name=\"hiddenform\" action=\"{}\">{inputs}<noscript><p>Script is disabled. Click \
         Submit to continue.</p><input type=\"submit\" value=\"Submit\"></noscript></form>\
         <script>document.forms[0].submit();</script>",
        escape(to)
    );
    page(StatusCode::OK, "Working...", &body)
}

fn flow_page(title: &str, ticket: &str, fields: &str, buttons: &[(&str, &str)]) -> Reply {
    let hidden = format!("<input type=\"hidden\" name=\"flow\" value=\"{}\">", escape(ticket));
    form_page(title, "/common/login", &(hidden + fields), buttons)
}

fn form_page(title: &str, action: &str, fields: &str, buttons: &[(&str, &str)]) -> Reply {
    let mut body = format!("<form method=\"POST\" action=\"{action}\">{fields}");
    for (action, label) in buttons {
        let _ = write!(body, "<button name=\"action\" value=\"{action}\">{label}</button>");
    }
    body.push_str("</form>");
    page(StatusCode::OK, title, &body)
}

/// `title` and `body` are HTML already.
fn page(status: StatusCode, title: &str, body: &str) -> Reply {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>\
         body{{font-family:sans-serif;max-width:30em;margin:4em auto}}label{{display:block;margin:1em 0}}\
         button{{margin-right:1em}}.trouble{{color:#a00}}</style></head><body><h1>{title}</h1>{body}\
         <p><small>This is identity-emulator. Nothing typed here leaves this machine.</small></p></body></html>"
    );
    Reply::html(status, html).not_stored()
}

fn trouble_line(trouble: &str) -> String {
    if trouble.is_empty() { String::new() } else { format!("<p class=\"trouble\">{}</p>", escape(trouble)) }
}

/// Text for HTML, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
