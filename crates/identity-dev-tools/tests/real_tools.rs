//! The real Azure CLI, signed in at the emulator.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod needs_az {
    use std::path::Path;
    use std::process::{Command, Output, Stdio};
    use std::time::Duration;

    use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenRequestOptions};
    use identity_dev_tools::{AzureCliCredential, AzureCliCredentialOptions};
    use identity_emulator::Emulator;
    use serde_json::Value;

    const RESOURCE: &str = "https://vault.azure.net";
    const SCOPE: &str = "https://vault.azure.net/.default";

    /// A home folder of its own, in which az knows the emulator as a cloud.
    struct Desk {
        emulator: Emulator,
        env: Env,
        _home: tempfile::TempDir,
    }

    impl Desk {
        async fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let ca = home.path().join("ca.pem");
            let emulator = Emulator::builder().with_https().with_ca_file(&ca).start().await.unwrap();
            let env = Env::process()
                .with("HOME", home.path())
                .with("AZURE_CONFIG_DIR", home.path().join(".azure"))
                .with("REQUESTS_CA_BUNDLE", ca)
                .with("AZURE_CORE_COLLECT_TELEMETRY", "false")
                .with("AZURE_CORE_INSTANCE_DISCOVERY", "false");
            let desk = Self { emulator, env, _home: home };
            let authority = desk.emulator.authority_host();
            desk.az(&["cloud", "register", "--name", "Emulated", "--endpoint-resource-manager", &authority])
                .await;
            desk.az(&["cloud", "set", "--name", "Emulated"]).await;
            desk
        }

        /// Runs az and expects it to succeed.
        async fn az(&self, arguments: &[&str]) -> Output {
            let mut command = Command::new("az");
            command.args(arguments).envs(self.env.iter()).stdin(Stdio::null()).current_dir(Path::new("/"));
            let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "az {} failed: {stderr}", arguments.join(" "));
            output
        }

        async fn sign_in(&self) {
            let emulator = &self.emulator;
            let (app, secret) = (emulator.client_id(), emulator.client_secret());
            self.az(&[
                "login",
                "--service-principal",
                "-u",
                app,
                "-p",
                secret,
                "--tenant",
                emulator.tenant_id(),
            ])
            .await;
        }

        fn options(&self) -> AzureCliCredentialOptions {
            let options = AzureCliCredentialOptions::default().with_env(self.env.clone());
            options.with_process_timeout(Duration::from_secs(120))
        }

        async fn token(
            &self,
            options: AzureCliCredentialOptions,
            request: TokenRequestOptions,
        ) -> Result<AccessToken, Error> {
            AzureCliCredential::new(options).unwrap().get_token(&[SCOPE], &request).await
        }
    }

    // S048, S049, S051, S052, S054, P61
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_credential_gives_what_az_gives() {
        let desk = Desk::new().await;
        let none = TokenRequestOptions::default;
        let error = desk.token(desk.options(), none()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(error.message().contains("Please run 'az login'"), "{error}");

        desk.sign_in().await;
        let token = desk.token(desk.options(), none()).await.unwrap();
        let printed =
            desk.az(&["account", "get-access-token", "--output", "json", "--resource", RESOURCE]).await;
        let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert_eq!(token.token().secret(), printed["accessToken"]);
        // az works the end out of what is left, so it can be a second off.
        let end = printed["expires_on"].as_u64().unwrap();
        assert!(token.expires_on_unix().abs_diff(end) <= 2, "{} {end}", token.expires_on_unix());
        assert_eq!(token.tenant_id(), Some(desk.emulator.tenant_id()));

        let by_subscription = desk.options().with_subscription("Emulated");
        assert_eq!(desk.token(by_subscription, none()).await.unwrap().token(), token.token());
        let by_tenant = none().with_tenant_id(desk.emulator.tenant_id());
        assert_eq!(desk.token(desk.options(), by_tenant).await.unwrap().token(), token.token());
        let error = desk.token(desk.options().with_subscription("Another"), none()).await.unwrap_err();
        assert!(error.message().contains("Another"), "{error}");

        // An app that is gone: az asks for the other resource anew, and passes on what it is told.
        desk.emulator.change_directory(|directory| {
            let tenant = directory.tenant_mut(desk.emulator.tenant_id()).unwrap();
            tenant.remove_app(desk.emulator.client_id());
        });
        let credential = AzureCliCredential::new(desk.options()).unwrap();
        let error = credential.get_token(&["https://storage.azure.com/.default"], &none()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed, "{error}");
        assert_eq!(error.server().unwrap().error_codes, [700016], "{error}");
        assert!(error.remedy().unwrap().contains("the app is not in that tenant"), "{error}");

        desk.az(&["logout"]).await;
        let error = desk.token(desk.options(), none()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
    }
}
