use identity_core::{Secret, SecretBytes};
use zeroize::Zeroize;

/// The fields of a token request, in order. Values are secrets until they are encoded into the body.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(&'static str, Secret)>);

impl Form {
    /// No fields yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub fn push(&mut self, name: &'static str, value: impl Into<Secret>) {
        self.0.push((name, value.into()));
    }

    /// The same form with one field more.
    pub fn with(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds the fields of another form.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value of the first field of that name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The values that must not be seen again: a server that repeats one would have it in errors and logs.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        const NAMES: [&str; 8] = [
            "assertion",
            "client_assertion",
            "client_secret",
            "code",
            "code_verifier",
            "device_code",
            "password",
            "refresh_token",
        ];
        self.0.iter().filter(|(name, _)| NAMES.contains(name)).map(|(_, value)| value)
    }

    /// The body: `application/x-www-form-urlencoded` in UTF-8.
    pub fn encode(&self) -> SecretBytes {
        let size: usize = self.0.iter().map(|(name, value)| name.len() + 3 * value.secret().len() + 2).sum();
        // Room for the worst case, so that no half-filled buffer is left behind by growing.
        let mut body = form_urlencoded::Serializer::new(String::with_capacity(size));
        for (name, value) in &self.0 {
            body.append_pair(name, value.secret());
        }
        let mut body = body.finish();
        let bytes = SecretBytes::new(body.as_bytes().to_vec());
        body.zeroize();
        bytes
    }
}

#[cfg(test)]
mod tests;
