/// A line that sets a variable in a POSIX shell.
pub(crate) fn export(name: &str, value: &str) -> String {
    format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
}
