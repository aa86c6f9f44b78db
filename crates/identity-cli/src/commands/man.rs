use crate::args;
use crate::failure::Failure;
use crate::output;

/// `azid man`: prints the manual, the pages of all commands one after the other.
pub(crate) fn run() -> Result<(), Failure> {
    let mut root = args::definition();
    root.build();
    let mut pages = Vec::new();
    let commands = root.get_subcommands().filter(|command| command.get_name() != "help").cloned();
    for command in std::iter::once(root.clone()).chain(commands) {
        clap_mangen::Man::new(command).render(&mut pages).map_err(|error| Failure::of_output(&error))?;
    }
    output::write(&String::from_utf8_lossy(&pages))
}
