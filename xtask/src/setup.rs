//! `cargo xtask setup`: the programs that tests call, installed where we can, named where we cannot.

mod wheel;

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::{capture, on_path, run as run_program};

/// A program that some tests call. Such a test carries `needs_MARKER` in its name or in the name of a module around
/// it, and `cargo xtask test` leaves it out by that name, and says so, where the program is missing.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) marker: &'static str,
    /// The commands that must be on PATH.
    pub(crate) programs: &'static [&'static str],
    /// The modules that the system's own Python must have.
    pub(crate) python_modules: &'static [&'static str],
    /// What the machine must allow besides, which nobody can install.
    pub(crate) permission: Option<Permission>,
    /// What brings the commands and modules on Debian.
    pub(crate) packages: &'static [&'static str],
    /// The package of Python's index that brings the commands instead, with its version.
    pub(crate) wheel: Option<&'static str>,
    /// What is tested with them, for the person who reads that they are missing.
    pub(crate) used_by: &'static str,
    /// The argument of `cargo xtask test` that asks for these tests. Tests of a need without one always run.
    pub(crate) asked_for_with: Option<&'static str>,
}

/// Something that a machine allows or not, whoever is at work on it.
#[derive(Debug)]
pub(crate) struct Permission {
    /// What it is called when it is missing.
    pub(crate) name: &'static str,
    /// The command that succeeds where it is given.
    pub(crate) command: &'static [&'static str],
}

/// Every program that a test calls. A new line comes with the first test that needs it, not before.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        marker: "openssl",
        programs: &["openssl"],
        python_modules: &[],
        permission: None,
        packages: &["openssl"],
        wheel: None,
        used_by: "keys, certificates and PKCS#12 files in every form that people have",
        asked_for_with: None,
    },
    Need {
        marker: "msal",
        programs: &[],
        python_modules: &["msal"],
        permission: None,
        packages: &["python3", "python3-msal"],
        wheel: None,
        used_by: "the stored form of tokens, read and written by Microsoft's own library",
        asked_for_with: None,
    },
    Need {
        marker: "chromium",
        programs: &["chromium", "chromedriver"],
        python_modules: &[],
        permission: None,
        packages: &["chromium", "chromium-driver"],
        wheel: None,
        used_by: "signing in with a real browser",
        asked_for_with: None,
    },
    // For `cargo xtask check`, which counts instructions with it.
    Need {
        marker: "valgrind",
        programs: &["valgrind"],
        python_modules: &[],
        permission: None,
        packages: &["valgrind"],
        wheel: None,
        used_by: "the instructions that a call takes",
        asked_for_with: None,
    },
    Need {
        marker: "namespace",
        programs: &["unshare", "ip"],
        python_modules: &[],
        permission: Some(Permission {
            name: "the permission to make network namespaces",
            command: &[
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "ip",
                "link",
                "add",
                "hole0",
                "type",
                "veth",
                "peer",
                "name",
                "hole1",
            ],
        }),
        packages: &["util-linux", "iproute2"],
        wheel: None,
        used_by: "how soon a network that swallows packets is given up",
        asked_for_with: None,
    },
    Need {
        marker: "az",
        programs: &["az"],
        python_modules: &[],
        permission: None,
        packages: &["python3", "python3-venv"],
        wheel: Some("azure-cli==2.91.0"),
        used_by: "the real Azure CLI, signed in at the emulator",
        asked_for_with: Some("--with-az"),
    },
];

/// The Python that the system's packages are for; another one on PATH would not have them.
const SYSTEM_PYTHON: &str = "/usr/bin/python3";

impl Need {
    /// What the names of its tests contain.
    pub(crate) fn test_name_part(&self) -> String {
        format!("needs_{}", self.marker)
    }

    /// Its commands that are not on PATH, and its modules that Python does not have.
    pub(crate) fn missing_programs(&self) -> Vec<&'static str> {
        let has_module = |module: &str| {
            let import = capture(Command::new(SYSTEM_PYTHON).args(["-c", &format!("import {module}")]));
            import.is_ok_and(|outcome| outcome.success)
        };
        let is_here = |program: &str| on_path(program).is_some() || self.is_in_wheel_folder(program);
        let programs = self.programs.iter().copied().filter(|program| !is_here(program));
        programs.chain(self.python_modules.iter().copied().filter(|module| !has_module(module))).collect()
    }

    /// What stands in the way of its tests, in words.
    pub(crate) fn obstacles(&self) -> Vec<&'static str> {
        let missing = self.missing_programs();
        if !missing.is_empty() {
            return missing;
        }
        self.permission
            .iter()
            .filter(|permission| !permission.is_given())
            .map(|permission| permission.name)
            .collect()
    }
}

impl Permission {
    pub(crate) fn is_given(&self) -> bool {
        let Some((program, arguments)) = self.command.split_first() else { return true };
        capture(Command::new(program).args(arguments)).is_ok_and(|outcome| outcome.success)
    }
}

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(argument) = arguments.first() {
        return Err(format!("`{argument}` means nothing to setup, which takes no arguments."));
    }
    let needs: Vec<&Need> = NEEDS.iter().filter(|need| need.asked_for_with.is_none()).collect();
    install(&needs)?;
    println!("Everything that the tests call is here.");
    Ok(())
}

/// Brings in what is missing of these needs; quick and silent when nothing is. Fails with a list of what is still
/// missing and what would bring it.
pub(crate) fn install(needs: &[&Need]) -> Outcome {
    let missing = still_missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let obstacle = match obstacle_to_installing() {
        Some(obstacle) => obstacle,
        None => match apt_get(&packages_of(&missing)) {
            Ok(()) => String::from("the packages are installed, but do not bring the commands"),
            Err(explanation) => explanation,
        },
    };
    let obstacle = wheel::install(&still_missing(needs)).err().unwrap_or(obstacle);
    let missing = still_missing(needs);
    if missing.is_empty() { Ok(()) } else { Err(advice(&missing, &obstacle)) }
}

fn still_missing<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|need| !need.missing_programs().is_empty()).collect()
}

fn packages_of(needs: &[&Need]) -> Vec<&'static str> {
    let mut packages: Vec<&str> = needs.iter().flat_map(|need| need.packages).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Why we do not install anything on this machine, if so.
fn obstacle_to_installing() -> Option<String> {
    if !Path::new("/etc/debian_version").is_file() || on_path("apt-get").is_none() {
        return Some("this system is no Debian and has no apt-get".into());
    }
    let user = capture(Command::new("id").arg("-u")).map(|id| id.stdout).unwrap_or_default();
    (user.trim() != "0").then(|| "installing needs root".into())
}

fn apt_get(packages: &[&str]) -> Outcome {
    run_program(apt_command().arg("update"))?;
    run_program(apt_command().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_command() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2");
    command
}

fn advice(missing: &[&Need], obstacle: &str) -> String {
    let mut text = format!("some tests cannot run, because {}.", obstacle.trim_end_matches('.'));
    for need in missing {
        let programs = [need.programs, need.python_modules].concat().join(", ");
        text.push_str(&format!(
            "\n  {programs}: {} (left out: tests named {})",
            need.used_by,
            need.test_name_part()
        ));
    }
    text.push_str(&format!("\n  On Debian as root: apt-get install {}", packages_of(missing).join(" ")));
    text
}

#[cfg(test)]
mod tests;
