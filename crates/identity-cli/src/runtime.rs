use std::future::Future;

use identity::Error;

/// Runs a future to its end, on this thread. What still runs in the background then is left behind.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("the system refuses what waiting for I/O needs: {error}")))?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// Listens from now on for requests that this process end, and gives what resolves at the first.
///
/// # Errors
/// `AuthenticationFailed` where the system does not let us listen.
#[cfg(unix)]
pub(crate) fn interruption() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(no_signals);
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Listens from now on for requests that this process end, and gives what resolves at the first.
///
/// # Errors
/// `AuthenticationFailed` where the system does not let us listen.
#[cfg(windows)]
pub(crate) fn interruption() -> Result<impl Future<Output = ()>, Error> {
    let mut interrupt = tokio::signal::windows::ctrl_c().map_err(no_signals)?;
    Ok(async move {
        interrupt.recv().await;
    })
}

fn no_signals(error: std::io::Error) -> Error {
    Error::failed(format!("the system does not let this program listen for signals: {error}"))
}
