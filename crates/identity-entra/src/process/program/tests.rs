#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn make(path: &Path, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "#!/bin/sh\n").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn path(folders: &[&Path]) -> Env {
    Env::empty().with("PATH", std::env::join_paths(folders).unwrap())
}

/// The way from the working directory to an absolute path.
fn relative(absolute: &Path) -> PathBuf {
    let depth = std::env::current_dir().unwrap().components().count() - 1;
    std::iter::repeat_n("..", depth).collect::<PathBuf>().join(absolute.strip_prefix("/").unwrap())
}

fn not_found(program: &str) -> Result<PathBuf, ProcessError> {
    Err(ProcessError::NotFound { program: program.to_owned() })
}

#[test]
fn the_first_folder_that_has_the_program_wins() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b, c) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
    make(&b.join("tool"), 0o755);
    make(&c.join("tool"), 0o755);
    let tool = Program::named("tool");
    assert_eq!(tool.find(&path(&[&a, &b, &c])), Ok(b.join("tool")));
    assert_eq!(tool.find(&path(&[&a])), not_found("tool"));
    assert_eq!(tool.find(&Env::empty()), not_found("tool"));
    assert_eq!(
        tool.find(&Env::empty()).unwrap_err().to_string(),
        "tool was not found on PATH (its relative folders are not searched)"
    );
}

// G1, G24
#[test]
fn a_relative_folder_and_the_working_directory_are_not_searched() {
    let folder = tempfile::tempdir().unwrap();
    make(&folder.path().join("tool"), 0o755);
    let way = relative(&folder.path().canonicalize().unwrap());
    assert!(way.join("tool").is_file(), "the way must lead there for this test to say anything");
    let tool = Program::named("tool");
    for relative in [way.to_str().unwrap(), &format!("{}:", way.display()), &format!(":.:{}", way.display())]
    {
        assert_eq!(tool.find(&Env::empty().with("PATH", relative)), not_found("tool"));
    }
    // What comes after them counts.
    let both = path(&[&way, folder.path()]);
    assert_eq!(tool.find(&both), Ok(folder.path().join("tool")));
    assert_eq!(
        Program::at(way.join("tool")).find(&Env::empty()).unwrap_err().to_string(),
        format!("{} is no absolute path", way.join("tool").display())
    );
}

// G24
#[test]
fn a_name_that_is_a_path_names_nothing() {
    let folder = tempfile::tempdir().unwrap();
    make(&folder.path().join("below/tool"), 0o755);
    let env = path(&[&folder.path().join("below")]);
    for name in ["../below/tool", "./tool", "", ".", "..", "a\\tool", "/bin/sh"] {
        assert!(Program::named(name).find(&env).is_err(), "{name}");
    }
}

#[test]
fn a_file_that_is_no_program_is_passed_by_and_named_when_there_is_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    make(&a.join("tool"), 0o644);
    fs::create_dir_all(b.join("tool")).unwrap();
    let tool = Program::named("tool");
    let error = tool.find(&path(&[&b, &a])).unwrap_err();
    assert_eq!(error, ProcessError::NotExecutable { path: a.join("tool") });
    assert_eq!(error.to_string(), format!("{} is not executable", a.join("tool").display()));
    let c = folder.path().join("c");
    make(&c.join("tool"), 0o755);
    assert_eq!(tool.find(&path(&[&a, &c])), Ok(c.join("tool")));
}

#[test]
fn a_program_at_a_path_needs_no_search_path() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink("/bin/sh", &link).unwrap();
    assert_eq!(Program::at(&link).find(&Env::empty()), Ok(link));
    let missing = folder.path().join("missing");
    let error = Program::at(&missing).find(&Env::empty()).unwrap_err();
    assert_eq!(error.to_string(), format!("there is no file {}", missing.display()));
}

// The order of Windows, told on this system.
#[test]
fn on_windows_a_name_means_files_with_certain_extensions() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    make(&a.join("tool"), 0o755);
    make(&a.join("tool.cmd"), 0o755);
    make(&b.join("tool.exe"), 0o755);
    make(&b.join("tool.cmd"), 0o755);
    let env = |variable: &str, folders: &str| Env::empty().with(variable, folders);
    let (in_a, in_b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let tool = |env: &Env| Program::named("tool").find_on(Platform::Windows, env);
    assert_eq!(tool(&env("Path", &format!("{in_a};{in_b}"))), Ok(a.join("tool.cmd")));
    assert_eq!(tool(&env("PATH", &format!(".;{in_b};{in_a}"))), Ok(b.join("tool.exe")));
    let cmd = Program::named("tool.cmd").find_on(Platform::Windows, &env("Path", in_b));
    assert_eq!(cmd, Ok(b.join("tool.cmd")));
}

#[test]
fn tools_work_in_a_folder_of_the_system() {
    assert_eq!(Platform::Unix.system_directory(&Env::empty()), Path::new("/bin"));
    let windows = |root: &str| Platform::Windows.system_directory(&Env::empty().with("SystemRoot", root));
    assert_eq!(windows("/absolute/Windows"), Path::new("/absolute/Windows"));
    assert_eq!(windows("relative"), Path::new("C:\\Windows"));
    assert_eq!(Platform::Windows.system_directory(&Env::empty()), Path::new("C:\\Windows"));
}
