//! `cargo xtask fixtures FOLDER`: keys, certificates and PKCS#12 files in the forms that people have, made by openssl.
//!
//! Tests make their own files as they run; this is for looking at one, and for trying `azid` with it by hand.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::{on_path, run as run_program};

/// The password of every file that has one and whose name does not say otherwise.
const PASSWORD: &str = "correct-horse";

/// One file: its name, and what openssl is called with to make it. `@` stands for the password.
type Recipe = (&'static str, &'static str);

/// In this order: later ones use earlier ones.
const RECIPES: &[Recipe] = &[
    // Keys, each with a certificate of its own.
    ("rsa-2048.key.pem", "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
    ("rsa-3072.key.pem", "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072"),
    ("rsa-4096.key.pem", "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:4096"),
    ("ec-p256.key.pem", "genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    ("rsa-2048.cert.pem", "req -x509 -new -key rsa-2048.key.pem -subj /CN=rsa-2048 -days 3650"),
    ("rsa-3072.cert.pem", "req -x509 -new -key rsa-3072.key.pem -subj /CN=rsa-3072 -days 3650"),
    ("rsa-4096.cert.pem", "req -x509 -new -key rsa-4096.key.pem -subj /CN=rsa-4096 -days 3650"),
    ("ec-p256.cert.pem", "req -x509 -new -key ec-p256.key.pem -subj /CN=ec-p256 -days 3650"),
    // The same key in other wrappings.
    ("rsa-2048.pkcs1.key.pem", "rsa -in rsa-2048.key.pem -traditional"),
    ("rsa-2048.pkcs1-aes128.key.pem", "rsa -in rsa-2048.key.pem -traditional -aes128 -passout pass:@"),
    ("rsa-2048.pkcs8-aes256.key.pem", "pkcs8 -topk8 -in rsa-2048.key.pem -v2 aes-256-cbc -passout pass:@"),
    ("rsa-2048.pkcs8-3des.key.pem", "pkcs8 -topk8 -in rsa-2048.key.pem -v2 des3 -passout pass:@"),
    ("rsa-2048.pkcs8-scrypt.key.pem", "pkcs8 -topk8 -in rsa-2048.key.pem -scrypt -passout pass:@"),
    // A chain: root, intermediate, leaf.
    ("root.key.pem", "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
    ("root.cert.pem", "req -x509 -new -key root.key.pem -subj /CN=root -days 3650"),
    ("intermediate.key.pem", "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
    (
        "intermediate.cert.pem",
        "req -x509 -new -key intermediate.key.pem -subj /CN=intermediate -CA root.cert.pem -CAkey root.key.pem -days 3650",
    ),
    (
        "leaf.cert.pem",
        "req -x509 -new -key rsa-2048.key.pem -subj /CN=leaf -CA intermediate.cert.pem -CAkey intermediate.key.pem -days 3650",
    ),
    // PKCS#12: as openssl makes it today, as Windows made it for years, and what else is about.
    ("modern.pfx", "pkcs12 -export -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:@"),
    (
        "friendly-name.pfx",
        "pkcs12 -export -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -name key -passout pass:@",
    ),
    ("empty-password.pfx", "pkcs12 -export -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:"),
    (
        "chain.pfx",
        "pkcs12 -export -inkey rsa-2048.key.pem -in leaf.cert.pem -certfile chain.pem -passout pass:@",
    ),
    (
        "legacy-rc2.pfx",
        "pkcs12 -export -legacy -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:@",
    ),
    (
        "legacy-3des.pfx",
        "pkcs12 -export -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -inkey rsa-2048.key.pem \
         -in rsa-2048.cert.pem -passout pass:@",
    ),
    (
        "aes-mac-sha1.pfx",
        "pkcs12 -export -macalg sha1 -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:@",
    ),
    (
        "aes-mac-sha512.pfx",
        "pkcs12 -export -macalg sha512 -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:@",
    ),
    (
        "unencrypted-no-mac.pfx",
        "pkcs12 -export -keypbe NONE -certpbe NONE -nomac -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:",
    ),
    (
        "key-encrypted-no-mac.pfx",
        "pkcs12 -export -certpbe NONE -nomac -inkey rsa-2048.key.pem -in rsa-2048.cert.pem -passout pass:@",
    ),
];

/// Files that are others one after the other.
const JOINED: &[(&str, &[&str])] = &[
    ("chain.pem", &["intermediate.cert.pem", "root.cert.pem"]),
    ("rsa-2048.pem", &["rsa-2048.key.pem", "rsa-2048.cert.pem"]),
    ("leaf-with-chain.pem", &["rsa-2048.key.pem", "leaf.cert.pem", "intermediate.cert.pem", "root.cert.pem"]),
    (
        "chain-out-of-order.pem",
        &["root.cert.pem", "leaf.cert.pem", "rsa-2048.key.pem", "intermediate.cert.pem"],
    ),
    ("mismatch.pem", &["rsa-3072.key.pem", "rsa-2048.cert.pem"]),
];

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [folder] = arguments else {
        return Err("say which folder to make the files in: cargo xtask fixtures FOLDER".into());
    };
    if on_path("openssl").is_none() {
        return Err("openssl is not on PATH; `cargo xtask setup` installs it.".into());
    }
    let folder = Path::new(folder);
    let failed = |what: &str, error| format!("{what} in {}: {error}.", folder.display());
    fs::create_dir_all(folder).map_err(|error| failed("cannot make files", error))?;
    for (file, recipe) in RECIPES {
        run_program(Command::new("openssl").current_dir(folder).args(arguments_for(file, recipe)))?;
        let is_ready =
            |parts: &[&str]| parts.contains(file) && parts.iter().all(|part| folder.join(part).is_file());
        for (joined, parts) in JOINED.iter().filter(|(_, parts)| is_ready(parts)) {
            join(folder, joined, parts).map_err(|error| failed(joined, error))?;
        }
    }
    println!("\n{} files are in {}.", RECIPES.len() + JOINED.len(), folder.display());
    println!("The password of those that have one is {PASSWORD}; that of empty-password.pfx is empty.");
    Ok(())
}

fn arguments_for(file: &str, recipe: &str) -> Vec<String> {
    let mut words = recipe.split_whitespace();
    let command = words.next().map(String::from);
    let output = ["-out".to_owned(), file.to_owned()];
    command.into_iter().chain(output).chain(words.map(|word| word.replace('@', PASSWORD))).collect()
}

fn join(folder: &Path, joined: &str, parts: &[&str]) -> std::io::Result<()> {
    let mut text = String::new();
    for part in parts {
        text.push_str(&fs::read_to_string(folder.join(part))?);
    }
    fs::write(folder.join(joined), text)
}

#[cfg(test)]
mod tests;
