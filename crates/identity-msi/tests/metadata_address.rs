//! A network that swallows what is sent to the metadata address, as on most machines that are not on Azure.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod needs_namespace {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use identity_core::{ChainContext, Env, ErrorKind, TokenCredential, TokenRequestOptions};
    use identity_entra::options::EntraOptions;
    use identity_msi::{ManagedIdentityCredential, ManagedIdentityCredentialOptions};

    /// Makes a device whose other end nobody listens to, and the metadata address a neighbour behind it.
    const NETWORK: &str = "ip link add hole0 type veth peer name hole1 && ip link set hole0 up && ip link set hole1 up && \
                           ip addr add 169.254.1.1/16 dev hole0 && \
                           ip neigh replace 169.254.169.254 lladdr 02:00:00:00:00:01 dev hole0 nud permanent && \
                           exec \"$0\" --exact \"$1\" --nocapture";

    // P26: it runs itself again inside of the namespace, where it finds the device, and measures there. This takes real time.
    #[test]
    fn a_chain_gives_up_on_imds_in_a_second_and_then_at_once() {
        let devices = std::fs::read_to_string("/proc/self/net/dev").unwrap();
        if devices.contains("hole0:") {
            return measure();
        }
        let name = "needs_namespace::a_chain_gives_up_on_imds_in_a_second_and_then_at_once";
        let output = Command::new("unshare")
            .args(["--user", "--map-root-user", "--net", "sh", "-c", NETWORK])
            .arg(std::env::current_exe().unwrap())
            .arg(name)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
    }

    fn measure() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let quickest = (0..3).map(|_| runtime.block_on(first_call())).min().unwrap();
        // Less would mean that packets are refused and not swallowed.
        assert!(quickest > Duration::from_millis(900), "{quickest:?}");
        assert!(quickest < Duration::from_millis(1100), "{quickest:?}");
    }

    /// How long a first call takes; a second one is answered at once.
    async fn first_call() -> Duration {
        let options = EntraOptions::default().with_env(Env::empty());
        let options = ManagedIdentityCredentialOptions::default().with_entra(options);
        let credential = ManagedIdentityCredential::new(options).unwrap();
        let in_chain = TokenRequestOptions::default().with_chain_context(ChainContext::Default);
        let ask = async || {
            let start = Instant::now();
            let error =
                credential.get_token(&["https://vault.azure.net/.default"], &in_chain).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
            start.elapsed()
        };
        let first = ask().await;
        let second = ask().await;
        assert!(second < Duration::from_millis(100), "{second:?}");
        first
    }
}
