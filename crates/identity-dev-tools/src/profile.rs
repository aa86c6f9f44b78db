use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::fs::Metadata;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use identity_entra::cache::PartitionId;

/// The files in which a tool keeps who is signed in. As long as they look the same, a token that the tool gave is still its account's.
///
/// They are looked at and never read. Files that a tool changes when it renews a token, such as its cache of tokens, don't belong here: each run
/// would make the token of that run worthless.
pub(crate) struct Profile {
    files: Vec<PathBuf>,
    seen: Mutex<Option<(u64, PartitionId)>>,
}

/// How the profile looked when a request came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Where the tokens of this state are kept. A run that began before a change leaves its token where nobody looks any more.
    pub(crate) partition: PartitionId,
    /// Those of the state before, when this is the first look after a change.
    pub(crate) outdated: Option<PartitionId>,
}

impl Profile {
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        Self { files, seen: Mutex::default() }
    }

    pub(crate) fn look(&self) -> Look {
        let state = self.state();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((known, partition)) if known == state => Look { partition, outdated: None },
            before => {
                let partition = PartitionId::account(&format!("profile {state:016x}"));
                *seen = Some((state, partition));
                Look { partition, outdated: before.map(|(_, partition)| partition) }
            }
        }
    }

    fn state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for file in &self.files {
            // What can't be looked at counts as missing: then it can't be what the tool uses, either.
            file.metadata().ok().map(marks).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A file that is written anew gets another time, size or number.
fn marks(file: Metadata) -> impl Hash {
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&file);
    #[cfg(not(unix))]
    let number = 0u64;
    (file.modified().ok(), file.len(), number)
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Profile").field(&self.files).finish()
    }
}

#[cfg(test)]
mod tests;
