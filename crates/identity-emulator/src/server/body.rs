//! Bodies: the one that comes in, bounded, and the one that goes out, which may be made to break.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

/// The most that is read of a request's body.
pub(crate) const MOST: usize = 1 << 20;

/// Why a body could not be read whole.
pub(super) enum Unread {
    TooLarge,
    Broken,
}

pub(super) async fn read(body: Incoming) -> Result<Bytes, Unread> {
    let mut body = pin!(body);
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|_| Unread::Broken)?;
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > MOST {
                return Err(Unread::TooLarge);
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.into())
}

/// The body of an answer.
pub(super) enum Outgoing {
    Whole(Bytes),
    /// A part, a breath for it to be sent, then an error, at which the connection is closed.
    Cut {
        part: Bytes,
        breaths: u8,
    },
    /// So many bytes of white space.
    Huge(u64),
}

impl Outgoing {
    /// The first half of this body.
    pub(super) fn cut(body: &Bytes) -> Outgoing {
        Outgoing::Cut { part: body.slice(..body.len() / 2), breaths: 2 }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let next = match &mut *self {
            Outgoing::Whole(body) | Outgoing::Cut { part: body, .. } if !body.is_empty() => {
                std::mem::take(body)
            }
            Outgoing::Whole(_) | Outgoing::Huge(0) => return Poll::Ready(None),
            Outgoing::Cut { breaths: 0, .. } => {
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
            Outgoing::Cut { breaths, .. } => {
                // Pending makes the connection flush what it has.
                *breaths -= 1;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Outgoing::Huge(left) => {
                let size = usize::try_from(*left).map_or(SPACES.len(), |left| left.min(SPACES.len()));
                *left -= size as u64;
                Bytes::from_static(SPACES).slice(..size)
            }
        };
        Poll::Ready(Some(Ok(Frame::data(next))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Outgoing::Whole(body) if body.is_empty()) || matches!(self, Outgoing::Huge(0))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Outgoing::Huge(left) => SizeHint::with_exact(*left),
            Outgoing::Cut { .. } => SizeHint::default(),
        }
    }
}

static SPACES: &[u8] = &[b' '; 64 << 10];
