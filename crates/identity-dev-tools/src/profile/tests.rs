use std::time::{Duration, SystemTime};

use super::*;

#[test]
fn a_profile_looks_the_same_until_a_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let profile = Profile::new(vec![first.clone(), second.clone()]);
    let mut before = profile.look();
    assert!(before.outdated.is_none());
    assert_eq!(profile.look().partition, before.partition);

    let set_time = |seconds| {
        let file = std::fs::File::options().write(true).open(&first).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    };
    let replace = || {
        let time = first.metadata().unwrap().modified().unwrap();
        std::fs::write(&second, "signed in again").unwrap();
        std::fs::File::options().write(true).open(&second).unwrap().set_modified(time).unwrap();
        std::fs::rename(&second, &first).unwrap();
    };
    let changes: [(&str, &dyn Fn()); 6] = [
        ("appears", &|| std::fs::write(&first, "signed in").unwrap()),
        ("has another time", &|| set_time(0)),
        ("has the time of another", &|| set_time(1)),
        ("has another size", &|| std::fs::write(&first, "signed in again").unwrap()),
        ("is replaced", &replace),
        ("disappears", &|| std::fs::remove_file(&first).unwrap()),
    ];
    for (change, make) in changes {
        make();
        let now = profile.look();
        assert_ne!(now.partition, before.partition, "a file {change}");
        assert_eq!(now.outdated, Some(before.partition), "a file {change}");
        let again = profile.look();
        assert_eq!((again.partition, again.outdated), (now.partition, None), "a file {change}");
        before = now;
    }
}
