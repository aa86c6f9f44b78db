//! The real Azure CLI, signed in at the emulator.

mod needs_az {
    use std::path::Path;
    use std::process::Command;

    use identity::Env;
    use identity_emulator::Emulator;
    use serde_json::Value;

    use crate::support::azid;

    /// The variables with which az, and azid that runs it, find the emulator and a home of their own.
    fn variables(home: &Path) -> Vec<(&'static str, String)> {
        let path = Env::process().get("PATH").unwrap();
        vec![
            ("PATH", path),
            ("HOME", home.display().to_string()),
            ("AZURE_CONFIG_DIR", home.join(".azure").display().to_string()),
            ("REQUESTS_CA_BUNDLE", home.join("ca.pem").display().to_string()),
            ("AZURE_CORE_COLLECT_TELEMETRY", "false".to_owned()),
            ("AZURE_CORE_INSTANCE_DISCOVERY", "false".to_owned()),
        ]
    }

    // S048, S051
    #[test]
    fn azid_prints_what_az_prints_and_after_a_logout_says_to_log_in() {
        let home = tempfile::tempdir().unwrap();
        let emulator = Emulator::builder()
            .with_https()
            .with_ca_file(home.path().join("ca.pem"))
            .start_on_thread()
            .unwrap();
        let variables = variables(home.path());
        let az = |arguments: &[&str]| {
            let output =
                Command::new("az").args(arguments).env_clear().envs(variables.clone()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        let resource = "https://vault.azure.net";
        let asked = || {
            let azid = azid(["token", "azure-cli", "--scope", "https://vault.azure.net/.default"]);
            let azid = azid.args(["--process-timeout", "120", "--output", "json"]);
            variables.iter().fold(azid, |azid, (name, value)| azid.env(name, value)).run()
        };
        let authority = emulator.authority_host();
        az(&["cloud", "register", "--name", "Emulated", "--endpoint-resource-manager", &authority]);
        az(&["cloud", "set", "--name", "Emulated"]);
        let (app, secret) = (emulator.client_id(), emulator.client_secret());
        az(&["login", "--service-principal", "-u", app, "-p", secret, "--tenant", emulator.tenant_id()]);

        let ours = asked().json();
        let theirs: Value =
            serde_json::from_slice(&az(&["account", "get-access-token", "--resource", resource])).unwrap();
        for member in ["accessToken", "tenant", "tokenType"] {
            assert_eq!(ours[member], theirs[member], "{member}");
        }
        az(&["logout"]);
        assert!(asked().message(3).contains("Please run 'az login'"));
    }
}
