//! The default chain, case by case. Each folder of `tests/chain` is one; `tests/chain/README.md` says what may stand in it.

#![cfg(all(unix, feature = "default-credential"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chain_runner;

use std::path::Path;

use chain_runner::Case;

#[test]
fn every_case_comes_out_as_its_folder_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chain");
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= 40, "there are only {} cases", cases.len());
    let run = |path: &Path| Case::read(path).and_then(|case| case.run());
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|path| Some(format!("{}: {}", path.file_name()?.display(), run(path).err()?)))
        .collect();
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
