//! The emulator as a running server.

mod body;
mod listen;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::builder::EmulatorBuilder;
use crate::clock::MovableClock;
use crate::directory::Directory;
use crate::entra::{Entra, TokenStyle};
use crate::journal::Journal;
use crate::sync::write;

use listen::Listener;

/// A running emulator of Entra ID, on a loopback port of its own.
///
/// Dropping it stops it. See the crate's page for an example.
pub struct Emulator {
    shared: Arc<Shared>,
    http: SocketAddr,
    account: Account,
    /// Listeners end when this is dropped.
    stop: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What every connection needs.
pub(crate) struct Shared {
    pub(crate) entra: Entra,
    pub(crate) journal: Journal,
}

/// The ids that [`Emulator::environment`] and the accessors give out: those of the first tenant.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Emulator {
    /// An emulator to be configured.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Starts one with the default directory on the current runtime.
    ///
    /// # Errors
    ///
    /// When no loopback port can be had.
    pub async fn start() -> io::Result<Emulator> {
        Self::builder().start().await
    }

    pub(crate) fn bind(builder: EmulatorBuilder) -> io::Result<(Emulator, Vec<Listener>)> {
        let http = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, builder.port))?;
        http.set_nonblocking(true)?;
        let address = http.local_addr()?;
        let entra = Entra::new(builder.directory, builder.style, builder.clock, builder.clouds)?;
        let shared = Arc::new(Shared { entra, journal: Journal::new() });
        let (stop, stopped) = watch::channel(());
        let listener =
            Listener { socket: http, shared: shared.clone(), base: format!("http://{address}"), stopped };
        let emulator =
            Emulator { shared, http: address, account: builder.account, stop: Some(stop), thread: None };
        Ok((emulator, vec![listener]))
    }

    pub(crate) fn on_current_runtime(builder: EmulatorBuilder) -> io::Result<Emulator> {
        let (emulator, listeners) = Self::bind(builder)?;
        for listener in listeners {
            tokio::spawn(listener.prepare()?.run());
        }
        Ok(emulator)
    }

    pub(crate) fn on_own_thread(builder: EmulatorBuilder) -> io::Result<Emulator> {
        let (mut emulator, listeners) = Self::bind(builder)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let mut prepared = Vec::new();
        {
            let _inside = runtime.enter();
            for listener in listeners {
                prepared.push(listener.prepare()?);
            }
        }
        let serve = move || {
            runtime.block_on(async {
                let mut running = tokio::task::JoinSet::new();
                for listener in prepared {
                    running.spawn(listener.run());
                }
                running.join_all().await;
            });
        };
        emulator.thread = Some(std::thread::Builder::new().name("identity-emulator".into()).spawn(serve)?);
        Ok(emulator)
    }

    /// What a client takes for its authority host: scheme, host and port, without a slash at the end.
    pub fn authority_host(&self) -> String {
        format!("http://{}", self.http)
    }

    /// The token endpoint of the default tenant.
    pub fn token_endpoint(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.authority_host(), self.tenant_id())
    }

    /// The id of the default tenant.
    pub fn tenant_id(&self) -> &str {
        &self.account.tenant_id
    }

    /// The client id of the default app.
    pub fn client_id(&self) -> &str {
        &self.account.client_id
    }

    /// The secret of the default app.
    pub fn client_secret(&self) -> &str {
        &self.account.client_secret
    }

    /// Every request so far.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// The clock that tokens are stamped and judged by.
    pub fn clock(&self) -> &MovableClock {
        &self.shared.entra.clock
    }

    /// Changes who exists, while it runs.
    pub fn change_directory<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(&mut write(&self.shared.entra.directory))
    }

    /// Changes how tokens are issued from now on.
    pub fn set_token_style(&self, style: TokenStyle) {
        *write(&self.shared.entra.style) = style;
    }

    /// The variables that make a program with an Azure identity library use this emulator, in the order to set them.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AZURE_AUTHORITY_HOST", self.authority_host()),
            ("AZURE_TENANT_ID", self.account.tenant_id.clone()),
            ("AZURE_CLIENT_ID", self.account.client_id.clone()),
            ("AZURE_CLIENT_SECRET", self.account.client_secret.clone()),
        ]
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends at once, its connections with it; whatever it died of is of no use to us.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("authority_host", &self.authority_host()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
