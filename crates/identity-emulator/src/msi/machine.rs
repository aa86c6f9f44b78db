use std::path::PathBuf;
use std::time::Duration;

/// The object id of the identity that the default machine has by itself.
pub const DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID: &str = "b0b51ed0-5f6e-4a55-9d51-7f0c1e2d3a01";
/// The client id of the identity that was assigned to the default machine.
pub const DEFAULT_USER_ASSIGNED_CLIENT_ID: &str = "ca11ab1e-61d4-4c8a-a5f2-2b9d1c7e4f02";
/// Its object id.
pub const DEFAULT_USER_ASSIGNED_OBJECT_ID: &str = "0b1ec7ed-88a3-4f0e-b7c6-5d4e3f2a1b03";
/// Its resource id.
pub const DEFAULT_USER_ASSIGNED_RESOURCE_ID: &str = "/subscriptions/5ab5c219-7101-4f00-8e11-0a1b2c3d4e04/resourceGroups/emulated/providers/\
     Microsoft.ManagedIdentity/userAssignedIdentities/emulated";

/// The machine that a program runs on, whatever kind of host that is: its identities, and the quirks of its endpoints.
///
/// The default has a system-assigned identity and a user-assigned one, whose ids are constants.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) system_assigned: Option<MachineIdentity>,
    pub(super) user_assigned: Vec<MachineIdentity>,
    pub(super) expiry: ExpiryStyle,
    pub(super) lifetime: Duration,
    pub(crate) arc_folder: Option<PathBuf>,
    pub(super) confirms: bool,
}

/// An identity by all its names.
#[derive(Clone, Debug)]
pub struct MachineIdentity {
    pub(crate) client_id: String,
    pub(crate) object_id: String,
    pub(crate) resource_id: String,
}

/// How a host writes when a token ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpiryStyle {
    /// Seconds since 1970, as text.
    #[default]
    Text,
    /// The same as a number.
    Number,
    /// `06/20/2019 02:57:58 +00:00`, as App Service of 2017 on Linux; IMDS and Arc stay with text.
    DateOfLinux,
    /// `1/16/2020 5:24:12 AM +00:00`, as App Service of 2017 on Windows; IMDS and Arc stay with text.
    DateOfWindows,
}

impl MachineIdentity {
    /// An identity.
    pub fn new(
        client_id: impl Into<String>,
        object_id: impl Into<String>,
        resource_id: impl Into<String>,
    ) -> MachineIdentity {
        MachineIdentity {
            client_id: client_id.into(),
            object_id: object_id.into(),
            resource_id: resource_id.into(),
        }
    }
}

impl Default for Machine {
    fn default() -> Self {
        let machine = "/subscriptions/5ab5c219-7101-4f00-8e11-0a1b2c3d4e04/resourceGroups/emulated/providers/\
                       Microsoft.Compute/virtualMachines/emulated";
        let system = MachineIdentity::new(
            "a11ce000-0d2c-4e3b-8f4a-6c5b7d8e9f05",
            DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID,
            machine,
        );
        let user = MachineIdentity::new(
            DEFAULT_USER_ASSIGNED_CLIENT_ID,
            DEFAULT_USER_ASSIGNED_OBJECT_ID,
            DEFAULT_USER_ASSIGNED_RESOURCE_ID,
        );
        Machine::without_identities().with_system_assigned(system).with_user_assigned(user)
    }
}

impl Machine {
    /// A machine to which no identity is assigned.
    pub fn without_identities() -> Machine {
        Machine {
            system_assigned: None,
            user_assigned: Vec::new(),
            expiry: ExpiryStyle::default(),
            // As the real ones: a day, less a second.
            lifetime: Duration::from_secs(86_399),
            arc_folder: None,
            confirms: true,
        }
    }

    /// Gives it an identity of its own.
    pub fn with_system_assigned(mut self, identity: MachineIdentity) -> Machine {
        self.system_assigned = Some(identity);
        self
    }

    /// Assigns it a further identity.
    pub fn with_user_assigned(mut self, identity: MachineIdentity) -> Machine {
        self.user_assigned.push(identity);
        self
    }

    /// Says how hosts write when a token ends.
    pub fn with_expiry_style(mut self, style: ExpiryStyle) -> Machine {
        self.expiry = style;
        self
    }

    /// Says how long tokens live; a day less a second by default.
    pub fn with_lifetime(mut self, lifetime: Duration) -> Machine {
        self.lifetime = lifetime;
        self
    }

    /// Puts the key files of Azure Arc's agent into this folder, which must exist. Real clients look in `/var/opt/azcmagent/tokens` only.
    pub fn with_arc_folder(mut self, folder: impl Into<PathBuf>) -> Machine {
        self.arc_folder = Some(folder.into());
        self
    }

    /// Makes Azure Arc's agent one that knows no user-assigned identities: it ignores their ids and gives the machine's own token.
    pub fn with_old_arc_agent(mut self) -> Machine {
        self.confirms = false;
        self
    }
}
