use std::fmt::Write;

/// What the person sees in the browser when the sign-in is over. The pages load nothing from anywhere and have no scripts.
#[derive(Clone, Default)]
pub(crate) struct Pages {
    pub(crate) success: Option<String>,
    pub(crate) error: Option<String>,
}

/// How a sign-in went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    /// Somebody signed in and the program has its token.
    SignedIn,
    /// The person changed their mind.
    Cancelled(&'a str),
    /// It did not work, for this reason.
    Failed(&'a str),
}

impl Pages {
    pub(crate) fn page(&self, outcome: Outcome<'_>) -> String {
        let (own, title, text, reason, colour) = match outcome {
            Outcome::SignedIn => (
                &self.success,
                "You are signed in",
                "You can close this page and go back to the program.",
                "",
                "#107c10",
            ),
            Outcome::Cancelled(reason) => (
                &self.error,
                "You are not signed in",
                "The sign-in was cancelled. You can close this page.",
                reason,
                "#8a6d00",
            ),
            Outcome::Failed(reason) => (
                &self.error,
                "The sign-in did not work",
                "You are not signed in. The program has been told why; you can close this page.",
                reason,
                "#c50f1f",
            ),
        };
        let reason = escape(reason);
        match own {
            Some(page) => page.replace(MESSAGE, &reason),
            None => {
                let reason =
                    if reason.is_empty() { reason } else { format!("<p class=\"reason\">{reason}</p>") };
                TEMPLATE
                    .replace("{title}", title)
                    .replace("{text}", text)
                    .replace("{colour}", colour)
                    .replace("{reason}", &reason)
            }
        }
    }
}

/// What a page of the program's own has where the reason belongs.
pub(crate) const MESSAGE: &str = "{message}";

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a text can't fail.
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            // So that no text can be taken for a place to fill in.
            '{' | '}' => {
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

const TEMPLATE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f3f2f1; color: #201f1e; }
main { box-sizing: border-box; width: min(34rem, 92vw); padding: 2rem; border-radius: .5rem; border-top: .375rem solid {colour}; background: #fff;
  box-shadow: 0 .25rem 1rem #0002; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; font-weight: 600; }
p { margin: .5rem 0 0; }
.reason { font-size: .9rem; overflow-wrap: anywhere; color: #605e5c; }
@media (prefers-color-scheme: dark) {
  body { background: #1b1a19; color: #f3f2f1; }
  main { background: #252423; }
  .reason { color: #c8c6c4; }
}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p>{reason}</main></body>
</html>
"#;

#[cfg(test)]
mod tests;
