//! What a credential costs to build and to ship: an example, as a program of its own, from nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{UMBRELLA, crates_in};
use crate::Outcome;
use crate::process::{capture, cargo, shown, stdout_of};
use crate::workspace::{self, Package};

/// A program outside the workspace, so that nothing but what it asks for is built, with the versions of a lock file.
pub(super) struct Program {
    name: String,
    /// Its main file.
    source: PathBuf,
    /// Lines of its manifest.
    dependencies: String,
    lock: PathBuf,
}

/// What one build came to.
struct Weight {
    crates: usize,
    /// Time of all processors; known on Linux only.
    processor_seconds: Option<f64>,
    wall_seconds: f64,
    bytes: u64,
}

/// Builds the official crate's example and that of each feature that has one, and prints a table; then, how `app` compares with the official one.
pub(super) fn run(umbrella: &Package, features: &[&str]) -> Outcome {
    let folder = workspace::root().join(umbrella.manifest.trim_end_matches("Cargo.toml"));
    let (with, without): (Vec<Program>, Vec<Program>) = features
        .iter()
        .map(|feature| Program::of_feature(&folder, feature))
        .partition(|program| program.source.is_file());
    println!("\n| example | crates | processor seconds | wall seconds | KiB |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let official = Program::official();
    let official_weight = official.build()?;
    println!("{}", line(&official.name, &official_weight));
    let mut comparison = None;
    for program in with {
        let weight = program.build()?;
        println!("{}", line(&program.name, &weight));
        if program.name == "app" {
            comparison = Some(compared(&weight, &official_weight));
        }
    }
    println!("\nBuilt for release from nothing, with tokio; stripped.");
    if !without.is_empty() {
        let names: Vec<&str> = without.iter().map(|program| program.name.as_str()).collect();
        println!("Not built, for want of an example of that name: {}.", names.join(", "));
    }
    comparison.into_iter().for_each(|comparison| println!("{comparison}"));
    Ok(())
}

impl Program {
    /// The umbrella's example of a feature, with that feature only.
    fn of_feature(crate_folder: &Path, feature: &str) -> Self {
        let path = crate_folder.display().to_string().replace('\\', "/");
        Self {
            name: feature.to_owned(),
            source: crate_folder.join("examples").join(feature.replace('-', "_") + ".rs"),
            dependencies: format!(
                "{UMBRELLA} = {{ path = \"{path}\", default-features = false, features = [\"{feature}\"] }}\n"
            ),
            lock: workspace::root().join("Cargo.lock"),
        }
    }

    /// The official crate as its users get it, in the version that we compare ourselves with.
    pub(super) fn official() -> Self {
        let folder = workspace::root().join("crates/identity-bench");
        Self {
            name: "azure_identity (official)".to_owned(),
            source: folder.join("examples/official.rs"),
            dependencies: "azure_core = \"=1.2.0-beta.1\"\nazure_identity = \"=1.1.0-beta.1\"\n".to_owned(),
            lock: folder.join("Cargo.lock"),
        }
    }

    fn manifest(&self) -> String {
        format!(
            "[workspace]\n\n[package]\nname = \"weight\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\n\
             [profile.release]\nlto = \"thin\"\ncodegen-units = 1\nstrip = \"symbols\"\n",
            self.dependencies
        )
    }

    /// Writes it into a folder of its own, which is empty otherwise.
    fn write(&self) -> Outcome<PathBuf> {
        let word: String = self.name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let folder = target_folder()?.join("weights").join(word);
        let write = || {
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(folder.join("src"))?;
            fs::write(folder.join("Cargo.toml"), self.manifest())?;
            fs::copy(&self.source, folder.join("src/main.rs"))?;
            fs::copy(&self.lock, folder.join("Cargo.lock"))
        };
        write().map_err(|error| format!("cannot make a program in {}: {error}.", folder.display()))?;
        Ok(folder)
    }

    /// The crates that are compiled for it, itself and its own tokio features apart.
    pub(super) fn crates(&self) -> Outcome<BTreeSet<String>> {
        crates_of(&self.write()?)
    }

    fn build(&self) -> Outcome<Weight> {
        let folder = self.write()?;
        let crates = crates_of(&folder)?.len();
        let mut command = cargo(&["build", "--release", "--quiet", "--target-dir", "target"]);
        command.current_dir(&folder);
        let (before, started) = (processor_seconds_of_children(), Instant::now());
        let built = capture(&mut command)?;
        if !built.success {
            let words = built.stderr.trim_end();
            return Err(format!("`{}` for {} failed:\n{words}", shown(&command), self.name));
        }
        let wall_seconds = started.elapsed().as_secs_f64();
        let processor_seconds =
            before.zip(processor_seconds_of_children()).map(|(before, after)| after - before);
        let program = folder.join("target/release").join(format!("weight{}", std::env::consts::EXE_SUFFIX));
        let bytes =
            program.metadata().map_err(|error| format!("no program {}: {error}.", program.display()))?.len();
        Ok(Weight { crates, processor_seconds, wall_seconds, bytes })
    }
}

fn line(name: &str, weight: &Weight) -> String {
    let Weight { crates, processor_seconds, wall_seconds, bytes } = weight;
    let processor = processor_seconds.map_or_else(|| "?".into(), |seconds| format!("{seconds:.0}"));
    format!("| {name} | {crates} | {processor} | {wall_seconds:.0} | {} |", bytes / 1024)
}

/// The goal: at most 85 % of the official crate's crates and build, and a smaller program.
fn compared(ours: &Weight, official: &Weight) -> String {
    let verdict = |met: bool| if met { "met" } else { "MISSED" };
    let most = |what: &str, ratio: f64| {
        format!("{what} {:.0} % (goal: at most 85 %, {})", ratio * 100.0, verdict(ratio <= 0.85))
    };
    let crates = most("crates", ours.crates as f64 / official.crates as f64);
    let processor = match ours.processor_seconds.zip(official.processor_seconds) {
        Some((ours, official)) => most("processor seconds", ours / official),
        None => "processor seconds ?".to_owned(),
    };
    let size = ours.bytes as f64 / official.bytes as f64;
    let size = format!("size {:.0} % (goal: smaller, {})", size * 100.0, verdict(size < 1.0));
    format!("\n`app` next to the official crate: {crates}; {processor}; {size}.")
}

fn crates_of(folder: &Path) -> Outcome<BTreeSet<String>> {
    let mut command = cargo(&["tree", "--edges", "normal,build", "--prefix", "none"]);
    let mut crates = crates_in(&stdout_of(command.current_dir(folder))?);
    crates.retain(|name| !name.starts_with("weight "));
    Ok(crates)
}

fn target_folder() -> Outcome<PathBuf> {
    let text = stdout_of(&mut cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata gave no JSON: {error}."))?;
    Ok(PathBuf::from(metadata["target_directory"].as_str().unwrap_or("target")))
}

/// What the programs that we started and waited for, and theirs, have used so far.
fn processor_seconds_of_children() -> Option<f64> {
    children_in(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Reads `cutime` and `cstime`, which Linux counts in hundredths of a second.
fn children_in(stat: &str) -> Option<f64> {
    // The name of the program, in brackets, may have blanks in it.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut numbers = after_name.split_whitespace().skip(13);
    let user: f64 = numbers.next()?.parse().ok()?;
    let system: f64 = numbers.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

#[cfg(test)]
mod tests;
