//! The emulator as a running server.

mod assertion;
mod body;
mod hosts;
mod listen;
mod people;

pub use self::assertion::Assertion;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::builder::EmulatorBuilder;
use crate::clock::MovableClock;
use crate::directory::{DEFAULT_FEDERATED_ISSUER, DEFAULT_FEDERATED_SUBJECT, Directory};
use crate::entra::{self, DeviceCodeStyle, Entra, TokenStyle};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::sync::write;
use crate::tls::Tls;

use listen::Listener;

/// A running emulator of Entra ID, on a loopback port of its own.
///
/// Dropping it stops it. See the crate's page for an example.
pub struct Emulator {
    shared: Arc<Shared>,
    http: SocketAddr,
    https: Option<Https>,
    ca_file: Option<PathBuf>,
    federated_token_file: Option<PathBuf>,
    account: Account,
    /// Listeners end when this is dropped.
    stop: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The other listener.
struct Https {
    address: SocketAddr,
    ca_pem: String,
    thumbprint: String,
}

/// What every connection needs.
pub(crate) struct Shared {
    pub(crate) entra: Entra,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
}

/// The ids that [`Emulator::environment`] and the accessors give out: those of the first tenant.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) username: String,
    pub(crate) password: String,
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

    fn bind(builder: EmulatorBuilder) -> io::Result<(Emulator, Vec<Listener>)> {
        let EmulatorBuilder { port, mut setup, account, https, names, ca_file, federated_token_file } =
            builder;
        setup.tenant_id.clone_from(&account.tenant_id);
        let tls = https.then(|| Tls::new(&names, setup.clock.unix_now())).transpose()?;
        // The port that was asked for is the authority's, hence of https if there is https.
        let (http_port, https_port) = if tls.is_some() { (0, port) } else { (port, 0) };
        let entra = Entra::new(setup)?;
        let shared = Arc::new(Shared { entra, journal: Journal::new(), faults: Faults::default() });
        let (stop, stopped) = watch::channel(());
        let (socket, http) = bind_loopback(http_port)?;
        let mut listeners = vec![Listener {
            socket,
            tls: None,
            shared: shared.clone(),
            base: format!("http://{http}"),
            stopped: stopped.clone(),
        }];
        let mut https = None;
        if let Some(Tls { acceptor, ca_pem, thumbprint }) = tls {
            let (socket, address) = bind_loopback(https_port)?;
            if let Some(file) = &ca_file {
                std::fs::write(file, &ca_pem)?;
            }
            let base = format!("https://{address}");
            listeners.push(Listener { socket, tls: Some(acceptor), shared: shared.clone(), base, stopped });
            https = Some(Https { address, ca_pem, thumbprint });
        }
        let ca_file = ca_file.filter(|_| https.is_some());
        let emulator = Emulator {
            shared,
            http,
            https,
            ca_file,
            federated_token_file,
            account,
            stop: Some(stop),
            thread: None,
        };
        if let Some(file) = &emulator.federated_token_file {
            let a_day = emulator.clock().unix_now().saturating_add(24 * 3600);
            std::fs::write(file, emulator.federated_token().with_claim("exp", a_day).sign()?)?;
        }
        Ok((emulator, listeners))
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
    /// https if that was asked for.
    pub fn authority_host(&self) -> String {
        match &self.https {
            Some(https) => format!("https://{}", https.address),
            None => self.http_url(),
        }
    }

    /// Where plain http is served, which always is.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// The certificate (PEM) of the authority that vouches for https; none without https.
    pub fn ca_pem(&self) -> Option<&str> {
        self.https.as_ref().map(|https| &*https.ca_pem)
    }

    /// The SHA-1 thumbprint (40 hex digits) of the https certificate, for clients that pin it; none without https.
    pub fn https_thumbprint(&self) -> Option<&str> {
        self.https.as_ref().map(|https| &*https.thumbprint)
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

    /// The name of the default user.
    pub fn username(&self) -> &str {
        &self.account.username
    }

    /// Her password.
    pub fn password(&self) -> &str {
        &self.account.password
    }

    /// Every request so far.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// The script of troubles.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The clock that tokens are stamped and judged by.
    pub fn clock(&self) -> &MovableClock {
        &self.shared.entra.clock
    }

    /// An assertion by which the default app proves itself at the default token endpoint, to be changed or signed.
    pub fn client_assertion(&self) -> Assertion {
        let entra = &self.shared.entra;
        let claims =
            entra::assertion::claims(&self.account.client_id, &self.token_endpoint(), entra.clock.unix_now());
        Assertion::new(self.shared.clone(), claims)
    }

    /// A token of the issuer that the default app trusts, as a Kubernetes cluster gives its pods, to be changed or
    /// signed.
    pub fn federated_token(&self) -> Assertion {
        let entra = &self.shared.entra;
        let claims = entra::assertion::claims(
            DEFAULT_FEDERATED_SUBJECT,
            "api://AzureADTokenExchange",
            entra.clock.unix_now(),
        );
        Assertion::new(self.shared.clone(), claims).with_claim("iss", DEFAULT_FEDERATED_ISSUER)
    }

    /// The key and the certificate of the default app as PEM, for certificate credentials.
    pub fn client_certificate_pem(&self) -> String {
        crate::keys::client_pem()
    }

    /// Changes who exists, while it runs.
    pub fn change_directory<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(&mut write(&self.shared.entra.directory))
    }

    /// Changes how tokens are issued from now on.
    pub fn set_token_style(&self, style: TokenStyle) {
        *write(&self.shared.entra.style) = style;
    }

    /// Changes how device codes are given out from now on.
    pub fn set_device_code_style(&self, style: DeviceCodeStyle) {
        *write(&self.shared.entra.device_style) = style;
    }

    /// The variables that make a program with an Azure identity library use this emulator, in the order to set them.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("AZURE_AUTHORITY_HOST", self.authority_host()),
            ("AZURE_TENANT_ID", self.account.tenant_id.clone()),
            ("AZURE_CLIENT_ID", self.account.client_id.clone()),
            ("AZURE_CLIENT_SECRET", self.account.client_secret.clone()),
        ];
        if let Some(file) = &self.ca_file {
            variables.push(("SSL_CERT_FILE", file.display().to_string()));
        }
        variables
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

fn bind_loopback(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests;
