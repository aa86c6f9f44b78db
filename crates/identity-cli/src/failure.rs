use std::io;

use identity::{Error, ErrorKind};

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is an error to be told.
    Error(Error),
    /// Whoever read the output has gone: there is nobody to be told anything.
    Unread,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// What came of writing to stdout.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Error(Error::failed(format!("the output could not be written: {error}"))),
        }
    }
}

/// The exit status that belongs to a kind.
pub(crate) fn status(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::AuthenticationFailed => 1,
        ErrorKind::InvalidArgument => 2,
        ErrorKind::CredentialUnavailable => 3,
        ErrorKind::AuthenticationRequired => 4,
    }
}
