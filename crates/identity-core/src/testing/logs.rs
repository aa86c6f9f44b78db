use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// Everything that is logged on this thread, at every level, while it lives. When it is dropped it fails the test if one of the secrets it
/// was told about stands in what was logged.
#[derive(Debug)]
pub struct CapturedLogs {
    buffer: Buffer,
    secrets: Vec<String>,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Debug, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl CapturedLogs {
    /// Starts capturing; the given texts must never appear.
    pub fn watching(secrets: &[&str]) -> Self {
        keep_a_second_subscriber();
        let buffer = Buffer::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(buffer.clone())
            .finish();
        let guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
        Self { buffer, secrets: secrets.iter().map(|s| (*s).to_owned()).collect(), _guard: guard }
    }

    /// What was logged so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.buffer.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Fails when one of the watched secrets stands in `text`: for errors and other output that is not logged.
    pub fn check(&self, text: &str) {
        for secret in &self.secrets {
            assert!(!text.contains(secret.as_str()), "a secret that must stay secret was written:\n{text}");
        }
    }
}

/// As long as there is one subscriber only, tracing asks the subscriber of the current thread whether anybody wants a line, and remembers the no of
/// a thread that has none: another test could so switch off what this one wants to read. With two it asks both.
fn keep_a_second_subscriber() {
    static SECOND: OnceLock<tracing::Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new()));
}

impl Drop for CapturedLogs {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check(&self.text());
        }
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Buffer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
