//! An emulator before it runs.

use std::io;
use std::path::PathBuf;

use crate::clock::MovableClock;
use crate::directory::{
    DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_PASSWORD, DEFAULT_TENANT_ID, DEFAULT_USERNAME,
    Directory, Tenant,
};
use crate::entra::{DeviceCodeStyle, Setup, TokenStyle};
use crate::msi::Machine;
use crate::person::Person;
use crate::server::{Account, Emulator};
use crate::shapes::InstanceMetadata;

/// Says what an [`Emulator`] is to be like, then starts it.
///
/// The default is plain http on a free port of 127.0.0.1 with the [default directory](Directory::default).
#[derive(Debug, Default)]
pub struct EmulatorBuilder {
    pub(crate) port: u16,
    pub(crate) setup: Setup,
    pub(crate) account: Account,
    pub(crate) https: bool,
    pub(crate) names: Vec<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) federated_token_file: Option<PathBuf>,
}

impl EmulatorBuilder {
    /// Listens on this port instead of a free one.
    pub fn with_port(mut self, port: u16) -> EmulatorBuilder {
        self.port = port;
        self
    }

    /// Replaces the whole directory. [`Emulator::environment`] goes on naming the default account, unless
    /// [`with_account`](Self::with_account) says otherwise.
    pub fn with_directory(mut self, directory: Directory) -> EmulatorBuilder {
        self.setup.directory = directory;
        self
    }

    /// Adds a tenant.
    pub fn with_tenant(mut self, tenant: Tenant) -> EmulatorBuilder {
        self.setup.directory.put_tenant(tenant);
        self
    }

    /// Says which tenant, app and secret the emulator's accessors and its environment name.
    pub fn with_account(
        mut self,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> EmulatorBuilder {
        self.account = Account {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            ..self.account
        };
        self
    }

    /// Says which user the emulator's accessors name.
    pub fn with_user_account(
        mut self,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> EmulatorBuilder {
        self.account.username = username.into();
        self.account.password = password.into();
        self
    }

    /// Says how tokens are issued.
    pub fn with_token_style(mut self, style: TokenStyle) -> EmulatorBuilder {
        self.setup.style = style;
        self
    }

    /// Says how device codes are given out.
    pub fn with_device_code_style(mut self, style: DeviceCodeStyle) -> EmulatorBuilder {
        self.setup.device_style = style;
        self
    }

    /// Lets this person sign in at once wherever someone is asked for, at the browser and for device codes, without
    /// pages in between.
    pub fn with_automatic_sign_in(mut self, person: Person) -> EmulatorBuilder {
        self.setup.automatic = Some(person);
        self
    }

    /// Says what machine its managed identity endpoints belong to.
    pub fn with_machine(mut self, machine: Machine) -> EmulatorBuilder {
        self.setup.machine = machine;
        self
    }

    /// Writes a token of a Kubernetes cluster, which the default app trusts for a day, into this file at the start, for
    /// [pods](crate::Host::Kubernetes).
    pub fn with_federated_token_file(mut self, file: impl Into<PathBuf>) -> EmulatorBuilder {
        self.federated_token_file = Some(file.into());
        self
    }

    /// Uses this clock instead of one of its own.
    pub fn with_clock(mut self, clock: MovableClock) -> EmulatorBuilder {
        self.setup.clock = clock;
        self
    }

    /// Adds a cloud that instance discovery knows, beside the real ones and the emulator itself.
    pub fn with_cloud(mut self, cloud: InstanceMetadata) -> EmulatorBuilder {
        self.setup.clouds.push(cloud);
        self
    }

    /// Serves https beside http, with an authority of its own, and makes it the
    /// [authority host](Emulator::authority_host). A chosen port is then that of https.
    pub fn with_https(mut self) -> EmulatorBuilder {
        self.https = true;
        self
    }

    /// Puts a further host name into the https certificate (which has `localhost` and the loopback addresses), for
    /// clients that are made to resolve it to the emulator.
    pub fn with_host_name(mut self, name: impl Into<String>) -> EmulatorBuilder {
        self.names.push(name.into());
        self
    }

    /// Writes the authority's certificate into this file at the start, and names it in the
    /// [environment](Emulator::environment) as `SSL_CERT_FILE`. Without https nothing is written.
    pub fn with_ca_file(mut self, file: impl Into<PathBuf>) -> EmulatorBuilder {
        self.ca_file = Some(file.into());
        self
    }

    /// Starts it on the current tokio runtime, which must have I/O and time enabled.
    ///
    /// # Errors
    ///
    /// When the port can't be had, a host name is none, or the authority's file can't be written.
    pub async fn start(self) -> io::Result<Emulator> {
        Emulator::on_current_runtime(self)
    }

    /// Starts it on a thread and a runtime of its own: for programs and tests without one, and for tests that stop
    /// the clock of theirs, which would let time-outs of the emulator fire at once.
    ///
    /// # Errors
    ///
    /// When the port or the thread can't be had.
    pub fn start_on_thread(self) -> io::Result<Emulator> {
        Emulator::on_own_thread(self)
    }
}

impl Default for Account {
    fn default() -> Self {
        Account {
            tenant_id: DEFAULT_TENANT_ID.to_owned(),
            client_id: DEFAULT_CLIENT_ID.to_owned(),
            client_secret: DEFAULT_CLIENT_SECRET.to_owned(),
            username: DEFAULT_USERNAME.to_owned(),
            password: DEFAULT_PASSWORD.to_owned(),
        }
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
