//! Bodies: the one that comes in, bounded, and the one that goes out.

use std::convert::Infallible;
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
pub(super) struct Outgoing {
    whole: Option<Bytes>,
}

impl Outgoing {
    pub(super) fn whole(bytes: Bytes) -> Outgoing {
        Outgoing { whole: Some(bytes).filter(|bytes| !bytes.is_empty()) }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.whole.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.whole.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
