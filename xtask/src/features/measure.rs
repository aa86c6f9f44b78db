//! What a feature costs to build and to ship: the umbrella's example of that name, as a program of its own, from nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::UMBRELLA;
use crate::Outcome;
use crate::process::{capture, cargo, shown};
use crate::workspace::{self, Package};

/// What one build came to.
struct Weight {
    /// Time of all processors; known on Linux only.
    processor_seconds: Option<f64>,
    wall_seconds: f64,
    bytes: u64,
}

/// Builds the example of each feature that has one, and prints a table.
pub(super) fn run(umbrella: &Package, features: &[&str]) -> Outcome {
    let crate_folder = workspace::root().join(umbrella.manifest.trim_end_matches("Cargo.toml"));
    let (with, without): (Vec<&str>, Vec<&str>) =
        features.iter().partition(|feature| example(&crate_folder, feature).is_file());
    println!("\n| example | processor seconds | wall seconds | KiB |\n| --- | ---: | ---: | ---: |");
    for feature in with {
        let weight = build(&crate_folder, feature)?;
        println!("{}", line(feature, &weight));
    }
    println!("\nBuilt for release from nothing, with tokio; stripped.");
    if !without.is_empty() {
        println!("Not built, for want of an example of that name: {}.", without.join(", "));
    }
    Ok(())
}

fn example(crate_folder: &Path, feature: &str) -> PathBuf {
    crate_folder.join("examples").join(feature.replace('-', "_") + ".rs")
}

fn line(feature: &str, weight: &Weight) -> String {
    let processor = weight.processor_seconds.map_or_else(|| "?".into(), |seconds| format!("{seconds:.0}"));
    format!("| {feature} | {processor} | {:.0} | {} |", weight.wall_seconds, weight.bytes / 1024)
}

/// A program outside the workspace, so that nothing but what it asks for is built, with the versions of our lock file.
fn build(crate_folder: &Path, feature: &str) -> Outcome<Weight> {
    let folder = target_folder()?.join("weights").join(feature);
    let failed = |error: std::io::Error| format!("cannot make a program in {}: {error}.", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(folder.join("src")).map_err(failed)?;
    fs::write(folder.join("Cargo.toml"), manifest(crate_folder, feature)).map_err(failed)?;
    fs::copy(example(crate_folder, feature), folder.join("src/main.rs")).map_err(failed)?;
    fs::copy(workspace::root().join("Cargo.lock"), folder.join("Cargo.lock")).map_err(failed)?;

    let mut command = cargo(&["build", "--release", "--quiet", "--target-dir", "target"]);
    command.current_dir(&folder);
    let (before, started) = (processor_seconds_of_children(), Instant::now());
    let built = capture(&mut command)?;
    if !built.success {
        return Err(format!(
            "`{}` for the example {feature} failed:\n{}",
            shown(&command),
            built.stderr.trim_end()
        ));
    }
    let wall_seconds = started.elapsed().as_secs_f64();
    let processor_seconds = before.zip(processor_seconds_of_children()).map(|(before, after)| after - before);
    let program = folder.join("target/release").join(format!("weight{}", std::env::consts::EXE_SUFFIX));
    let bytes = program.metadata().map_err(failed)?.len();
    Ok(Weight { processor_seconds, wall_seconds, bytes })
}

fn manifest(crate_folder: &Path, feature: &str) -> String {
    let path = crate_folder.display().to_string().replace('\\', "/");
    format!(
        "[workspace]\n\n[package]\nname = \"weight\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         {UMBRELLA} = {{ path = \"{path}\", default-features = false, features = [\"{feature}\"] }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\n\
         [profile.release]\nlto = \"thin\"\ncodegen-units = 1\nstrip = \"symbols\"\n"
    )
}

fn target_folder() -> Outcome<PathBuf> {
    let text = crate::process::stdout_of(&mut cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
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
