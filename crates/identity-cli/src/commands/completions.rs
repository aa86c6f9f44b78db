use crate::args::{self, CompletionsArgs};
use crate::failure::Failure;
use crate::output;

/// `azid completions`: prints what a shell needs to complete the command line.
pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::definition(), "azid", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}
