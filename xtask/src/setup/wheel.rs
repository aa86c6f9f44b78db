//! Programs that come from the index of Python packages, each in a folder of its own under `target/tools`.

use std::path::PathBuf;
use std::process::Command;

use super::{Need, SYSTEM_PYTHON};
use crate::Outcome;
use crate::process::run as run_program;
use crate::workspace::root;

impl Need {
    /// Where the programs of its wheel are, or would be.
    pub(crate) fn wheel_folder(&self) -> Option<PathBuf> {
        self.wheel.map(|_| environment(self.marker).join("bin"))
    }

    pub(super) fn is_in_wheel_folder(&self, program: &str) -> bool {
        self.wheel_folder().is_some_and(|folder| folder.join(program).is_file())
    }
}

fn environment(marker: &str) -> PathBuf {
    root().join("target").join("tools").join(marker)
}

/// Installs the wheels of these needs, which takes minutes where they are large.
pub(super) fn install(needs: &[&Need]) -> Outcome {
    for need in needs {
        let Some(wheel) = need.wheel else { continue };
        let folder = environment(need.marker);
        run_program(Command::new(SYSTEM_PYTHON).args(["-m", "venv"]).arg(&folder))?;
        let pip = folder.join("bin").join("pip");
        run_program(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", wheel]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
