mod needs_openssl {
    use std::fs;

    use identity_core::ErrorKind;
    use identity_core::testing::CapturedLogs;

    use super::super::*;
    use crate::openssl::Workshop;

    /// Two apps' worth of PEM: the shared certificate and a newer one, and where the file is.
    struct Scene {
        workshop: Workshop,
        path: PathBuf,
        first: String,
        second: String,
    }

    impl Scene {
        fn new() -> Self {
            let workshop = Workshop::new();
            workshop.openssl(
            "req -x509 -newkey rsa:2048 -nodes -keyout second.key -subj /CN=second -days 60 -out second.pem",
        );
            let first = workshop.text("key.pem") + &workshop.text("cert.pem");
            let second = workshop.text("second.key") + &workshop.text("second.pem");
            let path = workshop.write("app.pem", &first);
            Self { workshop, path, first, second }
        }

        fn rotation(&self) -> Rotation {
            Rotation::of_file(self.path.clone(), None).unwrap()
        }

        fn put(&self, content: &str) {
            self.workshop.write("app.pem", content);
        }
    }

    fn at(seconds: u64) -> SystemTime {
        // Within the days of certificates that were made just now.
        #[allow(clippy::disallowed_methods, reason = "openssl dates certificates by the system's clock")]
        static START: std::sync::LazyLock<SystemTime> = std::sync::LazyLock::new(SystemTime::now);
        *START + Duration::from_secs(seconds)
    }

    fn picked(rotation: &Rotation, seconds: u64) -> String {
        rotation.pick(at(seconds)).certificate().subject().to_owned()
    }

    fn refusal_of(rotation: &Rotation, subject: &str) -> ServerError {
        let state = rotation.state();
        let all = [Some(&state.current), state.previous.as_ref()];
        let certificates =
            all.into_iter().flatten().map(|generation| generation.assertions.certificate().clone());
        let certificate =
            certificates.into_iter().find(|certificate| certificate.subject() == subject).unwrap();
        let mut refusal = ServerError::default();
        refusal.description =
            Some(format!("Thumbprint of key used by client: '{}'", certificate.thumbprint()));
        refusal
    }

    #[test]
    fn a_file_that_changes_is_picked_up_at_the_next_request() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        assert_eq!(picked(&rotation, 0), "CN=client");
        scene.put(&scene.second);
        assert_eq!(picked(&rotation, 1), "CN=second");
        assert_eq!(rotation.certificate().subject(), "CN=second");
    }

    #[test]
    fn the_assertions_of_an_unchanged_file_are_kept() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        let first = rotation.pick(at(0));
        assert!(Arc::ptr_eq(&first, &rotation.pick(at(1))));
        // Other text around it, but the same certificate.
        scene.put(&format!("renewed\n{}", scene.first));
        assert!(Arc::ptr_eq(&first, &rotation.pick(at(2))));
    }

    #[test]
    fn issuers_that_come_later_than_the_leaf_are_picked_up() {
        let scene = Scene::new();
        let leaf = scene.workshop.text("key.pem") + &scene.workshop.text("leaf.pem");
        scene.put(&leaf);
        let rotation = scene.rotation();
        scene.put(&(leaf + &scene.workshop.text("middle.pem")));
        assert_eq!(rotation.pick(at(0)).certificate().chain().count(), 2);
    }

    #[test]
    fn a_file_half_written_or_gone_leaves_the_certificate_in_use_and_says_so_once() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        let logs = CapturedLogs::watching(&[&scene.first[40..100], &scene.second[40..100]]);
        let name = scene.path.display().to_string();
        let half = &scene.second[..scene.second.len() / 2];
        let mismatched = scene.workshop.text("second.key") + &scene.workshop.text("cert.pem");
        for (content, complaint) in [
            (
                half,
                "changed and is PEM, but a block without its -----END line cannot be read: it is damaged or cut short",
            ),
            ("", "changed and is empty"),
            (&mismatched, "changed and is PEM, but none of its certificates belongs to its private key"),
        ] {
            scene.put(content);
            assert_eq!(picked(&rotation, 0), "CN=client");
            assert_eq!(picked(&rotation, 1), "CN=client");
            let line = format!("the certificate file '{name}' {complaint}");
            assert_eq!(logs.text().matches(&line).count(), 1, "{}", logs.text());
            assert!(logs.text().contains("; the certificate loaded before stays in use"));
        }
        fs::remove_file(&scene.path).unwrap();
        assert_eq!(picked(&rotation, 2), "CN=client");
        assert_eq!(picked(&rotation, 3), "CN=client");
        let line = format!("the certificate file '{name}' cannot be read again (it is no longer there)");
        assert_eq!(logs.text().matches(&line).count(), 1, "{}", logs.text());

        scene.put(&scene.second);
        assert_eq!(picked(&rotation, 4), "CN=second");
    }

    #[test]
    fn a_file_replaced_by_a_folder_or_something_huge_leaves_the_certificate_in_use() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.workshop.write("app.pem", vec![b'x'; 2 * 1024 * 1024]);
        assert_eq!(picked(&rotation, 0), "CN=client");
        fs::remove_file(&scene.path).unwrap();
        fs::create_dir(&scene.path).unwrap();
        assert_eq!(picked(&rotation, 1), "CN=client");
    }

    #[test]
    fn while_the_server_does_not_know_the_new_key_the_old_one_is_used() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.put(&scene.second);
        assert_eq!(picked(&rotation, 0), "CN=second");
        assert!(rotation.refused(&refusal_of(&rotation, "CN=second")));
        assert_eq!(picked(&rotation, 0), "CN=client");
        // Not refused again for each token, and yet tried again after a while.
        assert_eq!(picked(&rotation, 299), "CN=client");
        assert_eq!(picked(&rotation, 300), "CN=second");
        assert!(rotation.refused(&refusal_of(&rotation, "CN=second")));
        assert_eq!(picked(&rotation, 301), "CN=client");
    }

    #[test]
    fn when_the_old_key_is_refused_the_new_one_is_tried_again_at_once() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.put(&scene.second);
        picked(&rotation, 0);
        assert!(rotation.refused(&refusal_of(&rotation, "CN=second")));
        assert_eq!(picked(&rotation, 1), "CN=client");
        // The server has learnt of the new one and forgotten the old one.
        assert!(rotation.refused(&refusal_of(&rotation, "CN=client")));
        assert_eq!(picked(&rotation, 2), "CN=second");
        assert_eq!(picked(&rotation, 1000), "CN=second");
    }

    #[test]
    fn refusals_of_concurrent_requests_are_about_the_key_they_name() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.put(&scene.second);
        picked(&rotation, 0);
        // Two requests went out with the new key, both come back refused.
        let refusal = refusal_of(&rotation, "CN=second");
        assert!(rotation.refused(&refusal));
        assert!(rotation.refused(&refusal));
        assert_eq!(picked(&rotation, 0), "CN=client");
    }

    #[test]
    fn a_refusal_that_names_no_key_is_about_the_one_in_use() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.put(&scene.second);
        picked(&rotation, 0);
        assert!(rotation.refused(&ServerError::default()));
        assert_eq!(picked(&rotation, 0), "CN=client");
        assert!(rotation.refused(&ServerError::default()));
        assert_eq!(picked(&rotation, 0), "CN=second");
    }

    #[test]
    fn a_refusal_is_answered_with_a_file_that_changed_meanwhile() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        picked(&rotation, 0);
        let refusal = refusal_of(&rotation, "CN=client");
        scene.put(&scene.second);
        assert!(rotation.refused(&refusal));
        assert_eq!(picked(&rotation, 0), "CN=second");
    }

    #[test]
    fn an_old_certificate_past_its_end_is_not_tried() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.put(&scene.second);
        let after_the_first = 40 * 24 * 60 * 60;
        assert_eq!(picked(&rotation, after_the_first), "CN=second");
        assert!(!rotation.refused(&refusal_of(&rotation, "CN=second")));
        assert_eq!(picked(&rotation, after_the_first), "CN=second");
    }

    #[test]
    fn a_certificate_without_a_file_has_no_other() {
        let scene = Scene::new();
        let rotation = Rotation::fixed(Certificate::from_data(scene.first.as_bytes(), None).unwrap());
        assert_eq!(picked(&rotation, 0), "CN=client");
        assert!(!rotation.refused(&refusal_of(&rotation, "CN=client")));
        assert_eq!(picked(&rotation, 1), "CN=client");
    }

    #[test]
    fn the_old_file_put_back_is_the_one_in_use_again() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.put(&scene.second);
        assert_eq!(picked(&rotation, 0), "CN=second");
        scene.put(&scene.first);
        assert_eq!(picked(&rotation, 1), "CN=client");
        // The one that was taken back stays at hand.
        assert!(rotation.refused(&refusal_of(&rotation, "CN=client")));
        assert_eq!(picked(&rotation, 2), "CN=second");
    }

    #[test]
    fn a_key_that_was_never_accepted_does_not_push_out_the_one_that_was() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        scene.workshop.openssl(
            "req -x509 -newkey rsa:2048 -nodes -keyout third.key -subj /CN=third -days 60 -out third.pem",
        );
        scene.put(&scene.second);
        picked(&rotation, 0);
        assert!(rotation.refused(&refusal_of(&rotation, "CN=second")));
        scene.put(&(scene.workshop.text("third.key") + &scene.workshop.text("third.pem")));
        assert_eq!(picked(&rotation, 1), "CN=third");
        assert!(rotation.refused(&refusal_of(&rotation, "CN=third")));
        assert_eq!(picked(&rotation, 2), "CN=client");
    }

    // S072
    #[test]
    fn the_first_load_must_succeed() {
        let scene = Scene::new();
        scene.put("");
        let error = Rotation::of_file(scene.path.clone(), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.message(), format!("the certificate file '{}' is empty", scene.path.display()));
    }

    #[test]
    fn an_expired_certificate_is_warned_of_once() {
        let scene = Scene::new();
        let rotation = scene.rotation();
        let logs = CapturedLogs::watching(&[]);
        let late = 31 * 24 * 60 * 60;
        picked(&rotation, late);
        picked(&rotation, late + 1);
        let line = format!("the certificate file '{}' expired on ", scene.path.display());
        assert_eq!(logs.text().matches(&line).count(), 1, "{}", logs.text());
    }
}
