#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use identity_core::testing::{FakeClock, block_on};
use proptest::prelude::*;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::*;

/// A folder with a tool in it. The tool is the system's shell under another name: it plays whatever its script says, and nothing executable
/// has to be written.
struct Tool {
    folder: tempfile::TempDir,
    env: Env,
}

fn tool() -> Tool {
    let folder = tempfile::tempdir().unwrap();
    symlink("/bin/sh", folder.path().join("tool")).unwrap();
    let env = Env::empty().with("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
    Tool { folder, env }
}

impl Tool {
    fn playing(&self, script: &str) -> ProcessRequest {
        ProcessRequest::new(Program::named("tool"), &self.env).with_args(["-c", script, "tool"])
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tool")
    }

    /// A pipe with a name, for the tool to say `ready` in. It ends when nobody who has it open lives.
    fn pipe(&self) -> PathBuf {
        let path = self.folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        path
    }
}

async fn run_now(request: ProcessRequest) -> Result<ProcessOutput, ProcessError> {
    run(&Clock::system(), request.with_timeout(Duration::from_secs(600))).await
}

fn text(bytes: &SecretBytes) -> String {
    String::from_utf8_lossy(bytes.secret()).into_owned()
}

/// The numbers in the first line that comes through a pipe, and the pipe.
async fn first_line(pipe: PathBuf) -> (Vec<Pid>, BufReader<std::fs::File>) {
    let read = move || {
        let mut pipe = BufReader::new(std::fs::File::open(pipe).unwrap());
        let mut line = String::new();
        pipe.read_line(&mut line).unwrap();
        (line.split_whitespace().map(|id| Pid::from_raw(id.parse().unwrap()).unwrap()).collect(), pipe)
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

/// Waits until everybody who could write to the pipe is dead.
async fn end_of(mut pipe: BufReader<std::fs::File>) {
    let rest = tokio::task::spawn_blocking(move || {
        let mut rest = Vec::new();
        pipe.read_to_end(&mut rest).map(|_| rest)
    });
    assert_eq!(rest.await.unwrap().unwrap(), b"");
}

#[tokio::test]
async fn outputs_and_exit_code_come_back_separately() {
    let tool = tool();
    let output = run_now(tool.playing("echo out; echo err >&2; exit 3")).await.unwrap();
    assert_eq!(
        (output.status, text(&output.stdout), text(&output.stderr)),
        (Some(3), "out\n".into(), "err\n".into())
    );
    // Nothing of it is shown by accident.
    assert!(!format!("{output:?}").contains("out\\n"));
    let killed = run_now(tool.playing("kill -9 $$")).await.unwrap();
    assert_eq!(killed.status, None);
}

// G1, G7
#[tokio::test]
async fn hostile_arguments_arrive_as_they_are() {
    let hostile = [
        "; touch /tmp/x",
        "a & b",
        "a | b",
        "$(id)",
        "`id`",
        "${HOME}",
        "line\nbreak",
        "\"quoted\"",
        "'",
        "%PATH%",
        "!x!",
        "^",
        "\\",
        "*",
        "~",
        "",
        " ",
        "-rf",
        "ü🙂",
        "a\tb",
        "<>",
        "(x)",
    ];
    let tool = tool();
    let request = tool.playing(r#"for a in "$@"; do printf '%s\0' "$a"; done"#).with_args(hostile);
    let raw = OsStr::from_bytes(b"\xff\xfe");
    let output = run_now(request.with_arg(raw)).await.unwrap();
    let mut expected: Vec<u8> = hostile.iter().flat_map(|a| a.bytes().chain([0])).collect();
    expected.extend(b"\xff\xfe\0");
    assert_eq!(output.stdout.secret(), expected);
}

#[tokio::test]
async fn the_environment_is_the_value_and_nothing_else() {
    let tool = tool();
    let mut request = tool.playing("env");
    request.env = request.env.with("KEPT", "kept").with("CHANGED", "before");
    let output = run_now(request.with_env("CHANGED", "after").with_env("NEW", "new")).await.unwrap();
    let mut lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    // The shell adds these three of its own.
    lines.retain(|line| !["PWD=", "_=", "SHLVL=", "OLDPWD="].iter().any(|own| line.starts_with(own)));
    lines.sort();
    let path = format!("PATH={}:/usr/bin:/bin", tool.folder.path().display());
    assert_eq!(lines, ["CHANGED=after", "KEPT=kept", "NEW=new", &path]);
}

// G24
#[tokio::test]
async fn a_tool_has_no_input_and_works_in_a_folder_of_the_system() {
    let output = run_now(tool().playing("cat; pwd -P")).await.unwrap();
    let bin = std::fs::canonicalize("/bin").unwrap();
    assert_eq!(text(&output.stdout), format!("{}\n", bin.display()));
}

#[tokio::test]
async fn a_tool_that_hangs_ends_with_what_it_has_started() {
    let (tool, clock) = (tool(), FakeClock::at_unix(0));
    let pipe = tool.pipe();
    let request = tool.playing(r#"exec 3>"$1"; tail -f /dev/null & echo "$$ $!" >&3; wait"#).with_arg(&pipe);
    let running = tokio::spawn({
        let clock = clock.clock();
        async move { run(&clock, request).await }
    });
    let (ids, pipe) = first_line(pipe).await;
    assert_eq!((ids.len(), test_kill_process(ids[0]), test_kill_process(ids[1])), (2, Ok(()), Ok(())));
    clock.advance(Duration::from_secs(9));
    tokio::task::yield_now().await;
    assert!(!running.is_finished());
    clock.advance(Duration::from_secs(1));
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error, ProcessError::TimedOut { path: tool.path(), limit: Duration::from_secs(10) });
    assert_eq!(error.to_string(), format!("{} did not finish within 10s", tool.path().display()));
    // No zombie is left of the tool, and its child is dead as well.
    assert_eq!(test_kill_process(ids[0]), Err(rustix::io::Errno::SRCH));
    end_of(pipe).await;
}

#[tokio::test]
async fn a_run_that_is_dropped_ends_with_what_it_has_started() {
    let tool = tool();
    let pipe = tool.pipe();
    let request = tool.playing(r#"exec 3>"$1"; tail -f /dev/null & echo "$$ $!" >&3; wait"#).with_arg(&pipe);
    let running = tokio::spawn(run_now(request));
    let (ids, pipe) = first_line(pipe).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    end_of(pipe).await;
    // The runtime buries the tool.
    while test_kill_process(ids[0]).is_ok() {
        tokio::task::yield_now().await;
    }
}

// G5
#[tokio::test]
async fn a_tool_that_writes_without_end_is_ended() {
    let tool = tool();
    for redirect in ["", ">&2"] {
        let pipe = tool.pipe();
        let script = format!(r#"exec 3>"$1"; echo "$$" >&3; cat /dev/zero {redirect}"#);
        let request = tool.playing(&script).with_arg(&pipe).with_max_output(100_000);
        let running = tokio::spawn(run_now(request));
        let (ids, reader) = first_line(pipe.clone()).await;
        let error = running.await.unwrap().unwrap_err();
        assert_eq!(error, ProcessError::TooMuchOutput { path: tool.path(), limit: 100_000 });
        assert_eq!(error.to_string(), format!("{} wrote more than 100000 bytes", tool.path().display()));
        assert_eq!(test_kill_process(ids[0]), Err(rustix::io::Errno::SRCH));
        end_of(reader).await;
        std::fs::remove_file(pipe).unwrap();
    }
}

#[tokio::test]
async fn the_most_that_is_allowed_is_allowed() {
    let tool = tool();
    let script = "head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2";
    for (most, fits) in [(100_000, true), (99_999, false), (usize::MAX, true)] {
        let output = run_now(tool.playing(script).with_max_output(most)).await;
        assert_eq!(output.is_ok(), fits, "{most}");
        if let Ok(output) = output {
            assert_eq!((output.stdout.secret().len(), output.stderr.secret().len()), (100_000, 100_000));
        }
    }
    assert!(run_now(tool.playing("true").with_max_output(0)).await.is_ok());
    assert!(run_now(tool.playing("echo x").with_max_output(0)).await.is_err());
}

// The Azure CLI leaves a process behind that reports its telemetry.
#[tokio::test]
async fn what_a_tool_leaves_running_is_not_waited_for() {
    let output = run_now(tool().playing(r#"tail -f /dev/null & echo "$!""#)).await.unwrap();
    let left = Pid::from_raw(text(&output.stdout).trim().parse().unwrap()).unwrap();
    assert_eq!(test_kill_process(left), Ok(()));
    kill_process(left, Signal::KILL).unwrap();
}

#[tokio::test]
async fn what_can_not_be_started_is_named() {
    let tool = tool();
    let missing = ProcessRequest::new(Program::named("no-such-tool"), &tool.env);
    assert!(
        matches!(run_now(missing).await, Err(ProcessError::NotFound { program }) if program == "no-such-tool")
    );

    let path = tool.folder.path().join("broken");
    std::fs::write(&path, "#!/no/such/interpreter\n").unwrap();
    let plain = ProcessRequest::new(Program::at(&path), &tool.env);
    assert_eq!(run_now(plain.clone()).await.unwrap_err(), ProcessError::NotExecutable { path: path.clone() });
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let error = run_now(plain).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("{} could not be started: ", path.display())), "{error}");

    let error = run_now(tool.playing("true").with_arg("a\0b")).await.unwrap_err();
    assert!(matches!(error, ProcessError::CannotStart { .. }), "{error}");
}

#[test]
fn outside_a_runtime_it_is_an_error_and_nothing_is_started() {
    let tool = tool();
    let started = tool.folder.path().join("started");
    let request = || tool.playing(r#": > "$1""#).with_arg(&started);
    let expected = Err(ProcessError::NoRuntime { program: "tool".to_owned() });
    let clock = FakeClock::at_unix(0).clock();
    let of = |result: Result<ProcessOutput, ProcessError>| result.map(|output| output.status);
    assert_eq!(of(block_on(run(&clock, request()))), expected);
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(of(bare.block_on(run(&clock, request()))), expected);
    assert!(!started.exists());
    // The timer is missed only while the tool runs.
    let timeless = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let hanging = tool.playing("tail -f /dev/null");
    assert_eq!(of(timeless.block_on(run(&Clock::system(), hanging))), expected);
}

// G7: the rule for Windows, told on this system.
#[test]
fn arguments_that_a_command_script_could_misread_are_known() {
    for fine in [
        "account",
        "--output",
        "json",
        "https://vault.azure.net",
        "a-b_c.d",
        "a b",
        "",
        "ü",
        "{}",
        "'",
        "a,b;c=d",
        "$x",
        "C:\\dir\\file",
    ] {
        assert!(!is_misread(OsStr::new(fine)), "{fine}");
    }
    for bad in [
        "%PATH%", "!x!", "a&b", "a|b", "a^b", "<", ">", "(", ")", "\"", "a\nb", "a\rb", "a\0b", "a\x1ab",
        "\u{85}", "dir\\",
    ] {
        assert!(is_misread(OsStr::new(bad)), "{bad:?}");
    }
    assert!(is_misread(OsStr::from_bytes(b"\xff")));
    assert!(!is_script(Path::new("/x/az.cmd")), "only there");
}

#[test]
fn a_request_shows_no_arguments() {
    let shown = format!("{:?}", tool().playing("some script").with_env("A", "value"));
    assert!(
        shown.contains("arguments: 3") && !shown.contains("some script") && !shown.contains("value"),
        "{shown}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_argument_arrives_as_it_is(arguments in prop::collection::vec("[^\0]{0,20}", 0..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request = tool().playing(r#"for a in "$@"; do printf '%s\0' "$a"; done"#).with_args(arguments.clone());
        let tool = tool();
        let output = runtime.block_on(run_now(ProcessRequest { env: tool.env.clone(), ..request })).unwrap();
        let expected: Vec<u8> = arguments.iter().flat_map(|a| a.bytes().chain([0])).collect();
        prop_assert_eq!(output.stdout.secret(), expected);
    }
}
